//! What lists and search learn of a document.

use serde_json::{Value, json};
use umbra_model::recurrence::Zone;
use umbra_model::summary::{Summary, summarize};
use umbra_model::value::LocalTime;
use umbra_model::{Kind, Millis};

const ID: &str = "0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f";

fn summary(kind: Kind, view: &Value) -> Summary {
    summarize(kind, view.as_object().unwrap(), &Zone::parse("Europe/Paris").unwrap())
}

/// The instant, as a clock in UTC shows it.
fn utc(at: Option<Millis>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| LocalTime::DateTime(Zone::UTC.local(at)).to_string())
}

/// First and last moment of an event.
fn extent(view: &Value) -> (String, String) {
    let summary = summary(Kind::Event, view);
    (utc(summary.starts), utc(summary.ends))
}

fn pair(starts: &str, ends: &str) -> (String, String) {
    (starts.to_owned(), ends.to_owned())
}

const NINE: &str =
    r#"{"allDay":false,"dur":"PT1H","start":"2026-03-02T09:00:00","tz":"America/New_York"}"#;

#[test]
fn a_todo_is_due_when_its_day_is_over_where_the_reader_is() {
    let stamp = json!({"at": 1, "by": ID}).to_string();
    let todo = summary(
        Kind::Todo,
        &json!({
            "v": 1, "title": "Buy milk", "notes": "whole", "state": "open", "parent": ID,
            "start": r#"{"date":"2026-03-28"}"#, "due": r#"{"date":"2026-03-28"}"#,
            "checks": {format!("{ID}/title"): "two bottles", ID: true},
            "deletedAt": stamp,
        }),
    );
    assert_eq!(todo.title, "Buy milk");
    assert_eq!(todo.text, "Buy milk\nwhole\ntwo bottles");
    assert_eq!(utc(todo.starts), "2026-03-27T23:00:00");
    assert_eq!(utc(todo.due), "2026-03-28T23:00:00");
    assert_eq!(todo.parent, Some(ID.parse().unwrap()));
    assert!(todo.deleted && !todo.done && !todo.repeats);
    assert_eq!((todo.ends, todo.subject), (None, None));
}

#[test]
fn a_todo_with_a_time_is_due_then() {
    let due = |due: &str| utc(summary(Kind::Todo, &json!({ "due": due })).due);
    assert_eq!(due(r#"{"date":"2026-07-01","time":"09:00:00"}"#), "2026-07-01T07:00:00");
    assert_eq!(
        due(r#"{"date":"2026-07-01","time":"09:00:00","tz":"Asia/Tokyo"}"#),
        "2026-07-01T00:00:00"
    );
    // A zone that nobody knows reads as the reader's own.
    assert_eq!(
        due(r#"{"date":"2026-07-01","time":"09:00:00","tz":"Mars/Base"}"#),
        "2026-07-01T07:00:00"
    );
    assert_eq!(due("2026-07-01"), "never");
}

#[test]
fn nothing_is_left_to_do_when_it_is_done_or_cancelled() {
    for (state, done) in [("open", false), ("doing", false), ("done", true), ("cancelled", true)] {
        assert_eq!(summary(Kind::Todo, &json!({ "state": state })).done, done, "{state}");
    }
    let repeat = r#"{"mode":"fixed","onMissed":"all","rule":"FREQ=DAILY"}"#;
    assert!(summary(Kind::Todo, &json!({ "repeat": repeat })).repeats);
}

#[test]
fn an_event_lasts_from_its_first_moment_to_its_last() {
    let single = extent(&json!({ "when": NINE }));
    assert_eq!(single, pair("2026-03-02T14:00:00", "2026-03-02T15:00:00"));
    let with = |rule: &str| extent(&json!({ "when": NINE, "rule": rule }));
    assert_eq!(with("FREQ=WEEKLY"), pair("2026-03-02T14:00:00", "never"));
    // In summer time, an hour earlier.
    assert_eq!(with("FREQ=WEEKLY;COUNT=3"), pair("2026-03-02T14:00:00", "2026-03-16T14:00:00"));
    assert_eq!(
        with("FREQ=WEEKLY;UNTIL=20260309T090000"),
        pair("2026-03-02T14:00:00", "2026-03-09T14:00:00")
    );
    // No occurrence lies behind the end, though the last may lie well before it.
    assert_eq!(with("FREQ=WEEKLY;UNTIL=20260312").1, "2026-03-13T04:59:59");
    // Too far off to be looked for: as if it had no end.
    assert_eq!(with("FREQ=YEARLY;COUNT=20;BYMONTH=2;BYMONTHDAY=29").1, "never");
    assert_eq!(with("FREQ=DAILY;COUNT=501").1, "never");
    assert_eq!(with("FREQ=DAILY;COUNT=500").1, "2027-07-14T14:00:00");
}

#[test]
fn moved_and_added_occurrences_count() {
    let moved =
        r#"{"allDay":false,"dur":"PT2H","start":"2026-04-01T20:00:00","tz":"America/New_York"}"#;
    let event = json!({
        "when": NINE,
        "rule": "FREQ=WEEKLY;COUNT=2",
        "rdates": {"2026-03-01": 1},
        "overrides": {"2026-03-09T09:00:00/when": moved},
    });
    assert_eq!(extent(&event), pair("2026-03-01T14:00:00", "2026-04-02T02:00:00"));
}

#[test]
fn whole_days_and_floating_times_are_the_readers() {
    let days = json!({ "when": r#"{"allDay":true,"dur":"P2D","start":"2026-03-28"}"# });
    assert_eq!(extent(&days), pair("2026-03-27T23:00:00", "2026-03-29T22:00:00"));
    let floating = r#"{"allDay":false,"dur":"PT1H","start":"2026-07-01T09:00:00"}"#;
    assert_eq!(
        extent(&json!({ "when": floating })),
        pair("2026-07-01T07:00:00", "2026-07-01T08:00:00")
    );
}

#[test]
fn an_event_is_found_by_what_is_written_in_it_and_in_its_occurrences() {
    let event = summary(
        Kind::Event,
        &json!({
            "title": "Tea", "desc": "with cake", "place": r#"{"addr":"Ring 1","name":"Café"}"#,
            "overrides": {
                "2026-03-09/title": "Coffee", "2026-03-09/desc": "no cake",
                "2026-03-09/place": r#"{"name":"Bar"}"#, "2026-03-09/status": "cancelled",
                "2026-03-16/excluded": true,
            },
        }),
    );
    assert_eq!(event.text, "Tea\nwith cake\nCafé\nRing 1\nno cake\nBar\nCoffee");
    assert_eq!((event.starts, event.ends, event.repeats), (None, None, false));
}

#[test]
fn a_comment_is_called_by_its_first_line() {
    let body = format!("\n  {}\nmore", "é".repeat(200));
    let comment =
        summary(Kind::Comment, &json!({ "subject": ID, "replyTo": ID, "body": body.clone() }));
    assert_eq!(comment.title, "é".repeat(120));
    assert_eq!(comment.text, body);
    assert_eq!(comment.subject, Some(ID.parse().unwrap()));
    assert_eq!(comment.parent, comment.subject);
}

#[test]
fn a_space_is_called_by_its_name_and_settings_by_nothing() {
    let space = summary(Kind::Space, &json!({ "name": "Home", "desc": "ours" }));
    assert_eq!((space.title.as_str(), space.text.as_str()), ("Home", "Home\nours"));
    assert_eq!(summary(Kind::Prefs, &json!({ "locale": "de" })), Summary::default());
}

#[test]
fn any_json_has_a_summary() {
    for &kind in Kind::ALL {
        for value in [json!(null), json!(1), json!([]), json!({}), json!("x"), json!({"a": [1]})] {
            let names = ["title", "name", "when", "rule", "rdates", "overrides", "checks", "place"];
            let more =
                ["due", "start", "repeat", "deletedAt", "subject", "parent", "body", "state"];
            let view: serde_json::Map<String, Value> =
                names.into_iter().chain(more).map(|it| (it.to_owned(), value.clone())).collect();
            let summary = summarize(kind, &view, &Zone::UTC);
            assert_eq!((summary.starts, summary.due, summary.deleted), (None, None, false));
        }
    }
}
