//! The tables of each kind: their paths, bounds and shapes.

use umbra_model::Kind::{self, Comment, Event, Prefs, Space, Todo};
use umbra_model::limits;
use umbra_model::schema::{Domain, Scalar, Segment, Shape, UnknownPath, ValueType, Write, spec};
use umbra_model::{SpaceKind, UserId};

const ID: &str = "0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f";
const ID2: &str = "0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e10";
const STAMP: &str = r#"{"at":1772355600000,"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f"}"#;

#[test]
fn paths_that_no_kind_has_are_named() {
    let target = |kind: Kind, container, key| spec(kind).target(container, key).unwrap_err();
    assert!(matches!(target(Todo, None, "owner"), UnknownPath::Field { kind: Todo, .. }));
    assert!(matches!(target(Todo, None, ""), UnknownPath::Field { .. }));
    assert!(matches!(target(Todo, None, "labels/x"), UnknownPath::Field { .. }));
    assert!(matches!(target(Event, Some("notes"), "0"), UnknownPath::Field { .. }));
    assert!(matches!(target(Todo, None, "notes"), UnknownPath::Container(_)));
    assert!(matches!(target(Todo, None, "labels"), UnknownPath::Container(_)));
    assert!(matches!(target(Todo, Some("title"), "x"), UnknownPath::NotAMap(_)));
    let upper = ID.to_ascii_uppercase();
    let braced = format!("{{{ID}}}");
    let deep = format!("relates/{ID}/{ID2}/x");
    let deeper = format!("relates/{ID}/{ID2}/x/y/z");
    for (kind, map, key) in [
        (Todo, "labels", "urgent"),
        (Todo, "labels", &upper),
        (Todo, "labels", &braced),
        (Todo, "labels", ""),
        (Todo, "links", "relates"),
        (Todo, "links", &deep),
        (Todo, "links", &deeper),
        (Todo, "links", &format!("knows/{ID}/{ID2}")),
        (Todo, "log", "2026-3-1"),
        (Todo, "log", "2026-03-01T09:00:00Z"),
        (Todo, "checks", &format!("{ID}/color")),
        (Event, "overrides", "2026-03-01/uid"),
        (Event, "overrides", "2026-03-01/rule"),
        (Event, "overrides", "2026-03-01"),
        (Event, "rdates", "20260301"),
        (Space, "sections", ID),
        (Space, "labels", &format!("{ID}/wip")),
        (Comment, "reactions", "alice"),
        (Prefs, "dashboard", "weather/place"),
        (Prefs, "ext", ""),
        (Prefs, "ext", "a/b"),
        (Prefs, "ext", "a\nb"),
        (Prefs, "ext", &"x".repeat(65)),
    ] {
        let refused = target(kind, Some(map), key);
        assert!(matches!(refused, UnknownPath::Key { .. }), "{kind} {map} {key}: {refused}");
    }
}

#[test]
fn a_key_names_the_account_that_the_entry_belongs_to() {
    let user: UserId = ID.parse().unwrap();
    let account = |kind: Kind, map, key: &str| spec(kind).target(Some(map), key).unwrap().account;
    assert_eq!(account(Comment, "reactions", ID), Some(user));
    assert_eq!(account(Todo, "assignees", ID), Some(user));
    assert_eq!(account(Todo, "labels", ID), None);
    assert_eq!(spec(Todo).target(None, "title").unwrap().account, None);
}

#[test]
fn a_value_claims_the_author_that_it_names() {
    let user: UserId = ID.parse().unwrap();
    for (kind, field) in [(Todo, "done"), (Todo, "deletedAt"), (Event, "deletedAt")] {
        let value = spec(kind).target(None, field).unwrap().value.unwrap();
        assert_eq!(value.check(Scalar::Str(STAMP)), Ok(Some(user)));
        assert_eq!(value.check(Scalar::Null), Ok(None));
    }
    let title = spec(Todo).target(None, "title").unwrap().value.unwrap();
    assert_eq!(title.check(Scalar::Str(STAMP)), Ok(None));
}

#[test]
fn texts_take_no_values() {
    let target = spec(Todo).target(Some("notes"), "anything").unwrap();
    assert!(target.value.is_none());
    assert_eq!(target.field.name, "notes");
}

#[test]
fn bounds_hold_to_the_byte() {
    let check = |kind: Kind, container, key: &str, text: &str| {
        let value = spec(kind).target(container, key).unwrap().value.unwrap();
        value.check(Scalar::Str(text)).is_ok()
    };
    let uri = |len: usize| format!("https://example.org/{}", "x".repeat(len - 20));
    for (kind, container, key, fits, bytes_max) in [
        (Todo, None, "title", "x".repeat(limits::TITLE_BYTES_MAX), limits::TITLE_BYTES_MAX),
        (Space, None, "name", "é".repeat(limits::TITLE_BYTES_MAX / 2), limits::TITLE_BYTES_MAX),
        (Event, None, "url", uri(limits::URI_BYTES_MAX), limits::URI_BYTES_MAX),
        (Event, None, "uid", "x".repeat(limits::UID_BYTES_MAX), limits::UID_BYTES_MAX),
        (
            Todo,
            Some("ext"),
            "X",
            "x".repeat(limits::EXT_VALUE_BYTES_MAX),
            limits::EXT_VALUE_BYTES_MAX,
        ),
        (Space, None, "zone", "x".repeat(limits::ZONE_BYTES_MAX), limits::ZONE_BYTES_MAX),
        (Todo, None, "order", "1".repeat(limits::ORDER_BYTES_MAX), limits::ORDER_BYTES_MAX),
    ] {
        assert_eq!(fits.len(), bytes_max, "{kind} {key}");
        assert!(check(kind, container, key, &fits), "{kind} {key}");
        assert!(!check(kind, container, key, &format!("{fits}1")), "{kind} {key}");
    }
}

#[test]
fn every_table_is_well_formed() {
    for &kind in Kind::ALL {
        let table = spec(kind);
        assert_eq!(table.kind, kind);
        assert!(!table.homes.is_empty());
        assert_eq!(table.fields[0].name, "v");
        for (at, field) in table.fields.iter().enumerate() {
            let earlier = &table.fields[..at];
            assert!(earlier.iter().all(|it| it.name != field.name), "{kind} {}", field.name);
            assert!(field.name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{}", field.name);
            assert!(field.about.ends_with('.'), "{kind} {}", field.name);
            match &field.shape {
                Shape::Scalar(_) => {}
                Shape::Text { chars_max } => {
                    assert!((1..=limits::TEXT_CHARS_MAX).contains(chars_max));
                    assert_eq!(field.write, Write::Many, "containers are never written");
                }
                Shape::Map { entries, entries_max } => {
                    assert!(!entries.is_empty() && *entries_max > 0);
                    assert_eq!(field.write, Write::Many, "containers are never written");
                    // Every entry can be cleared, or a map could only grow.
                    assert!(entries.iter().all(|entry| entry.value.optional), "{}", field.name);
                }
            }
        }
    }
}

#[test]
fn what_may_be_thrown_away_has_a_field_for_it() {
    for (kind, has_trash) in
        [(Space, false), (Todo, true), (Event, true), (Comment, true), (Prefs, false)]
    {
        assert_eq!(spec(kind).field("deletedAt").is_some(), has_trash, "{kind}");
    }
}

#[test]
fn each_kind_has_its_homes() {
    use SpaceKind::{Calendar, List, Personal, Project};
    assert_eq!(spec(Space).homes, [Personal, List, Calendar, Project]);
    assert_eq!(spec(Todo).homes, [List, Project]);
    assert_eq!(spec(Event).homes, [Calendar]);
    assert_eq!(spec(Comment).homes, [List, Calendar, Project]);
    assert_eq!(spec(Prefs).homes, [Personal]);
}

#[test]
fn one_key_is_never_of_two_patterns() {
    // The first pattern that matches decides; two that match would hide a mistake.
    let sample = |segment: &Segment| match segment {
        Segment::Id | Segment::User => ID.to_owned(),
        Segment::Occurrence => "2026-03-01".to_owned(),
        Segment::Word(word) => (*word).to_owned(),
        Segment::Name(_) => "name".to_owned(),
    };
    for &kind in Kind::ALL {
        for field in spec(kind).fields {
            let Shape::Map { entries, .. } = &field.shape else { continue };
            for entry in *entries {
                let key = entry.key.iter().map(sample).collect::<Vec<_>>().join("/");
                let found = spec(kind).target(Some(field.name), &key).unwrap().value.unwrap();
                assert!(std::ptr::eq(found, &entry.value), "{kind} {} {key}", field.name);
            }
        }
    }
}

#[test]
fn a_refusal_says_what_would_be_right() {
    let say = |domain, scalar| ValueType::required(domain).check(scalar).unwrap_err().to_string();
    assert_eq!(say(Domain::Int(0, 3), Scalar::Int(7)), "expected a whole number from 0 to 3");
    assert_eq!(say(Domain::OneOf(&["a", "b"]), Scalar::Null), "it can be changed, but not cleared");
    assert_eq!(say(Domain::OneOf(&["a", "b"]), Scalar::Int(1)), "expected one of a, b");
    let spelled = say(Domain::Rule, Scalar::Str("FREQ=DAILY;INTERVAL=1"));
    assert!(spelled.contains("FREQ=DAILY"), "{spelled}");
}

#[test]
fn strings_hold_what_people_type_and_no_control_characters() {
    let title = spec(Todo).target(None, "title").unwrap().value.unwrap();
    for text in ["", "a\tb", "a\nb", "日本語", "🙂\u{200d}", "\u{202e}"] {
        assert!(title.check(Scalar::Str(text)).is_ok(), "{text:?}");
    }
    for char in (0..=0x9f_u8).map(char::from).filter(|char| char.is_control()) {
        let is_typed = matches!(char, '\t' | '\n');
        let text = format!("a{char}b");
        assert_eq!(title.check(Scalar::Str(&text)).is_ok(), is_typed, "{text:?}");
    }
}
