//! Dates and times of a file as local times in a zone.

use calcard::common::PartialDateTime;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use umbra_model::Millis;
use umbra_model::recurrence::Zone;
use umbra_model::value::{LocalTime, ZoneName};

use crate::zones::Zones;

/// A date, a floating time, or a time in a zone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Moment {
    /// What it is on the wall there.
    pub local: LocalTime,
    /// Where that wall is.
    pub tz: Option<ZoneName>,
}

impl Moment {
    /// Reads a date or time; `None` where there is no such.
    pub(crate) fn read(
        time: &PartialDateTime,
        tzid: Option<&str>,
        zones: &mut Zones<'_>,
    ) -> Option<Self> {
        let year = i32::from(time.year?);
        let date = NaiveDate::from_ymd_opt(year, time.month?.into(), time.day?.into())?;
        if !(1..=9_999).contains(&year) {
            return None;
        }
        let Some(hour) = time.hour else {
            return Some(Self { local: LocalTime::Date(date), tz: None });
        };
        let (minute, second) = (time.minute.unwrap_or(0), time.second.unwrap_or(0));
        // A leap second is not on anybody's wall.
        let clock = NaiveTime::from_hms_opt(hour.into(), minute.into(), second.min(59).into())?;
        let tz = match (time.tz_hour, tzid) {
            (Some(hours), _) => offset_name(hours, time.tz_minute.unwrap_or(0), time.tz_minus),
            (None, Some(tzid)) => zones.name(tzid, date),
            (None, None) => None,
        };
        Some(Self { local: LocalTime::DateTime(date.and_time(clock)), tz })
    }

    /// The instant; of a floating time as if it were in this zone.
    pub(crate) fn instant(&self, floating: &Zone) -> Millis {
        self.zone(floating).resolve(self.local.date_time())
    }

    /// What it is on the wall of something that starts at `start`: a date where
    /// that takes whole days, a time of day where it doesn't.
    pub(crate) fn beside(&self, start: &Self) -> LocalTime {
        match (start.local, self.local) {
            (LocalTime::Date(_), local) => LocalTime::Date(local.date()),
            (LocalTime::DateTime(start), LocalTime::Date(date)) => {
                LocalTime::DateTime(date.and_time(start.time()))
            }
            (LocalTime::DateTime(_), LocalTime::DateTime(_)) => {
                LocalTime::DateTime(self.on_wall_of(start.tz.as_ref()))
            }
        }
    }

    fn on_wall_of(&self, tz: Option<&ZoneName>) -> NaiveDateTime {
        let local = self.local.date_time();
        match (&self.tz, tz) {
            (Some(own), Some(tz)) if own != tz => known(tz).local(known(own).resolve(local)),
            _ => local,
        }
    }

    fn zone(&self, floating: &Zone) -> Zone {
        self.tz.as_ref().map_or(*floating, known)
    }
}

/// The zone of this name, or UTC where nobody knows it.
pub(crate) fn known(tz: &ZoneName) -> Zone {
    Zone::parse(tz.as_str()).unwrap_or(Zone::UTC)
}

/// The name of UTC, or of the zone of this offset.
fn offset_name(hours: u8, minutes: u8, minus: bool) -> Option<ZoneName> {
    let minutes = i16::from(hours) * 60 + i16::from(minutes);
    let name = match minutes {
        0 => "UTC".to_owned(),
        minutes => Zone::fixed(if minus { -minutes } else { minutes })?.to_string(),
    };
    ZoneName::parse(&name).ok()
}
