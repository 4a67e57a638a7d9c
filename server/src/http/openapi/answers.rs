//! What the types that handlers answer with become.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, NoContent, Response};
use axum::{Extension, Json};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::schemas::JsonObject;
use super::sketch::Sketch;
use crate::http::admin::Note;
use crate::http::problem::Problem;

/// What an answer's type becomes.
pub trait Answers {
    /// Adds it to the description.
    fn answers(sketch: &mut Sketch<'_>);
}

/// Something that was made; 201.
pub struct Created<T>(pub T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

/// Something that is done when others have had their part in it; 202.
pub struct Accepted;

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        StatusCode::ACCEPTED.into_response()
    }
}

impl<T: JsonSchema> Answers for Json<T> {
    fn answers(sketch: &mut Sketch<'_>) {
        sketch.json::<T>(200, "Done.");
    }
}

impl<T: JsonSchema> Answers for Created<T> {
    fn answers(sketch: &mut Sketch<'_>) {
        sketch.json::<T>(201, "It was made.");
    }
}

impl Answers for Accepted {
    fn answers(sketch: &mut Sketch<'_>) {
        sketch.empty(202, "It was ordered, and is yet to be done.");
    }
}

impl Answers for NoContent {
    fn answers(sketch: &mut Sketch<'_>) {
        sketch.empty(204, "Done.");
    }
}

impl Answers for Html<&'static str> {
    fn answers(sketch: &mut Sketch<'_>) {
        sketch.answer(200, "A page.", "text/html; charset=utf-8", json!({ "type": "string" }));
    }
}

impl Answers for JsonObject {
    fn answers(sketch: &mut Sketch<'_>) {
        sketch.answer(200, "A document.", "application/json", json!({ "type": "object" }));
    }
}

/// What is noted of a deed isn't answered.
impl<T: Answers> Answers for (Extension<Note>, T) {
    fn answers(sketch: &mut Sketch<'_>) {
        T::answers(sketch);
    }
}

/// Which problems, the arguments and the attribute say.
impl<T: Answers> Answers for Result<T, Problem> {
    fn answers(sketch: &mut Sketch<'_>) {
        T::answers(sketch);
    }
}
