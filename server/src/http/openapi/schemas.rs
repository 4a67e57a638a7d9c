//! JSON schemas of what is asked and answered.

use std::borrow::Cow;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use crate::limits::NAME_CHARS_MAX;

/// The schemas that the document refers to by name, while they are gathered.
pub struct Schemas {
    /// Of requests: written out where they stand, since none is used twice.
    requests: SchemaGenerator,
    /// Of answers: named.
    answers: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let mut settings = SchemaSettings::draft2020_12();
        settings.meta_schema = None;
        settings.definitions_path = "/components/schemas".into();
        let answers = settings.clone().for_serialize().into_generator();
        settings.inline_subschemas = true;
        Self { requests: settings.for_deserialize().into_generator(), answers }
    }

    /// What is read from a request.
    pub(super) fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    /// What is written into an answer.
    pub(super) fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().to_value()
    }

    /// What answers refer to.
    pub(super) fn named(&mut self) -> Map<String, Value> {
        self.answers.take_definitions(true)
    }
}

/// A JSON object that is said more of elsewhere.
pub struct Anything;

impl JsonSchema for Anything {
    fn schema_name() -> Cow<'static, str> {
        "Anything".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object" })
    }
}

/// A JSON object that is written already.
pub struct JsonObject(pub(super) &'static str);

impl IntoResponse for JsonObject {
    fn into_response(self) -> Response {
        let kind = HeaderValue::from_static("application/json");
        ([(header::CONTENT_TYPE, kind)], self.0).into_response()
    }
}

/// A sign-in name, as it may be typed.
pub struct SignInName;

impl JsonSchema for SignInName {
    fn schema_name() -> Cow<'static, str> {
        "SignInName".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let more = NAME_CHARS_MAX - 1;
        let pattern = format!("^[A-Za-z0-9][A-Za-z0-9._+@-]{{0,{more}}}$");
        json_schema!({ "type": "string", "pattern": pattern })
    }
}

/// A short text to show.
pub struct DisplayName;

impl JsonSchema for DisplayName {
    fn schema_name() -> Cow<'static, str> {
        "DisplayName".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": NAME_CHARS_MAX })
    }
}
