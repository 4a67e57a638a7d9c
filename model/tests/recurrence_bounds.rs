//! Whatever a rule says, an expansion ends soon, in order and within its window,
//! and a window shows what the whole shows there.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::disallowed_methods, reason = "the clock measures how long an expansion takes")]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use umbra_model::limits::OCCURRENCES_MAX;
use umbra_model::recurrence::{Rule, Series, Window};
use umbra_model::value::{LocalTime, check_rule};

static NONE: BTreeSet<LocalTime> = BTreeSet::new();

fn series<'a>(start: LocalTime, rule: &'a Rule) -> Series<'a> {
    Series { start, rule: Some(rule), rdates: &NONE, excluded: &NONE }
}

/// A list of one to a few numbers up to this one, or down to its mirror.
fn numbers(rng: &mut impl Rng, least: i32, most: i32, signed: bool) -> String {
    let number = |rng: &mut _| {
        let number = RngExt::random_range(rng, least..=most);
        if signed && RngExt::random_bool(rng, 0.4) { -number } else { number }
    };
    let len = *[1, 1, 2, 3, 40].choose(rng).unwrap();
    (0..len).map(|_| number(rng).to_string()).collect::<Vec<_>>().join(",")
}

fn weekdays(rng: &mut impl Rng, frequency: &str) -> String {
    let day = |rng: &mut _| {
        let day = *["MO", "TU", "WE", "TH", "FR", "SA", "SU"].choose(rng).unwrap();
        if matches!(frequency, "MONTHLY" | "YEARLY") && RngExt::random_bool(rng, 0.5) {
            format!("{}{day}", [-53, -5, -2, -1, 1, 2, 3, 5, 53].choose(rng).unwrap())
        } else {
            day.to_owned()
        }
    };
    (0..rng.random_range(1..6)).map(|_| day(rng)).collect::<Vec<_>>().join(",")
}

/// A rule that the grammar allows; RFC 5545 may not.
fn random_rule(rng: &mut impl Rng) -> String {
    let frequency =
        *["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"].choose(rng).unwrap();
    let mut rule = format!("FREQ={frequency}");
    let part = |rng: &mut _,
                rule: &mut String,
                chance: f64,
                name: &str,
                value: &dyn Fn(&mut _) -> String| {
        if RngExt::random_bool(rng, chance) {
            *rule = format!("{rule};{name}={}", value(rng));
        }
    };
    part(rng, &mut rule, 0.5, "INTERVAL", &|rng| {
        [1, 2, 7, 60, 97, 1_441, 9_999].choose(rng).unwrap().to_string()
    });
    if rng.random_bool(0.5) {
        part(rng, &mut rule, 0.5, "COUNT", &|rng| {
            [1, 3, 50, 10_000].choose(rng).unwrap().to_string()
        });
    } else {
        part(rng, &mut rule, 0.5, "UNTIL", &|rng| {
            format!("{:04}0615T120000", rng.random_range(1990..2200))
        });
    }
    part(rng, &mut rule, 0.3, "BYMONTH", &|rng| numbers(rng, 1, 12, false));
    if frequency == "YEARLY" {
        part(rng, &mut rule, 0.2, "BYWEEKNO", &|rng| numbers(rng, 1, 53, true));
    }
    if !matches!(frequency, "DAILY" | "WEEKLY" | "MONTHLY") {
        part(rng, &mut rule, 0.2, "BYYEARDAY", &|rng| numbers(rng, 1, 366, true));
    }
    if frequency != "WEEKLY" {
        part(rng, &mut rule, 0.3, "BYMONTHDAY", &|rng| numbers(rng, 1, 31, true));
    }
    part(rng, &mut rule, 0.3, "BYDAY", &|rng| weekdays(rng, frequency));
    part(rng, &mut rule, 0.3, "BYHOUR", &|rng| numbers(rng, 0, 23, false));
    part(rng, &mut rule, 0.3, "BYMINUTE", &|rng| numbers(rng, 0, 59, false));
    part(rng, &mut rule, 0.2, "BYSECOND", &|rng| numbers(rng, 0, 59, false));
    part(rng, &mut rule, 0.2, "BYSETPOS", &|rng| numbers(rng, 1, 366, true));
    part(rng, &mut rule, 0.2, "WKST", &|rng| {
        weekdays(rng, "DAILY").split(',').next().unwrap().into()
    });
    rule
}

fn random_time(rng: &mut impl Rng, from_year: i32, to_year: i32) -> NaiveDateTime {
    let date = NaiveDate::from_ymd_opt(rng.random_range(from_year..to_year), 1, 1).unwrap();
    date.and_time(chrono::NaiveTime::MIN) + TimeDelta::seconds(rng.random_range(0..366 * 86_400))
}

fn assert_in_order(starts: &[LocalTime], from: NaiveDateTime, until: NaiveDateTime, rule: &str) {
    assert!(starts.is_sorted_by(|a, b| a < b), "{rule}");
    let within = |start: &LocalTime| (from..until).contains(&start.date_time());
    assert!(starts.iter().all(within), "{rule}");
}

#[test]
fn random_rules_stay_in_order_and_in_bounds_and_windows_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let (mut valid, mut compared, mut slowest) = (0, 0, Duration::ZERO);
    while valid < 4_000 {
        let text = random_rule(&mut rng);
        let Ok(rule) = Rule::parse(&text) else { continue };
        valid += 1;
        assert_eq!(check_rule(&rule.to_string()), Ok(()));
        let start = random_time(&mut rng, 1995, 2030);
        let start = if rng.random_bool(0.2) {
            LocalTime::Date(start.date())
        } else {
            LocalTime::DateTime(start)
        };
        let series = series(start, &rule);

        let began = Instant::now();
        let from = start.date_time();
        let until = from + TimeDelta::days(3_653);
        let whole = series.expand(&Window::new(from, until, usize::MAX));
        slowest = slowest.max(began.elapsed());
        assert!(whole.starts.len() <= OCCURRENCES_MAX);
        assert_in_order(&whole.starts, from, until, &text);

        // What the whole shows in a window, the window shows alone. Where a bound
        // cut the whole short, it is good up to its last start.
        let reach = if whole.complete {
            until
        } else {
            whole.starts.last().map_or(from, |last| last.date_time())
        };
        let at = from + (reach - from) * rng.random_range(0..100) / 100;
        let to = (at + TimeDelta::days(rng.random_range(1..800))).min(reach);
        let window = series.expand(&Window::new(at, to, 50));
        assert_in_order(&window.starts, at, to, &text);
        let expected = whole.starts.iter().filter(|it| (at..to).contains(&it.date_time())).take(50);
        if window.complete || window.starts.len() == 50 {
            compared += 1;
            assert!(window.starts.iter().eq(expected), "{text} from {start} in {at} to {to}");
        }
    }
    assert!(compared > 3_900, "only {compared} windows could be compared");
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
}

#[test]
fn any_text_is_a_rule_or_is_not() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut refused = 0;
    for _ in 0..20_000 {
        let mut text: Vec<char> = random_rule(&mut rng).chars().collect();
        for _ in 0..rng.random_range(1..4) {
            let at = rng.random_range(0..text.len());
            let with = *[';', '=', ',', '-', '+', '0', '9', 'Z', 'T', 'é', '\0', ' ']
                .choose(&mut rng)
                .unwrap();
            match rng.random_range(0..3) {
                0 => text[at] = with,
                1 => text.insert(at, with),
                _ => drop(text.remove(at)),
            }
        }
        let text: String = text.into_iter().collect();
        match Rule::parse(&text) {
            Ok(rule) => assert_eq!(Rule::parse(&rule.to_string()), Ok(rule)),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 10_000, "{refused}");
}

#[test]
fn hostile_rules_end_soon() {
    let days: String = (1..=31).map(|day| format!("{day},")).collect();
    let hours: String = (0..24).map(|hour| format!("{hour},")).collect();
    let sixty: String = (0..60).map(|minute| format!("{minute},")).collect();
    let (days, hours, sixty) =
        (days.trim_end_matches(','), hours.trim_end_matches(','), sixty.trim_end_matches(','));
    let every_second = format!("BYHOUR={hours};BYMINUTE={sixty};BYSECOND={sixty}");
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30".to_owned(),
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;COUNT=10000".to_owned(),
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30".to_owned(),
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1".to_owned(),
        "FREQ=MINUTELY;BYSECOND=0,30;BYSETPOS=60".to_owned(),
        "FREQ=MINUTELY;BYSECOND=0,30;BYSETPOS=60;COUNT=1".to_owned(),
        "FREQ=MINUTELY;BYHOUR=3;BYMINUTE=3;COUNT=10000".to_owned(),
        "FREQ=MINUTELY;INTERVAL=9999;BYHOUR=3;BYMINUTE=3;BYMONTHDAY=29;BYMONTH=2".to_owned(),
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6".to_owned(),
        format!("FREQ=YEARLY;BYMONTHDAY={days};{every_second}"),
        format!("FREQ=YEARLY;BYMONTHDAY={days};{every_second};BYSETPOS=-1,366"),
        format!("FREQ=YEARLY;BYMONTHDAY={days};{every_second};COUNT=10000"),
        format!("FREQ=HOURLY;BYMONTH=1;BYMONTHDAY={days};BYMINUTE={sixty};BYSETPOS=61"),
    ] {
        let rule = Rule::parse(&rule).unwrap();
        for year in [1, 1000, 2026] {
            let start = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            let series = series(LocalTime::DateTime(start.and_hms_opt(0, 0, 0).unwrap()), &rule);
            let from = NaiveDate::from_ymd_opt(2026, 6, 15).unwrap().and_hms_opt(12, 0, 0).unwrap();
            let began = Instant::now();
            let found = series.expand(&Window::new(from, NaiveDateTime::MAX, usize::MAX));
            let took = began.elapsed();
            assert!(found.starts.len() <= OCCURRENCES_MAX);
            // Some hundredths of a second; a test machine may be ten times slower.
            assert!(took < Duration::from_secs(1), "{rule} from {year} took {took:?}");
        }
    }
}
