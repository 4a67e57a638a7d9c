//! The zones of a file: names that everybody knows, names of Windows, and zones
//! that the file defines itself.

use std::collections::HashMap;
use std::str::FromStr;

use calcard::common::timezone::Tz;
use calcard::icalendar::{ICalendarComponentType, ICalendarProperty};
use chrono::NaiveDate;
use umbra_model::recurrence::Zone;
use umbra_model::value::ZoneName;

use crate::component::Component;
use crate::report::What;
use crate::vtimezone::Definition;

/// What the zones of a file are called elsewhere.
pub(crate) struct Zones<'a> {
    defined: HashMap<&'a str, &'a Component>,
    /// The years that its times lie in.
    years: (i32, i32),
    known: HashMap<String, Known>,
    /// What had to be guessed.
    pub notes: Vec<What>,
}

#[derive(Clone)]
struct Known {
    name: Option<ZoneName>,
    /// Whether only the file's own definition tells.
    custom: bool,
}

impl<'a> Zones<'a> {
    /// The zones that these define, for things that happen in these years. The
    /// first definition of a name counts.
    pub(crate) fn new(roots: &'a [Component], years: (i32, i32)) -> Self {
        let mut zones =
            Self { defined: HashMap::new(), years, known: HashMap::new(), notes: Vec::new() };
        let defined =
            roots.iter().flat_map(|root| root.of_kind(&ICalendarComponentType::VTimezone));
        for zone in defined {
            if let Some(tzid) = zone.text(&ICalendarProperty::Tzid) {
                zones.defined.entry(tzid).or_insert(zone);
            }
        }
        zones
    }

    /// The name that documents use for this zone, where something happens on that
    /// day.
    pub(crate) fn name(&mut self, tzid: &str, day: NaiveDate) -> Option<ZoneName> {
        if let Some(known) = self.known.get(tzid) {
            return known.name.clone();
        }
        let known = self.look_up(tzid, day);
        let name = known.name.clone();
        self.known.insert(tzid.to_owned(), known);
        name
    }

    /// The file's own definition of a zone that was needed to know it, and what the
    /// zone was taken for.
    pub(crate) fn custom(&self, tzid: &str) -> Option<(&'a Component, Option<&ZoneName>)> {
        let known = self.known.get(tzid).filter(|known| known.custom)?;
        Some((self.defined.get(tzid).copied()?, known.name.as_ref()))
    }

    fn look_up(&mut self, tzid: &str, day: NaiveDate) -> Known {
        if let Some(name) = public_name(tzid) {
            return Known { name: Some(name), custom: false };
        }
        let Some(definition) = self.defined.get(tzid).copied() else {
            self.notes.push(What::Zone { tzid: tzid.to_owned(), taken_for: None });
            return Known { name: ZoneName::parse(tzid.trim()).ok(), custom: false };
        };
        let name = hinted_name(definition).or_else(|| self.matched(tzid, definition, day));
        Known { name, custom: true }
    }

    /// A zone that behaves as the definition says in the years that matter.
    fn matched(&mut self, tzid: &str, definition: &Component, day: NaiveDate) -> Option<ZoneName> {
        let definition = Definition::read(definition, self.years);
        let zone = definition.behaves_as().or_else(|| definition.fixed_on(day));
        let name = zone.map(|zone| zone.to_string());
        if !definition.is_exact() {
            self.notes.push(What::Zone { tzid: tzid.to_owned(), taken_for: name.clone() });
        }
        ZoneName::parse(&name?).ok()
    }
}

/// The IANA name or offset that a zone's name stands for by itself.
pub(crate) fn public_name(tzid: &str) -> Option<ZoneName> {
    let by_parser = || match Tz::from_str(tzid).ok()? {
        Tz::Tz(tz) => Zone::parse(tz.name()).ok(),
        Tz::Fixed(offset) => Zone::fixed(i16::try_from(offset.local_minus_utc() / 60).ok()?),
        Tz::Floating => None,
    };
    let zone = Zone::parse(tzid).ok().or_else(by_parser).or_else(|| at_the_end(tzid))?;
    let name = zone.to_string();
    let is_utc =
        matches!(name.as_str(), "Etc/UTC" | "Etc/UCT" | "Etc/Zulu" | "UCT" | "Zulu" | "+00:00");
    ZoneName::parse(if is_utc { "UTC" } else { &name }).ok()
}

/// The zone that a path such as `/example.org/20261101/Europe/Paris` ends with.
fn at_the_end(tzid: &str) -> Option<Zone> {
    let mut rest = tzid.strip_prefix('/')?;
    while let Some((_, after)) = rest.split_once('/') {
        if let Ok(zone) = Zone::parse(after) {
            return Some(zone);
        }
        rest = after;
    }
    None
}

/// The name that a definition carries beside its own.
fn hinted_name(definition: &Component) -> Option<ZoneName> {
    definition.props.iter().find_map(|prop| {
        let value = prop.text()?;
        match prop.line.name.as_str() {
            "X-LIC-LOCATION" => public_name(value.strip_prefix("SystemV/").unwrap_or(value)),
            "X-MICROSOFT-CDO-TZID" => match Tz::from_ms_cdo_zone_id(value)? {
                Tz::Tz(tz) => public_name(tz.name()),
                _ => None,
            },
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_names_are_known_without_a_definition() {
        for (tzid, name) in [
            ("Europe/Paris", "Europe/Paris"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("/freeassociation.sourceforge.net/Europe/Paris", "Europe/Paris"),
            ("/softwarestudio.org/Olson_20011030_5/America/Chicago", "America/Chicago"),
            ("Etc/UTC", "UTC"),
            ("+05:30", "+05:30"),
        ] {
            assert_eq!(public_name(tzid).unwrap().as_str(), name, "{tzid}");
        }
        for tzid in ["", "Home", "Customized Time Zone"] {
            assert_eq!(public_name(tzid), None, "{tzid}");
        }
    }
}
