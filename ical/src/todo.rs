//! VTODO to todo.

use std::collections::{BTreeMap, BTreeSet};

use calcard::icalendar::{
    ICalendarParameterName, ICalendarParameterValue, ICalendarProperty, ICalendarRelationshipType,
    ICalendarStatus, ICalendarValue,
};
use chrono::TimeDelta;
use serde_json::Value;
use umbra_model::Kind;
use umbra_model::limits::{LOG_MAX, TEXT_CHARS_MAX};
use umbra_model::recurrence::{Ends, Zone};
use umbra_model::value::{
    Cluster, Duration, LocalTime, LogMark, Mode, OnMissed, Outcome, Repeat, Stamp, TaskTime,
    is_representable,
};

use crate::component::{Component, Prop};
use crate::draft::{Draft, TextField, insert_map};
use crate::event::{TITLE, capped, is_single, lasting, put_cluster};
use crate::id::document_id;
use crate::kept::Part;
use crate::moment::Moment;
use crate::recurrence;
use crate::report::What;

const NOTES: TextField = TextField {
    property: "DESCRIPTION",
    field: "notes",
    bytes_max: usize::MAX,
    chars_max: TEXT_CHARS_MAX as usize,
};

/// The fields that an import speaks for.
pub(crate) const FIELDS: &[&str] = &[
    "title",
    "notes",
    "state",
    "done",
    "priority",
    "start",
    "due",
    "estimate",
    "parent",
    "repeat",
    "log",
    "url",
    "uid",
    "createdAt",
    "ext",
    "labels",
];

/// Fills a draft with a todo and what became of its occurrences. There is no todo
/// that can't be one.
pub(crate) fn fill(draft: &mut Draft<'_, '_>, todo: &Component, overrides: &[&Component]) -> bool {
    for prop in &todo.props {
        if is_single(prop) && !todo.is_first(prop) {
            draft.kept.main.keep(prop);
        } else {
            property(draft, prop);
        }
    }
    draft.view.entry("title").or_insert_with(|| Value::from(""));
    state(draft, todo);
    let times = Times::read(draft, todo);
    draft.kept.main.keep_children(todo);
    draft.keep_zones(todo);
    if let Some(times) = times {
        times.fill(draft, todo, overrides);
    } else {
        for prop in todo.props.iter().filter(|prop| is_recurrence(prop)) {
            draft.kept.main.keep(prop);
        }
        let why = "it is another occurrence of a todo without a date";
        let note = || What::NotImported { component: "VTODO".to_owned(), why };
        draft.notes.extend(overrides.iter().map(|_| note()));
    }
    true
}

fn is_recurrence(prop: &Prop) -> bool {
    use ICalendarProperty as P;
    matches!(prop.entry.name, P::Rrule | P::Rdate | P::Exdate)
}

fn property(draft: &mut Draft<'_, '_>, prop: &Prop) {
    use ICalendarProperty as P;
    match &prop.entry.name {
        P::Summary => draft.text(prop, &TITLE),
        P::Description => draft.text(prop, &NOTES),
        P::Priority => priority(draft, prop),
        P::EstimatedDuration => match estimate(prop) {
            Some(minutes) => {
                draft.kept.main.keep_params(prop);
                draft.view.insert("estimate".to_owned(), Value::from(minutes));
            }
            None => draft.kept.main.keep(prop),
        },
        P::RelatedTo => match parent(prop) {
            Some(uid) if !draft.view.contains_key("parent") => {
                let id = document_id(draft.options.space, Kind::Todo, &uid).to_string();
                draft.view.insert("parent".to_owned(), Value::from(id));
                // The parent may not be in the file, and its UID can't be told from the id.
                draft.kept.main.keep(prop);
            }
            _ => draft.kept.main.keep(prop),
        },
        P::Status | P::Completed | P::Dtstart | P::Due | P::Duration => {
            draft.kept.main.keep_params(prop);
        }
        P::Rrule | P::Rdate | P::Exdate => {}
        _ => {
            if !draft.common(prop) {
                draft.kept.main.keep(prop);
            }
        }
    }
}

/// 1 to 4 is high, 5 medium, 6 to 9 low. What isn't one of the numbers that we
/// write is kept beside.
fn priority(draft: &mut Draft<'_, '_>, prop: &Prop) {
    let number = prop.entry.values.first().and_then(ICalendarValue::as_integer);
    let Some(level) = number.and_then(priority_level) else { return draft.kept.main.keep(prop) };
    if matches!(number, Some(0 | 1 | 5 | 9)) {
        draft.kept.main.keep_params(prop);
    } else {
        draft.kept.main.keep(prop);
    }
    if level > 0 {
        draft.view.insert("priority".to_owned(), Value::from(level));
    }
}

/// The level that a PRIORITY means.
pub(crate) fn priority_level(number: i64) -> Option<i64> {
    match number {
        0 => Some(0),
        1..=4 => Some(3),
        5 => Some(2),
        6..=9 => Some(1),
        _ => None,
    }
}

fn estimate(prop: &Prop) -> Option<u32> {
    let ICalendarValue::Duration(duration) = prop.entry.values.first()? else { return None };
    let Duration { days, seconds } = lasting(duration)?;
    let minutes = days.checked_mul(1_440)?.checked_add(seconds / 60)?;
    (seconds % 60 == 0 && minutes <= 366 * 1_440).then_some(minutes)
}

/// The UID of what this is a part of.
fn parent(prop: &Prop) -> Option<String> {
    use ICalendarRelationshipType::Parent;
    let is_parent = match prop.entry.parameter(&ICalendarParameterName::Reltype) {
        None => true,
        Some(kind) => matches!(kind, ICalendarParameterValue::Reltype(Parent)),
    };
    prop.text().filter(|uid| is_parent && !uid.is_empty()).map(str::to_owned)
}

fn state(draft: &mut Draft<'_, '_>, todo: &Component) {
    let completed = completed(draft, todo);
    let status = todo.prop(&ICalendarProperty::Status);
    let state = match status.and_then(|prop| prop.entry.values.first()) {
        Some(ICalendarValue::Status(ICalendarStatus::Completed)) => "done",
        Some(ICalendarValue::Status(ICalendarStatus::InProcess)) => "doing",
        Some(ICalendarValue::Status(ICalendarStatus::Cancelled)) => "cancelled",
        None if completed.is_some() => "done",
        Some(ICalendarValue::Status(ICalendarStatus::NeedsAction)) | None => "open",
        Some(_) => {
            status.into_iter().for_each(|prop| draft.kept.main.keep(prop));
            "open"
        }
    };
    draft.view.insert("state".to_owned(), Value::from(state));
    match completed {
        Some(stamp) if state == "done" => put_cluster(&mut draft.view, "done", Some(&stamp)),
        _ => {
            let prop = todo.prop(&ICalendarProperty::Completed);
            prop.into_iter().for_each(|prop| draft.kept.main.keep(prop));
        }
    }
}

fn completed(draft: &mut Draft<'_, '_>, todo: &Component) -> Option<Stamp> {
    let moment = draft.moment(todo.prop(&ICalendarProperty::Completed)?)?;
    let at = moment.instant(&Zone::UTC);
    is_representable(at).then_some(Stamp { at, by: draft.options.user })
}

/// When a todo can be begun and is due.
struct Times {
    /// What the file counts occurrences from.
    anchor: Moment,
    /// What is due at the first of them, which is what we count from.
    first: LocalTime,
}

impl Times {
    /// Fills start and due; `None` where there is neither.
    fn read(draft: &mut Draft<'_, '_>, todo: &Component) -> Option<Self> {
        let mut moment = |name| {
            let prop = todo.prop(&name)?;
            let moment = draft.moment(prop);
            if moment.is_none() {
                draft.kept.main.keep(prop);
            }
            moment
        };
        let start = moment(ICalendarProperty::Dtstart);
        let due = moment(ICalendarProperty::Due);
        let duration = todo.prop(&ICalendarProperty::Duration);
        let due = match (due, &start, duration) {
            (Some(due), ..) => Some(due),
            (None, Some(start), Some(duration)) => {
                let due = after(start, duration);
                if due.is_none() {
                    draft.kept.main.keep(duration);
                }
                due
            }
            (None, None, Some(duration)) => {
                draft.kept.main.keep(duration);
                None
            }
            (None, _, None) => None,
        };
        put_cluster(&mut draft.view, "start", start.as_ref().map(task_time).as_ref());
        put_cluster(&mut draft.view, "due", due.as_ref().map(task_time).as_ref());
        let first = due.as_ref().or(start.as_ref())?.local;
        Some(Self { anchor: start.or(due)?, first })
    }

    fn fill(&self, draft: &mut Draft<'_, '_>, todo: &Component, overrides: &[&Component]) {
        let mut repeats = false;
        let mut log = BTreeMap::new();
        for prop in todo.props.iter().filter(|prop| is_recurrence(prop)) {
            match prop.entry.name {
                ICalendarProperty::Rrule if !repeats => repeats = self.rule(draft, prop),
                ICalendarProperty::Exdate => self.exdate(draft, prop, &mut log),
                _ => {
                    draft.kept.main.keep(prop);
                    let why = "a todo has one rule and no dates beside it".to_owned();
                    draft.notes.push(What::Rule { rule: prop.line.value.clone(), why });
                }
            }
        }
        for component in overrides {
            self.occurrence(draft, component, &mut log);
        }
        let log = log
            .into_iter()
            .filter_map(|(id, mark)| Some((id.to_string(), Value::from(mark.canonical().ok()?))));
        let log = capped(draft, log, "occurrences that are done", LOG_MAX);
        insert_map(&mut draft.view, "log", log);
    }

    fn rule(&self, draft: &mut Draft<'_, '_>, prop: &Prop) -> bool {
        let rule = match recurrence::read(&prop.line.value, &self.anchor) {
            Ok(rule) => rule,
            Err(bad) => {
                draft.kept.main.keep(prop);
                let rule = prop.line.value.clone();
                draft.notes.push(What::Rule { rule, why: bad.to_string() });
                return false;
            }
        };
        draft.kept.main.keep_params(prop);
        let (rule, until) = match rule.ends() {
            Ends::Until(until) => (rule.ending(Ends::Never), Some(self.due_at(until))),
            _ => (rule, None),
        };
        let repeat = Repeat {
            mode: Mode::Fixed,
            on_missed: OnMissed::Latest,
            rule: rule.to_string(),
            until,
        };
        put_cluster(&mut draft.view, "repeat", Some(&repeat));
        true
    }

    /// What is due when the occurrence of this time of the file is.
    fn due_at(&self, occurrence: LocalTime) -> LocalTime {
        shift(occurrence, self.anchor.local, self.first)
    }

    fn exdate(
        &self,
        draft: &mut Draft<'_, '_>,
        prop: &Prop,
        log: &mut BTreeMap<LocalTime, LogMark>,
    ) {
        let Some(moments) = draft.moments(prop) else { return draft.kept.main.keep(prop) };
        let mark = LogMark { at: draft.stamp(), by: draft.options.user, outcome: Outcome::Skipped };
        let ids: BTreeSet<_> = moments.iter().map(|it| it.beside(&self.anchor)).collect();
        log.extend(ids.into_iter().map(|id| (self.due_at(id), mark)));
    }

    /// One occurrence on its own: that it was done is all that a todo can say of it.
    fn occurrence(
        &self,
        draft: &mut Draft<'_, '_>,
        component: &Component,
        log: &mut BTreeMap<LocalTime, LogMark>,
    ) {
        let id = component.prop(&ICalendarProperty::RecurrenceId).and_then(|it| draft.moment(it));
        let status = component.prop(&ICalendarProperty::Status);
        let status = status.and_then(|prop| prop.entry.values.first());
        let is = |wanted: ICalendarStatus| status == Some(&ICalendarValue::Status(wanted));
        let completed = completed(draft, component);
        let outcome = match completed {
            _ if is(ICalendarStatus::Cancelled) => Some(Outcome::Skipped),
            Some(_) => Some(Outcome::Done),
            None if is(ICalendarStatus::Completed) => Some(Outcome::Done),
            None => None,
        };
        let (Some(id), Some(outcome)) = (id, outcome) else {
            let why = "an occurrence of a todo can be done or left out, but not be different";
            draft.notes.push(What::NotImported { component: "VTODO".to_owned(), why });
            return;
        };
        let id = self.due_at(id.beside(&self.anchor));
        let at = completed.map_or(draft.stamp(), |stamp| stamp.at);
        log.insert(id, LogMark { at, by: draft.options.user, outcome });
        self.keep_occurrence(draft, component, id);
    }

    fn keep_occurrence(&self, draft: &mut Draft<'_, '_>, component: &Component, id: LocalTime) {
        use ICalendarProperty as P;
        let mut part = Part::default();
        for prop in &component.props {
            match prop.entry.name {
                P::Uid | P::RecurrenceId | P::Status | P::Completed | P::Dtstamp => {}
                _ => part.keep(prop),
            }
        }
        part.keep_children(component);
        draft.keep_override(id, part);
    }
}

/// As far from `to` as the time is from `from`.
pub(crate) fn shift(time: LocalTime, from: LocalTime, to: LocalTime) -> LocalTime {
    let by = to.date_time().signed_duration_since(from.date_time());
    let shifted = time.date_time().checked_add_signed(by).unwrap_or(time.date_time());
    match to {
        LocalTime::Date(_) => LocalTime::Date(shifted.date()),
        LocalTime::DateTime(_) => LocalTime::DateTime(shifted),
    }
}

fn after(start: &Moment, duration: &Prop) -> Option<Moment> {
    let Some(ICalendarValue::Duration(duration)) = duration.entry.values.first() else {
        return None;
    };
    let dur = lasting(duration).filter(|dur| dur.is_bounded())?;
    let local = match start.local {
        LocalTime::Date(date) if dur.seconds == 0 => {
            LocalTime::Date(date.checked_add_days(chrono::Days::new(dur.days.into()))?)
        }
        local => {
            let length = TimeDelta::days(dur.days.into()) + TimeDelta::seconds(dur.seconds.into());
            LocalTime::DateTime(local.date_time().checked_add_signed(length)?)
        }
    };
    LocalTime::parse(&local.to_string()).ok().map(|local| Moment { local, tz: start.tz.clone() })
}

fn task_time(moment: &Moment) -> TaskTime {
    match moment.local {
        LocalTime::Date(date) => TaskTime::day(date),
        LocalTime::DateTime(time) => {
            TaskTime { date: time.date(), time: Some(time.time()), tz: moment.tz.clone() }
        }
    }
}
