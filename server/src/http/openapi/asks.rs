//! What the arguments of handlers ask of a request.

use axum::extract::State;
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::sketch::Sketch;
use crate::app::App;
use crate::http::address::ClientAddress;
use crate::http::body::Body;
use crate::http::id::At;
use crate::http::problem::ProblemCode;
use crate::http::query::Asked;
use crate::identity::{Admin, Anyone, Fresh, FreshAdmin, Principal, Reads, SignedIn, Writes};

/// What an argument asks of a request.
pub trait Asks {
    /// Adds it to the description.
    fn asks(sketch: &mut Sketch<'_>);
}

macro_rules! ask_nothing {
    ($($argument:ty),+) => {
        $(impl Asks for $argument {
            fn asks(_: &mut Sketch<'_>) {}
        })+
    };
}

ask_nothing! { State<App>, Anyone, ClientAddress }

impl Asks for Principal {
    fn asks(sketch: &mut Sketch<'_>) {
        sketch.may_sign_in = true;
        // What an API token doesn't reach; one that is none opens nothing at all.
        sketch.problems(&[ProblemCode::ScopeTooNarrow, ProblemCode::NotSignedIn]);
        if !sketch.is_safe() {
            sketch.problems(&[ProblemCode::HeaderMissing]);
        }
    }
}

macro_rules! ask_for_more {
    ($($argument:ident: $less:ident, $code:ident;)+) => {
        $(impl Asks for $argument {
            fn asks(sketch: &mut Sketch<'_>) {
                $less::asks(sketch);
                sketch.problems(&[ProblemCode::$code]);
            }
        })+
    };
}

ask_for_more! {
    SignedIn: Principal, NotSignedIn;
    Fresh: SignedIn, FreshAuthenticationNeeded;
    Admin: SignedIn, AdminOnly;
    FreshAdmin: Admin, FreshAuthenticationNeeded;
}

impl Asks for Reads {
    fn asks(sketch: &mut Sketch<'_>) {
        sketch.may_sign_in = true;
        sketch.problems(&[ProblemCode::NotSignedIn]);
    }
}

impl Asks for Writes {
    fn asks(sketch: &mut Sketch<'_>) {
        SignedIn::asks(sketch);
    }
}

impl<T: JsonSchema> Asks for Body<T> {
    fn asks(sketch: &mut Sketch<'_>) {
        sketch.body::<T>();
        sketch.problems(&[
            ProblemCode::BodyNotJson,
            ProblemCode::BodyMalformed,
            ProblemCode::BodyInvalid,
            ProblemCode::BodyTooLarge,
            ProblemCode::NulRefused,
        ]);
    }
}

impl<T: JsonSchema> Asks for At<T> {
    fn asks(sketch: &mut Sketch<'_>) {
        let schema = sketch.schemas.request::<T>();
        // Of a tuple, each part is one of the path's.
        let parts = match schema.get("prefixItems") {
            Some(Value::Array(parts)) => parts.clone(),
            _ => vec![schema],
        };
        for (name, mut schema) in sketch.route.parts().zip(parts) {
            if let Some(schema) = schema.as_object_mut() {
                schema.remove("description");
            }
            sketch.parameter(json!({
                "name": name, "in": "path", "required": true, "schema": schema,
                "description": format!("The id of the {name}."),
            }));
        }
        sketch.problems(&[ProblemCode::NotFound]);
    }
}

impl<T: JsonSchema> Asks for Asked<T> {
    fn asks(sketch: &mut Sketch<'_>) {
        let schema = sketch.schemas.request::<T>();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            let mut schema = without_null(schema.clone());
            let description = schema.as_object_mut().and_then(|it| it.remove("description"));
            sketch.parameter(json!({
                "name": name, "in": "query", "schema": schema,
                "required": required.contains(&json!(name)),
                "description": description.unwrap_or_default(),
            }));
        }
        sketch.problems(&[ProblemCode::QueryInvalid, ProblemCode::NulRefused]);
    }
}

/// What is left out of a query isn't null there, it is absent.
fn without_null(mut schema: Value) -> Value {
    let is_null = |it: &Value| *it == "null" || it["type"] == "null" || it.is_null();
    for key in ["type", "anyOf", "enum"] {
        if let Some(Value::Array(choices)) = schema.get_mut(key) {
            choices.retain(|it| !is_null(it));
            if let ("type" | "anyOf", [only]) = (key, &choices[..]) {
                let only = only.clone();
                let Some(object) = schema.as_object_mut() else { continue };
                object.remove(key);
                match only {
                    Value::Object(only) => object.extend(only),
                    only => _ = object.insert(key.to_owned(), only),
                }
            }
        }
    }
    schema
}
