//! What a VTIMEZONE says: which zone behaves like it, or what its offset is.

use std::collections::BTreeSet;

use calcard::icalendar::{ICalendarComponentType, ICalendarProperty};
use chrono::{NaiveDate, NaiveDateTime};
use umbra_model::Millis;
use umbra_model::recurrence::{Series, Window, Zone};
use umbra_model::value::{LocalTime, ZoneName};

use crate::component::{Component, Prop};
use crate::limits::ZONE_CHANGES_MAX;
use crate::moment::Moment;
use crate::recurrence;
use crate::zones::Zones;

/// The zones that most people mean, tried before all others.
const COMMON: &[&str] = &[
    "Europe/Berlin",
    "Europe/London",
    "Europe/Athens",
    "Europe/Moscow",
    "Europe/Istanbul",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Halifax",
    "America/St_Johns",
    "America/Anchorage",
    "America/Sao_Paulo",
    "America/Mexico_City",
    "America/Santiago",
    "Asia/Jerusalem",
    "Asia/Tehran",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Pacific/Auckland",
];

/// The most years that are looked at.
const YEARS_MAX: i32 = 60;

/// A zone as a file defines it, in the years that matter.
pub(crate) struct Definition {
    /// Instants in seconds at which an offset, in seconds, comes into force.
    changes: Vec<(i64, i64)>,
    /// The offset before the first of them.
    before: i64,
    from: i64,
    to: i64,
    matched: Option<Zone>,
}

impl Definition {
    /// Reads a definition for things that happen in these years.
    pub(crate) fn read(definition: &Component, years: (i32, i32)) -> Self {
        let (first, last) = (years.0, years.1.clamp(years.0, years.0 + YEARS_MAX));
        let window = Window::new(new_year(first - 1), new_year(last + 2), ZONE_CHANGES_MAX);
        let mut observances: Vec<Observance> = definition
            .children
            .iter()
            .filter_map(|child| Observance::read(child, &window))
            .collect();
        observances.sort_by_key(|observance| observance.onsets.first().copied());
        let before = observances.first().map_or(0, |observance| observance.from);
        let mut changes: Vec<(i64, i64)> = observances
            .iter()
            .flat_map(|observance| observance.onsets.iter().map(|at| (*at, observance.to)))
            .collect();
        changes.sort_unstable();
        changes.truncate(ZONE_CHANGES_MAX);
        let (from, to) = (new_year(first), new_year(last + 1));
        let (from, to) = (from.and_utc().timestamp(), to.and_utc().timestamp());
        let mut definition = Self { changes, before, from, to, matched: None };
        definition.matched = definition.find();
        definition
    }

    /// The zone that has the same offsets in these years.
    pub(crate) fn behaves_as(&self) -> Option<Zone> {
        self.matched
    }

    /// Whether there is such a zone.
    pub(crate) fn is_exact(&self) -> bool {
        self.matched.is_some()
    }

    /// The zone with the offset that holds on this day.
    pub(crate) fn fixed_on(&self, day: NaiveDate) -> Option<Zone> {
        fixed(self.offset_at(day.and_hms_opt(12, 0, 0)?.and_utc().timestamp()))
    }

    fn find(&self) -> Option<Zone> {
        if self.changes.is_empty() {
            return None;
        }
        let samples = self.samples();
        let first = self.offset_at(*samples.first()?);
        if samples.iter().all(|at| self.offset_at(*at) == first) {
            return fixed(first);
        }
        let alike = |zone: &Zone| {
            samples.iter().all(|at| zone.offset_at(Millis(at * 1_000)) == self.offset_at(*at))
        };
        let common = COMMON.iter().filter_map(|name| Zone::parse(name).ok());
        common.chain(Zone::all()).find(alike)
    }

    /// Just before and at each change, and the middle of each quarter.
    fn samples(&self) -> Vec<i64> {
        const QUARTER: i64 = 365 * 86_400 / 4;
        let changes = self.changes.iter().flat_map(|(at, _)| [at - 1, *at]);
        let mut samples: Vec<i64> = (self.from..self.to)
            .step_by(usize::try_from(QUARTER).unwrap_or(usize::MAX))
            .chain(changes.filter(|at| (self.from..self.to).contains(at)))
            .collect();
        samples.sort_unstable();
        samples
    }

    fn offset_at(&self, at: i64) -> i64 {
        let passed = self.changes.partition_point(|(change, _)| *change <= at);
        passed.checked_sub(1).and_then(|last| self.changes.get(last)).map_or(self.before, |it| it.1)
    }
}

/// A STANDARD or DAYLIGHT part.
struct Observance {
    from: i64,
    to: i64,
    /// When it comes into force, in seconds since the epoch.
    onsets: Vec<i64>,
}

impl Observance {
    fn read(part: &Component, window: &Window) -> Option<Self> {
        if !matches!(part.kind, ICalendarComponentType::Standard | ICalendarComponentType::Daylight)
        {
            return None;
        }
        let from = offset(part.prop(&ICalendarProperty::Tzoffsetfrom)?)?;
        let to = offset(part.prop(&ICalendarProperty::Tzoffsetto)?)?;
        let start = part.prop(&ICalendarProperty::Dtstart)?.times().next()?;
        let mut zones = Zones::new(&[], (0, 0));
        let start = Moment::read(start, None, &mut zones)?.local.date_time();
        let onset = |local: NaiveDateTime| local.and_utc().timestamp() - from;
        let mut onsets = BTreeSet::from([onset(start)]);
        let moment = Moment {
            local: LocalTime::DateTime(start),
            tz: fixed(from).and_then(|zone| ZoneName::parse(&zone.to_string()).ok()),
        };
        let rule = part.prop(&ICalendarProperty::Rrule);
        if let Some(rule) = rule.and_then(|rule| recurrence::read(&rule.line.value, &moment).ok()) {
            let none = BTreeSet::new();
            let series =
                Series { start: moment.local, rule: Some(&rule), rdates: &none, excluded: &none };
            let starts = series.expand(window).starts;
            onsets.extend(starts.into_iter().map(|start| onset(start.date_time())));
        }
        for prop in part.props.iter().filter(|prop| prop.entry.name == ICalendarProperty::Rdate) {
            let times = prop.times().filter_map(|time| Moment::read(time, None, &mut zones));
            onsets.extend(times.map(|time| onset(time.local.date_time())));
        }
        Some(Self { from, to, onsets: onsets.into_iter().collect() })
    }
}

/// Seconds ahead of UTC.
fn offset(prop: &Prop) -> Option<i64> {
    let offset = prop.times().next()?;
    let seconds =
        i64::from(offset.tz_hour?) * 3_600 + i64::from(offset.tz_minute.unwrap_or(0)) * 60;
    Some(if offset.tz_minus { -seconds } else { seconds })
}

/// The zone that is always so many seconds ahead of UTC.
fn fixed(seconds: i64) -> Option<Zone> {
    match seconds {
        0 => Some(Zone::UTC),
        seconds => Zone::fixed(i16::try_from(seconds / 60).ok()?),
    }
}

fn new_year(year: i32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MIN).and_time(chrono::NaiveTime::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component;

    fn definition(parts: &str, years: (i32, i32)) -> Definition {
        let text = format!("BEGIN:VTIMEZONE\nTZID:Custom\n{parts}END:VTIMEZONE\n");
        Definition::read(&component::read(&text).unwrap().roots[0], years)
    }

    fn part(kind: &str, from: &str, to: &str, rest: &str) -> String {
        format!("BEGIN:{kind}\nTZOFFSETFROM:{from}\nTZOFFSETTO:{to}\n{rest}\nEND:{kind}\n")
    }

    #[test]
    fn a_zone_is_known_by_what_it_does() {
        let central_europe = [
            part(
                "DAYLIGHT",
                "+0100",
                "+0200",
                "DTSTART:19810329T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
            ),
            part(
                "STANDARD",
                "+0200",
                "+0100",
                "DTSTART:19961027T030000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
            ),
        ];
        let found = definition(&central_europe.concat(), (2020, 2026));
        assert_eq!(found.behaves_as(), Some(Zone::parse("Europe/Berlin").unwrap()));
        // Russia stopped changing its clocks in 2011; the UNTIL is in UTC.
        let moscow = [
            part(
                "DAYLIGHT",
                "+0300",
                "+0400",
                "DTSTART:19930328T020000\nRRULE:FREQ=YEARLY;UNTIL=20100327T230000Z;BYMONTH=3;BYDAY=-1SU",
            ),
            part(
                "STANDARD",
                "+0400",
                "+0300",
                "DTSTART:19961027T030000\nRRULE:FREQ=YEARLY;UNTIL=20101030T230000Z;BYMONTH=10;BYDAY=-1SU",
            ),
            part("STANDARD", "+0300", "+0400", "DTSTART:20110327T020000"),
            part("STANDARD", "+0400", "+0300", "DTSTART:20141026T020000"),
        ];
        let found = definition(&moscow.concat(), (2008, 2016));
        assert_eq!(found.behaves_as(), Some(Zone::parse("Europe/Moscow").unwrap()));
    }

    #[test]
    fn a_zone_that_does_what_none_does_has_an_offset() {
        let odd = [
            part(
                "DAYLIGHT",
                "+0117",
                "+0217",
                "DTSTART:20000101T000000\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1MO",
            ),
            part(
                "STANDARD",
                "+0217",
                "+0117",
                "DTSTART:20000901T000000\nRRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=1MO",
            ),
        ];
        let found = definition(&odd.concat(), (2020, 2026));
        assert_eq!(found.behaves_as(), None);
        let on = |month| found.fixed_on(NaiveDate::from_ymd_opt(2026, month, 1).unwrap());
        assert_eq!(on(7), Zone::fixed(137));
        assert_eq!(on(12), Zone::fixed(77));
        let always = part("STANDARD", "+0530", "+0530", "DTSTART:19700101T000000");
        assert_eq!(definition(&always, (2020, 2026)).behaves_as(), Zone::fixed(330));
        assert_eq!(definition("", (2020, 2026)).behaves_as(), None);
    }
}
