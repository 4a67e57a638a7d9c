//! What single properties become, and what becomes of the others.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};
use umbra_ical::{
    BadFile, Calendar, Document, Imported, Options, What, document_id, export, import, label_id,
};
use umbra_model::recurrence::{Schedule, Zone};
use umbra_model::value::LocalTime;
use umbra_model::{Kind, Millis, Privacy, SpaceId, UserId};

const SPACE: SpaceId = SpaceId(uuid::Uuid::from_bytes([7; 16]));

fn options() -> Options {
    Options { space: SPACE, user: UserId::from_bytes([9; 16]), labels: true }
}

fn read(components: &str) -> Imported {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{components}\nEND:VCALENDAR\n");
    import(&text.replace('\n', "\r\n"), &options()).unwrap()
}

/// The only item of this, whose UID is `1`.
fn view(component: &str, lines: &str) -> Value {
    let kind = if component == "VTODO" { Kind::Todo } else { Kind::Event };
    let imported = read(&format!("BEGIN:{component}\nUID:1\n{lines}\nEND:{component}"));
    assert_eq!(imported.items.len(), 1, "{:?}", imported.notes);
    assert_eq!(imported.items[0].id, document_id(SPACE, kind, "1"));
    Value::Object(imported.items[0].view.clone())
}

fn event(lines: &str) -> Value {
    view("VEVENT", lines)
}

fn written(imported: &Imported) -> String {
    let documents: Vec<_> = imported
        .items
        .iter()
        .map(|it| Document { id: it.id, kind: it.kind, privacy: it.privacy, view: &it.view })
        .collect();
    let text = export(&Calendar {
        name: Some("Ours"),
        space: SPACE,
        labels: &imported.labels,
        documents: &documents,
        now: Millis(1_770_000_000_000),
    });
    text.replace("\r\n ", "").replace("\r\n", "\n")
}

fn notes(imported: &Imported) -> Vec<String> {
    imported.notes.iter().map(|note| format!("{}: {}", note.title, note.what)).collect()
}

#[test]
fn an_event_has_a_local_start_a_zone_and_a_duration() {
    for (lines, when) in [
        (
            "DTSTART;TZID=Europe/Paris:20260328T120000\nDTEND;TZID=Europe/Paris:20260329T120000",
            r#"{"allDay":false,"dur":"PT23H","start":"2026-03-28T12:00:00","tz":"Europe/Paris"}"#,
        ),
        (
            "DTSTART;TZID=Europe/Paris:20260328T120000\nDURATION:P1D",
            r#"{"allDay":false,"dur":"P1D","start":"2026-03-28T12:00:00","tz":"Europe/Paris"}"#,
        ),
        (
            "DTSTART:20260328T120000Z\nDURATION:PT90M",
            r#"{"allDay":false,"dur":"PT1H30M","start":"2026-03-28T12:00:00","tz":"UTC"}"#,
        ),
        (
            "DTSTART:20260328T120000",
            r#"{"allDay":false,"dur":"PT0S","start":"2026-03-28T12:00:00"}"#,
        ),
        ("DTSTART;VALUE=DATE:20260328", r#"{"allDay":true,"dur":"P1D","start":"2026-03-28"}"#),
        (
            "DTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260331",
            r#"{"allDay":true,"dur":"P3D","start":"2026-03-28"}"#,
        ),
        // Some programs end a day on the day itself, or count it in hours.
        (
            "DTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260328",
            r#"{"allDay":true,"dur":"P1D","start":"2026-03-28"}"#,
        ),
        (
            "DTSTART;VALUE=DATE:20260328\nDURATION:PT48H",
            r#"{"allDay":true,"dur":"P2D","start":"2026-03-28"}"#,
        ),
        // A flight.
        (
            "DTSTART;TZID=Europe/Paris:20260601T100000\nDTEND;TZID=America/New_York:20260601T120000",
            r#"{"allDay":false,"dur":"PT8H","endTz":"America/New_York","start":"2026-06-01T10:00:00","tz":"Europe/Paris"}"#,
        ),
        (
            "DTSTART;TZID=W. Europe Standard Time:20260601T100000",
            r#"{"allDay":false,"dur":"PT0S","start":"2026-06-01T10:00:00","tz":"Europe/Berlin"}"#,
        ),
    ] {
        assert_eq!(event(lines)["when"], when, "{lines}");
    }
}

#[test]
fn words_and_texts_find_their_fields() {
    let imported = read(
        "BEGIN:VEVENT\nUID:1\nDTSTART:20260328T120000Z\nSUMMARY;LANGUAGE=en:Lunch\\, late\n\
         DESCRIPTION:two\\nlines\nLOCATION:Louvre\nGEO:48.860611;2.337644\n\
         URL:https://example.org/\nCONFERENCE;VALUE=URI:https://meet.example.org/a\n\
         STATUS:TENTATIVE\nTRANSP:TRANSPARENT\nCOLOR:tomato\nCLASS:PRIVATE\n\
         CATEGORIES:Food,Art\nCREATED:20260101T000000Z\nDTSTAMP:20260102T000000Z\nEND:VEVENT",
    );
    let item = &imported.items[0];
    let label = |name| label_id(SPACE, name).to_string();
    assert_eq!(item.privacy, Privacy::Busy);
    assert_eq!((item.kind, item.uid.as_deref()), (Kind::Event, Some("1")));
    let created = 1_767_225_600_000_i64;
    let expected = json!({
        "when": r#"{"allDay":false,"dur":"PT0S","start":"2026-03-28T12:00:00","tz":"UTC"}"#,
        "title": "Lunch, late",
        "desc": "two\nlines",
        "place": r#"{"lat":48860611,"lon":2337644,"name":"Louvre"}"#,
        "url": "https://example.org/",
        "meet": "https://meet.example.org/a",
        "status": "tentative",
        "busy": "free",
        "color": "#ff6347",
        "labels": { label("Food"): created, label("Art"): created },
        "createdAt": created,
        "uid": "1",
        "ext": {"ical.00": r#"["vcalendar",[],[["vevent",[["summary",{"language":"en"},"x-umbra-params",""]],[]]]]"#},
    });
    assert_eq!(Value::Object(item.view.clone()), expected);
    assert_eq!(imported.labels[&label("Food")], "Food");
    assert!(!imported.needs_original());
    assert!(imported.notes.is_empty(), "{:?}", notes(&imported));

    assert_eq!(
        written(&imported),
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Umbra//umbra-ical 1//EN\nNAME:Ours\n\
         X-WR-CALNAME:Ours\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20260101T000000Z\n\
         CREATED:20260101T000000Z\nDTSTART:20260328T120000Z\nSUMMARY;LANGUAGE=en:Lunch\\, late\n\
         DESCRIPTION:two\\nlines\nLOCATION:Louvre\nGEO:48.860611;2.337644\n\
         URL:https://example.org/\nCONFERENCE:https://meet.example.org/a\nSTATUS:TENTATIVE\n\
         TRANSP:TRANSPARENT\nCOLOR:tomato\nCLASS:PRIVATE\nCATEGORIES:Art,Food\nEND:VEVENT\n\
         END:VCALENDAR\n"
    );
}

#[test]
fn a_series_has_its_exceptions() {
    let imported = read(
        "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Paris:20260316T090000\n\
         DTEND;TZID=Europe/Paris:20260316T100000\nSUMMARY:Stand-up\nDESCRIPTION:Daily\n\
         RRULE:FREQ=WEEKLY;UNTIL=20260501T070000Z\n\
         EXDATE;TZID=Europe/Paris:20260323T090000\nEXDATE:20260406T070000Z\n\
         RDATE;TZID=Europe/Paris;VALUE=PERIOD:20260318T090000/PT2H\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260330T070000Z\n\
         DTSTART;TZID=Europe/Paris:20260331T140000\nDTEND;TZID=Europe/Paris:20260331T150000\n\
         SUMMARY:Stand-up\nX-NOTE:moved\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;TZID=Europe/Paris:20260415T090000\n\
         DTSTART;TZID=Europe/Paris:20260415T090000\nDTEND;TZID=Europe/Paris:20260415T100000\n\
         SUMMARY:Not of the rule\nDESCRIPTION:Daily\nEND:VEVENT",
    );
    let view = Value::Object(imported.items[0].view.clone());
    assert_eq!(view["rule"], "FREQ=WEEKLY;UNTIL=20260501T090000");
    assert_eq!(view["rdates"], json!({"2026-03-18T09:00:00": 0, "2026-04-15T09:00:00": 0}));
    assert_eq!(
        view["overrides"],
        json!({
            "2026-03-18T09:00:00/when": r#"{"allDay":false,"dur":"PT2H","start":"2026-03-18T09:00:00","tz":"Europe/Paris"}"#,
            "2026-03-23T09:00:00/excluded": true,
            "2026-03-30T09:00:00/desc": "",
            "2026-03-30T09:00:00/when": r#"{"allDay":false,"dur":"PT1H","start":"2026-03-31T14:00:00","tz":"Europe/Paris"}"#,
            "2026-04-06T09:00:00/excluded": true,
            "2026-04-15T09:00:00/title": "Not of the rule",
        })
    );
    let schedule = Schedule::read(&imported.items[0].view).unwrap();
    let zone = Zone::parse("Europe/Paris").unwrap();
    let at = |text| zone.resolve(LocalTime::parse(text).unwrap().date_time());
    let (instances, _) = schedule.instances(at("2026-03-01"), at("2026-05-01"), &zone);
    let starts: Vec<String> = instances.iter().map(|it| it.start.to_string()).collect();
    assert_eq!(
        starts,
        [
            "2026-03-16T09:00:00",
            "2026-03-18T09:00:00",
            "2026-03-31T14:00:00",
            "2026-04-13T09:00:00",
            "2026-04-15T09:00:00",
            "2026-04-20T09:00:00",
            "2026-04-27T09:00:00",
        ]
    );
}

#[test]
fn an_import_keeps_a_start_that_the_rule_does_not_name() {
    let view = event("DTSTART:20260318T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO");
    assert_eq!(view["rdates"], json!({"2026-03-18T09:00:00": 0}));
    let view = event("DTSTART:20260316T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO");
    assert_eq!(view.get("rdates"), None);
}

#[test]
fn a_rule_that_cannot_be_followed_is_kept_and_reported() {
    let imported = read(
        "BEGIN:VEVENT\nUID:1\nSUMMARY:Tick\nDTSTART:20260318T090000Z\nRRULE:FREQ=SECONDLY\nEND:VEVENT",
    );
    assert_eq!(imported.items[0].view.get("rule"), None);
    assert!(matches!(&imported.notes[0].what, What::Rule { rule, .. } if rule == "FREQ=SECONDLY"));
    assert!(written(&imported).contains("\nRRULE:FREQ=SECONDLY\n"));
    // The parser alone would have made an INTERVAL of 1 of this.
    let imported = read(
        "BEGIN:VEVENT\nUID:1\nDTSTART:20260318T090000Z\nRRULE:FREQ=DAILY;INTERVAL=65537\nEND:VEVENT",
    );
    assert_eq!(imported.items[0].view.get("rule"), None);
}

#[test]
fn a_zone_of_the_file_alone_is_matched_and_comes_back() {
    let zone = "BEGIN:VTIMEZONE\nTZID:Home\nBEGIN:DAYLIGHT\nDTSTART:19810329T020000\n\
        RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:DAYLIGHT\n\
        BEGIN:STANDARD\nDTSTART:19961027T030000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\n\
        TZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\n";
    let imported = read(&format!(
        "{zone}BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Home:20260318T090000\nDURATION:PT1H\nEND:VEVENT"
    ));
    assert_eq!(
        imported.items[0].view["when"],
        r#"{"allDay":false,"dur":"PT1H","start":"2026-03-18T09:00:00","tz":"Europe/Berlin"}"#
    );
    let file = written(&imported);
    assert!(file.contains(zone.trim()), "{file}");
    assert!(file.contains("\nDTSTART;TZID=Home:20260318T090000\n"));

    let unknown = read("BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Nowhere:20260318T090000\nEND:VEVENT");
    assert_eq!(
        notes(&unknown),
        [": zone Nowhere is unknown; its times are those of whoever looks"]
    );
    assert!(written(&unknown).contains("\nDTSTART;TZID=Nowhere:20260318T090000\n"));
}

#[test]
fn an_export_defines_the_zones_that_it_uses() {
    let imported = read(
        "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=America/New_York:20260318T090000\nRRULE:FREQ=DAILY\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:2\nDTSTART;TZID=\"+05:30\":20260318T090000\nEND:VEVENT",
    );
    let file = written(&imported);
    assert_eq!(file.matches("BEGIN:VTIMEZONE").count(), 2, "{file}");
    assert!(file.contains("TZID:America/New_York\n") && file.contains("TZOFFSETTO:-0400\n"));
    assert!(file.contains("TZOFFSETTO:+0530\n"));
}

#[test]
fn what_has_no_field_comes_out_again() {
    let lines = "ATTENDEE;CN=\"Doe, Jane\";PARTSTAT=ACCEPTED:mailto:jane@example.org\n\
        X-STRANGE;P=1:a\\,b\nATTACH:cid:1\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT15M\nEND:VALARM";
    let imported = read(&format!(
        "BEGIN:VEVENT\nUID:1\nSUMMARY:A\nDTSTART:20260318T090000Z\n{lines}\nEND:VEVENT"
    ));
    assert_eq!(notes(&imported), ["A: kept for export: ATTACH, ATTENDEE, VALARM, X-STRANGE"]);
    assert!(!imported.needs_original());
    let file = written(&imported);
    lines.lines().for_each(|line| assert!(file.contains(&format!("\n{line}\n")), "{line}\n{file}"));
}

#[test]
fn what_is_too_much_is_handed_back() {
    let attachment = "A".repeat(200_000);
    let title = "t".repeat(3_000);
    let desc = "d".repeat(30_000);
    let imported = read(&format!(
        "BEGIN:VEVENT\nUID:1\nDTSTART:20260318T090000Z\nSUMMARY:{title}\nDESCRIPTION:{desc}\n\
         ATTACH;ENCODING=BASE64;VALUE=BINARY:{attachment}\nEND:VEVENT"
    ));
    let view = &imported.items[0].view;
    assert_eq!(view["title"].as_str().unwrap().len(), 2_000);
    assert_eq!(view["desc"].as_str().unwrap().len(), 20_000);
    assert!(imported.needs_original());
    let codes: Vec<_> = imported.notes.iter().map(|note| note.what.code()).collect();
    assert_eq!(codes, ["shortened", "shortened", "too_large"]);
    // What was only cut for its field is whole again in the file.
    let file = written(&imported);
    assert!(file.contains(&format!("\nSUMMARY:{title}\n")));
    assert!(file.contains(&format!("\nDESCRIPTION:{desc}\n")));
    assert!(!file.contains("ATTACH"));
}

#[test]
fn what_is_no_event_is_reported() {
    let imported = read(
        "X-SOMETHING:1\nBEGIN:VJOURNAL\nUID:1\nSUMMARY:Diary\nEND:VJOURNAL\n\
         BEGIN:VEVENT\nUID:2\nSUMMARY:When?\nEND:VEVENT\nsense:less\nsenseless",
    );
    assert_eq!(imported.items.len(), 0);
    assert_eq!(
        notes(&imported),
        [
            ": not imported, about the calendar as a whole: X-SOMETHING, SENSE",
            "Diary: VJOURNAL not imported: Umbra has no such thing",
            "When?: VEVENT not imported: it has no valid start",
            ": 1 lines couldn't be read, the first is `senseless`",
        ]
    );
    assert!(imported.needs_original());
    for text in ["", "hello", "BEGIN:VCARD\nFN:x\nEND:VCARD\n"] {
        assert_eq!(import(text, &options()), Err(BadFile::NoCalendar), "{text}");
    }
}

#[test]
fn of_two_versions_the_newer_counts() {
    let version = |sequence: i32, title| {
        format!(
            "BEGIN:VEVENT\nUID:1\nDTSTART:20260318T090000Z\nSEQUENCE:{sequence}\nSUMMARY:{title}\nEND:VEVENT\n"
        )
    };
    let imported = read(&[version(2, "new"), version(1, "old")].concat());
    assert_eq!(imported.items.len(), 1);
    assert_eq!(imported.items[0].view["title"], "new");
    assert_eq!(notes(&imported), ["old: an older version of the event was left out"]);
    let twice = read(&[version(1, "same"), version(1, "same")].concat());
    assert_eq!((twice.items.len(), twice.notes.len()), (1, 0));
}

#[test]
fn a_todo_has_a_state_times_and_a_log() {
    let view = view(
        "VTODO",
        "SUMMARY:Water the plants\nDESCRIPTION:all of them\nSTATUS:IN-PROCESS\nPRIORITY:2\n\
         DTSTART;TZID=Europe/Paris:20260301T080000\nDUE;TZID=Europe/Paris:20260301T090000\n\
         RRULE:FREQ=DAILY;UNTIL=20260401T060000Z\nEXDATE;TZID=Europe/Paris:20260302T080000\n\
         ESTIMATED-DURATION:PT45M\nRELATED-TO:parent@example.org\nCREATED:20260101T000000Z",
    );
    let by = "09090909-0909-0909-0909-090909090909";
    assert_eq!(view["state"], "doing");
    assert_eq!(view["priority"], 3);
    assert_eq!(view["start"], r#"{"date":"2026-03-01","time":"08:00:00","tz":"Europe/Paris"}"#);
    assert_eq!(view["due"], r#"{"date":"2026-03-01","time":"09:00:00","tz":"Europe/Paris"}"#);
    assert_eq!(
        view["repeat"],
        r#"{"mode":"fixed","onMissed":"latest","rule":"FREQ=DAILY","until":"2026-04-01T09:00:00"}"#
    );
    let skipped = format!(r#"{{"at":1767225600000,"by":"{by}","s":"skipped"}}"#);
    assert_eq!(view["log"], json!({"2026-03-02T09:00:00": skipped}));
    assert_eq!(view["estimate"], 45);
    assert_eq!(view["parent"], document_id(SPACE, Kind::Todo, "parent@example.org").to_string());
}

#[test]
fn a_done_todo_says_when_and_an_occurrence_too() {
    let imported = read(
        "BEGIN:VTODO\nUID:1\nSUMMARY:Rent\nDUE;VALUE=DATE:20260301\nRRULE:FREQ=MONTHLY\nEND:VTODO\n\
         BEGIN:VTODO\nUID:1\nRECURRENCE-ID;VALUE=DATE:20260301\nSTATUS:COMPLETED\n\
         COMPLETED:20260228T100000Z\nSUMMARY:Rent\nEND:VTODO\n\
         BEGIN:VTODO\nUID:2\nSUMMARY:Tax\nCOMPLETED:20260228T100000Z\nPERCENT-COMPLETE:100\nEND:VTODO",
    );
    let by = "09090909-0909-0909-0909-090909090909";
    let at = 1_772_272_800_000_i64;
    let [rent, tax] = imported.items.as_slice() else { panic!("{:?}", imported.items) };
    assert_eq!(rent.view["state"], "open");
    assert_eq!(
        rent.view["log"],
        json!({"2026-03-01": format!(r#"{{"at":{at},"by":"{by}","s":"done"}}"#)})
    );
    assert_eq!(tax.view["state"], "done");
    assert_eq!(tax.view["done"], format!(r#"{{"at":{at},"by":"{by}"}}"#));
    let file = written(&imported);
    assert!(file.contains("RECURRENCE-ID;VALUE=DATE:20260301\nSTATUS:COMPLETED\nCOMPLETED:20260228T100000Z\nSUMMARY:Rent\n"), "{file}");
}

#[test]
fn categories_stay_where_labels_cannot_be_made() {
    let text = "BEGIN:VEVENT\nUID:1\nDTSTART:20260318T090000Z\nCATEGORIES:Food\nEND:VEVENT\n";
    let imported = import(text, &Options { labels: false, ..options() }).unwrap();
    assert!(imported.labels.is_empty() && !imported.items[0].view.contains_key("labels"));
    assert!(written(&imported).contains("\nCATEGORIES:Food\n"));
}

#[test]
fn what_was_exported_without_a_uid_finds_its_document_again() {
    let mut imported = read("BEGIN:VEVENT\nUID:1\nDTSTART:20260318T090000Z\nSUMMARY:A\nEND:VEVENT");
    imported.items[0].view.remove("uid");
    let id = imported.items[0].id;
    let mut again = import(&written(&imported).replace('\n', "\r\n"), &options()).unwrap();
    assert_ne!(again.items[0].id, id);
    again.adopt(|it| it == id);
    assert_eq!((again.items[0].id, &again.items[0].uid), (id, &None));
    assert_eq!(again.items[0].view, imported.items[0].view);
}
