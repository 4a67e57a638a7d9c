//! What an honest application does to a document: any field of any shape, one or
//! several in a change.

use automerge::transaction::{Transactable, Transaction};
use automerge::{ObjType, ROOT, ReadDoc};
use rand::{Rng, RngExt};
use umbra_model::policy::{Action, Ask, decide};
use umbra_model::schema::{EntrySpec, FieldSpec, Shape, ValueType, Write, spec};
use umbra_sync_protocol::gate::{Author, DocFacts};

use super::device::Device;
use super::values;

/// Makes a change of one to four fields that the author may write, unless what is
/// drawn changes nothing.
pub fn edit(device: &mut Device, facts: &DocFacts, rng: &mut impl Rng) -> Option<Vec<u8>> {
    let author = device.author;
    let fields: Vec<_> = spec(facts.kind)
        .fields
        .iter()
        .filter(|field| field.write == Write::Many && may(&author, facts, field))
        .collect();
    if fields.is_empty() {
        return None;
    }
    device.try_edit(|tx| {
        for _ in 0..rng.random_range(1..=4) {
            write(tx, fields[rng.random_range(0..fields.len())], &author, rng);
        }
    })
}

/// The first change of a document: its creator gives it all that is given once.
pub fn create(device: &mut Device, facts: &DocFacts, rng: &mut impl Rng) -> Vec<u8> {
    let author = device.author;
    device.edit(|tx| {
        for field in spec(facts.kind).fields {
            if field.name != "v" && field.write == Write::Once {
                write(tx, field, &author, rng);
            }
        }
        let first = spec(facts.kind).fields.iter().find(|field| field.write == Write::Many);
        while tx.pending_ops() == 0 {
            write(tx, first.unwrap(), &author, rng);
        }
    })
}

fn may(author: &Author, facts: &DocFacts, field: &FieldSpec) -> bool {
    let ask = |action| Ask {
        space: facts.space,
        role: author.role,
        kind: facts.kind,
        privacy: facts.privacy,
        own: facts.creator == author.user,
        own_subject: facts.subject_creator == Some(author.user),
        action,
    };
    [false, true].into_iter().all(|clears| {
        decide(&ask(Action::on(field.name, clears, field.name == "reactions"))).is_ok()
    })
}

fn write(tx: &mut Transaction<'_>, field: &FieldSpec, author: &Author, rng: &mut impl Rng) {
    match &field.shape {
        Shape::Scalar(value) => scalar(tx, field, value, author, rng),
        Shape::Text { .. } => text(tx, field, rng),
        Shape::Map { entries, .. } => entry(tx, field, entries, author, rng),
    }
}

fn scalar(
    tx: &mut Transaction<'_>,
    field: &FieldSpec,
    value: &ValueType,
    author: &Author,
    rng: &mut impl Rng,
) {
    let there = tx.get(ROOT, field.name).unwrap().is_some();
    if there && value.optional && field.write == Write::Many && rng.random_ratio(1, 8) {
        tx.delete(ROOT, field.name).unwrap();
    } else {
        tx.put(ROOT, field.name, values::scalar(value, author.user, rng)).unwrap();
    }
}

fn text(tx: &mut Transaction<'_>, field: &FieldSpec, rng: &mut impl Rng) {
    let (_, text) = tx.get(ROOT, field.name).unwrap().unwrap();
    assert_eq!(tx.object_type(&text).unwrap(), ObjType::Text);
    let before = tx.text(&text).unwrap();
    if rng.random_ratio(1, 6) {
        let after = format!("{}{}", values::words(rng), before.to_uppercase());
        tx.update_text(&text, after.get(..200).unwrap_or(&after)).unwrap();
        return;
    }
    // Positions are JavaScript's, and never within a character.
    let units = |end: usize| before[..end].encode_utf16().count();
    let mut place = || before.floor_char_boundary(rng.random_range(0..=before.len()));
    let (a, b) = (place(), place());
    let (from, to) = (units(a.min(b)), units(a.max(b)));
    let delete = if before.len() > 300 { to - from } else { (to - from).min(2) };
    let delete = delete - usize::from(splits(&before, from + delete));
    tx.splice_text(&text, from, delete as isize, &values::words(rng)).unwrap();
}

/// Whether this position is within a character.
fn splits(text: &str, position: usize) -> bool {
    let mut units = 0;
    let mut ends = text.chars().map(|char| {
        units += char.len_utf16();
        units
    });
    position > 0 && !ends.any(|end| end == position)
}

fn entry(
    tx: &mut Transaction<'_>,
    field: &FieldSpec,
    entries: &[EntrySpec],
    author: &Author,
    rng: &mut impl Rng,
) {
    let (_, map) = tx.get(ROOT, field.name).unwrap().unwrap();
    let spec = &entries[rng.random_range(0..entries.len())];
    let key = values::key(spec.key, author.user, rng);
    let there = tx.get(&map, key.as_str()).unwrap().is_some();
    if there && spec.value.optional && rng.random_ratio(1, 3) {
        tx.delete(&map, key.as_str()).unwrap();
    } else {
        tx.put(&map, key.as_str(), values::scalar(&spec.value, author.user, rng)).unwrap();
    }
}
