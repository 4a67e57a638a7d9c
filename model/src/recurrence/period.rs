//! The periods that a rule counts in, and which of their days and times it names.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Weekday};

use super::{ByDay, Frequency, Rule};
use crate::value::LocalTime;

/// A rule together with the start that fills in what the rule leaves open.
pub(super) struct Plan<'a> {
    rule: &'a Rule,
    pub(super) start: NaiveDateTime,
    months: Vec<i32>,
    month_days: Vec<i32>,
    days: Vec<ByDay>,
    hours: Vec<i32>,
    minutes: Vec<i32>,
    seconds: Vec<i32>,
    /// The period that the start lies in.
    first: i64,
}

/// The times of one period: each of its days at each of its times.
pub(super) struct Candidates<'a> {
    days: Vec<NaiveDate>,
    hours: &'a [i32],
    minutes: &'a [i32],
    seconds: &'a [i32],
}

/// What is at a period.
pub(super) enum Found<'a> {
    /// These times, and so many days were looked at.
    Times(Candidates<'a>, u64),
    /// Nothing before the period of this index.
    Nothing(u64),
}

impl<'a> Plan<'a> {
    pub(super) fn new(rule: &'a Rule, start: LocalTime) -> Self {
        let whole_days = matches!(start, LocalTime::Date(_));
        let start = start.date_time();
        let mut plan = Self {
            rule,
            start,
            months: rule.months.clone(),
            month_days: rule.month_days.clone(),
            days: rule.days.clone(),
            hours: or(&rule.hours, start.hour()),
            minutes: or(&rule.minutes, start.minute()),
            seconds: or(&rule.seconds, start.second()),
            first: 0,
        };
        plan.first = plan.period_of(start);
        if whole_days && rule.frequency >= Frequency::Daily {
            // Whole days have no times for a rule to name.
            (plan.hours, plan.minutes, plan.seconds) = (vec![0], vec![0], vec![0]);
        }
        let names_no_day = rule.weeks.is_empty()
            && rule.year_days.is_empty()
            && rule.month_days.is_empty()
            && rule.days.is_empty();
        match rule.frequency {
            Frequency::Yearly if names_no_day => {
                plan.months = or(&rule.months, start.month());
                plan.month_days = or(&[], start.day());
            }
            Frequency::Monthly if names_no_day => plan.month_days = or(&[], start.day()),
            Frequency::Weekly if names_no_day => {
                plan.days = vec![ByDay { nth: None, weekday: start.weekday() }];
            }
            _ => {}
        }
        plan
    }

    /// Whether no period of the rule ever comes to one of the hours and minutes that
    /// it names, as every even minute never comes to an odd one.
    pub(super) fn is_out_of_step(&self) -> bool {
        let (Frequency::Hourly | Frequency::Minutely) = self.rule.frequency else { return false };
        let minutely = self.rule.frequency == Frequency::Minutely;
        let per_hour = if minutely { 60 } else { 1 };
        let step = gcd(i64::from(self.rule.interval), 24 * per_hour);
        let named = |place: &i64| {
            admits(&self.rule.hours, small(place / per_hour))
                && (!minutely || admits(&self.rule.minutes, small(place % 60)))
        };
        let reached = |place: &i64| (place - self.first).rem_euclid(step) == 0;
        !(0..24 * per_hour).filter(reached).any(|place| named(&place))
    }

    /// The index of the last period that begins no later than this time.
    pub(super) fn index_at(&self, time: NaiveDateTime) -> u64 {
        let ahead = self.period_of(time).saturating_sub(self.first);
        u64::try_from(ahead).map_or(0, |ahead| ahead / u64::from(self.rule.interval))
    }

    /// The first day of the period of this index; `None` beyond the year 9999.
    pub(super) fn first_day(&self, index: u64) -> Option<NaiveDate> {
        let period = self.period(index)?;
        let day = |period: i64| NaiveDate::from_num_days_from_ce_opt(i32::try_from(period).ok()?);
        let date = match self.rule.frequency {
            Frequency::Yearly => NaiveDate::from_ymd_opt(i32::try_from(period).ok()?, 1, 1),
            Frequency::Monthly => NaiveDate::from_ymd_opt(
                i32::try_from(period.div_euclid(12)).ok()?,
                u32::try_from(period.rem_euclid(12)).ok()? + 1,
                1,
            ),
            Frequency::Weekly => day(period * 7 + self.week_shift()),
            Frequency::Daily => day(period),
            Frequency::Hourly => day(period.div_euclid(24)),
            Frequency::Minutely => day(period.div_euclid(1_440)),
        };
        date.filter(|date| date.year() <= 9_999)
    }

    /// The times of the period of this index, from this day on.
    pub(super) fn candidates(&self, index: u64, from: NaiveDate) -> Option<Found<'_>> {
        let first = self.first_day(index)?;
        let period = self.period(index)?;
        let mut found = Candidates {
            days: Vec::new(),
            hours: &self.hours,
            minutes: &self.minutes,
            seconds: &self.seconds,
        };
        let mut looked_at = 1;
        match self.rule.frequency {
            Frequency::Hourly | Frequency::Minutely => {
                if let Some(past) = self.past_barren(period, first) {
                    return Some(Found::Nothing(self.index_from(past).max(index + 1)));
                }
                found.days.push(first);
                if self.rule.frequency == Frequency::Hourly {
                    found.hours = just(period.rem_euclid(24));
                } else {
                    found.hours = just(period.div_euclid(60).rem_euclid(24));
                    found.minutes = just(period.rem_euclid(60));
                }
            }
            _ => {
                let len = self.days_in_period(first);
                let days = first.iter_days().take(len).skip_while(|day| *day < from);
                let days = days.inspect(|_| looked_at += 1);
                found.days = days.filter(|day| self.names(*day)).collect();
            }
        }
        Some(Found::Times(found, looked_at))
    }

    /// For a period of an hour or less in which nothing can be: the first period
    /// (of any phase) after the day, hour or minute that rules it out.
    fn past_barren(&self, period: i64, day: NaiveDate) -> Option<i64> {
        let minutely = self.rule.frequency == Frequency::Minutely;
        let per_hour = if minutely { 60 } else { 1 };
        if !self.names(day) {
            let per_day = 24 * per_hour;
            return Some((period.div_euclid(per_day) + 1) * per_day);
        }
        let hour = small(period.div_euclid(per_hour).rem_euclid(24));
        if !admits(&self.rule.hours, hour) {
            return Some((period.div_euclid(per_hour) + 1) * per_hour);
        }
        (minutely && !admits(&self.rule.minutes, small(period.rem_euclid(60))))
            .then_some(period + 1)
    }

    /// The index of the first period of the rule at or after this one.
    fn index_from(&self, period: i64) -> u64 {
        let ahead = u64::try_from(period.saturating_sub(self.first)).unwrap_or(0);
        ahead.div_ceil(u64::from(self.rule.interval))
    }

    fn period(&self, index: u64) -> Option<i64> {
        let ahead = i64::try_from(index).ok()?.checked_mul(i64::from(self.rule.interval))?;
        self.first.checked_add(ahead)
    }

    /// The number of the period that this time lies in, counted from some origin.
    fn period_of(&self, time: NaiveDateTime) -> i64 {
        let day = i64::from(time.num_days_from_ce());
        match self.rule.frequency {
            Frequency::Yearly => i64::from(time.year()),
            Frequency::Monthly => i64::from(time.year()) * 12 + i64::from(time.month0()),
            Frequency::Weekly => (day - self.week_shift()).div_euclid(7),
            Frequency::Daily => day,
            Frequency::Hourly => day * 24 + i64::from(time.hour()),
            Frequency::Minutely => day * 1_440 + i64::from(time.hour() * 60 + time.minute()),
        }
    }

    /// Day 1 of the common era was a Monday.
    fn week_shift(&self) -> i64 {
        1 + i64::from(self.rule.week_start.num_days_from_monday())
    }

    fn days_in_period(&self, first: NaiveDate) -> usize {
        match self.rule.frequency {
            Frequency::Yearly => usize::try_from(days_in_year(first)).unwrap_or(366),
            Frequency::Monthly => usize::from(first.num_days_in_month()),
            Frequency::Weekly => 7,
            Frequency::Daily | Frequency::Hourly | Frequency::Minutely => 1,
        }
    }

    /// Whether the rule names this day, as far as days go.
    fn names(&self, day: NaiveDate) -> bool {
        let month_len = i32::from(day.num_days_in_month());
        admits(&self.months, number(day.month()))
            && admits_either(&self.month_days, number(day.day()), month_len)
            && admits_either(&self.rule.year_days, number(day.ordinal()), days_in_year(day))
            && (self.rule.weeks.is_empty() || {
                let (week, weeks) = week_of_year(day, self.rule.week_start);
                admits_either(&self.rule.weeks, week, weeks)
            })
            && (self.days.is_empty() || self.days.iter().any(|by_day| self.is(day, *by_day)))
    }

    fn is(&self, day: NaiveDate, by_day: ByDay) -> bool {
        if day.weekday() != by_day.weekday {
            return false;
        }
        let Some(nth) = by_day.nth else { return true };
        let in_month = self.rule.frequency == Frequency::Monthly || !self.months.is_empty();
        let (at, len) = if in_month {
            (number(day.day()), i32::from(day.num_days_in_month()))
        } else {
            (number(day.ordinal()), days_in_year(day))
        };
        let nth = i32::from(nth);
        nth == (at - 1) / 7 + 1 || nth == -((len - at) / 7 + 1)
    }
}

impl Candidates<'_> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.days.len() * self.times()
    }

    /// The one at this place, in order of time.
    pub(super) fn at(&self, place: usize) -> Option<NaiveDateTime> {
        let times = self.times();
        let day = self.days.get(place.checked_div(times)?)?;
        let (place, second) = split(place % times, self.seconds)?;
        let (hour, minute) = split(place, self.minutes)?;
        let hour = *self.hours.get(hour)?;
        let part = |number: i32| u32::try_from(number).ok();
        Some(day.and_time(NaiveTime::from_hms_opt(part(hour)?, part(minute)?, part(second)?)?))
    }

    fn times(&self) -> usize {
        self.hours.len() * self.minutes.len() * self.seconds.len()
    }
}

/// The place among the coarser parts, and the finer part itself.
fn split(place: usize, finer: &[i32]) -> Option<(usize, i32)> {
    Some((place.checked_div(finer.len())?, *finer.get(place % finer.len())?))
}

/// The number of the week that this day lies in and how many weeks that year
/// has, where weeks begin on this weekday and a year's first week is the one
/// with four days or more in it.
fn week_of_year(day: NaiveDate, week_start: Weekday) -> (i32, i32) {
    let into_week = day.weekday().days_since(week_start);
    // A week belongs to the year that its fourth day lies in.
    let fourth = i64::from(day.num_days_from_ce()) - i64::from(into_week) + 3;
    let Some(fourth) = i32::try_from(fourth).ok().and_then(NaiveDate::from_num_days_from_ce_opt)
    else {
        return (0, 0);
    };
    let at = number(fourth.ordinal());
    let week = (at - 1) / 7 + 1;
    (week, week + (days_in_year(fourth) - at) / 7)
}

fn days_in_year(day: NaiveDate) -> i32 {
    if day.leap_year() { 366 } else { 365 }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// This hour or minute alone.
fn just(part: i64) -> &'static [i32] {
    static PARTS: [i32; 60] = {
        let mut parts = [0; 60];
        let mut at = 1;
        while at < 60 {
            parts[at] = parts[at - 1] + 1;
            at += 1;
        }
        parts
    };
    usize::try_from(part).ok().and_then(|at| PARTS.get(at..=at)).unwrap_or(&[])
}

/// The rule's own numbers, or the start's where it names none.
fn or(named: &[i32], start: u32) -> Vec<i32> {
    if named.is_empty() { vec![number(start)] } else { named.to_vec() }
}

fn admits(numbers: &[i32], number: i32) -> bool {
    numbers.is_empty() || numbers.contains(&number)
}

/// Whether this place, counted from the front or from the end of so many, is named.
fn admits_either(numbers: &[i32], place: i32, len: i32) -> bool {
    numbers.is_empty() || numbers.contains(&place) || numbers.contains(&(place - len - 1))
}

/// A part of a date or time, all of which are small.
fn number(part: u32) -> i32 {
    i32::try_from(part).unwrap_or(i32::MAX)
}

fn small(part: i64) -> i32 {
    i32::try_from(part).unwrap_or(i32::MAX)
}
