//! Clusters: one value, one spelling.

use umbra_model::UserId;
use umbra_model::limits::{ALERTS_MAX, CLUSTER_BYTES_MAX};
use umbra_model::value::{Cluster, ClusterKind, LocalTime, Place, When};

const USER: &str = "0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f";

/// A cluster with the texts that it takes and those that it refuses.
struct Case {
    kind: ClusterKind,
    good: &'static [&'static str],
    bad: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        kind: ClusterKind::When,
        good: &[
            r#"{"allDay":false,"dur":"PT1H","start":"2026-03-01T09:00:00","tz":"Europe/Paris"}"#,
            r#"{"allDay":false,"dur":"PT0S","start":"2026-03-01T09:00:00"}"#,
            r#"{"allDay":true,"dur":"P3D","start":"2026-03-01"}"#,
            r#"{"allDay":false,"dur":"P1DT30M","start":"0001-01-01T00:00:00","tz":"UTC"}"#,
            r#"{"allDay":false,"dur":"PT11H","endTz":"Asia/Tokyo","start":"2026-03-01T09:00:00","tz":"Europe/Paris"}"#,
            r#"{"allDay":false,"dur":"PT1H","start":"2026-03-01T09:00:00","tz":"(UTC+01:00) Amsterdam, Berlin"}"#,
        ],
        bad: &[
            // A date without allDay, and the other way round.
            r#"{"allDay":false,"dur":"P1D","start":"2026-03-01"}"#,
            r#"{"allDay":true,"dur":"P1D","start":"2026-03-01T00:00:00"}"#,
            // Whole days last whole days and have no zone.
            r#"{"allDay":true,"dur":"PT0S","start":"2026-03-01"}"#,
            r#"{"allDay":true,"dur":"P1DT1H","start":"2026-03-01"}"#,
            r#"{"allDay":true,"dur":"PT24H","start":"2026-03-01"}"#,
            r#"{"allDay":true,"dur":"P1D","start":"2026-03-01","tz":"UTC"}"#,
            // The zone of the end stands only beside another zone.
            r#"{"allDay":false,"dur":"PT1H","endTz":"UTC","start":"2026-03-01T09:00:00"}"#,
            r#"{"allDay":false,"dur":"PT1H","endTz":"UTC","start":"2026-03-01T09:00:00","tz":"UTC"}"#,
            // Durations and times have one spelling.
            r#"{"allDay":false,"dur":"PT60M","start":"2026-03-01T09:00:00"}"#,
            r#"{"allDay":false,"dur":"P1W","start":"2026-03-01T09:00:00"}"#,
            r#"{"allDay":false,"dur":"-PT1H","start":"2026-03-01T09:00:00"}"#,
            r#"{"allDay":true,"dur":"P40000D","start":"2026-03-01"}"#,
            r#"{"allDay":false,"dur":"PT1H","start":"2026-03-01T09:00"}"#,
            r#"{"allDay":false,"dur":"PT1H","start":"2026-03-01T09:00:00Z"}"#,
            r#"{"allDay":false,"dur":"PT1H","start":"2026-02-30T09:00:00"}"#,
            r#"{"allDay":false,"dur":"PT1H","start":"2026-03-01T09:00:60"}"#,
            r#"{"allDay":false,"dur":"PT1H","start":"2026-03-01T09:00:00","tz":""}"#,
            r#"{"allDay":false,"dur":"PT1H","start":"2026-03-01T09:00:00","tz":" UTC"}"#,
            r#"{"dur":"PT1H","start":"2026-03-01T09:00:00"}"#,
        ],
    },
    Case {
        kind: ClusterKind::TaskTime,
        good: &[
            r#"{"date":"2026-03-01"}"#,
            r#"{"date":"2026-03-01","time":"09:00:00"}"#,
            r#"{"date":"2026-03-01","time":"23:59:59","tz":"Europe/Paris"}"#,
        ],
        bad: &[
            r#"{"date":"2026-03-01","tz":"Europe/Paris"}"#,
            r#"{"date":"2026-03-01T09:00:00"}"#,
            r#"{"date":"2026-3-1"}"#,
            r#"{"date":"2026-03-01","time":"9:00:00"}"#,
            r#"{"date":"2026-03-01","time":"09:00"}"#,
            r#"{"date":"2026-03-01","time":"24:00:00"}"#,
            r#"{"date":"2026-03-01","time":"23:59:60"}"#,
            r#"{"time":"09:00:00"}"#,
        ],
    },
    Case {
        kind: ClusterKind::Stamp,
        good: &[
            r#"{"at":1772355600000,"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f"}"#,
            r#"{"at":-1,"by":"00000000-0000-0000-0000-000000000000"}"#,
        ],
        bad: &[
            r#"{"at":1772355600000}"#,
            r#"{"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f"}"#,
            r#"{"at":1772355600000.0,"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f"}"#,
            r#"{"at":"1772355600000","by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f"}"#,
            r#"{"at":9999999999999999,"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f"}"#,
            r#"{"at":-0,"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f"}"#,
            r#"{"at":1,"by":"0190F3C2-7A1B-7C3D-8E4F-5A6B7C8D9E0F"}"#,
            r#"{"at":1,"by":"0190f3c27a1b7c3d8e4f5a6b7c8d9e0f"}"#,
            r#"{"at":1,"by":"{0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f}"}"#,
            r#"{"at":1,"by":"alice"}"#,
        ],
    },
    Case {
        kind: ClusterKind::Repeat,
        good: &[
            r#"{"mode":"fixed","onMissed":"latest","rule":"FREQ=WEEKLY;BYDAY=MO"}"#,
            r#"{"mode":"afterDone","onMissed":"skip","rule":"FREQ=DAILY;INTERVAL=3"}"#,
            r#"{"mode":"fixed","onMissed":"all","rule":"FREQ=DAILY;COUNT=5"}"#,
            r#"{"mode":"fixed","onMissed":"all","rule":"FREQ=DAILY","until":"2026-12-31"}"#,
        ],
        bad: &[
            r#"{"mode":"fixed","onMissed":"latest","rule":"FREQ=DAILY;UNTIL=20261231"}"#,
            r#"{"mode":"fixed","onMissed":"all","rule":"FREQ=DAILY;COUNT=5","until":"2026-12-31"}"#,
            r#"{"mode":"fixed","onMissed":"latest","rule":"FREQ=SECONDLY"}"#,
            r#"{"mode":"fixed","onMissed":"latest","rule":"FREQ=DAILY;INTERVAL=1"}"#,
            r#"{"mode":"fixed","onMissed":"latest","rule":"freq=daily"}"#,
            r#"{"mode":"fixed","onMissed":"latest","rule":""}"#,
            r#"{"mode":"Fixed","onMissed":"latest","rule":"FREQ=DAILY"}"#,
            r#"{"mode":"fixed","rule":"FREQ=DAILY"}"#,
        ],
    },
    Case {
        kind: ClusterKind::LogMark,
        good: &[
            r#"{"at":1772355600000,"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f","s":"done"}"#,
            r#"{"at":1772355600000,"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f","s":"skipped"}"#,
        ],
        bad: &[
            r#"{"at":1,"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f"}"#,
            r#"{"at":1,"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f","s":"open"}"#,
            r#"{"at":9999999999999999,"by":"0190f3c2-7a1b-7c3d-8e4f-5a6b7c8d9e0f","s":"done"}"#,
        ],
    },
    Case {
        kind: ClusterKind::Place,
        good: &[
            "{}",
            r#"{"name":"Café"}"#,
            r#"{"addr":"99 Rue de Rivoli\nParis","lat":48860611,"lon":2337644,"name":"Louvre"}"#,
            r#"{"lat":-90000000,"lon":180000000}"#,
            r#"{"name":"a \"quote\" and a \\"}"#,
        ],
        bad: &[
            r#"{"name":""}"#,
            r#"{"lat":48860611}"#,
            r#"{"lon":48860611}"#,
            r#"{"lat":90000001,"lon":0}"#,
            r#"{"lat":0,"lon":-180000001}"#,
            r#"{"lat":48.86,"lon":2.33}"#,
            "{\"name\":\"a\\u0000b\"}",
            "{\"name\":\"a\\u007fb\"}",
            // Two spellings of the same letter, and of the same slash.
            r#"{"name":"Caf\u00e9"}"#,
            r#"{"name":"a\/b"}"#,
            r#"{"name":"\ud800"}"#,
        ],
    },
    Case {
        kind: ClusterKind::File,
        good: &[
            r#"{"name":"plan.pdf","size":48213,"type":"application/pdf"}"#,
            r#"{"name":".hidden","size":0,"type":"application/vnd.oasis.opendocument.text"}"#,
            r#"{"name":"picture","size":9007199254740991,"type":"image/svg+xml"}"#,
        ],
        bad: &[
            r#"{"name":"","size":1,"type":"text/plain"}"#,
            r#"{"name":"..","size":1,"type":"text/plain"}"#,
            r#"{"name":"/etc/passwd","size":1,"type":"text/plain"}"#,
            r#"{"name":"a\\b","size":1,"type":"text/plain"}"#,
            r#"{"name":"a\nb","size":1,"type":"text/plain"}"#,
            r#"{"name":"a","size":-1,"type":"text/plain"}"#,
            r#"{"name":"a","size":9007199254740992,"type":"text/plain"}"#,
            r#"{"name":"a","size":1,"type":"text"}"#,
            r#"{"name":"a","size":1,"type":"Text/Plain"}"#,
            r#"{"name":"a","size":1,"type":"text/plain; charset=utf-8"}"#,
            r#"{"name":"a","size":1,"type":"/plain"}"#,
        ],
    },
    Case {
        kind: ClusterKind::Alerts,
        good: &[r#"{"before":[]}"#, r#"{"before":[-540]}"#, r#"{"before":[0,15,1440]}"#],
        bad: &[
            "{}",
            r#"{"before":[15,0]}"#,
            r#"{"before":[0,0]}"#,
            r#"{"before":[1.5]}"#,
            r#"{"before":[527041]}"#,
            r#"{"before":[-2147483648]}"#,
            r#"{"before":0}"#,
        ],
    },
];

#[test]
fn every_cluster_reads_its_canonical_form_and_only_that() {
    for kind in ClusterKind::ALL {
        let case = CASES.iter().find(|case| case.kind == kind).unwrap();
        for text in case.good {
            assert!(kind.check(text).is_ok(), "{kind} {text}: {:?}", kind.check(text));
            for other in other_spellings(text) {
                assert!(kind.check(&other).is_err(), "{kind} takes {other}");
            }
        }
        for text in case.bad {
            let refused = kind.check(text).err().unwrap_or_else(|| panic!("{kind} takes {text}"));
            assert_eq!(refused.kind, kind);
            assert!(!refused.why.is_empty());
        }
    }
}

/// The same value in other words: spaces, an order of keys, nulls, a member twice,
/// one that nobody knows.
fn other_spellings(text: &str) -> Vec<String> {
    let inner = text.strip_prefix('{').unwrap().strip_suffix('}').unwrap();
    let comma = if inner.is_empty() { "" } else { "," };
    let mut others = vec![
        format!(" {text}"),
        format!("{text} "),
        format!("{text}{text}"),
        format!("{{ {inner}}}"),
        format!("{{{inner}{comma}\"other\":1}}"),
        format!("{{{inner}{comma}\"tz\":null}}"),
        format!("{{{inner}{comma}\"name\":null}}"),
        format!("[{text}]"),
        text[1..].to_owned(),
        text[..text.len() - 1].to_owned(),
    ];
    if let Some((first, rest)) = inner.split_once(",\"") {
        others.push(format!("{{\"{rest},{first}}}"));
        others.push(format!("{{{first},\"{rest},{first}}}"));
        others.push(format!("{{{first}, \"{rest}}}"));
    }
    others
}

#[test]
fn nonsense_is_refused_by_every_cluster() {
    let deep = "[".repeat(CLUSTER_BYTES_MAX);
    let long = format!("{{\"name\":\"{}\"}}", "x".repeat(CLUSTER_BYTES_MAX));
    for kind in ClusterKind::ALL {
        for text in ["", "null", "true", "0", "\"\"", "[]", "{", "\u{feff}{}", &deep, &long] {
            assert!(kind.check(text).is_err(), "{kind} takes {text}");
        }
    }
    let error = Place::parse(&long).unwrap_err();
    assert!(error.why.contains("longer"), "{error}");
}

#[test]
fn stamps_and_marks_claim_an_author_and_nothing_else_does() {
    let user: UserId = USER.parse().unwrap();
    for case in CASES {
        let claims = matches!(case.kind, ClusterKind::Stamp | ClusterKind::LogMark);
        assert_eq!(case.kind.claimed_author(case.good[0]), claims.then_some(user), "{}", case.kind);
        assert_eq!(case.kind.claimed_author("{}"), None);
    }
}

#[test]
fn what_is_built_of_parts_is_written_in_canonical_form() {
    let LocalTime::Date(day) = LocalTime::parse("2026-03-01").unwrap() else { panic!("a date") };
    let days = When::all_day(day, 2).canonical().unwrap();
    assert_eq!(days, r#"{"allDay":true,"dur":"P2D","start":"2026-03-01"}"#);
    assert_eq!(When::parse(&days), Ok(When::all_day(day, 2)));
    assert!(When::all_day(day, 0).canonical().is_err(), "no days at all");
    assert!(When::all_day(day, 40_000).canonical().is_err(), "more than a century");
}

#[test]
fn the_most_of_everything_still_fits() {
    let line = "ü".repeat(1_000);
    let place =
        Place { addr: Some(line.clone()), lat: Some(0), lon: Some(0), name: Some(line.clone()) };
    assert_eq!(Place::parse(&place.canonical().unwrap()), Ok(place));
    let before: Vec<i32> = (0..).take(ALERTS_MAX).collect();
    let text = format!("{{\"before\":{before:?}}}").replace(' ', "");
    assert!(ClusterKind::Alerts.check(&text).is_ok());
    let more = text.replace("]", ",99]");
    assert!(ClusterKind::Alerts.check(&more).is_err());
    let too_long = Place { name: Some(format!("{line}x")), ..Place::default() };
    assert!(too_long.canonical().is_err());
}

#[test]
fn every_kind_has_a_name_of_its_own() {
    let mut names = ClusterKind::ALL.map(ClusterKind::as_str).to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ClusterKind::ALL.len());
}
