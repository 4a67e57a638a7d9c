//! VEVENT to event.

mod change;
mod times;

use calcard::icalendar::{
    ICalendarClassification, ICalendarDuration, ICalendarProperty, ICalendarStatus,
    ICalendarTransparency, ICalendarValue,
};
use serde_json::{Map, Value};
use umbra_model::Privacy;
use umbra_model::limits::{TEXT_CHARS_MAX, TITLE_BYTES_MAX};
use umbra_model::recurrence::Zone;
use umbra_model::value::{Cluster, Duration, LocalTime, When};

use crate::component::{Component, Prop};
use crate::draft::{Draft, TextField, color_of, place_of};
use crate::moment::{Moment, known};
use crate::report::What;
use times::Times;

pub(crate) const TITLE: TextField = TextField {
    property: "SUMMARY",
    field: "title",
    bytes_max: TITLE_BYTES_MAX,
    chars_max: usize::MAX,
};

const DESC: TextField = TextField {
    property: "DESCRIPTION",
    field: "desc",
    bytes_max: usize::MAX,
    chars_max: TEXT_CHARS_MAX as usize,
};

/// The fields that an import speaks for: what of these it doesn't fill is empty.
pub(crate) const FIELDS: &[&str] = &[
    "title",
    "when",
    "rule",
    "rdates",
    "overrides",
    "desc",
    "place",
    "meet",
    "url",
    "status",
    "busy",
    "color",
    "uid",
    "createdAt",
    "ext",
    "labels",
];

/// Fills a draft with an event and the occurrences of it that are different.
/// `false` where it has no start, without which it is none.
pub(crate) fn fill(draft: &mut Draft<'_, '_>, event: &Component, overrides: &[&Component]) -> bool {
    let Some(start) = event.prop(&ICalendarProperty::Dtstart).and_then(|prop| draft.moment(prop))
    else {
        return false;
    };
    let when = when(draft, event, &start);
    for prop in &event.props {
        if is_single(prop) && !event.is_first(prop) {
            draft.kept.main.keep(prop);
        } else {
            property(draft, prop);
        }
    }
    let mut part = std::mem::take(&mut draft.kept.main);
    let place = place_of(event, &mut part);
    draft.kept.main = part;
    put_cluster(&mut draft.view, "place", place.as_ref());
    put_cluster(&mut draft.view, "when", Some(&when));
    draft.view.entry("title").or_insert_with(|| Value::from(""));
    draft.kept.main.keep_children(event);
    draft.keep_zones(event);
    Times::new(start, when).fill(draft, event, overrides);
    true
}

/// Whether only the first such property counts.
pub(crate) fn is_single(prop: &Prop) -> bool {
    use ICalendarProperty as P;
    !matches!(
        prop.entry.name,
        P::Rrule | P::Rdate | P::Exdate | P::Conference | P::Categories | P::RelatedTo
    )
}

/// What a property says, but for those of time and place, which go together.
fn property(draft: &mut Draft<'_, '_>, prop: &Prop) {
    use ICalendarProperty as P;
    match &prop.entry.name {
        P::Summary => draft.text(prop, &TITLE),
        P::Description => draft.text(prop, &DESC),
        P::Conference => draft.uri(prop, "meet"),
        P::Class => match privacy(prop) {
            Some(privacy) => draft.privacy = privacy,
            None => draft.kept.main.keep(prop),
        },
        P::Status | P::Transp | P::Color => match word(prop) {
            Some((field, value)) => {
                draft.kept.main.keep_params(prop);
                draft.view.insert(field.to_owned(), Value::from(value));
            }
            None => draft.kept.main.keep(prop),
        },
        P::Dtstart | P::Dtend | P::Duration => draft.kept.main.keep_params(prop),
        P::Location | P::Geo | P::Rrule | P::Rdate | P::Exdate => {}
        _ => {
            if !draft.common(prop) {
                draft.kept.main.keep(prop);
            }
        }
    }
}

/// A property of one word, and the field that takes it.
fn word(prop: &Prop) -> Option<(&'static str, String)> {
    let fixed = |field, word: &str| Some((field, word.to_owned()));
    match (&prop.entry.name, prop.entry.values.first()?) {
        (ICalendarProperty::Status, ICalendarValue::Status(status)) => match status {
            ICalendarStatus::Confirmed => fixed("status", "confirmed"),
            ICalendarStatus::Tentative => fixed("status", "tentative"),
            ICalendarStatus::Cancelled => fixed("status", "cancelled"),
            _ => None,
        },
        (ICalendarProperty::Transp, ICalendarValue::Transparency(it)) => match it {
            ICalendarTransparency::Opaque => fixed("busy", "busy"),
            ICalendarTransparency::Transparent => fixed("busy", "free"),
        },
        (ICalendarProperty::Color, _) => Some(("color", color_of(prop)?)),
        _ => None,
    }
}

fn privacy(prop: &Prop) -> Option<Privacy> {
    match prop.entry.values.first()? {
        ICalendarValue::Classification(class) => Some(match class {
            ICalendarClassification::Public => Privacy::Default,
            ICalendarClassification::Private => Privacy::Busy,
            ICalendarClassification::Confidential => Privacy::Secret,
        }),
        _ => None,
    }
}

/// When a component is, of which this is the start.
fn when(draft: &mut Draft<'_, '_>, component: &Component, start: &Moment) -> When {
    let end = component.prop(&ICalendarProperty::Dtend).and_then(|prop| draft.moment(prop));
    let lasts =
        component.prop(&ICalendarProperty::Duration).map(|prop| match prop.entry.values.first() {
            Some(ICalendarValue::Duration(duration)) => lasting(duration),
            _ => None,
        });
    let all_day = matches!(start.local, LocalTime::Date(_));
    let least = if all_day { Duration::of_days(1) } else { Duration::default() };
    let mut end_tz = None;
    let (name, dur) = match (&end, lasts) {
        (Some(end), _) if all_day => ("DTEND", days_between(start, end)),
        (Some(end), _) => {
            end_tz = end.tz.clone().filter(|tz| start.tz.as_ref().is_some_and(|start| start != tz));
            ("DTEND", seconds_between(start, end))
        }
        (None, Some(lasts)) if all_day => ("DURATION", lasts.map(whole_days)),
        (None, Some(lasts)) => ("DURATION", lasts),
        (None, None) => ("DTEND", Some(least)),
    };
    let dur = dur.filter(|dur| dur.is_bounded()).unwrap_or_else(|| {
        draft
            .notes
            .push(What::Time { name, taken: if all_day { "one day" } else { "no time at all" } });
        least
    });
    When { all_day, dur, end_tz, start: start.local, tz: start.tz.clone() }
}

/// Files that end a day on the day itself mean that day.
fn days_between(start: &Moment, end: &Moment) -> Option<Duration> {
    let days = end.local.date().signed_duration_since(start.local.date()).num_days();
    u32::try_from(days).ok().map(|days| Duration::of_days(days.max(1)))
}

fn seconds_between(start: &Moment, end: &Moment) -> Option<Duration> {
    let floating = start.tz.as_ref().map_or(Zone::UTC, known);
    let millis = end.instant(&floating).0 - start.instant(&floating).0;
    u32::try_from(millis / 1_000).ok().filter(|_| millis >= 0).map(Duration::of_seconds)
}

/// A duration that isn't negative.
pub(crate) fn lasting(duration: &ICalendarDuration) -> Option<Duration> {
    let days = duration.weeks.checked_mul(7)?.checked_add(duration.days)?;
    let minutes = duration.hours.checked_mul(60)?.checked_add(duration.minutes)?;
    let seconds = minutes.checked_mul(60)?.checked_add(duration.seconds)?;
    (!duration.neg || (days, seconds) == (0, 0)).then_some(Duration { days, seconds })
}

fn whole_days(dur: Duration) -> Duration {
    Duration::of_days(dur.days.saturating_add(dur.seconds.div_ceil(86_400)).max(1))
}

/// Puts a cluster into a view, if there is one.
pub(crate) fn put_cluster<C: Cluster>(
    view: &mut Map<String, Value>,
    field: &str,
    cluster: Option<&C>,
) {
    if let Some(text) = cluster.and_then(|cluster| cluster.canonical().ok()) {
        view.insert(field.to_owned(), Value::from(text));
    }
}

/// As many entries as a map takes, and a note on the others.
pub(crate) fn capped(
    draft: &mut Draft<'_, '_>,
    entries: impl Iterator<Item = (String, Value)>,
    name: &'static str,
    most: u32,
) -> Map<String, Value> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut entries: Vec<_> = entries.collect();
    if entries.len() > most {
        draft.notes.push(What::TooMany { name, left_out: entries.len() - most });
        entries.truncate(most);
    }
    entries.into_iter().collect()
}
