//! Who may do what: one table, one pure total function over it.
//!
//! The server decides with it on merge, a client predicts with it before it
//! edits, and the documentation is rendered from it.

use crate::{Kind, Privacy, Role, SpaceKind};

/// Something that a member wants to do to a document.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The kind of the space that the document lives in.
    pub space: SpaceKind,
    /// The member's role there, now.
    pub role: Role,
    /// The kind of the document.
    pub kind: Kind,
    /// Whether the member created the document.
    pub own: bool,
    /// What they want to do.
    pub action: Action<'a>,
}

/// What can be done to a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action<'a> {
    /// Bring it into being.
    Create,
    /// See it, given its privacy.
    Read(Privacy),
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
    /// Change its privacy.
    SetPrivacy(Privacy),
    /// Remove it for good.
    Purge,
}

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
    /// Delete the space with all that is in it.
    Delete,
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
