//! The table: who may change a space and its members.

use crate::Role;
use crate::Role::{Manager, Owner, Viewer};

/// One line of the table. It speaks of shared spaces; a personal one has one
/// member as long as it is there.
#[derive(Debug)]
pub struct GovernRule {
    /// Its stable name.
    pub name: &'static str,
    /// What is done.
    pub act: Act,
    /// The least role that may.
    pub least: Role,
    /// The greatest role that may.
    pub most: Role,
    /// Whether every role that is given, changed or taken must be below that of
    /// who does it.
    pub only_below: bool,
}

/// What can be done to a space and its members.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Act {
    /// Let an account in.
    Add,
    /// Change a member's role.
    Change,
    /// Remove another member.
    Remove,
    /// Leave.
    Leave,
    /// Hand the space over to another member.
    Transfer,
    /// Delete the space.
    Delete,
}

impl Act {
    /// Every one of them.
    pub const ALL: [Self; 6] =
        [Self::Add, Self::Change, Self::Remove, Self::Leave, Self::Transfer, Self::Delete];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Change => "change",
            Self::Remove => "remove",
            Self::Leave => "leave",
            Self::Transfer => "transfer",
            Self::Delete => "delete",
        }
    }
}

const fn over_others(name: &'static str, act: Act) -> GovernRule {
    GovernRule { name, act, least: Manager, most: Owner, only_below: true }
}

/// The table: one line an act.
pub static GOVERN_RULES: &[GovernRule] = &[
    over_others("members.add.manager_below", Act::Add),
    over_others("members.change.manager_below", Act::Change),
    over_others("members.remove.manager_below", Act::Remove),
    // An owner who left would leave a space that nobody can run or delete.
    GovernRule {
        name: "members.leave.not_owner",
        act: Act::Leave,
        least: Viewer,
        most: Manager,
        only_below: false,
    },
    GovernRule {
        name: "space.transfer.owner",
        act: Act::Transfer,
        least: Owner,
        most: Owner,
        only_below: false,
    },
    GovernRule {
        name: "space.delete.owner",
        act: Act::Delete,
        least: Owner,
        most: Owner,
        only_below: false,
    },
];
