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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UserId;
    use crate::value::Outcome;

    struct Todo(&'static str, &'static str, Mode, OnMissed);

    impl Todo {
        /// The next one, after these were done at these times.
        fn next(&self, now: &str, done: &[(&str, &str)]) -> Option<String> {
            let time = |text: &str| LocalTime::parse(text).unwrap();
            let instant = |text: &str| Zone::UTC.resolve(time(text).date_time());
            let by = UserId::from_bytes([1; 16]);
            let mark = |at| LogMark { at: instant(at), by, outcome: Outcome::Done };
            let log = done.iter().map(|(id, at)| (time(id), mark(at))).collect();
            let (rule, until) = match self.1.split_once(";UNTIL=") {
                Some((rule, until)) => (rule, Some(time(until))),
                None => (self.1, None),
            };
            let repeat = Repeat { mode: self.2, on_missed: self.3, rule: rule.to_owned(), until };
            let repetition =
                Repetition { first: time(self.0), repeat: &repeat, log: &log, zone: &Zone::UTC };
            repetition.next(instant(now)).map(|next| next.to_string())
        }
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn the_first_is_due_until_it_is_done() {
        for mode in [Mode::Fixed, Mode::AfterDone] {
            for on_missed in [OnMissed::All, OnMissed::Latest, OnMissed::Skip] {
                let todo = Todo("2026-03-02", "FREQ=WEEKLY", mode, on_missed);
                assert_eq!(todo.next("2026-02-01", &[]), some("2026-03-02"));
                assert_eq!(todo.next("2026-03-02T23:59:59", &[]), some("2026-03-02"));
                let done = [("2026-03-02", "2026-03-02T10:00:00")];
                assert_eq!(todo.next("2026-03-02", &done), some("2026-03-09"));
            }
        }
    }

    #[test]
    fn missed_ones_pile_up_or_shrink_to_the_latest_or_vanish() {
        let next = |on_missed, now, done: &[(&str, &str)]| {
            Todo("2026-03-02", "FREQ=WEEKLY", Mode::Fixed, on_missed).next(now, done)
        };
        assert_eq!(next(OnMissed::All, "2026-03-25", &[]), some("2026-03-02"));
        assert_eq!(next(OnMissed::Latest, "2026-03-25", &[]), some("2026-03-23"));
        assert_eq!(next(OnMissed::Skip, "2026-03-25", &[]), some("2026-03-30"));
        // What is due today isn't missed, and takes the place of what was.
        assert_eq!(next(OnMissed::Latest, "2026-03-23", &[]), some("2026-03-23"));
        assert_eq!(next(OnMissed::Skip, "2026-03-23", &[]), some("2026-03-23"));
        // Doing the latest makes up for those before it, but only where they shrink.
        let done = [("2026-03-23", "2026-03-25T08:00:00")];
        assert_eq!(next(OnMissed::Latest, "2026-03-25", &done), some("2026-03-30"));
        assert_eq!(next(OnMissed::All, "2026-03-25", &done), some("2026-03-02"));
        // One done ahead of time makes up for them too.
        let done = [("2026-03-30", "2026-03-25T08:00:00")];
        assert_eq!(next(OnMissed::Latest, "2026-03-25", &done), some("2026-04-06"));
    }

    #[test]
    fn after_done_counts_from_the_day_of_doing() {
        let every_three =
            Todo("2026-03-01T08:00:00", "FREQ=DAILY;INTERVAL=3", Mode::AfterDone, OnMissed::Latest);
        let late = [("2026-03-01T08:00:00", "2026-03-10T22:15:00")];
        assert_eq!(every_three.next("2026-03-11", &late), some("2026-03-13T08:00:00"));
        let mondays = Todo("2026-03-02", "FREQ=WEEKLY;BYDAY=MO", Mode::AfterDone, OnMissed::All);
        let wednesday = [("2026-03-02", "2026-03-04T09:00:00")];
        assert_eq!(mondays.next("2026-03-04", &wednesday), some("2026-03-09"));
    }

    #[test]
    fn an_end_ends_it() {
        for mode in [Mode::Fixed, Mode::AfterDone] {
            let twice = Todo("2026-03-02", "FREQ=WEEKLY;COUNT=2", mode, OnMissed::All);
            let once = ("2026-03-02", "2026-03-02T10:00:00");
            let again = ("2026-03-09", "2026-03-09T10:00:00");
            assert_eq!(twice.next("2026-03-10", &[once]), some("2026-03-09"));
            assert_eq!(twice.next("2026-03-10", &[once, again]), None);
            let march = Todo("2026-03-30", "FREQ=WEEKLY;UNTIL=2026-03-31", mode, OnMissed::All);
            assert_eq!(march.next("2026-03-30", &[("2026-03-30", "2026-03-30T10:00:00")]), None);
        }
    }

    #[test]
    fn a_skip_policy_outlives_the_rule() {
        let over = Todo("2026-03-02", "FREQ=WEEKLY;COUNT=2", Mode::Fixed, OnMissed::Skip);
        assert_eq!(over.next("2026-05-01", &[]), None);
        let kept = Todo("2026-03-02", "FREQ=WEEKLY;COUNT=2", Mode::Fixed, OnMissed::Latest);
        assert_eq!(kept.next("2026-05-01", &[]), some("2026-03-09"));
    }
}
