//! Local times: what chrono and the canonical form agree on, and nothing else.

use chrono::{NaiveDate, NaiveDateTime};
use umbra_model::value::LocalTime;

#[test]
fn reads_back_what_it_writes() {
    let days = (0..=9_999).flat_map(|year| {
        [(1, 1), (2, 28), (2, 29), (12, 31)]
            .into_iter()
            .filter_map(move |(month, day)| NaiveDate::from_ymd_opt(year, month, day))
    });
    for day in days {
        for time in
            [LocalTime::Date(day), LocalTime::DateTime(day.and_hms_opt(23, 59, 59).unwrap())]
        {
            assert_eq!(LocalTime::parse(&time.to_string()), Ok(time));
        }
    }
}

/// The reader of another hand: chrono's, held to the canonical form.
fn by_chrono(text: &str) -> Option<LocalTime> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map(LocalTime::Date);
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").map(LocalTime::DateTime);
    let read = date.or(time).ok()?;
    (read.to_string() == text && !text.ends_with(":60")).then_some(read)
}

#[test]
fn agrees_with_another_reader_on_every_text_that_is_one_byte_off() {
    for good in ["2026-03-01", "2024-02-29", "2026-03-01T09:00:00", "2026-12-31T23:59:59"] {
        assert!(LocalTime::parse(good).is_ok());
        for at in 0..good.len() {
            for byte in (0..0x80).map(char::from) {
                let mut text = good.to_owned();
                text.replace_range(at..=at, &byte.to_string());
                assert_eq!(LocalTime::parse(&text).ok(), by_chrono(&text), "{text:?}");
            }
            let (head, tail) = good.split_at(at);
            for text in [head.to_owned(), format!("{head}0{tail}"), format!("{head}é{tail}")] {
                assert_eq!(LocalTime::parse(&text).ok(), by_chrono(&text), "{text:?}");
            }
        }
    }
}
