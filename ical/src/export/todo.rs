//! Todo to VTODO.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use umbra_model::recurrence::{Ends, Rule};
use umbra_model::value::{Cluster, LocalTime, LogMark, Outcome, Repeat, Stamp, TaskTime};
use umbra_model::{DocId, Kind};

use super::properties::{Properties, entries, kept, string, utc};
use super::timezones::Timezones;
use super::{Calendar, Document, uid};
use crate::id::document_id;
use crate::kept::{Kept, Part};
use crate::line::Line;
use crate::moment::Moment;
use crate::recurrence;
use crate::todo::{priority_level, shift};

const STATE: &[(&str, &str)] = &[
    ("open", "NEEDS-ACTION"),
    ("doing", "IN-PROCESS"),
    ("done", "COMPLETED"),
    ("cancelled", "CANCELLED"),
];

/// Writes a todo and the occurrences of it that were done.
pub(super) fn write(
    calendar: &Calendar<'_>,
    document: &Document<'_>,
    uids: &BTreeMap<DocId, String>,
    timezones: &mut Timezones,
    out: &mut String,
) {
    let view = document.view;
    let mut kept = kept(view);
    let parent = parent(calendar, view, uids, &mut kept.main);
    let priority = priority(view, &mut kept.main);
    let times = Times::of(view);
    let log = log(view);
    let mut made = Properties::new(&kept.main, &kept, timezones);
    made.uid(document);
    made.stamp(calendar, view);
    made.created(view);
    made.text("SUMMARY", string(view, "title").unwrap_or_default());
    if let Some(notes) = string(view, "notes").filter(|notes| !notes.is_empty()) {
        made.text("DESCRIPTION", notes);
    }
    made.word("STATUS", string(view, "state"), STATE);
    if let Some(done) = string(view, "done").and_then(|done| Stamp::parse(done).ok()) {
        made.raw("COMPLETED", utc(done.at));
    }
    if let Some(priority) = priority {
        made.raw("PRIORITY", priority);
    }
    if let Some(minutes) = view.get("estimate").and_then(Value::as_i64) {
        made.raw("ESTIMATED-DURATION", format!("PT{minutes}M"));
    }
    times.write(&mut made, view, &log);
    if let Some(url) = string(view, "url") {
        made.raw("URL", url);
    }
    if let Some(parent) = parent {
        made.raw("RELATED-TO", crate::text::escape(&parent));
    }
    made.labels(view, calendar.labels);
    made.write("VTODO", out);
    times.occurrences(calendar, document, &log, &kept, timezones, out);
}

/// The UID of what this is a part of, where what was kept doesn't say so already.
/// What was kept of another parent goes.
fn parent(
    calendar: &Calendar<'_>,
    view: &Map<String, Value>,
    uids: &BTreeMap<DocId, String>,
    kept: &mut Part,
) -> Option<String> {
    let parent = string(view, "parent").and_then(|id| id.parse::<DocId>().ok());
    let mut found = false;
    kept.lines.retain(|line| {
        let is_parent = line.name == "RELATED-TO"
            && line.param("RELTYPE").is_none_or(|it| it.eq_ignore_ascii_case("PARENT"));
        let uid = crate::text::unescape(&line.value);
        let same = is_parent && parent == Some(document_id(calendar.space, Kind::Todo, &uid));
        found |= same;
        !is_parent || same
    });
    parent.filter(|_| !found).and_then(|parent| uids.get(&parent).cloned())
}

/// The priority, where what was kept doesn't say it more exactly. What was kept of
/// another level goes.
fn priority(view: &Map<String, Value>, kept: &mut Part) -> Option<&'static str> {
    let level = view.get("priority").and_then(Value::as_i64).unwrap_or(0);
    let kept_level = |line: &Line| line.value.trim().parse().ok().and_then(priority_level);
    kept.lines
        .retain(|line| line.name != "PRIORITY" || kept_level(line).is_none_or(|it| it == level));
    if kept.lines.iter().any(|line| line.name == "PRIORITY" && kept_level(line).is_some()) {
        return None;
    }
    match level {
        3 => Some("1"),
        2 => Some("5"),
        1 => Some("9"),
        _ => None,
    }
}

fn log(view: &Map<String, Value>) -> BTreeMap<LocalTime, LogMark> {
    let mark = |(id, mark): (&String, &Value)| {
        Some((LocalTime::parse(id).ok()?, LogMark::parse(mark.as_str()?).ok()?))
    };
    entries(view, "log").filter_map(mark).collect()
}

struct Times {
    start: Option<Moment>,
    due: Option<Moment>,
}

impl Times {
    fn of(view: &Map<String, Value>) -> Self {
        let moment = |field| {
            let time = TaskTime::parse(string(view, field)?).ok()?;
            Some(Moment { local: time.local(), tz: time.tz })
        };
        Self { start: moment("start"), due: moment("due") }
    }

    /// What a file counts occurrences from, and what we do.
    fn anchors(&self) -> Option<(&Moment, &Moment)> {
        let start = self.start.as_ref().or(self.due.as_ref())?;
        Some((start, self.due.as_ref().unwrap_or(start)))
    }

    /// The time by which a file names the occurrence that is due then.
    fn named(&self, due: LocalTime) -> Option<Moment> {
        let (start, first) = self.anchors()?;
        let local = shift(due, first.local, start.local);
        Some(Moment { local, tz: start.tz.clone() })
    }

    fn write(
        &self,
        made: &mut Properties<'_>,
        view: &Map<String, Value>,
        log: &BTreeMap<LocalTime, LogMark>,
    ) {
        if let Some(start) = &self.start {
            made.moment("DTSTART", start);
        }
        if let Some(due) = &self.due {
            made.moment("DUE", due);
        }
        let repeat = string(view, "repeat").and_then(|repeat| Repeat::parse(repeat).ok());
        let rule = repeat.as_ref().and_then(|repeat| Rule::parse(&repeat.rule).ok());
        if let (Some(rule), Some(repeat), Some((start, _))) = (rule, &repeat, self.anchors()) {
            let until = repeat.until.and_then(|until| self.named(until));
            let rule = match until {
                Some(until) => rule.ending(Ends::Until(until.local)),
                None => rule,
            };
            made.raw("RRULE", recurrence::write(&rule, start));
        }
        let skipped: BTreeSet<LocalTime> = log
            .iter()
            .filter(|(_, mark)| mark.outcome == Outcome::Skipped)
            .map(|(id, _)| *id)
            .collect();
        let skipped: Vec<Moment> = skipped.into_iter().filter_map(|id| self.named(id)).collect();
        made.moments("EXDATE", &skipped);
    }

    fn occurrences(
        &self,
        calendar: &Calendar<'_>,
        document: &Document<'_>,
        log: &BTreeMap<LocalTime, LogMark>,
        kept: &Kept,
        timezones: &mut Timezones,
        out: &mut String,
    ) {
        let nothing = Part::default();
        for (id, mark) in log.iter().filter(|(_, mark)| mark.outcome == Outcome::Done) {
            let Some(moment) = self.named(*id) else { continue };
            let part = kept.overrides.get(id).unwrap_or(&nothing);
            let mut made = Properties::new(part, kept, timezones);
            made.raw("UID", uid(document));
            made.stamp(calendar, document.view);
            made.moment("RECURRENCE-ID", &moment);
            if !part.lines.iter().any(|line| line.name == "SUMMARY") {
                made.text("SUMMARY", string(document.view, "title").unwrap_or_default());
            }
            made.raw("STATUS", "COMPLETED");
            made.raw("COMPLETED", utc(mark.at));
            made.write("VTODO", out);
        }
    }
}
