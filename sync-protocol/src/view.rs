//! A document as plain JSON, for lists, search, scripts and screens: everything
//! that only wants to read.

use automerge::{Automerge, ObjId, ROOT, ReadDoc, ScalarValue, Value as Held};
use serde_json::{Map, Value};
use umbra_model::Kind;
use umbra_model::schema::{self, Shape};

/// The document's fields by the kind's table, each scalar as it is stored (a
/// cluster is its canonical JSON text), a text as one string, a map as an object.
/// What is empty is absent: `null`, an empty text, a map without entries.
pub fn view(document: &Automerge, kind: Kind) -> Map<String, Value> {
    let mut view = Map::new();
    for field in schema::spec(kind).fields {
        let Ok(Some((held, id))) = document.get(ROOT, field.name) else { continue };
        let value = match (&field.shape, held) {
            (Shape::Scalar(_), Held::Scalar(scalar)) => plain(&scalar),
            (Shape::Text { .. }, Held::Object(_)) => text(document, &id),
            (Shape::Map { .. }, Held::Object(_)) => entries(document, &id),
            _ => None,
        };
        if let Some(value) = value {
            view.insert(field.name.to_owned(), value);
        }
    }
    view
}

fn plain(scalar: &ScalarValue) -> Option<Value> {
    match scalar {
        ScalarValue::Str(text) => Some(Value::from(text.as_str())),
        ScalarValue::Int(number) => Some(Value::from(*number)),
        ScalarValue::Boolean(flag) => Some(Value::from(*flag)),
        _ => None,
    }
}

fn text(document: &Automerge, id: &ObjId) -> Option<Value> {
    document.text(id).ok().filter(|text| !text.is_empty()).map(Value::from)
}

fn entries(document: &Automerge, id: &ObjId) -> Option<Value> {
    let entries: Map<String, Value> = document
        .map_range(id, ..)
        .filter_map(|entry| {
            let value = plain(&entry.value.into_value().into_scalar().ok()?)?;
            Some((entry.key.into_owned(), value))
        })
        .collect();
    (!entries.is_empty()).then_some(Value::Object(entries))
}
