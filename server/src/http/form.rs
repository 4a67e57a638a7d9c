//! Bodies of plain forms, for the few pages that work without a script.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use serde::de::DeserializeOwned;

use super::problem::{Problem, ProblemCode};
use crate::limits::BODY_BYTES_MAX;

/// A form of exactly this shape.
#[derive(Debug)]
pub(super) struct Form<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
        if !kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(ProblemCode::BodyNotForm.into());
        }
        let bytes = to_bytes(request.into_body(), BODY_BYTES_MAX).await.map_err(|error| {
            let text = format!("at most {BODY_BYTES_MAX} bytes, whole and in time ({error})");
            Problem::from(ProblemCode::BodyTooLarge).detail(text)
        })?;
        parse(&bytes).map(Self)
    }
}

/// Reads a form: no unknown field, no field twice, no NUL in any text.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.contains(&0) || bytes.windows(3).any(|it| it == b"%00") {
        return Err(ProblemCode::NulRefused.into());
    }
    serde_urlencoded::from_bytes(bytes)
        .map_err(|error| Problem::from(ProblemCode::BodyInvalid).detail(error.to_string()))
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
    fn a_form_is_of_exactly_its_shape() {
        let code = |text: &str| parse::<Named>(text.as_bytes()).map_err(|problem| problem.code);
        assert_eq!(code("name=a+b%26"), Ok(Named { name: "a b&".to_owned() }));
        for (text, expected) in [
            ("", ProblemCode::BodyInvalid),
            ("name=a&admin=1", ProblemCode::BodyInvalid),
            ("name=a&name=b", ProblemCode::BodyInvalid),
            ("name=%00", ProblemCode::NulRefused),
        ] {
            assert_eq!(code(text), Err(expected), "{text}");
        }
    }
}
