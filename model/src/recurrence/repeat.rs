//! Which occurrence of a repeating todo comes next.
//!
//! It is derived from the rule and the log of what was done, never stored: two
//! devices that complete the same occurrence write the same entry, and none of
//! them makes the next one.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::expand::walk;
use super::{Ends, Rule};
use crate::value::LocalTime;

/// What the next occurrence is counted from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mode {
    /// From the one before, whenever that was done: rent is due on the first.
    Fixed,
    /// From the day on which the last was done: water the plants three days after.
    AfterDone,
}

/// What becomes of occurrences whose day passes without their being done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OnMissed {
    /// Only the latest of them is left to do.
    Latest,
    /// Each of them is left to do.
    All,
    /// None of them is.
    Skip,
}

/// What was done about an occurrence.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Outcome {
    /// When that was, on the clocks of the zone that the todo is due in.
    pub at: NaiveDateTime,
}

/// A repeating todo.
#[derive(Clone, Copy, Debug)]
pub struct Repetition<'a> {
    /// When it is due first.
    pub first: LocalTime,
    /// How it repeats.
    pub rule: &'a Rule,
    /// What the next one is counted from.
    pub mode: Mode,
    /// What becomes of missed ones.
    pub on_missed: OnMissed,
    /// The occurrences that are done or skipped.
    pub log: &'a BTreeMap<LocalTime, Outcome>,
}

impl Repetition<'_> {
    /// When it is due next, given what the clocks show now; `None` where nothing
    /// is left of it. A day is missed when it is over, not when its hour is past.
    pub fn next(&self, now: NaiveDateTime) -> Option<LocalTime> {
        match self.mode {
            Mode::Fixed => self.next_fixed(now),
            Mode::AfterDone => self.next_after_done(),
        }
    }

    fn next_fixed(&self, now: NaiveDateTime) -> Option<LocalTime> {
        let today = now.date();
        let mut latest_missed = None;
        let mut next = None;
        let start = self.first.date_time();
        walk(self.rule, self.first, start, NaiveDateTime::MAX, |due| {
            let is_done = self.log.contains_key(&due);
            if due.date() >= today || self.on_missed == OnMissed::All {
                next = (!is_done).then_some(due);
            } else {
                // What was done later makes up for what was missed before it.
                latest_missed = (!is_done).then_some(due);
            }
            next.is_none()
        });
        match self.on_missed {
            OnMissed::Latest => self.latest(latest_missed, next, now),
            OnMissed::All | OnMissed::Skip => next,
        }
    }

    /// The latest missed one, unless one of today took its place.
    fn latest(
        &self,
        missed: Option<LocalTime>,
        next: Option<LocalTime>,
        now: NaiveDateTime,
    ) -> Option<LocalTime> {
        let overtaken = next.is_some_and(|next| next.date() <= now.date())
            || self.log.keys().next_back().is_some_and(|done| Some(*done) > missed);
        if overtaken { next } else { missed.or(next) }
    }

    fn next_after_done(&self) -> Option<LocalTime> {
        let Some(last) = self.log.values().map(|outcome| outcome.at).max() else {
            return Some(self.first);
        };
        let mut rule = self.rule.clone();
        if let Ends::After(count) = rule.ends {
            let done = u32::try_from(self.log.len()).unwrap_or(u32::MAX);
            if done >= count {
                return None;
            }
            rule.ends = Ends::Never;
        }
        let from = match self.first {
            LocalTime::Date(_) => LocalTime::Date(last.date()),
            LocalTime::DateTime(first) => LocalTime::DateTime(last.date().and_time(first.time())),
        };
        let mut next = None;
        walk(&rule, from, from.date_time(), NaiveDateTime::MAX, |due| {
            next = (due.date() > last.date()).then_some(due);
            next.is_none()
        });
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Todo(&'static str, &'static str, Mode, OnMissed);

    impl Todo {
        /// The next one, after these were done at these times.
        fn next(&self, now: &str, done: &[(&str, &str)]) -> Option<String> {
            let time = |text: &str| LocalTime::parse(text).unwrap();
            let log = done
                .iter()
                .map(|(id, at)| (time(id), Outcome { at: time(at).date_time() }))
                .collect();
            let rule = Rule::parse(self.1).unwrap();
            let repetition = Repetition {
                first: time(self.0),
                rule: &rule,
                mode: self.2,
                on_missed: self.3,
                log: &log,
            };
            repetition.next(time(now).date_time()).map(|next| next.to_string())
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
            let march = Todo("2026-03-30", "FREQ=WEEKLY;UNTIL=20260331", mode, OnMissed::All);
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
