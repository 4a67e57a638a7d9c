//! Values and keys that the schema takes, drawn by its own tables.

use automerge::ScalarValue;
use rand::{Rng, RngExt};
use umbra_model::UserId;
use umbra_model::schema::{Domain, Segment, ValueType};
use umbra_model::value::ClusterKind;

/// A value for a field or an entry, written by this account.
pub fn scalar(value: &ValueType, author: UserId, rng: &mut impl Rng) -> ScalarValue {
    if value.optional && rng.random_ratio(1, 10) {
        return ScalarValue::Null;
    }
    match &value.domain {
        Domain::Bool => rng.random::<bool>().into(),
        Domain::Int(least, most) => rng.random_range(*least..=*most).into(),
        Domain::Millis => moment(rng).into(),
        Domain::Str(bytes_max) => {
            let text = words(rng);
            let end = text.floor_char_boundary(*bytes_max);
            text[..end].into()
        }
        Domain::OneOf(words) => words[rng.random_range(0..words.len())].into(),
        Domain::Id => id(rng).into(),
        Domain::Color => format!("#{:06x}", rng.random_range(0..0x0100_0000)).into(),
        Domain::Zone => pick(&["Europe/Paris", "America/New_York", "UTC"], rng).into(),
        Domain::Date => date(rng).into(),
        Domain::Order => format!("a{}", pick(&["0V", "1", "zz", "Q7k"], rng)).into(),
        Domain::Uri(_) => format!("https://example.org/{}", rng.random::<u32>()).into(),
        Domain::Rule => {
            pick(&["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;BYMONTHDAY=3"], rng).into()
        }
        Domain::Cluster(kind) => cluster(*kind, author, rng).into(),
    }
}

/// A key of these segments. Few enough are drawn from that they meet again.
pub fn key(segments: &[Segment], author: UserId, rng: &mut impl Rng) -> String {
    let segment = |it: &Segment| match it {
        Segment::Id => id(rng),
        Segment::User => author.to_string(),
        Segment::Occurrence => format!("{}T09:00:00", date(rng)),
        Segment::Word(word) => (*word).to_owned(),
        Segment::Name(_) => format!("X-NAME-{}", rng.random_range(0..8)),
    };
    segments.iter().map(segment).collect::<Vec<_>>().join("/")
}

/// Some text, with what JavaScript counts as two and what joins.
pub fn words(rng: &mut impl Rng) -> String {
    let len = rng.random_range(1..6);
    let word = |_| pick(&["plan ", "é", "👍🏽", "👩‍💻 ", "\n", "\t", "日本", "a", " "], rng);
    (0..len).map(word).collect()
}

fn pick<'a>(from: &[&'a str], rng: &mut impl Rng) -> &'a str {
    from[rng.random_range(0..from.len())]
}

fn moment(rng: &mut impl Rng) -> i64 {
    1_772_355_600_000 + rng.random_range(0..1_000_000_000)
}

fn date(rng: &mut impl Rng) -> String {
    format!("2026-03-{:02}", rng.random_range(1..=28))
}

fn id(rng: &mut impl Rng) -> String {
    format!("0190f3c2-0000-7000-8000-0000000000{:02x}", rng.random_range(0..8))
}

fn cluster(kind: ClusterKind, author: UserId, rng: &mut impl Rng) -> String {
    let (date, at) = (date(rng), moment(rng));
    match kind {
        ClusterKind::When => {
            format!(r#"{{"allDay":false,"dur":"PT1H","start":"{date}T09:00:00","tz":"UTC"}}"#)
        }
        ClusterKind::TaskTime => {
            format!(r#"{{"date":"{date}","time":"09:00:00","tz":"Europe/Paris"}}"#)
        }
        ClusterKind::Stamp => format!(r#"{{"at":{at},"by":"{author}"}}"#),
        ClusterKind::Repeat => {
            r#"{"mode":"fixed","onMissed":"latest","rule":"FREQ=WEEKLY;BYDAY=MO"}"#.to_owned()
        }
        ClusterKind::LogMark => format!(r#"{{"at":{at},"by":"{author}","s":"done"}}"#),
        ClusterKind::Place => format!(r#"{{"name":"Room {}"}}"#, at % 10),
        ClusterKind::File => {
            format!(r#"{{"name":"plan.pdf","size":{},"type":"application/pdf"}}"#, at % 9_999)
        }
        ClusterKind::Alerts => r#"{"before":[0,15]}"#.to_owned(),
    }
}
