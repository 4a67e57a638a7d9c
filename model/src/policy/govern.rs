//! Who may change a space and its members.

use super::Denied;
use super::govern_rules::{Act, GOVERN_RULES, GovernRule};
use crate::{Role, SpaceKind};

/// The rule named for a personal space: it is its account's alone, and goes with it.
pub const PERSONAL: &str = "personal.govern.never";

/// Something that a member wants to do to a space or its members.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Govern {
    /// Let an account in with this role.
    Add(Role),
    /// Change a member's role.
    Change {
        /// The role that the member has.
        from: Role,
        /// The role that the member shall have.
        to: Role,
    },
    /// Remove another member, who has this role.
    Remove(Role),
    /// Leave.
    Leave,
    /// Hand the space over to another member, and become a manager.
    Transfer,
    /// Delete the space with all that is in it.
    Delete,
}

impl Govern {
    /// What is done.
    pub const fn act(&self) -> Act {
        match self {
            Self::Add(_) => Act::Add,
            Self::Change { .. } => Act::Change,
            Self::Remove(_) => Act::Remove,
            Self::Leave => Act::Leave,
            Self::Transfer => Act::Transfer,
            Self::Delete => Act::Delete,
        }
    }

    /// The greatest role that is given, changed or taken.
    fn reach(&self) -> Option<Role> {
        match *self {
            Self::Add(role) | Self::Remove(role) => Some(role),
            Self::Change { from, to } => Some(from.max(to)),
            Self::Leave | Self::Transfer | Self::Delete => None,
        }
    }
}

/// Whether a member with this role may do it. Nobody gives or takes the owner's
/// role but by handing the space over: every space has one owner.
///
/// # Errors
/// [`Denied`] names the rule that it fails.
pub fn govern(space: SpaceKind, actor: Role, what: &Govern) -> Result<(), Denied> {
    if space == SpaceKind::Personal {
        return Err(Denied { rule: PERSONAL, needs: None });
    }
    let Some(rule) = GOVERN_RULES.iter().find(|rule| rule.act == what.act()) else {
        return Err(Denied { rule: super::UNLISTED, needs: None });
    };
    if grants(rule, actor, what) {
        return Ok(());
    }
    let needs =
        Role::ALL.into_iter().filter(|role| *role > actor).find(|it| grants(rule, *it, what));
    Err(Denied { rule: rule.name, needs })
}

fn grants(rule: &GovernRule, actor: Role, what: &Govern) -> bool {
    let in_reach = what.reach().is_none_or(|reach| !rule.only_below || reach < actor);
    (rule.least..=rule.most).contains(&actor) && in_reach
}
