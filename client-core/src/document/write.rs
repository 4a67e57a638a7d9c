//! Edits to operations: each is predicted, compared with what is there, and
//! written where it makes a difference.

use automerge::transaction::{Transactable, Transaction};
use automerge::{AutomergeError, ObjId, ROOT, ReadDoc, ScalarValue, Value as Held};

use super::predict::Predict;
use super::text::{self, Splice};
use super::{Intent, Past};
use crate::edit::{Edit, Value};
use crate::error::{BadInput, Error};

/// Writes edits into one change and notes what they did.
pub(super) struct Writer<'a, 'd> {
    pub transaction: &'a mut Transaction<'d>,
    pub predict: Predict<'a>,
    pub intents: Vec<Intent>,
}

impl Writer<'_, '_> {
    /// Makes an edit.
    pub fn edit(&mut self, edit: &Edit) -> Result<(), Error> {
        match edit {
            Edit::Set { field, value } => self.set(field, value.clone()),
            Edit::Put { field, key, value } => self.entry(field, key, value.clone()),
            Edit::Remove { field, key } => self.entry(field, key, Value::Null),
            Edit::Entries { field, entries } => {
                let held = keys(self.transaction, field)?;
                for gone in held.iter().filter(|key| !entries.contains_key(*key)) {
                    self.entry(field, gone, Value::Null)?;
                }
                entries.iter().try_for_each(|(key, value)| self.entry(field, key, value.clone()))
            }
            Edit::Text { field, text } => {
                let before = text_of(self.transaction, field)?;
                self.splice(field, &before, text::diff(&before, text))
            }
            Edit::Splice { field, at, delete, insert } => {
                let before = text_of(self.transaction, field)?;
                let chars = Vec::from_iter(before.chars());
                let gone = at.checked_add(*delete).and_then(|end| chars.get(*at..end));
                let gone = gone.ok_or_else(|| BadInput::Value {
                    path: field.clone(),
                    why: format!("it has only {} characters", chars.len()),
                })?;
                let splice =
                    Splice { at: *at, delete: gone.iter().collect(), insert: insert.clone() };
                self.splice(field, &before, vec![splice])
            }
        }
    }

    /// Makes an edit again that was made on another state of the document.
    pub fn again(&mut self, intent: &Intent, past: &Past<'_>) -> Result<(), Error> {
        match intent {
            Intent::Set { field, value, .. } => {
                // Written meanwhile, a field that is written once keeps that value.
                let is_once = self.predict.is_once(field)?;
                if is_once && scalar(self.transaction, field)? != Value::Null {
                    return Ok(());
                }
                self.set(field, value.clone())
            }
            Intent::Entry { field, key, value, .. } => self.entry(field, key, value.clone()),
            Intent::Text { field, splices, before } => {
                let now = text_of(self.transaction, field)?;
                let then = before.clone().map_or_else(|| past.text(field), Ok)?;
                self.splice(field, &now, text::transpose(splices, &then, &now))
            }
        }
    }

    /// Takes back what an edit did, where nobody has changed the same thing
    /// since. Says whether there was anything left to take back.
    pub fn back(&mut self, intent: &Intent, past: &Past<'_>) -> Result<bool, Error> {
        let inverse = intent.inverse();
        match &inverse {
            Intent::Set { field, value, was } => {
                if self.predict.is_once(field)? || scalar(self.transaction, field)? != *was {
                    return Ok(false);
                }
                self.set(field, value.clone())?;
            }
            Intent::Entry { field, key, value, was } => {
                if entry(self.transaction, field, key)? != *was {
                    return Ok(false);
                }
                self.entry(field, key, value.clone())?;
            }
            Intent::Text { field, splices, .. } => {
                let now = text_of(self.transaction, field)?;
                let moved = text::transpose_left(splices, &past.text(field)?, &now);
                if moved.is_empty() {
                    return Ok(false);
                }
                self.splice(field, &now, moved)?;
            }
        }
        Ok(true)
    }

    fn set(&mut self, field: &str, value: Value) -> Result<(), Error> {
        let was = scalar(self.transaction, field)?;
        if was == value {
            return Ok(());
        }
        let value = self.predict.put(field, None, value)?;
        if self.predict.is_once(field)? && was != Value::Null {
            let why = "it was written once and keeps that value".to_owned();
            return Err(BadInput::Value { path: field.to_owned(), why }.into());
        }
        self.transaction.put(ROOT, field, held(&value)).map_err(Error::internal)?;
        self.note(Intent::Set { field: field.to_owned(), value, was });
        Ok(())
    }

    fn entry(&mut self, field: &str, key: &str, value: Value) -> Result<(), Error> {
        let value = self.predict.put(field, Some(key), value)?;
        let was = entry(self.transaction, field, key)?;
        if was == value {
            return Ok(());
        }
        let map = container(self.transaction, field)?;
        if value == Value::Null {
            self.transaction.delete(&map, key).map_err(Error::internal)?;
        } else {
            let entries_max = self.predict.entries_max(field)?;
            if was == Value::Null && self.transaction.keys(&map).count() >= entries_max {
                let why = format!("it is full: it holds at most {entries_max} entries");
                return Err(BadInput::Value { path: field.to_owned(), why }.into());
            }
            self.transaction.put(&map, key, held(&value)).map_err(Error::internal)?;
        }
        let (field, key) = (field.to_owned(), key.to_owned());
        self.note(Intent::Entry { field, key, value, was });
        Ok(())
    }

    /// Replaces stretches of a text, which reads `before`.
    fn splice(&mut self, field: &str, before: &str, splices: Vec<Splice>) -> Result<(), Error> {
        let splices: Vec<Splice> =
            splices.into_iter().filter(|splice| splice.delete != splice.insert).collect();
        if splices.is_empty() {
            return Ok(());
        }
        let chars_max = self.predict.text(field)?;
        let chars = text::apply(before, &splices).chars().count();
        if chars > chars_max {
            let why = format!("it would have {chars} characters; it takes {chars_max}");
            return Err(BadInput::Value { path: field.to_owned(), why }.into());
        }
        let id = container(self.transaction, field)?;
        // From the end, so that the positions of those before stay.
        for splice in splices.iter().rev() {
            let (at, delete) = (units_to(before, splice.at), units(&splice.delete));
            let delete = isize::try_from(delete).map_err(Error::internal)?;
            self.transaction
                .splice_text(&id, at, delete, &splice.insert)
                .map_err(Error::internal)?;
        }
        self.note_text(field, before, splices);
        Ok(())
    }

    /// Notes what was done to a value, as one with what was done to it before.
    fn note(&mut self, intent: Intent) {
        let earlier = self.intents.iter_mut().find(|earlier| earlier.is_same_place(&intent));
        match (earlier, intent) {
            (
                Some(Intent::Set { value: to, .. } | Intent::Entry { value: to, .. }),
                Intent::Set { value, .. } | Intent::Entry { value, .. },
            ) => *to = value,
            (_, intent) => self.intents.push(intent),
        }
    }

    /// Notes what was done to a text, as one with what was done to it before.
    fn note_text(&mut self, field: &str, before: &str, splices: Vec<Splice>) {
        let earlier = self.intents.iter_mut().find_map(|intent| match intent {
            Intent::Text { field: its, splices, .. } if its == field => Some(splices),
            _ => None,
        });
        match earlier {
            Some(earlier) => {
                let first = text::apply(before, &text::invert(earlier));
                *earlier = text::diff(&first, &text::apply(before, &splices));
            }
            None => {
                let field = field.to_owned();
                self.intents.push(Intent::Text { field, splices, before: None });
            }
        }
    }
}

/// How long a text is as our documents count: [`umbra_sync_protocol::genesis::TEXT_ENCODING`].
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Where the character at this place begins.
fn units_to(text: &str, chars: usize) -> usize {
    text.chars().take(chars).map(char::len_utf16).sum()
}

fn broken(error: AutomergeError) -> Error {
    Error::internal(format_args!("the document can't be read: {error}"))
}

/// The text or map that a field is.
fn container(document: &impl ReadDoc, field: &str) -> Result<ObjId, Error> {
    match document.get(ROOT, field).map_err(broken)? {
        Some((Held::Object(_), id)) => Ok(id),
        _ => Err(BadInput::NoSuchField(format!("there is no text or map `{field}`")).into()),
    }
}

/// The value of a scalar field; `null` where there is none.
pub(super) fn scalar(document: &impl ReadDoc, field: &str) -> Result<Value, Error> {
    Ok(document.get(ROOT, field).map_err(broken)?.map_or(Value::Null, |(held, _)| plain(&held)))
}

/// The value of an entry; `null` where there is none.
pub(super) fn entry(document: &impl ReadDoc, field: &str, key: &str) -> Result<Value, Error> {
    let map = container(document, field)?;
    Ok(document.get(&map, key).map_err(broken)?.map_or(Value::Null, |(held, _)| plain(&held)))
}

/// The keys of a map.
pub(super) fn keys(document: &impl ReadDoc, field: &str) -> Result<Vec<String>, Error> {
    Ok(document.keys(&container(document, field)?).collect())
}

/// How a text reads.
pub(super) fn text_of(document: &impl ReadDoc, field: &str) -> Result<String, Error> {
    document.text(&container(document, field)?).map_err(broken)
}

fn plain(held: &Held<'_>) -> Value {
    match held.as_scalar() {
        Some(ScalarValue::Str(text)) => Value::Str(text.to_string()),
        Some(ScalarValue::Int(number)) => Value::Int(*number),
        Some(ScalarValue::Boolean(flag)) => Value::Bool(*flag),
        _ => Value::Null,
    }
}

fn held(value: &Value) -> ScalarValue {
    match value {
        Value::Null => ScalarValue::Null,
        Value::Bool(flag) => ScalarValue::Boolean(*flag),
        Value::Int(number) => ScalarValue::Int(*number),
        Value::Str(text) => ScalarValue::Str(text.as_str().into()),
    }
}
