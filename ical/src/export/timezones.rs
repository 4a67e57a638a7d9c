//! The zones that a file uses.

use std::collections::BTreeMap;

use calcard::icalendar::{ICalendar, ICalendarComponent, ICalendarComponentType};
use chrono::{Datelike, NaiveDate, NaiveDateTime};
use umbra_model::recurrence::Zone;
use umbra_model::value::{LocalTime, ZoneName};

use crate::draft::ZONE_TAKEN;
use crate::kept::{Kept, Tree};
use crate::line::{Line, fold, unfold};
use crate::moment::Moment;

/// The zones that a file uses, with the years in which it does.
#[derive(Default)]
pub(super) struct Timezones {
    /// Zones that everybody knows, which are defined here anew.
    public: BTreeMap<String, (i32, i32)>,
    /// Definitions from the files that things came from, by their names there.
    kept: BTreeMap<String, Tree>,
}

/// How many years after its start something that repeats is told the clocks of.
const YEARS_AHEAD: i32 = 5;

impl Timezones {
    /// The name of the zone in which this is to be written; `None` where it floats,
    /// takes whole days, or is in UTC.
    pub(super) fn tzid(&mut self, moment: &Moment, kept: &Kept) -> Option<String> {
        let (LocalTime::DateTime(local), Some(tz)) = (moment.local, &moment.tz) else {
            return None;
        };
        if let Some(tzid) = self.kept(tz, kept) {
            return Some(tzid);
        }
        if is_utc(tz) {
            return None;
        }
        if Zone::parse(tz.as_str()).is_ok() {
            let year = local.year();
            let years = self.public.entry(tz.to_string()).or_insert((year, year));
            *years = (years.0.min(year), years.1.max(year));
        }
        Some(tz.as_str().replace('"', "'"))
    }

    /// The name that this zone had where the thing came from, if that file defined
    /// it itself and nothing else here goes by the same name.
    fn kept(&mut self, tz: &ZoneName, kept: &Kept) -> Option<String> {
        let taken = |tree: &&Tree| tree.line(ZONE_TAKEN) == Some(tz.as_str());
        let mut tree = kept.zones.iter().find(taken)?.clone();
        let tzid = tree.line("TZID")?.to_owned();
        tree.lines.retain(|line| line.name != ZONE_TAKEN);
        let defined = self.kept.entry(tzid.clone()).or_insert_with(|| tree.clone());
        (*defined == tree && !self.public.contains_key(&tzid)).then(|| crate::text::unescape(&tzid))
    }

    pub(super) fn write(&self, out: &mut String) {
        self.kept.values().for_each(|zone| zone.write(out));
        for (tzid, (first, last)) in &self.public {
            match Zone::parse(tzid) {
                Ok(zone) if tzid.starts_with(['+', '-']) => write_fixed(tzid, &zone, out),
                Ok(_) => write_public(tzid, *first, last + YEARS_AHEAD, out),
                Err(_) => {}
            }
        }
    }
}

/// Whether times in this zone are written with a Z.
pub(super) fn is_utc(tz: &ZoneName) -> bool {
    crate::zones::public_name(tz.as_str()).is_some_and(|name| name.as_str() == "UTC")
}

/// A zone with the clocks of these years, and the rules that hold at their end.
fn write_public(tzid: &str, first: i32, last: i32, out: &mut String) {
    let mut calendar =
        ICalendar { components: vec![ICalendarComponent::new(ICalendarComponentType::VCalendar)] };
    let instant = |year: i32| new_year(year.clamp(1_900, 2_200)).and_utc().timestamp();
    calendar.add_timezone(tzid, instant(first) - 86_400, instant(last + 1));
    let mut text = String::new();
    if calendar.write_to(&mut text).is_ok() {
        let lines = unfold(&text);
        let inner = lines.iter().filter(|line| !line.ends_with(":VCALENDAR"));
        inner.for_each(|line| fold(line, out));
    }
}

/// A zone of one offset.
fn write_fixed(tzid: &str, zone: &Zone, out: &mut String) {
    let offset = zone.to_string().replace(':', "");
    fold("BEGIN:VTIMEZONE", out);
    Line::new("TZID", tzid).write(out);
    fold("BEGIN:STANDARD", out);
    Line::new("DTSTART", "19700101T000000").write(out);
    Line::new("TZOFFSETFROM", offset.as_str()).write(out);
    Line::new("TZOFFSETTO", offset).write(out);
    fold("END:STANDARD", out);
    fold("END:VTIMEZONE", out);
}

fn new_year(year: i32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MIN).and_time(chrono::NaiveTime::MIN)
}
