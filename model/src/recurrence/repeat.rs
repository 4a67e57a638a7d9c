//! Which occurrence of a repeating todo comes next.
//!
//! It is derived from the rule and the log of what was done, never stored: two
//! devices that complete the same occurrence write the same entry, and none of
//! them makes the next one.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::expand::walk;
use super::{Ends, Rule, Zone};
use crate::Millis;
use crate::value::{LocalTime, LogMark, Mode, OnMissed, Repeat};

/// A repeating todo.
#[derive(Clone, Copy, Debug)]
pub struct Repetition<'a> {
    /// When it is due first.
    pub first: LocalTime,
    /// How it repeats.
    pub repeat: &'a Repeat,
    /// What became of its occurrences.
    pub log: &'a BTreeMap<LocalTime, LogMark>,
    /// The zone that it is due in; that of whoever looks where it floats or is
    /// due on a day.
    pub zone: &'a Zone,
}

impl Repetition<'_> {
    /// When it is due next; `None` where nothing is left of it. An occurrence is
    /// missed when its day is over, not when its hour is past.
    pub fn next(&self, now: Millis) -> Option<LocalTime> {
        let mut rule = Rule::parse(&self.repeat.rule).ok()?;
        if let Some(until) = self.repeat.until {
            rule = rule.ending(Ends::Until(until));
        }
        match self.repeat.mode {
            Mode::Fixed => self.next_fixed(&rule, self.zone.local(now)),
            Mode::AfterDone => self.next_after_done(rule),
        }
    }

    fn next_fixed(&self, rule: &Rule, now: NaiveDateTime) -> Option<LocalTime> {
        let today = now.date();
        let mut missed = None;
        let mut next = None;
        walk(rule, self.first, self.first.date_time(), NaiveDateTime::MAX, |due| {
            let open = (!self.log.contains_key(&due)).then_some(due);
            if due.date() >= today || self.repeat.on_missed == OnMissed::All {
                next = open;
            } else {
                // What was done later makes up for what was missed before it.
                missed = open;
            }
            next.is_none()
        });
        if self.repeat.on_missed != OnMissed::Latest {
            return next;
        }
        // A missed one is made up for by one that is due today, or was done since.
        let made_up = next.is_some_and(|next| next.date() <= today)
            || self.log.keys().next_back().is_some_and(|done| Some(*done) > missed);
        if made_up { next } else { missed.or(next) }
    }

    fn next_after_done(&self, mut rule: Rule) -> Option<LocalTime> {
        let Some(last) = self.log.values().map(|mark| mark.at).max() else {
            return Some(self.first);
        };
        if let Ends::After(count) = rule.ends() {
            if self.log.len() >= usize::try_from(count).unwrap_or(usize::MAX) {
                return None;
            }
            rule = rule.ending(Ends::Never);
        }
        let day = self.zone.local(last).date();
        let from = match self.first {
            LocalTime::Date(_) => LocalTime::Date(day),
            LocalTime::DateTime(first) => LocalTime::DateTime(day.and_time(first.time())),
        };
        let mut next = None;
        walk(&rule, from, from.date_time(), NaiveDateTime::MAX, |due| {
            next = (due.date() > day).then_some(due);
            next.is_none()
        });
        next
    }
}
