//! Rules of one operation: the kind of document has such a field, and the field
//! takes such a value.

use umbra_model::UserId;
use umbra_model::schema::{FieldSpec, KindSpec, Shape, Target, Write};

use super::index::{ContainerId, Index, KeyId};
use super::structure::Effect;
use super::{Code, Refusal};
use crate::limits::{KEY_VALUES_MAX, TEXT_INSERTED_MAX};

/// Checks that the field takes this from this author, and yields what it is.
pub(crate) fn check(
    index: &Index,
    spec: &KindSpec,
    container: ContainerId,
    effect: &Effect<'_>,
    author: UserId,
) -> Result<Target, Refusal> {
    let field = index.container(container).field;
    if let Some(field) = field
        && matches!(field.shape, Shape::Text { .. })
    {
        return Ok(Target { field, value: None, account: None });
    }
    let (key, known) = match effect {
        Effect::Put { key, known, .. } => (*key, *known),
        Effect::Remove { key, known, .. } => (*key, Some(*known)),
        Effect::Insert | Effect::Erase => ("", None),
    };
    let path = || effect.path(field);
    let target = spec.target(field.map(|field| field.name), key).map_err(|unknown| {
        Refusal::new(Code::SchemaViolation, unknown.to_string()).by("schema.known_field").at(path())
    })?;
    let Some(value_type) = target.value else { return Ok(target) };
    if target.field.write == Write::Once && known.is_some() {
        return Err(Refusal::new(Code::WriteOnce, "it keeps the value that it was given")
            .by("schema.write_once")
            .at(path()));
    }
    let claimed = match effect {
        Effect::Put { value, .. } => value_type.check(*value),
        Effect::Remove { leaves_value: true, .. } => Ok(None),
        _ => value_type.check_removal().map(|()| None),
    };
    let claimed = claimed.map_err(|bad| {
        Refusal::new(Code::ValueInvalid, bad.to_string()).by("schema.value").at(path())
    })?;
    if claimed.is_some_and(|claimed| claimed != author) {
        return Err(Refusal::new(Code::ValueInvalid, "it says that somebody else did it")
            .by("schema.claimed_author")
            .at(path()));
    }
    if let (Shape::Map { entries_max, .. }, None) = (&target.field.shape, known)
        && index.keys_len(container) >= *entries_max as usize
    {
        return Err(full(format!("it has had {entries_max} entries, its most"))
            .by("schema.entries_max")
            .at(path()));
    }
    Ok(target)
}

/// Checks a key that a value was just put under. An author who claims to have
/// seen nothing can add to a conflict again and again.
pub(crate) fn check_conflict(index: &Index, key: KeyId) -> Result<(), Refusal> {
    match index.live_len(key) {
        0..=KEY_VALUES_MAX => Ok(()),
        _ => Err(full(format!("{KEY_VALUES_MAX} values are in conflict here; settle them"))
            .by("schema.values_max")
            .at(index.key_name(key))),
    }
}

/// Checks a text that had so many characters before the change. What makes it
/// shorter is always welcome.
pub(crate) fn check_length(
    index: &Index,
    container: ContainerId,
    visible_before: u32,
) -> Result<(), Refusal> {
    let text = index.container(container);
    let Some(FieldSpec { name, shape: Shape::Text { chars_max }, .. }) = text.field else {
        return Ok(());
    };
    if text.visible > *chars_max && text.visible > visible_before {
        return Err(full(format!("it would have more than {chars_max} characters"))
            .by("schema.chars_max")
            .at(*name));
    }
    if text.inserted > TEXT_INSERTED_MAX {
        return Err(full(format!("it has had {TEXT_INSERTED_MAX} characters, its most"))
            .by("schema.inserted_max")
            .at(*name));
    }
    Ok(())
}

fn full(message: String) -> Refusal {
    Refusal::new(Code::DocumentFull, message)
}
