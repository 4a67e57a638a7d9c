//! Who may do what: tables, and pure total functions over them.
//!
//! The server decides with them on merge, a client predicts with them before it
//! edits, and `docs/POLICY.md` is rendered from them. What no rule grants is
//! forbidden; the first rule that matches decides.
//!
//! What a member can't see, they can't touch either: each question about a
//! document that exists is first the question whether they may read it.

mod govern;
mod govern_rules;
mod rules;

pub use govern::{Govern, PERSONAL, govern};
pub use govern_rules::{Act, GOVERN_RULES, GovernRule};
pub use rules::{Condition, Fields, Grant, RULES, Rule, Verb};

use crate::schema::spec;
use crate::{Kind, Privacy, Role, SpaceKind};

/// The rule named when no rule speaks of what is asked: a kind of document that
/// doesn't live in such a space, or a field that it doesn't have.
pub const UNLISTED: &str = "unlisted.never";

/// Something that a member wants to do to a document.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The kind of the space that the document lives in.
    pub space: SpaceKind,
    /// The member's role there, now.
    pub role: Role,
    /// The kind of the document.
    pub kind: Kind,
    /// Who may see it; of a comment, who may see what it is about.
    pub privacy: Privacy,
    /// Whether the member created the document.
    pub own: bool,
    /// Whether they created what it is about, where it is a comment.
    pub own_subject: bool,
    /// What they want to do.
    pub action: Action<'a>,
}

/// What can be done to a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action<'a> {
    /// Bring it into being, with the privacy asked about.
    Create,
    /// See it.
    Read,
    /// Write a field, or an entry of it.
    Write {
        /// The field.
        field: &'a str,
        /// Whether the entry's key names the author's own account.
        own_entry: bool,
    },
    /// Set `deletedAt`.
    Trash,
    /// Clear `deletedAt`.
    Restore,
    /// Change its privacy to this.
    SetPrivacy(Privacy),
    /// Remove it for good.
    Purge,
}

/// A refusal: which rule says so, and the least role that it would take.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{rule}")]
pub struct Denied {
    /// The stable name of the rule, such as `todo.write.editor`.
    pub rule: &'static str,
    /// The least role that may do it; `None` where no role alone would do.
    pub needs: Option<Role>,
}

impl<'a> Action<'a> {
    /// What an operation on this field is: putting something into `deletedAt` is
    /// putting the document into the trash, and clearing it takes it out.
    pub fn on(field: &'a str, clears: bool, own_entry: bool) -> Self {
        match (field, clears) {
            ("deletedAt", false) => Self::Trash,
            ("deletedAt", true) => Self::Restore,
            _ => Self::Write { field, own_entry },
        }
    }
}

/// Whether the member may do it.
///
/// # Errors
/// [`Denied`] names the rule that it fails.
pub fn decide(ask: &Ask<'_>) -> Result<(), Denied> {
    failed_rule(ask).map_or(Ok(()), |rule| {
        let greater = Role::ALL.into_iter().filter(|role| *role > ask.role);
        let needs =
            greater.into_iter().find(|role| failed_rule(&Ask { role: *role, ..*ask }).is_none());
        Err(Denied { rule, needs })
    })
}

/// The first rule that what is asked fails.
fn failed_rule(ask: &Ask<'_>) -> Option<&'static str> {
    let (verb, field) = match ask.action {
        Action::Create => (Verb::Create, None),
        Action::Read => return failed_sight(ask),
        Action::Write { field, .. } => (Verb::Write, Some(field)),
        Action::Trash => (Verb::Trash, None),
        Action::Restore => (Verb::Restore, None),
        Action::SetPrivacy(_) => (Verb::SetPrivacy, None),
        Action::Purge => (Verb::Purge, None),
    };
    if ask.action != Action::Create {
        return failed_sight(ask).or_else(|| failed(ask, verb, field));
    }
    // What one creates is one's own, and to create it hidden is to hide it.
    let ask = &Ask { own: true, ..*ask };
    failed(ask, verb, field).or_else(|| match ask.privacy {
        Privacy::Default => None,
        Privacy::Busy | Privacy::Secret => failed(ask, Verb::SetPrivacy, None),
    })
}

/// The rule by which the member doesn't see the document.
fn failed_sight(ask: &Ask<'_>) -> Option<&'static str> {
    let verb = match ask.privacy {
        Privacy::Default => Verb::Read,
        Privacy::Busy | Privacy::Secret => Verb::ReadPrivate,
    };
    failed(ask, verb, None)
}

/// The rule about this, if it isn't met.
fn failed(ask: &Ask<'_>, verb: Verb, field: Option<&str>) -> Option<&'static str> {
    let Some(rule) = rule_for(ask.space, ask.kind, verb, field) else { return Some(UNLISTED) };
    let holds = |condition| match condition {
        Condition::Always => true,
        Condition::Created => ask.own,
        Condition::SubjectCreated => ask.own_subject,
        Condition::OwnEntry => matches!(ask.action, Action::Write { own_entry: true, .. }),
    };
    let is_met = |grant: &Grant| grant.least <= ask.role && holds(grant.when);
    (!rule.grants.iter().any(is_met)).then_some(rule.name)
}

/// Whether a member with this role sees such a document. `privacy` is that of
/// what it is about, where it is a comment, and `own` is then whether they
/// created the one or the other.
pub fn may_read(space: SpaceKind, role: Role, kind: Kind, privacy: Privacy, own: bool) -> bool {
    let own_subject = own && kind == Kind::Comment;
    decide(&Ask { space, role, kind, privacy, own, own_subject, action: Action::Read }).is_ok()
}

/// The rule that decides; `None` where there is no such thing to decide about.
pub fn rule_for(
    space: SpaceKind,
    kind: Kind,
    verb: Verb,
    field: Option<&str>,
) -> Option<&'static Rule> {
    let spec = spec(kind);
    let exists = spec.homes.contains(&space) && field.is_none_or(|it| spec.field(it).is_some());
    RULES.iter().filter(|_| exists).find(|rule| rule.speaks_of(space, kind, verb, field))
}
