use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::cluster::{Cluster, ClusterKind};
use super::{LocalTime, ZoneName, local_time};

/// When a todo starts or is due: a day, which stays that day in every zone, or
/// a time of a day, in a zone or on whatever wall it is read.
///
/// `{"date":"2026-03-01","time":"09:00:00","tz":"Europe/Paris"}`
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskTime {
    /// The day.
    #[serde(serialize_with = "write_date", deserialize_with = "read_date")]
    pub date: NaiveDate,
    /// The time of that day.
    #[serde(
        serialize_with = "write_time",
        deserialize_with = "read_time",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub time: Option<NaiveTime>,
    /// The zone of the time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tz: Option<ZoneName>,
}

const TIME: &str = "%H:%M:%S";

impl TaskTime {
    /// The whole day.
    pub const fn day(date: NaiveDate) -> Self {
        Self { date, time: None, tz: None }
    }

    /// The day, or the day and its time.
    pub fn local(&self) -> LocalTime {
        match self.time {
            None => LocalTime::Date(self.date),
            Some(time) => LocalTime::DateTime(self.date.and_time(time)),
        }
    }
}

impl Cluster for TaskTime {
    const KIND: ClusterKind = ClusterKind::TaskTime;

    fn check(&self) -> Result<(), String> {
        match (&self.tz, self.time) {
            (Some(_), None) => Err("a day without a time has no zone".to_owned()),
            _ => Ok(()),
        }
    }
}

fn write_date<S: Serializer>(date: &NaiveDate, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&LocalTime::Date(*date))
}

fn read_date<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
    match LocalTime::deserialize(from)? {
        LocalTime::Date(date) => Ok(date),
        LocalTime::DateTime(_) => Err(serde::de::Error::custom("`date` has no time")),
    }
}

fn write_time<S: Serializer>(time: &Option<NaiveTime>, to: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => to.collect_str(&time.format(TIME)),
        None => to.serialize_none(),
    }
}

fn read_time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveTime>, D::Error> {
    let text = String::deserialize(from)?;
    local_time::read_time(text.as_bytes())
        .map(Some)
        .ok_or_else(|| serde::de::Error::custom("`time` is a time of day such as 09:00:00"))
}
