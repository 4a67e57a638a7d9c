//! A document as plain JSON, for lists, search, scripts and screens: everything
//! that only wants to read.

use automerge::{Automerge, ObjId, ROOT, ReadDoc, ScalarValueRef, ValueRef};
use serde_json::{Map, Value};
use umbra_model::Kind;
use umbra_model::schema::{self, Shape};

/// The document's fields by the kind's table, each scalar as it is stored (a
/// cluster is its canonical JSON text), a text as one string, a map as an object.
/// What is empty is absent: `null`, an empty text, a map without entries.
///
/// The server makes one of each document that a batch touched, so it is one walk
/// over the root map, not a search for each field.
pub fn view(document: &Automerge, kind: Kind) -> Map<String, Value> {
    let spec = schema::spec(kind);
    document
        .map_range(ROOT, ..)
        .filter_map(|item| {
            let value = match (&spec.field(&item.key)?.shape, &item.value) {
                (Shape::Scalar(_), ValueRef::Scalar(scalar)) => plain(scalar),
                (Shape::Text { .. }, ValueRef::Object(_)) => text(document, &item.id()),
                (Shape::Map { .. }, ValueRef::Object(_)) => entries(document, &item.id()),
                _ => None,
            };
            Some((item.key.into_owned(), value?))
        })
        .collect()
}

fn plain(scalar: &ScalarValueRef<'_>) -> Option<Value> {
    match scalar {
        ScalarValueRef::Str(text) => Some(Value::from(text.as_ref())),
        ScalarValueRef::Int(number) => Some(Value::from(*number)),
        ScalarValueRef::Boolean(flag) => Some(Value::from(*flag)),
        _ => None,
    }
}

fn text(document: &Automerge, id: &ObjId) -> Option<Value> {
    document.text(id).ok().filter(|text| !text.is_empty()).map(Value::from)
}

fn entries(document: &Automerge, id: &ObjId) -> Option<Value> {
    let entries: Map<String, Value> = document
        .map_range(id, ..)
        .filter_map(|entry| match &entry.value {
            ValueRef::Scalar(scalar) => Some((entry.key.into_owned(), plain(scalar)?)),
            ValueRef::Object(_) => None,
        })
        .collect();
    (!entries.is_empty()).then_some(Value::Object(entries))
}
