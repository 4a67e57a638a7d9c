use chrono::Days;
use serde_json::Value;

use super::{Summary, View, lines, zone_or};
use crate::Millis;
use crate::recurrence::Zone;
use crate::value::{Repeat, TaskTime};

pub(super) fn summarize(view: View<'_>, zone: &Zone) -> Summary {
    let start: Option<TaskTime> = view.cluster("start");
    let due: Option<TaskTime> = view.cluster("due");
    let checks = view
        .entries("checks")
        .filter(|(key, _)| key.ends_with("/title"))
        .filter_map(|(_, title)| title.as_str());
    Summary {
        title: view.text("title").to_owned(),
        text: lines([view.text("title"), view.text("notes")].into_iter().chain(checks)),
        starts: start.map(|start| beginning(&start, zone)),
        due: due.map(|due| end(&due, zone)),
        done: view.0.get("state").and_then(Value::as_str).is_some_and(is_closed),
        repeats: view.cluster::<Repeat>("repeat").is_some(),
        parent: view.id("parent"),
        ..Summary::default()
    }
}

fn is_closed(state: &str) -> bool {
    matches!(state, "done" | "cancelled")
}

/// When the day begins, or the time of it is.
fn beginning(time: &TaskTime, zone: &Zone) -> Millis {
    zone_or(time.tz.as_ref(), zone).resolve(time.local().date_time())
}

/// When the day is over, or the time of it is.
fn end(time: &TaskTime, zone: &Zone) -> Millis {
    let next_day = |time: &TaskTime| time.date.checked_add_days(Days::new(1));
    match (time.time, next_day(time)) {
        (None, Some(date)) => beginning(&TaskTime::day(date), zone),
        _ => beginning(time, zone),
    }
}
