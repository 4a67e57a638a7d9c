//! JSON bodies, strictly.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::problem::{Problem, ProblemCode};
use crate::limits::BODY_BYTES_MAX;

/// A JSON body of exactly this shape.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(ProblemCode::BodyNotJson.into());
        }
        let bytes = to_bytes(request.into_body(), BODY_BYTES_MAX).await.map_err(|error| {
            let text = format!("at most {BODY_BYTES_MAX} bytes, whole and in time ({error})");
            Problem::from(ProblemCode::BodyTooLarge).detail(text)
        })?;
        parse(&bytes).map(Self)
    }
}

/// Reads a body: no unknown field, no field twice, no NUL in any text.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let malformed = |error: serde_json::Error| {
        Problem::from(ProblemCode::BodyMalformed).detail(error.to_string())
    };
    let value: Value = serde_json::from_slice(bytes).map_err(malformed)?;
    // A list would be taken for an object's fields in their order.
    if !value.is_object() {
        return Err(Problem::from(ProblemCode::BodyInvalid).detail("an object is expected"));
    }
    if holds_nul(&value) {
        return Err(ProblemCode::NulRefused.into());
    }
    serde_json::from_slice(bytes)
        .map_err(|error| Problem::from(ProblemCode::BodyInvalid).detail(error.to_string()))
}

/// PostgreSQL keeps no text with a NUL, SQLite does: neither is to see one.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(fields) => {
            fields.iter().any(|(key, value)| key.contains('\0') || holds_nul(value))
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, PartialEq, Debug)]
    #[serde(deny_unknown_fields)]
    struct Named {
        name: String,
    }

    #[test]
    fn a_body_is_of_exactly_its_shape() {
        let code = |text: &str| parse::<Named>(text.as_bytes()).map_err(|problem| problem.code);
        assert_eq!(code(r#"{"name":"a"}"#), Ok(Named { name: "a".to_owned() }));
        for (text, expected) in [
            ("", ProblemCode::BodyMalformed),
            ("{", ProblemCode::BodyMalformed),
            (r#"{"name":"a"} {}"#, ProblemCode::BodyMalformed),
            ("{}", ProblemCode::BodyInvalid),
            ("[]", ProblemCode::BodyInvalid),
            (r#"["a"]"#, ProblemCode::BodyInvalid),
            (r#"{"name":1}"#, ProblemCode::BodyInvalid),
            (r#"{"name":"a","admin":true}"#, ProblemCode::BodyInvalid),
            (r#"{"name":"a","name":"b"}"#, ProblemCode::BodyInvalid),
            (r#"{"name":"a\u0000"}"#, ProblemCode::NulRefused),
            (r#"{"name":"a","b\u0000":1}"#, ProblemCode::NulRefused),
            (r#"{"name":"a","b":[{"c":"\u0000"}]}"#, ProblemCode::NulRefused),
        ] {
            assert_eq!(code(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn json_is_recognised_by_its_type() {
        for (kind, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/plain", false),
            ("application/jsonp", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
            assert_eq!(is_json(&headers), expected, "{kind}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
