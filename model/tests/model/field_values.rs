//! Every field of every kind, with values that it takes and refuses.

use umbra_model::Kind::{self, Comment, Event, Prefs, Space, Todo};
use umbra_model::schema::{Scalar, Shape, ValueType, spec};

const ID: &str = "0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f";
const ID2: &str = "0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e10";
const STAMP: &str = r#"{"at":1772355600000,"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f"}"#;
const DAY: &str = r#"{"date":"2026-03-01"}"#;
const WHEN: &str = r#"{"allDay":true,"dur":"P1D","start":"2026-03-01"}"#;
const MOMENT: Scalar<'_> = Scalar::Int(1_772_355_600_000);

/// A value as it is written in the table below.
fn str(text: &'static str) -> Scalar<'static> {
    Scalar::Str(text)
}

/// Where something is written, a value that goes there, and some that don't.
type Case = (Kind, Option<&'static str>, String, Scalar<'static>, Vec<Scalar<'static>>);

const NO: Scalar<'static> = Scalar::Bool(false);

fn root(kind: Kind, field: &str, good: Scalar<'static>, bad: &[Scalar<'static>]) -> Case {
    (kind, None, field.to_owned(), good, bad.to_vec())
}

fn entry(
    kind: Kind,
    map: &'static str,
    key: &str,
    good: Scalar<'static>,
    bad: &[Scalar<'static>],
) -> Case {
    (kind, Some(map), key.replace("ID2", ID2).replace("ID", ID), good, bad.to_vec())
}

fn cases() -> Vec<Case> {
    [of_spaces(), of_todos(), of_events(), of_comments(), of_prefs(), of_several()].concat()
}

fn of_spaces() -> Vec<Case> {
    vec![
        root(Space, "name", str("Home"), &[Scalar::Null, NO, str("a\0b")]),
        root(Space, "color", str("#1a2b3c"), &[str("#1A2B3C"), str("red"), str("#1a2b3")]),
        root(Space, "icon", str("🏡"), &[Scalar::Int(1)]),
        root(Space, "zone", str("Europe/Paris"), &[str(""), str(" Paris")]),
        root(Space, "view", str("board"), &[str("Board"), str("")]),
        root(Space, "archivedAt", MOMENT, &[str("2026"), Scalar::Int(i64::MAX)]),
        root(Space, "defaultPrivacy", str("busy"), &[str("public")]),
        root(Space, "defaultBusy", str("free"), &[Scalar::Bool(true)]),
        root(Space, "availability", str("attending"), &[str("some")]),
        entry(Space, "sections", "ID/name", str("Doing"), &[str("a\u{1b}")]),
        entry(Space, "sections", "ID/order", str("V"), &[str("V0"), str("")]),
        entry(Space, "sections", "ID/color", str("#000000"), &[str("#00000g")]),
        entry(Space, "sections", "ID/wip", Scalar::Int(3), &[Scalar::Int(0), Scalar::Int(1_001)]),
        entry(Space, "sections", "ID/deletedAt", MOMENT, &[str(STAMP)]),
        entry(Space, "labels", "ID/name", str("urgent"), &[NO]),
        entry(Space, "labels", "ID/order", str("zz1"), &[str("é")]),
        entry(Space, "labels", "ID/color", str("#ffffff"), &[str("ffffff")]),
        entry(Space, "labels", "ID/deletedAt", MOMENT, &[NO]),
    ]
}

fn of_todos() -> Vec<Case> {
    vec![
        root(Todo, "title", str("Buy milk"), &[Scalar::Null, Scalar::Other, Scalar::Int(1)]),
        root(Todo, "state", str("doing"), &[Scalar::Null, str("started")]),
        root(Todo, "done", str(STAMP), &[MOMENT, str("{}"), str(DAY)]),
        root(Todo, "priority", Scalar::Int(3), &[Scalar::Int(4), Scalar::Int(-1), str("high")]),
        root(Todo, "start", str(DAY), &[str("2026-03-01"), str(WHEN)]),
        root(Todo, "due", str(DAY), &[str("2026-03-01"), MOMENT]),
        root(Todo, "deadline", str("2026-03-01"), &[str(DAY), str("2026-03-01T09:00:00")]),
        root(Todo, "estimate", Scalar::Int(30), &[Scalar::Int(-1), Scalar::Int(600_000)]),
        root(Todo, "section", str(ID), &[str("0190F3C2-7A1B-7C3D-8E4F-5A6B7C8D9E0F"), str("")]),
        root(Todo, "order", str("V"), &[str("V0")]),
        root(Todo, "parent", str(ID), &[str("none")]),
        root(
            Todo,
            "repeat",
            str(r#"{"mode":"fixed","onMissed":"all","rule":"FREQ=DAILY"}"#),
            &[str("FREQ=DAILY"), str(r#"{"mode":"fixed","onMissed":"all","rule":"daily"}"#)],
        ),
        root(Todo, "url", str("https://example.org/"), &[str("javascript:alert(1)"), str("x")]),
        entry(Todo, "assignees", "ID", MOMENT, &[Scalar::Bool(true)]),
        entry(
            Todo,
            "log",
            "2026-03-01",
            str(r#"{"at":1,"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f","s":"done"}"#),
            &[str(STAMP), str("done")],
        ),
        entry(Todo, "checks", "ID/title", str("eggs"), &[NO]),
        entry(Todo, "checks", "ID/order", str("V"), &[str("0")]),
        entry(Todo, "checks", "ID", NO, &[MOMENT, str("true")]),
        entry(Todo, "checks", "2026-03-01T09:00:00/ID", NO, &[MOMENT]),
        entry(Todo, "links", "blocks/ID/ID2", MOMENT, &[NO]),
        entry(Todo, "links", "duplicates/ID/ID2", MOMENT, &[NO]),
        entry(Todo, "links", "relates/ID/ID2", MOMENT, &[str("a title, copied")]),
    ]
}

fn of_events() -> Vec<Case> {
    vec![
        root(Event, "title", str("Tea"), &[Scalar::Null]),
        root(Event, "when", str(WHEN), &[Scalar::Null, str(DAY), str("{}"), MOMENT]),
        root(
            Event,
            "rule",
            str("FREQ=WEEKLY;BYDAY=MO"),
            &[str("RRULE:FREQ=WEEKLY"), str("FREQ=WEEKLY;UNTIL=20261231T000000Z"), str("")],
        ),
        root(Event, "place", str(r#"{"name":"Café"}"#), &[str("Café"), str(r#"{"name":""}"#)]),
        root(Event, "meet", str("tel:+4312345"), &[str("+4312345"), str("https://a b")]),
        root(Event, "url", str("http://a/"), &[str("data:text/html,x"), str("http://a/\"x")]),
        root(Event, "status", str("tentative"), &[str("TENTATIVE")]),
        root(Event, "busy", str("busy"), &[str("OPAQUE")]),
        root(Event, "color", str("#123456"), &[str("#12345678")]),
        root(Event, "splitFrom", str(ID), &[str("x")]),
        root(Event, "splitTo", str(ID), &[str("x")]),
        entry(Event, "rdates", "2026-03-01T09:00:00", MOMENT, &[NO]),
        entry(Event, "overrides", "2026-03-01/excluded", Scalar::Bool(true), &[str("true")]),
        entry(Event, "overrides", "2026-03-01/when", str(WHEN), &[str(DAY)]),
        entry(Event, "overrides", "2026-03-01/title", str("Late tea"), &[str("a\rb")]),
        entry(Event, "overrides", "2026-03-01/desc", str("two\nlines"), &[NO]),
        entry(Event, "overrides", "2026-03-01/place", str("{}"), &[str("")]),
        entry(Event, "overrides", "2026-03-01/meet", str("sip:a@b"), &[str("file:///etc")]),
        entry(Event, "overrides", "2026-03-01/url", str("https://b/"), &[str("https:")]),
        entry(Event, "overrides", "2026-03-01/status", str("cancelled"), &[str("deleted")]),
        entry(Event, "overrides", "2026-03-01/busy", str("free"), &[NO]),
        entry(Event, "overrides", "2026-03-01/color", str("#abcdef"), &[str("#ABCDEF")]),
    ]
}

fn of_comments() -> Vec<Case> {
    vec![
        root(Comment, "subject", str(ID), &[Scalar::Null, str("todo")]),
        root(Comment, "replyTo", str(ID), &[Scalar::Null]),
        root(Comment, "editedAt", MOMENT, &[Scalar::Int(i64::MIN)]),
        entry(Comment, "reactions", "ID", str("👩🏽‍🚀"), &[NO, MOMENT]),
    ]
}

fn of_prefs() -> Vec<Case> {
    vec![
        root(Prefs, "zoneMode", str("home"), &[str("away")]),
        root(Prefs, "zone", str("Asia/Tokyo"), &[str("Asia/\u{7}")]),
        root(Prefs, "locale", str("de-AT"), &[NO]),
        root(Prefs, "weekStart", str("sunday"), &[Scalar::Int(0)]),
        root(Prefs, "clock", str("24h"), &[Scalar::Int(24)]),
        root(Prefs, "dateFormat", str("ymd"), &[str("YYYY-MM-DD")]),
        root(Prefs, "theme", str("dark"), &[str("solarized")]),
        root(Prefs, "defaultCalendar", str(ID), &[str("Home")]),
        root(Prefs, "defaultList", str(ID), &[str("Inbox")]),
        root(Prefs, "defaultAlerts", str(r#"{"before":[15]}"#), &[str("[15]"), Scalar::Int(15)]),
        root(Prefs, "defaultAllDayAlerts", str(r#"{"before":[-540]}"#), &[str("{}")]),
        root(Prefs, "firstHour", Scalar::Int(0), &[Scalar::Int(24), Scalar::Int(-1)]),
        root(Prefs, "syncDismissals", NO, &[Scalar::Int(1)]),
        entry(Prefs, "dashboard", "weather/order", str("V"), &[NO]),
        entry(Prefs, "dashboard", "weather/hidden", NO, &[str("NO")]),
    ]
}

fn of_several() -> Vec<Case> {
    let mut cases = Vec::new();
    for &kind in Kind::ALL {
        cases.push(root(
            kind,
            "v",
            Scalar::Int(1),
            &[Scalar::Null, Scalar::Int(0), Scalar::Int(2)],
        ));
        cases.push(entry(kind, "ext", "X-APPLE-ORDER", str("1"), &[NO, Scalar::Other]));
    }
    for kind in [Todo, Event] {
        cases.push(root(kind, "uid", str("1@example.org"), &[Scalar::Null, NO]));
        cases.push(entry(kind, "labels", "ID", MOMENT, &[Scalar::Bool(true)]));
    }
    for kind in [Todo, Event, Comment] {
        let file = str(r#"{"name":"a","size":1,"type":"text/plain"}"#);
        cases.push(root(kind, "createdAt", MOMENT, &[Scalar::Null, str("2026")]));
        cases.push(root(kind, "deletedAt", str(STAMP), &[MOMENT, Scalar::Bool(true)]));
        cases.push(entry(kind, "files", "ID", file, &[str("a"), NO]));
    }
    cases
}

#[test]
fn every_field_takes_its_values_and_refuses_others() {
    for (kind, container, key, good, bad) in cases() {
        let place = format!("{kind} {container:?} {key}");
        let target =
            spec(kind).target(container, &key).unwrap_or_else(|no| panic!("{place}: {no}"));
        let value = target.value.unwrap();
        assert!(value.check(good).is_ok(), "{place} refuses {good:?}: {:?}", value.check(good));
        for scalar in bad.into_iter().chain([Scalar::Other]) {
            assert!(value.check(scalar).is_err(), "{place} takes {scalar:?}");
        }
        assert_eq!(value.check(Scalar::Null).is_ok(), value.optional, "{place}");
        assert_eq!(value.check_removal().is_ok(), value.optional, "{place}");
    }
}

#[test]
fn the_cases_leave_out_no_field_and_no_kind_of_entry() {
    let cases = cases();
    for &kind in Kind::ALL {
        for field in spec(kind).fields {
            let of_field: Vec<_> = cases
                .iter()
                .filter(|case| case.0 == kind && case.1.unwrap_or(&case.2) == field.name)
                .map(|case| spec(kind).target(case.1, &case.2).unwrap().value.unwrap())
                .collect();
            let tried = |value: &ValueType| of_field.iter().any(|it| std::ptr::eq(*it, value));
            match &field.shape {
                Shape::Text { .. } => assert!(of_field.is_empty()),
                Shape::Scalar(value) => assert!(tried(value), "{kind} {}", field.name),
                Shape::Map { entries, .. } => {
                    for entry in *entries {
                        assert!(tried(&entry.value), "{kind} {} {:?}", field.name, entry.key);
                    }
                }
            }
        }
    }
}
