//! CBOR as JSON, for the eye and for clients in other languages: a byte string is
//! `{"hex": ".."}`, everything else is what it looks like.

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};
use serde_json::{Value, json};

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn from_hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "hex comes in pairs");
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal digits");
    (0..text.len()).step_by(2).map(byte).collect()
}

/// The one item that these bytes are.
pub fn to_json(bytes: &[u8]) -> Value {
    let mut decoder = Decoder::new(bytes);
    let value = item(&mut decoder).expect("CBOR that we wrote ourselves");
    assert_eq!(decoder.position(), bytes.len(), "one item and nothing behind it");
    value
}

fn item(decoder: &mut Decoder<'_>) -> Result<Value, Error> {
    Ok(match decoder.datatype()? {
        Type::Array => {
            let len = decoder.array()?.expect("we write definite lengths only");
            Value::Array((0..len).map(|_| item(decoder)).collect::<Result<_, _>>()?)
        }
        Type::Bytes => json!({ "hex": hex(decoder.bytes()?) }),
        Type::String => json!(decoder.str()?),
        Type::Bool => json!(decoder.bool()?),
        Type::Null => decoder.null().map(|()| Value::Null)?,
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => json!(decoder.u64()?),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => json!(decoder.i64()?),
        other => panic!("no frame has a {other}"),
    })
}
