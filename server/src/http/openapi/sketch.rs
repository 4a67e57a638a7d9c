//! An operation while it is being described.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::schemas::Schemas;
use crate::http::problem::ProblemCode;
use crate::http::routes::Route;

/// An operation while it is being described: the types of its handler's arguments and
/// answer each add what they know.
pub struct Sketch<'a> {
    pub(super) route: &'a Route,
    pub(super) schemas: &'a mut Schemas,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
    pub(super) answers: BTreeMap<u16, Value>,
    pub(super) problems: BTreeSet<ProblemCode>,
    /// Whether a credential is looked at, though none is needed.
    pub(super) may_sign_in: bool,
}

impl<'a> Sketch<'a> {
    pub(super) fn new(route: &'a Route, schemas: &'a mut Schemas) -> Self {
        Self {
            route,
            schemas,
            parameters: Vec::new(),
            body: None,
            answers: BTreeMap::new(),
            problems: BTreeSet::new(),
            may_sign_in: false,
        }
    }

    /// Whether it only reads.
    pub fn is_safe(&self) -> bool {
        self.route.method == "get"
    }

    /// It may answer these problems.
    pub fn problems(&mut self, codes: &[ProblemCode]) {
        self.problems.extend(codes);
    }

    /// It takes such a JSON body.
    pub fn body<T: JsonSchema>(&mut self) {
        let schema = self.schemas.request::<T>();
        self.body = Some(json!({
            "required": true,
            "content": { "application/json": { "schema": schema } },
        }));
    }

    /// It takes a parameter.
    pub fn parameter(&mut self, parameter: Value) {
        self.parameters.push(parameter);
    }

    /// It answers with such a JSON body.
    pub fn json<T: JsonSchema>(&mut self, status: u16, description: &str) {
        let schema = self.schemas.answer::<T>();
        self.answer(status, description, "application/json", schema);
    }

    /// It answers with this media type. More than one may go with a status.
    pub fn answer(&mut self, status: u16, description: &str, kind: &str, schema: Value) {
        let answer = self.answers.entry(status);
        let answer = answer.or_insert_with(|| json!({ "description": description }));
        answer["content"][kind] = json!({ "schema": schema });
    }

    /// It answers without a body.
    pub fn empty(&mut self, status: u16, description: &str) {
        self.answers.insert(status, json!({ "description": description }));
    }

    /// An answer carries this header.
    pub fn header(&mut self, status: u16, name: &str, description: &str) {
        if let Some(answer) = self.answers.get_mut(&status) {
            answer["headers"][name] =
                json!({ "description": description, "schema": { "type": "string" } });
        }
    }
}
