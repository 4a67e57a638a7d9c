//! Which instant a local time is: the one policy that every part of Umbra shares.

use std::fmt;

use chrono::{LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::Millis;

/// A time zone: one of IANA's, or a fixed offset from UTC.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Zone(Clock);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Clock {
    Iana(Tz),
    /// So many minutes ahead of UTC.
    Fixed(i16),
}

/// The name is of no zone that we know.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a time zone; use a name such as Europe/Paris or an offset such as +05:30")]
pub struct UnknownZone(pub String);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Clock::Iana(Tz::UTC));

    /// The most minutes that a fixed offset may have; real ones end at +14:00.
    const OFFSET_MAX: u16 = 18 * 60;

    /// Reads an IANA name (`Europe/Paris`) or a fixed offset (`+05:30`).
    ///
    /// # Errors
    /// [`UnknownZone`] for any other text.
    pub fn parse(name: &str) -> Result<Self, UnknownZone> {
        let clock = name.parse().map(Clock::Iana).ok().or_else(|| fixed(name).map(Clock::Fixed));
        clock.map(Self).ok_or_else(|| UnknownZone(name.to_owned()))
    }

    /// The zone that is always so many minutes ahead of UTC; `None` where that
    /// is more than eighteen hours.
    pub fn fixed(minutes: i16) -> Option<Self> {
        (minutes.unsigned_abs() <= Self::OFFSET_MAX).then_some(Self(Clock::Fixed(minutes)))
    }

    /// Every IANA zone.
    pub fn all() -> impl Iterator<Item = Self> {
        chrono_tz::TZ_VARIANTS.iter().map(|tz| Self(Clock::Iana(*tz)))
    }

    /// The instant of this local time. A time that the clocks skip is read with
    /// the offset from before the gap (02:30 becomes 03:30); of a time that they
    /// show twice, the first is meant.
    pub fn resolve(&self, local: NaiveDateTime) -> Millis {
        let offset = match self.0 {
            Clock::Fixed(minutes) => i64::from(minutes) * 60,
            Clock::Iana(tz) => match tz.offset_from_local_datetime(&local) {
                LocalResult::Single(offset) => seconds(offset),
                // The first is the one with the greater offset.
                LocalResult::Ambiguous(a, b) => seconds(a).max(seconds(b)),
                LocalResult::None => before_gap(tz, local),
            },
        };
        Millis((local.and_utc().timestamp() - offset) * 1_000)
    }

    /// What the clocks there show at this instant, to the second; clamped to the
    /// range of years that dates have.
    pub fn local(&self, at: Millis) -> NaiveDateTime {
        let utc = Utc
            .timestamp_opt(at.0.div_euclid(1_000), 0)
            .single()
            .map_or(if at.0 < 0 { NaiveDateTime::MIN } else { NaiveDateTime::MAX }, |at| {
                at.naive_utc()
            });
        utc.checked_add_signed(TimeDelta::seconds(self.offset(utc))).unwrap_or(utc)
    }

    /// How many seconds ahead of UTC the clocks there are at this instant.
    pub fn offset_at(&self, at: Millis) -> i64 {
        Utc.timestamp_opt(at.0.div_euclid(1_000), 0)
            .single()
            .map_or(0, |at| self.offset(at.naive_utc()))
    }

    fn offset(&self, utc: NaiveDateTime) -> i64 {
        match self.0 {
            Clock::Fixed(minutes) => i64::from(minutes) * 60,
            Clock::Iana(tz) => seconds(tz.offset_from_utc_datetime(&utc)),
        }
    }
}

/// The offset that held before the gap in which this local time lies. A day
/// before the local time read as UTC is before the gap in every zone, as no zone
/// is a day ahead.
fn before_gap(tz: Tz, local: NaiveDateTime) -> i64 {
    let earlier = local.checked_sub_signed(TimeDelta::days(1)).unwrap_or(local);
    seconds(tz.offset_from_utc_datetime(&earlier))
}

fn seconds(offset: impl Offset) -> i64 {
    i64::from(offset.fix().local_minus_utc())
}

/// The minutes of `+05:30`.
fn fixed(name: &str) -> Option<i16> {
    let (sign, digits) = match name.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':')?;
    if [hours, minutes].iter().any(|it| it.len() != 2 || !it.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let (hours, minutes) = (hours.parse::<i16>().ok()?, minutes.parse::<i16>().ok()?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total.unsigned_abs() <= Zone::OFFSET_MAX && (total > 0 || sign > 0))
        .then_some(sign * total)
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Clock::Iana(tz) => f.pad(tz.name()),
            Clock::Fixed(minutes) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                let minutes = minutes.unsigned_abs();
                f.pad(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::LocalTime;

    fn shown(zone: &str, local: &str) -> String {
        let zone = Zone::parse(zone).unwrap();
        let at = zone.resolve(LocalTime::parse(local).unwrap().date_time());
        let utc = LocalTime::DateTime(Zone::UTC.local(at));
        format!("{utc}Z {}", LocalTime::DateTime(zone.local(at)))
    }

    #[test]
    fn a_gap_is_read_with_the_offset_before_it() {
        assert_eq!(
            shown("Europe/Paris", "2026-03-29T02:30:00"),
            "2026-03-29T01:30:00Z 2026-03-29T03:30:00"
        );
        assert_eq!(
            shown("America/Santiago", "2026-09-06T00:15:00"),
            "2026-09-06T04:15:00Z 2026-09-06T01:15:00"
        );
        assert_eq!(
            shown("Australia/Lord_Howe", "2026-10-04T02:15:00"),
            "2026-10-03T15:45:00Z 2026-10-04T02:45:00"
        );
        // Samoa left out a whole day when it crossed the date line.
        assert_eq!(
            shown("Pacific/Apia", "2011-12-30T12:00:00"),
            "2011-12-30T22:00:00Z 2011-12-31T12:00:00"
        );
    }

    #[test]
    fn of_an_overlap_the_first_is_meant() {
        assert_eq!(
            shown("Europe/Paris", "2026-10-25T02:30:00"),
            "2026-10-25T00:30:00Z 2026-10-25T02:30:00"
        );
        assert_eq!(
            shown("Australia/Lord_Howe", "2026-04-05T01:45:00"),
            "2026-04-04T14:45:00Z 2026-04-05T01:45:00"
        );
    }

    #[test]
    fn fixed_offsets_have_one_form() {
        for text in ["+00:00", "+05:30", "-03:00", "+14:00"] {
            assert_eq!(Zone::parse(text).map(|zone| zone.to_string()).as_deref(), Ok(text));
        }
        for text in
            ["-00:00", "+5:30", "+0530", "+19:00", "+05:60", "05:30", "", "Mars/Base", "+é:00"]
        {
            assert!(Zone::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            shown("+05:30", "2026-01-01T00:00:00"),
            "2025-12-31T18:30:00Z 2026-01-01T00:00:00"
        );
    }

    #[test]
    fn every_zone_reads_back_its_name_and_never_panics_at_the_ends_of_time() {
        for zone in Zone::all() {
            assert_eq!(Zone::parse(&zone.to_string()), Ok(zone));
            for at in [i64::MIN, -1, 0, i64::MAX] {
                let _ = (zone.local(Millis(at)), zone.offset_at(Millis(at)));
            }
            for local in ["0000-01-01T00:00:00", "9999-12-31T23:59:59"] {
                zone.resolve(LocalTime::parse(local).unwrap().date_time());
            }
        }
    }
}
