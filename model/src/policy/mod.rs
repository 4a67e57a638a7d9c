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
    /// Whether the member created the document. To read a comment it is enough
    /// to have created what it is about.
    pub own: bool,
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
    let own_entry = matches!(ask.action, Action::Write { own_entry: true, .. });
    let judge = |verb, field, own| {
        judge(ask.space, ask.kind, verb, field, Standing { role: ask.role, own, own_entry })
    };
    let see = || match ask.privacy {
        Privacy::Default => judge(Verb::Read, None, ask.own),
        Privacy::Busy | Privacy::Secret => judge(Verb::ReadPrivate, None, ask.own),
    };
    match ask.action {
        Action::Create => {
            // What one creates is one's own.
            judge(Verb::Create, None, true)?;
            match ask.privacy {
                Privacy::Default => Ok(()),
                Privacy::Busy | Privacy::Secret => judge(Verb::SetPrivacy, None, true),
            }
        }
        Action::Read => see(),
        Action::Write { field, .. } => {
            see().and_then(|()| judge(Verb::Write, Some(field), ask.own))
        }
        Action::Trash => see().and_then(|()| judge(Verb::Trash, None, ask.own)),
        Action::Restore => see().and_then(|()| judge(Verb::Restore, None, ask.own)),
        Action::SetPrivacy(_) => see().and_then(|()| judge(Verb::SetPrivacy, None, ask.own)),
        Action::Purge => see().and_then(|()| judge(Verb::Purge, None, ask.own)),
    }
}

/// Whether a member with this role sees such a document. `own`: whether they
/// created it, or, of a comment, what it is about; the privacy of a comment is
/// that of what it is about.
pub fn may_read(space: SpaceKind, role: Role, kind: Kind, privacy: Privacy, own: bool) -> bool {
    decide(&Ask { space, role, kind, privacy, own, action: Action::Read }).is_ok()
}

/// How a member stands to what they ask about.
#[derive(Clone, Copy)]
struct Standing {
    role: Role,
    own: bool,
    own_entry: bool,
}

impl Standing {
    fn meets(self, condition: Condition) -> bool {
        match condition {
            Condition::Always => true,
            Condition::Created => self.own,
            Condition::OwnEntry => self.own_entry,
        }
    }
}

fn judge(
    space: SpaceKind,
    kind: Kind,
    verb: Verb,
    field: Option<&str>,
    member: Standing,
) -> Result<(), Denied> {
    let rule = rule_for(space, kind, verb, field).ok_or(Denied { rule: UNLISTED, needs: None })?;
    let least =
        rule.grants.iter().filter(|grant| member.meets(grant.when)).map(|grant| grant.least).min();
    match least {
        Some(least) if least <= member.role => Ok(()),
        needs => Err(Denied { rule: rule.name, needs }),
    }
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
