//! Whether the gate will let an edit in, as far as this device can know. A
//! refusal offline may come days later; one here comes while the person looks.

use umbra_model::policy::{self, Action, Ask, Denied};
use umbra_model::schema::{self, FieldSpec, Scalar, Shape, Target, Write};
use umbra_model::{Kind, Privacy, UserId};
use umbra_sync_protocol::gate::Code;

use super::{Facts, Me};
use crate::edit::Value;
use crate::error::{BadInput, Error, Refused};

/// What is asked of a document, and by whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Predict<'a> {
    pub facts: &'a Facts,
    pub me: &'a Me,
}

impl Predict<'_> {
    /// Whether the user may bring the document into being.
    pub fn create(&self) -> Result<(), Error> {
        self.ask(None, Action::Create)
    }

    /// Whether the user may change who sees it.
    pub fn set_privacy(&self, privacy: Privacy) -> Result<(), Error> {
        self.ask(None, Action::SetPrivacy(privacy))
    }

    /// Whether a scalar field, or an entry where there is a key, may get this value.
    /// Yields the value as it must be written.
    pub fn put(&self, field: &str, key: Option<&str>, value: Value) -> Result<Value, Error> {
        let path = key.map_or_else(|| field.to_owned(), |key| format!("{field}/{key}"));
        let target = self.target(field, key)?;
        let own_entry = target.account == Some(self.me.user);
        self.ask(Some(&path), Action::on(field, value == Value::Null, own_entry))?;
        let Some(takes) = target.value else {
            let text = BadInput::NoSuchField(format!("`{field}` is a text, not a value"));
            return Err(text.into());
        };
        let bad = |why: schema::BadValue| BadInput::Value { path: path.clone(), why: why.0 };
        match takes.check(value.as_scalar()).map_err(bad)? {
            // It says that somebody else acted, as it does when their deed is taken
            // back and then made again: now it is the user who acts.
            Some(other) if other != self.me.user => Ok(claimed_by(self.me.user, value)),
            _ => Ok(value),
        }
    }

    /// Whether a text may be written, and how many characters it takes.
    pub fn text(&self, field: &str) -> Result<usize, Error> {
        let spec = self.field(field)?;
        let Shape::Text { chars_max } = spec.shape else {
            return Err(BadInput::NoSuchField(format!("`{field}` is no text")).into());
        };
        self.ask(Some(field), Action::on(field, false, false))?;
        Ok(usize::try_from(chars_max).unwrap_or(usize::MAX))
    }

    /// How many entries a map takes.
    pub fn entries_max(&self, field: &str) -> Result<usize, Error> {
        match self.field(field)?.shape {
            Shape::Map { entries_max, .. } => {
                Ok(usize::try_from(entries_max).unwrap_or(usize::MAX))
            }
            _ => Err(BadInput::NoSuchField(format!("`{field}` is no map")).into()),
        }
    }

    /// Whether the field keeps its first value.
    pub fn is_once(&self, field: &str) -> Result<bool, Error> {
        Ok(self.field(field)?.write == Write::Once)
    }

    fn field(&self, field: &str) -> Result<&'static FieldSpec, Error> {
        let kind = kind_with_article(self.facts.kind);
        let unknown = || format!("{kind} has no field `{field}`");
        let spec = schema::spec(self.facts.kind).field(field);
        Ok(spec.ok_or_else(|| BadInput::NoSuchField(unknown()))?)
    }

    fn target(&self, field: &str, key: Option<&str>) -> Result<Target, Error> {
        let spec = schema::spec(self.facts.kind);
        let target = match key {
            Some(key) => spec.target(Some(field), key),
            None => spec.target(None, field),
        };
        Ok(target.map_err(|unknown| BadInput::NoSuchField(unknown.to_string()))?)
    }

    fn ask(&self, path: Option<&str>, action: Action<'_>) -> Result<(), Error> {
        let ask = Ask {
            space: self.me.space,
            role: self.me.role,
            kind: self.facts.kind,
            privacy: self.facts.privacy,
            own: self.facts.creator == self.me.user,
            own_subject: self.me.own_subject,
            action,
        };
        let Err(denied) = policy::decide(&ask) else { return Ok(()) };
        // Of what they can't see, nobody is told what they can't do.
        let is_hidden = action != Action::Create
            && policy::decide(&Ask { action: Action::Read, ..ask }).is_err();
        let error = self.denied(path, action, denied);
        Err(if is_hidden { Error::Refused(hidden()) } else { error })
    }

    fn denied(&self, path: Option<&str>, action: Action<'_>, denied: Denied) -> Error {
        let role = self.me.role;
        let what = phrase(self.facts.kind, action);
        let message = match denied.needs {
            Some(needs) => format!("as {role} you can't {what}; it takes the role of {needs}"),
            None => format!("as {role} you can't {what}"),
        };
        Error::Refused(Refused {
            code: Code::RoleTooWeak.as_str().to_owned(),
            path: path.map(ToOwned::to_owned),
            rule: Some(denied.rule.to_owned()),
            message,
        })
    }
}

fn hidden() -> Refused {
    let message = "you have no access to it any more".to_owned();
    Refused { code: Code::NotFound.as_str().to_owned(), path: None, rule: None, message }
}

fn phrase(kind: Kind, action: Action<'_>) -> String {
    match action {
        Action::Create => format!("create {}", kind_with_article(kind)),
        Action::Read => format!("see this {kind}"),
        Action::Write { field, .. } => format!("change `{field}` of this {kind}"),
        Action::Trash => format!("trash this {kind}"),
        Action::Restore => format!("restore this {kind}"),
        Action::SetPrivacy(_) => format!("change who sees this {kind}"),
        Action::Purge => format!("purge this {kind}"),
    }
}

fn kind_with_article(kind: Kind) -> String {
    let article = if kind == Kind::Event { "an" } else { "a" };
    format!("{article} {kind}")
}

/// The same cluster, said to be done by this account.
fn claimed_by(user: UserId, value: Value) -> Value {
    let Value::Str(text) = &value else { return value };
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) {
        Ok(mut cluster) if cluster.contains_key("by") => {
            cluster.insert("by".to_owned(), user.to_string().into());
            Value::Str(serde_json::Value::Object(cluster).to_string())
        }
        _ => value,
    }
}

impl Value {
    /// The value as the schema looks at it.
    pub fn as_scalar(&self) -> Scalar<'_> {
        match self {
            Self::Null => Scalar::Null,
            Self::Bool(flag) => Scalar::Bool(*flag),
            Self::Int(number) => Scalar::Int(*number),
            Self::Str(text) => Scalar::Str(text),
        }
    }
}
