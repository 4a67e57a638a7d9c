//! Occurrences as instants.

use std::collections::BTreeSet;

use chrono::{NaiveDateTime, TimeDelta};

use super::{Series, Window, Zone};
use crate::Millis;
use crate::limits::{EXPANSION_DAYS_MAX, OCCURRENCES_MAX};
use crate::value::{Duration, LocalTime};

/// One time that something happens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Occurrence {
    /// When it starts.
    pub start: Millis,
    /// When it ends; the same as the start where it takes no time.
    pub end: Millis,
    /// Which one it is: the local start that the rule gives it. It stays the same
    /// where this one occurrence is moved.
    pub id: LocalTime,
}

/// The occurrences of a series in a stretch of time, in order of their start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Occurrences {
    /// The occurrences.
    pub occurrences: Vec<Occurrence>,
    /// Whether that is all of them; where not, later ones were left out because
    /// of a bound.
    pub complete: bool,
}

/// The occurrences that last into or begin in the stretch from `from` to before
/// `until`, of which no more than ten years are looked at. Whole days and
/// floating times take the zone of whoever looks at them.
///
/// Two local starts that are one instant, as hourly ones are where the clocks
/// skip an hour, are one occurrence: the earlier.
pub fn occurrences(
    series: &Series<'_>,
    dur: Duration,
    zone: &Zone,
    from: Millis,
    until: Millis,
) -> Occurrences {
    let until = until.0.min(from.0.saturating_add(EXPANSION_DAYS_MAX * 86_400_000));
    // A local time may be a day away from its instant where a zone changes sides
    // of the date line.
    let first = back(zone.local(from), dur);
    let last = zone.local(Millis(until)).checked_add_signed(TimeDelta::days(1));
    let window = Window::unclamped(first, last.unwrap_or(NaiveDateTime::MAX), OCCURRENCES_MAX);
    let found = series.expand(&window);

    let mut seen = BTreeSet::new();
    let mut occurrences: Vec<Occurrence> = found
        .starts
        .into_iter()
        .map(|id| Occurrence {
            start: zone.resolve(id.date_time()),
            end: end(id.date_time(), dur, zone),
            id,
        })
        .filter(|it| seen.insert(it.start))
        .filter(|it| it.start.0 < until && (it.end > from || it.start >= from))
        .collect();
    occurrences.sort_unstable();
    Occurrences { occurrences, complete: found.complete }
}

/// When something ends that starts then and takes so long. Its days are nominal:
/// the end is at the same time of another day, however long the days between are.
/// Its seconds are exact.
pub fn end(start: NaiveDateTime, dur: Duration, zone: &Zone) -> Millis {
    let days = TimeDelta::days(i64::from(dur.days));
    let day = zone.resolve(start.checked_add_signed(days).unwrap_or(start));
    Millis(day.0 + i64::from(dur.seconds) * 1_000)
}

fn back(from: NaiveDateTime, dur: Duration) -> NaiveDateTime {
    let length = TimeDelta::days(i64::from(dur.days) + 1) + TimeDelta::seconds(dur.seconds.into());
    from.checked_sub_signed(length).unwrap_or(NaiveDateTime::MIN)
}
