//! Recurrence against the shared vectors, which python-dateutil and zoneinfo
//! made (`tests/interop/recurrence_vectors.py`), and against those of rules as
//! texts and of repeating todos, which are made by hand.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::TimeDelta;
use serde::Deserialize;
use umbra_model::recurrence::{Repetition, Rule, Series, Window, Zone, end, occurrences};
use umbra_model::value::{Duration, LocalTime, LogMark, Outcome, Repeat, check_rule};
use umbra_model::{Millis, UserId};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    horizon_days: i64,
    floating: Vec<Floating>,
    zoned: Vec<Zoned>,
    resolve: Vec<Resolve>,
    ends: Vec<End>,
}

#[derive(Deserialize)]
struct Floating {
    start: LocalTime,
    rule: String,
    limit: usize,
    starts: Vec<LocalTime>,
}

#[derive(Deserialize)]
struct Zoned {
    name: String,
    zone: String,
    start: LocalTime,
    rule: String,
    ids: Vec<LocalTime>,
    instants: Vec<String>,
}

#[derive(Deserialize)]
struct Resolve {
    zone: String,
    local: LocalTime,
    instant: String,
}

#[derive(Deserialize)]
struct End {
    start: LocalTime,
    zone: String,
    days: u32,
    seconds: u32,
    end: String,
}

/// The committed vectors, or those of the file that `UMBRA_RECURRENCE_VECTORS` names.
fn vectors() -> Vectors {
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/recurrence.json");
    let path = std::env::var_os("UMBRA_RECURRENCE_VECTORS").map_or(committed.into(), PathBuf::from);
    let text = std::fs::read_to_string(&path).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn series(start: LocalTime, rule: &Rule) -> Series<'_> {
    static NONE: BTreeSet<LocalTime> = BTreeSet::new();
    Series { start, rule: Some(rule), rdates: &NONE, excluded: &NONE }
}

fn shown(at: Millis) -> String {
    format!("{}Z", LocalTime::DateTime(Zone::UTC.local(at)))
}

/// The first starts, asked for ten years at a time.
fn first_starts(case: &Floating, horizon: TimeDelta) -> Vec<LocalTime> {
    let rule = Rule::parse(&case.rule).unwrap();
    let series = series(case.start, &rule);
    let start = case.start.date_time();
    let mut starts = Vec::new();
    for decade in 0.. {
        let from = start + TimeDelta::days(3_653) * decade;
        let until = (from + TimeDelta::days(3_653)).min(start + horizon);
        let wanted = case.limit - starts.len();
        if from >= until || wanted == 0 {
            break;
        }
        let found = series.expand(&Window::new(from, until, wanted));
        assert!(found.complete || found.starts.len() == wanted, "{}", case.rule);
        starts.extend(found.starts);
    }
    starts
}

#[test]
fn floating_starts_are_those_of_dateutil() {
    let vectors = vectors();
    let horizon = TimeDelta::days(vectors.horizon_days);
    let mut wrong = Vec::new();
    for case in &vectors.floating {
        let starts = first_starts(case, horizon);
        if starts != case.starts {
            let list = |starts: &[LocalTime]| {
                starts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            };
            let (expected, found) = (list(&case.starts), list(&starts));
            wrong.push(format!("{} from {}:\n  {expected}\n  {found}", case.rule, case.start));
        }
    }
    let all = vectors.floating.len();
    let some = wrong.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {all} differ\n{some}", wrong.len());
}

#[test]
fn zoned_occurrences_follow_the_policy() {
    for case in vectors().zoned {
        let rule = Rule::parse(&case.rule).unwrap();
        let zone = Zone::parse(&case.zone).unwrap();
        let from = Millis(zone.resolve(case.start.date_time()).0 - 86_400_000);
        let until = Millis(from.0 + 86_400_000 * 3_000);
        let found =
            occurrences(&series(case.start, &rule), Duration::default(), &zone, from, until);
        assert!(found.complete, "{}", case.name);
        let ids: Vec<_> = found.occurrences.iter().map(|it| it.id).collect();
        let instants: Vec<_> = found.occurrences.iter().map(|it| shown(it.start)).collect();
        assert_eq!((ids, instants), (case.ids, case.instants), "{}", case.name);
    }
}

#[test]
fn local_times_resolve_as_zoneinfo_resolves_them() {
    for case in vectors().resolve {
        let zone = Zone::parse(&case.zone).unwrap();
        let at = zone.resolve(case.local.date_time());
        assert_eq!(shown(at), case.instant, "{} in {}", case.local, case.zone);
    }
}

#[test]
fn days_are_nominal_and_seconds_exact() {
    for case in vectors().ends {
        let zone = Zone::parse(&case.zone).unwrap();
        let dur = Duration { days: case.days, seconds: case.seconds };
        let at = end(case.start.date_time(), dur, &zone);
        assert_eq!(shown(at), case.end, "{dur} from {} in {}", case.start, case.zone);
    }
}

#[derive(Deserialize)]
struct ByHand {
    next: Vec<Next>,
    canonical: Vec<(String, String)>,
    refused: Vec<String>,
}

/// Times that aren't ids are those of UTC.
#[derive(Deserialize)]
struct Next {
    name: String,
    first: LocalTime,
    repeat: Repeat,
    log: BTreeMap<String, LocalTime>,
    zone: String,
    now: LocalTime,
    next: Option<LocalTime>,
}

fn by_hand() -> ByHand {
    serde_json::from_str(include_str!("../../tests/vectors/recurrence_next.json")).unwrap()
}

#[test]
fn the_next_occurrence_of_a_todo_is_derived() {
    let instant = |local: LocalTime| Zone::UTC.resolve(local.date_time());
    let by = UserId::from_bytes([1; 16]);
    let mark = |at: LocalTime| LogMark { at: instant(at), by, outcome: Outcome::Done };
    for case in by_hand().next {
        let id = |text: &str| LocalTime::parse(text).unwrap();
        let log = case.log.iter().map(|(done, at)| (id(done), mark(*at))).collect();
        let zone = Zone::parse(&case.zone).unwrap();
        let repetition =
            Repetition { first: case.first, repeat: &case.repeat, log: &log, zone: &zone };
        assert_eq!(repetition.next(instant(case.now)), case.next, "{}", case.name);
    }
}

#[test]
fn a_rule_has_one_spelling() {
    let vectors = by_hand();
    for (text, canonical) in &vectors.canonical {
        let rule = Rule::parse(text).unwrap();
        assert_eq!(&rule.to_string(), canonical);
        assert_eq!(Rule::parse(canonical).as_ref(), Ok(&rule));
        assert_eq!(check_rule(text).is_ok(), text == canonical, "{text}");
    }
    for text in &vectors.refused {
        assert!(Rule::parse(text).is_err(), "{text}");
    }
}
