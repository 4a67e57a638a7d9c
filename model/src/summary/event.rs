use chrono::{NaiveDateTime, TimeDelta};

use super::{Summary, View, lines};
use crate::Millis;
use crate::recurrence::{Ends, Frequency, Rule, Schedule, Series, Window, Zone, end, zone_of};
use crate::value::{Cluster, LocalTime, Place, When};

/// The most occurrences that are counted out to find the last of them. A longer
/// series counts as one without end: it is then looked at once too often, not missed.
const COUNTED_MAX: u32 = 500;

pub(super) fn summarize(view: View<'_>, zone: &Zone) -> Summary {
    let schedule = Schedule::read(view.0);
    let extent = schedule.as_ref().map(|schedule| Extent::of(schedule, zone));
    Summary {
        title: view.text("title").to_owned(),
        text: text(view),
        starts: extent.map(|extent| extent.starts),
        ends: extent.and_then(|extent| extent.ends),
        repeats: schedule.is_some_and(|schedule| schedule.repeats()),
        ..Summary::default()
    }
}

/// All that people wrote, in the series and in its occurrences.
fn text(view: View<'_>) -> String {
    let place: Option<Place> = view.cluster("place");
    let mut texts: Vec<String> =
        ["title", "desc"].into_iter().map(|field| view.text(field).to_owned()).collect();
    texts.extend(place.into_iter().flat_map(words));
    for (key, value) in view.entries("overrides") {
        let Some(value) = value.as_str() else { continue };
        match key.split_once('/') {
            Some((_, "title" | "desc")) => texts.push(value.to_owned()),
            Some((_, "place")) => texts.extend(Place::parse(value).into_iter().flat_map(words)),
            _ => {}
        }
    }
    lines(texts.iter().map(String::as_str))
}

fn words(place: Place) -> impl Iterator<Item = String> {
    place.name.into_iter().chain(place.addr)
}

/// From the first moment of a series to its last, if it has one.
#[derive(Clone, Copy)]
struct Extent {
    starts: Millis,
    ends: Option<Millis>,
}

impl Extent {
    fn of(schedule: &Schedule, viewer: &Zone) -> Self {
        let when = &schedule.when;
        let zone = zone_of(when, viewer);
        let first = Self::at(when.start.date_time(), when, &zone);
        let series = match &schedule.rule {
            None => first,
            Some(rule) => Self {
                starts: first.starts,
                ends: last_start(when.start, rule).map(|last| end(last, when.dur, &zone)),
            },
        };
        let added = schedule.rdates.iter().map(|it| Self::at(alike(when.start, *it), when, &zone));
        let moved = schedule
            .moved
            .values()
            .map(|when| Self::at(when.start.date_time(), when, &zone_of(when, viewer)));
        added.chain(moved).fold(series, Self::joined)
    }

    /// One occurrence that starts then.
    fn at(start: NaiveDateTime, when: &When, zone: &Zone) -> Self {
        Self { starts: zone.resolve(start), ends: Some(end(start, when.dur, zone)) }
    }

    fn joined(self, other: Self) -> Self {
        Self {
            starts: self.starts.min(other.starts),
            ends: self.ends.zip(other.ends).map(|(one, other)| one.max(other)),
        }
    }
}

/// An added start at the time of day of the series, where it names only a day.
fn alike(start: LocalTime, rdate: LocalTime) -> NaiveDateTime {
    match (start, rdate) {
        (LocalTime::DateTime(start), LocalTime::Date(date)) => date.and_time(start.time()),
        (LocalTime::Date(_), LocalTime::DateTime(time)) => LocalTime::Date(time.date()).date_time(),
        _ => rdate.date_time(),
    }
}

/// The last local start of a rule, or a moment no earlier; `None` where there is
/// none, or it lies too far off to be looked for.
fn last_start(start: LocalTime, rule: &Rule) -> Option<NaiveDateTime> {
    match rule.ends() {
        Ends::Never => None,
        Ends::Until(LocalTime::DateTime(until)) => Some(until),
        Ends::Until(LocalTime::Date(until)) => until.and_hms_opt(23, 59, 59),
        Ends::After(count) if count > COUNTED_MAX => None,
        Ends::After(count) => counted(start, rule, count),
    }
}

/// The last of so many starts, if they follow one another as closely as the
/// rule's frequency says at least: then few steps find it.
fn counted(start: LocalTime, rule: &Rule, count: u32) -> Option<NaiveDateTime> {
    let unit = match rule.frequency() {
        Frequency::Minutely => TimeDelta::minutes(1),
        Frequency::Hourly => TimeDelta::hours(1),
        Frequency::Daily => TimeDelta::days(1),
        Frequency::Weekly => TimeDelta::weeks(1),
        Frequency::Monthly => TimeDelta::days(31),
        Frequency::Yearly => TimeDelta::days(366),
    };
    let periods = i32::try_from(count.checked_mul(rule.interval())?).ok()?;
    let from = start.date_time();
    let until = from.checked_add_signed(unit.checked_mul(periods)?)?;
    let none = std::collections::BTreeSet::new();
    let series = Series { start, rule: Some(rule), rdates: &none, excluded: &none };
    let limit = usize::try_from(count).ok()?;
    let found = series.expand(&Window::new(from, until, limit)).starts;
    (found.len() == limit).then(|| found.last().map(|last| last.date_time())).flatten()
}
