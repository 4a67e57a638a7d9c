//! Broken and hostile files: whatever comes in, what comes out is valid.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use umbra_ical::{BadFile, Calendar, Document, Options, export, import, limits};
use umbra_model::schema::{Scalar, spec};
use umbra_model::{Millis, SpaceId, UserId};

const SAMPLE: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VTIMEZONE\nTZID:Home\n\
    BEGIN:STANDARD\nDTSTART:19961027T030000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\n\
    TZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:1\n\
    DTSTART;TZID=Home:20260318T090000\nDTEND;TZID=Europe/Paris:20260318T100000\nSUMMARY:Lunch\n\
    RRULE:FREQ=WEEKLY;COUNT=9;BYDAY=MO,WE\nEXDATE:20260325T080000Z\nRDATE;VALUE=DATE:20260402\n\
    GEO:48.86;2.33\nLOCATION;ALTREP=\"http://x/\":There\nCOLOR:red\nCATEGORIES:A,B\n\
    ATTENDEE;CN=\"Doe, J\":mailto:j@x\nBEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\n\
    BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;TZID=Home:20260330T090000\nDTSTART:20260331T090000Z\n\
    DURATION:P1DT2H\nEND:VEVENT\nBEGIN:VTODO\nUID:2\nDUE;VALUE=DATE:20260301\nPRIORITY:3\n\
    STATUS:COMPLETED\nCOMPLETED:20260228T100000Z\nRRULE:FREQ=MONTHLY\nRELATED-TO:1\nEND:VTODO\n\
    END:VCALENDAR\n";

fn options() -> Options {
    Options { space: SpaceId::from_bytes([7; 16]), user: UserId::from_bytes([9; 16]), labels: true }
}

/// Imports, checks each field against the schema, exports and imports again.
fn check(text: &str) {
    let Ok(imported) = import(text, &options()) else { return };
    for item in &imported.items {
        let spec = spec(item.kind);
        for (name, value) in &item.view {
            let entries = value.as_object().map(|entries| entries.iter().collect::<Vec<_>>());
            for (key, value) in entries.into_iter().flatten() {
                let target = spec.target(Some(name), key).unwrap();
                let scalar = match value {
                    serde_json::Value::Bool(flag) => Scalar::Bool(*flag),
                    serde_json::Value::String(text) => Scalar::Str(text),
                    number => Scalar::Int(number.as_i64().unwrap()),
                };
                assert!(
                    target.value.unwrap().check(scalar).is_ok(),
                    "{name}/{key} {value}\n{text}"
                );
            }
            if let Ok(target) = spec.target(None, name)
                && let Some(value_type) = target.value
            {
                let scalar = match value {
                    serde_json::Value::String(text) => Scalar::Str(text),
                    number => Scalar::Int(number.as_i64().unwrap()),
                };
                assert!(value_type.check(scalar).is_ok(), "{name} {value}\n{text}");
            }
        }
    }
    let ids: BTreeSet<_> = imported.items.iter().map(|item| item.id).collect();
    assert_eq!(ids.len(), imported.items.len(), "{text}");
    let documents: Vec<_> = imported
        .items
        .iter()
        .map(|it| Document { id: it.id, kind: it.kind, privacy: it.privacy, view: &it.view })
        .collect();
    let file = export(&Calendar {
        name: None,
        space: options().space,
        labels: &imported.labels,
        documents: &documents,
        now: Millis(0),
    });
    // Broken UIDs may come back mended, and so be one thing that were two.
    let again = import(&file, &options()).unwrap();
    assert!(again.items.len() <= imported.items.len(), "{text}\n{file}");
    assert_eq!(again.items.is_empty(), imported.items.is_empty(), "{text}\n{file}");
}

#[test]
fn mutated_files_yield_valid_documents_or_none() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let alphabet: Vec<char> =
        "\n\r \t:;,=\"\\0129TZ-+.PDéBEGINVENTUIDAY/\u{85}\u{0}".chars().collect();
    let lines: Vec<&str> = SAMPLE.lines().collect();
    for _ in 0..6_000 {
        let mut text: Vec<char> = if rng.random_bool(0.5) {
            SAMPLE.chars().collect()
        } else {
            // The same lines in some other order, some twice, some not at all.
            let mut mixed: Vec<&str> = lines.clone();
            for _ in 0..rng.random_range(1..6) {
                let (at, with) =
                    (rng.random_range(0..mixed.len()), rng.random_range(0..lines.len()));
                mixed[at] = lines[with];
            }
            mixed.join("\n").chars().collect()
        };
        for _ in 0..rng.random_range(0..8) {
            let at = rng.random_range(0..text.len());
            match rng.random_range(0..3) {
                0 => text[at] = *alphabet.choose(&mut rng).unwrap(),
                1 => text.insert(at, *alphabet.choose(&mut rng).unwrap()),
                _ => drop(text.remove(at)),
            }
        }
        check(&text.into_iter().collect::<String>());
    }
}

#[test]
fn bounds_hold() {
    assert!(matches!(
        import(&"x".repeat(limits::FILE_BYTES_MAX + 1), &options()),
        Err(BadFile::TooLarge(_))
    ));
    let many = format!(
        "BEGIN:VCALENDAR\n{}END:VCALENDAR\n",
        "BEGIN:VALARM\nEND:VALARM\n".repeat(limits::COMPONENTS_MAX)
    );
    assert_eq!(import(&many, &options()), Err(BadFile::TooManyComponents));
    let deep = format!(
        "BEGIN:VEVENT\nUID:1\nDTSTART:20260318T090000Z\n{}",
        "BEGIN:VALARM\n".repeat(50_000)
    );
    let imported = import(&deep, &options()).unwrap();
    assert_eq!(imported.items.len(), 1);
    assert!(imported.needs_original());
    // Many starts, added and excluded.
    let rdates: String = (0..20_000)
        .map(|at| format!("RDATE:20260318T{:02}{:02}{:02}Z\n", at / 3_600, at / 60 % 60, at % 60))
        .collect();
    let excluded = rdates.replace("RDATE", "EXDATE");
    let text =
        format!("BEGIN:VEVENT\nUID:1\nDTSTART:20260318T090000Z\n{rdates}{excluded}END:VEVENT\n");
    check(&text);
    assert!(import(&text, &options()).unwrap().needs_original());
}
