//! Expansion of a series in floating local time.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::period::{Candidates, Found, Plan};
use super::{Ends, Rule};
use crate::limits::{EXPANSION_DAYS_MAX, EXPANSION_STEPS_MAX, OCCURRENCES_MAX};
use crate::value::LocalTime;

/// Something that happens once or again and again.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// Its start, which fills in what the rule leaves open and before which
    /// nothing happens by the rule. Where the rule doesn't name it, it is no
    /// occurrence; without a rule it is one.
    pub start: LocalTime,
    /// How it repeats.
    pub rule: Option<&'a Rule>,
    /// Starts beside those of the rule.
    pub rdates: &'a BTreeSet<LocalTime>,
    /// Starts that are left out.
    pub excluded: &'a BTreeSet<LocalTime>,
}

/// What part of a series is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    from: NaiveDateTime,
    until: NaiveDateTime,
    limit: usize,
}

/// The starts of a series in a window, in order, each once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Starts {
    /// The starts.
    pub starts: Vec<LocalTime>,
    /// Whether that is all of them; where not, later ones were left out because
    /// of a bound.
    pub complete: bool,
}

impl Window {
    /// Starts at or after `from` and before `until`, at most `limit`. It reaches
    /// no further than ten years and holds no more than two thousand.
    pub fn new(from: NaiveDateTime, until: NaiveDateTime, limit: usize) -> Self {
        let furthest = from.checked_add_signed(TimeDelta::days(EXPANSION_DAYS_MAX));
        Self::unclamped(from, furthest.map_or(until, |furthest| until.min(furthest)), limit)
    }

    /// One that may span more, for a caller that bounds it otherwise.
    pub(super) fn unclamped(from: NaiveDateTime, until: NaiveDateTime, limit: usize) -> Self {
        Self { from, until, limit: limit.min(OCCURRENCES_MAX) }
    }
}

impl Series<'_> {
    /// The starts in a window.
    pub fn expand(&self, window: &Window) -> Starts {
        // One more than asked for tells whether there are more.
        let enough = window.limit + 1;
        let mut starts = BTreeSet::new();
        let complete = match self.rule {
            Some(rule) => walk(rule, self.start, window.from, window.until, |start| {
                if !self.excluded.contains(&start) {
                    starts.insert(start);
                }
                starts.len() < enough
            }),
            None => {
                starts.extend(self.admit(self.start, window));
                true
            }
        };
        // What a bound left out comes after the last start found.
        let reached = if complete { None } else { starts.last().copied() };
        let rdates = self.rdates.iter().filter_map(|rdate| self.admit(self.alike(*rdate), window));
        starts.extend(rdates.filter(|rdate| complete || Some(*rdate) <= reached));
        let complete = complete && starts.len() < enough;
        Starts { starts: starts.into_iter().take(window.limit).collect(), complete }
    }

    /// Whether this is one of its starts.
    pub fn contains(&self, start: LocalTime) -> bool {
        let from = start.date_time();
        let until = from.checked_add_signed(TimeDelta::seconds(1)).unwrap_or(from);
        self.expand(&Window::new(from, until, 1)).starts.contains(&start)
    }

    fn admit(&self, start: LocalTime, window: &Window) -> Option<LocalTime> {
        let time = start.date_time();
        let admitted =
            window.from <= time && time < window.until && !self.excluded.contains(&start);
        admitted.then_some(start)
    }

    /// An added start as what the series' own start is: a day, or a time of a day.
    fn alike(&self, rdate: LocalTime) -> LocalTime {
        match (self.start, rdate) {
            (LocalTime::Date(_), LocalTime::DateTime(time)) => LocalTime::Date(time.date()),
            (LocalTime::DateTime(start), LocalTime::Date(date)) => {
                LocalTime::DateTime(date.and_time(start.time()))
            }
            _ => rdate,
        }
    }
}

/// Calls `visit` with each start of the rule from `from` until before `until`, in
/// order, as long as it answers `true`. Whether that was all; `false` too where
/// the rule took more work than a query may.
pub(super) fn walk(
    rule: &Rule,
    start: LocalTime,
    from: NaiveDateTime,
    until: NaiveDateTime,
    mut visit: impl FnMut(LocalTime) -> bool,
) -> bool {
    let plan = Plan::new(rule, start);
    let (from, until) = match start {
        LocalTime::Date(_) => (whole_day(from), whole_day(until)),
        LocalTime::DateTime(_) => (from, until),
    };
    if plan.is_out_of_step() {
        return true;
    }
    let mut last = None;
    let mut walk = Walk::new(rule, &plan, from.max(start.date_time()), until);
    let mut index = walk.first_index();
    loop {
        match walk.period(index, &mut |time| {
            let found = match start {
                LocalTime::Date(_) => LocalTime::Date(time.date()),
                LocalTime::DateTime(_) => LocalTime::DateTime(time),
            };
            // Several times of a day are one start of something that takes whole days.
            last.replace(found) == Some(found) || visit(found)
        }) {
            Step::On(next) => index = next,
            Step::Stop { complete } => return complete,
        }
    }
}

/// The first midnight that is no earlier.
fn whole_day(time: NaiveDateTime) -> NaiveDateTime {
    let midnight = time.date().and_time(NaiveTime::MIN);
    if midnight == time { time } else { midnight.checked_add_days(Days::new(1)).unwrap_or(time) }
}

struct Walk<'a> {
    rule: &'a Rule,
    plan: &'a Plan<'a>,
    from: NaiveDateTime,
    /// The end of the window or of the rule, whichever comes first.
    until: NaiveDateTime,
    /// How many starts the rule still has.
    left: u32,
    /// How many days and times may still be looked at.
    steps: u64,
}

enum Step {
    /// To the period of this index.
    On(u64),
    /// Nothing more comes, or nothing more may.
    Stop { complete: bool },
}

impl<'a> Walk<'a> {
    fn new(rule: &'a Rule, plan: &'a Plan<'a>, from: NaiveDateTime, until: NaiveDateTime) -> Self {
        let ends = match rule.ends {
            Ends::Until(LocalTime::Date(day)) => {
                day.succ_opt().map(|day| day.and_time(NaiveTime::MIN))
            }
            Ends::Until(LocalTime::DateTime(time)) => {
                time.checked_add_signed(TimeDelta::seconds(1))
            }
            Ends::Never | Ends::After(_) => None,
        };
        Self {
            rule,
            plan,
            from,
            until: ends.map_or(until, |ends| ends.min(until)),
            left: if let Ends::After(count) = rule.ends { count } else { u32::MAX },
            steps: EXPANSION_STEPS_MAX,
        }
    }

    /// Whether each start must be counted, from the first.
    fn counts(&self) -> bool {
        matches!(self.rule.ends, Ends::After(_))
    }

    fn first_index(&self) -> u64 {
        if self.counts() { 0 } else { self.plan.index_at(self.from) }
    }

    fn period(&mut self, index: u64, visit: &mut impl FnMut(NaiveDateTime) -> bool) -> Step {
        let end = Step::Stop { complete: true };
        match self.plan.first_day(index) {
            Some(day) if day.and_time(NaiveTime::MIN) < self.until => {}
            _ => return end,
        }
        // A position counts all of a period, a count all from the start; without
        // either, days before the window needn't be looked at.
        let from = match (self.rule.positions.is_empty(), self.counts()) {
            (false, _) => NaiveDate::MIN,
            (true, true) => self.plan.start.date(),
            (true, false) => self.from.date(),
        };
        let plan = self.plan;
        match plan.candidates(index, from) {
            None => end,
            Some(Found::Nothing(next)) => {
                if self.spend(1) {
                    Step::On(next)
                } else {
                    Step::Stop { complete: false }
                }
            }
            Some(Found::Times(candidates, looked_at)) => {
                if !self.spend(looked_at) {
                    return Step::Stop { complete: false };
                }
                self.times(&candidates, visit).unwrap_or(Step::On(index + 1))
            }
        }
    }

    fn times(
        &mut self,
        candidates: &Candidates<'_>,
        visit: &mut impl FnMut(NaiveDateTime) -> bool,
    ) -> Option<Step> {
        if self.rule.positions.is_empty() {
            return (0..candidates.len()).find_map(|place| self.time(candidates.at(place)?, visit));
        }
        let len = candidates.len();
        let mut places: Vec<usize> =
            self.rule.positions.iter().filter_map(|position| place(*position, len)).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().find_map(|place| self.time(candidates.at(place)?, visit))
    }

    fn time(
        &mut self,
        time: NaiveDateTime,
        visit: &mut impl FnMut(NaiveDateTime) -> bool,
    ) -> Option<Step> {
        if time >= self.until {
            return Some(Step::Stop { complete: true });
        }
        if !self.spend(1) {
            return Some(Step::Stop { complete: false });
        }
        if time < self.plan.start {
            return None;
        }
        if time >= self.from && !visit(time) {
            return Some(Step::Stop { complete: false });
        }
        if self.counts() {
            self.left -= 1;
        }
        (self.left == 0).then_some(Step::Stop { complete: true })
    }

    fn spend(&mut self, steps: u64) -> bool {
        let enough = self.steps.checked_sub(steps);
        self.steps = enough.unwrap_or(0);
        enough.is_some()
    }
}

/// The place that a BYSETPOS means among so many.
fn place(position: i32, len: usize) -> Option<usize> {
    let from_end = usize::try_from(position.unsigned_abs()).ok()?;
    if position > 0 {
        Some(from_end - 1).filter(|place| *place < len)
    } else {
        len.checked_sub(from_end)
    }
}
