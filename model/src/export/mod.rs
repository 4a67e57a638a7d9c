//! The schema and the policy as data for others: one JSON value, from which the
//! web application's types and hints are generated, and two pages of documentation.

mod policy_page;
mod schema_page;

pub use policy_page::policy_page;
pub use schema_page::schema_page;

use serde_json::{Value, json};

use crate::policy::{Fields, GOVERN_RULES, GovernRule, PERSONAL, RULES, Rule, UNLISTED};
use crate::schema::{
    Domain, EntrySpec, FieldSpec, KindSpec, SCHEMA_VERSION, Segment, Shape, ValueType, Write, spec,
};
use crate::value::{ClusterKind, Member, MemberType};
use crate::{Kind, Privacy, Role, SpaceKind};

/// The schema and the policy as one JSON value.
pub fn export() -> Value {
    json!({
        "version": SCHEMA_VERSION,
        "roles": Role::ALL.map(Role::as_str),
        "spaceKinds": names(SpaceKind::ALL, SpaceKind::as_str),
        "privacies": names(Privacy::ALL, Privacy::as_str),
        "kinds": Kind::ALL.iter().map(|it| kind(spec(*it))).collect::<Vec<_>>(),
        "clusters": ClusterKind::ALL.map(cluster),
        "policy": {
            "rules": RULES.iter().map(rule).collect::<Vec<_>>(),
            "unlisted": UNLISTED,
            "govern": GOVERN_RULES.iter().map(govern_rule).collect::<Vec<_>>(),
            "personal": PERSONAL,
        },
    })
}

fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|it| name(*it)).collect()
}

fn kind(spec: &KindSpec) -> Value {
    json!({
        "kind": spec.kind.as_str(),
        "homes": names(spec.homes, SpaceKind::as_str),
        "fields": spec.fields.iter().map(field).collect::<Vec<_>>(),
    })
}

fn field(field: &FieldSpec) -> Value {
    json!({
        "name": field.name,
        "holds": shape(&field.shape),
        "once": field.write == Write::Once,
        "about": field.about,
    })
}

fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::Scalar(value) => json!({ "shape": "scalar", "value": value_type(value) }),
        Shape::Text { chars_max } => json!({ "shape": "text", "charsMax": chars_max }),
        Shape::Map { entries, entries_max } => json!({
            "shape": "map",
            "entriesMax": entries_max,
            "entries": entries.iter().map(entry).collect::<Vec<_>>(),
        }),
    }
}

fn entry(entry: &EntrySpec) -> Value {
    json!({
        "key": entry.key.iter().map(segment).collect::<Vec<_>>(),
        "value": value_type(&entry.value),
    })
}

fn segment(segment: &Segment) -> Value {
    match segment {
        Segment::Id => json!({ "is": "id" }),
        Segment::User => json!({ "is": "user" }),
        Segment::Occurrence => json!({ "is": "occurrence" }),
        Segment::Word(word) => json!({ "is": "word", "word": word }),
        Segment::Name(bytes_max) => json!({ "is": "name", "bytesMax": bytes_max }),
    }
}

fn value_type(value: &ValueType) -> Value {
    let mut domain = domain(&value.domain);
    domain["optional"] = Value::Bool(value.optional);
    domain
}

fn domain(domain: &Domain) -> Value {
    match domain {
        Domain::Bool => json!({ "is": "bool" }),
        Domain::Int(least, most) => json!({ "is": "int", "least": least, "most": most }),
        Domain::Millis => json!({ "is": "millis" }),
        Domain::Str(bytes_max) => json!({ "is": "string", "bytesMax": bytes_max }),
        Domain::OneOf(words) => json!({ "is": "oneOf", "words": words }),
        Domain::Id => json!({ "is": "id" }),
        Domain::Color => json!({ "is": "color" }),
        Domain::Zone => json!({ "is": "zone" }),
        Domain::Date => json!({ "is": "date" }),
        Domain::Order => json!({ "is": "order" }),
        Domain::Uri(bytes_max) => json!({ "is": "uri", "bytesMax": bytes_max }),
        Domain::Rule => json!({ "is": "rule" }),
        Domain::Cluster(kind) => json!({ "is": "cluster", "cluster": kind.as_str() }),
    }
}

fn cluster(kind: ClusterKind) -> Value {
    json!({
        "name": kind.as_str(),
        "members": kind.members().iter().map(member).collect::<Vec<_>>(),
        "example": kind.example(),
    })
}

fn member(member: &Member) -> Value {
    let is = match member.is {
        MemberType::Bool => json!("bool"),
        MemberType::Int => json!("int"),
        MemberType::Ints => json!("ints"),
        MemberType::Text => json!("string"),
        MemberType::OneOf(words) => json!(words),
    };
    json!({ "name": member.name, "is": is, "optional": member.optional, "about": member.about })
}

fn rule(rule: &Rule) -> Value {
    json!({
        "name": rule.name,
        "kinds": names(rule.kinds, Kind::as_str),
        "spaces": names(rule.spaces, SpaceKind::as_str),
        "verbs": rule.verbs.iter().map(|verb| verb.as_str()).collect::<Vec<_>>(),
        "fields": match rule.fields {
            Fields::All => Value::Null,
            Fields::Only(fields) => json!(fields),
        },
        "grants": rule.grants.iter().map(|grant| json!({
            "least": grant.least.as_str(),
            "when": grant.when.as_str(),
        })).collect::<Vec<_>>(),
    })
}

fn govern_rule(rule: &GovernRule) -> Value {
    json!({
        "name": rule.name,
        "act": rule.act.as_str(),
        "least": rule.least.as_str(),
        "most": rule.most.as_str(),
        "onlyBelow": rule.only_below,
    })
}
