//! The table: who may do what to a document.

use crate::Kind::{Comment, Event, Prefs, Space, Todo};
use crate::Role::{Commenter, Editor, Manager, Owner, Viewer};
use crate::SpaceKind::{Calendar, List, Personal, Project};
use crate::{Kind, Role, SpaceKind};

use Condition::{Always, Created, OwnEntry, SubjectCreated};
use Fields::{All, Only};
use Verb::{Create, Purge, Read, ReadPrivate, Restore, SetPrivacy, Trash, Write};

/// One line of the table.
#[derive(Debug)]
pub struct Rule {
    /// Its stable name: kind, what is done, who may.
    pub name: &'static str,
    /// The kinds of document that it speaks of.
    pub kinds: &'static [Kind],
    /// In which kinds of space.
    pub spaces: &'static [SpaceKind],
    /// What is done.
    pub verbs: &'static [Verb],
    /// Where something is written: which fields.
    pub fields: Fields,
    /// Who may: any of these. Nobody where there are none.
    pub grants: &'static [Grant],
}

/// What is done, told apart as far as rules tell it apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verb {
    /// Bring it into being.
    Create,
    /// See one that every member sees.
    Read,
    /// See one whose privacy is `busy` or `secret`.
    ReadPrivate,
    /// Write a field, or an entry of one.
    Write,
    /// Put it into the trash.
    Trash,
    /// Take it out of the trash.
    Restore,
    /// Change who may see it.
    SetPrivacy,
    /// Remove it for good.
    Purge,
}

impl Verb {
    /// Every one of them.
    pub const ALL: [Self; 8] =
        [Create, Read, ReadPrivate, Write, Trash, Restore, SetPrivacy, Purge];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Create => "create",
            Read => "read",
            ReadPrivate => "readPrivate",
            Write => "write",
            Trash => "trash",
            Restore => "restore",
            SetPrivacy => "setPrivacy",
            Purge => "purge",
        }
    }
}

/// Which fields a rule about writing speaks of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fields {
    /// All that no earlier rule speaks of.
    All,
    /// These.
    Only(&'static [&'static str]),
}

/// Who may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grant {
    /// The least role.
    pub least: Role,
    /// What must hold beside it.
    pub when: Condition,
}

/// What must hold beside a role.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Condition {
    /// Nothing.
    Always,
    /// That the member created the document.
    Created,
    /// That the member created what the comment is about.
    SubjectCreated,
    /// That the entry's key names the member.
    OwnEntry,
}

impl Condition {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Always => "always",
            Created => "created",
            SubjectCreated => "subjectCreated",
            OwnEntry => "ownEntry",
        }
    }
}

impl Rule {
    /// Whether the rule is about this.
    pub fn speaks_of(&self, space: SpaceKind, kind: Kind, verb: Verb, field: Option<&str>) -> bool {
        let of_field = match self.fields {
            All => true,
            Only(fields) => field.is_some_and(|field| fields.contains(&field)),
        };
        self.kinds.contains(&kind)
            && self.spaces.contains(&space)
            && self.verbs.contains(&verb)
            && of_field
    }
}

const fn may(least: Role) -> Grant {
    Grant { least, when: Always }
}

const fn may_if(least: Role, when: Condition) -> Grant {
    Grant { least, when }
}

/// A rule about more than the writing of single fields.
const fn rule(
    name: &'static str,
    kinds: &'static [Kind],
    spaces: &'static [SpaceKind],
    verbs: &'static [Verb],
    grants: &'static [Grant],
) -> Rule {
    Rule { name, kinds, spaces, verbs, fields: All, grants }
}

/// A rule about the writing of these fields.
const fn field_rule(
    name: &'static str,
    kinds: &'static [Kind],
    spaces: &'static [SpaceKind],
    fields: &'static [&'static str],
    grants: &'static [Grant],
) -> Rule {
    Rule { name, kinds, spaces, verbs: &[Write], fields: Only(fields), grants }
}

const WORK: &[SpaceKind] = &[List, Project];
const SHARED: &[SpaceKind] = &[List, Calendar, Project];

/// The table. The first line that matches decides.
pub static RULES: &[Rule] = &[
    // Genesis writes `v`, and `deletedAt` is put and cleared by trash and restore.
    field_rule("any.v.never", Kind::ALL, SpaceKind::ALL, &["v"], &[]),
    field_rule("any.deletedAt.never", Kind::ALL, SpaceKind::ALL, &["deletedAt"], &[]),
    // A space's own document comes and goes with the space.
    rule(
        "space.lifecycle.never",
        &[Space],
        SpaceKind::ALL,
        &[Create, Trash, Restore, SetPrivacy, Purge],
        &[],
    ),
    rule("space.read.viewer", &[Space], SpaceKind::ALL, &[Read], &[may(Viewer)]),
    field_rule(
        "space.parts.editor",
        &[Space],
        SpaceKind::ALL,
        &["sections", "labels"],
        &[may(Editor)],
    ),
    rule("space.write.manager", &[Space], SpaceKind::ALL, &[Write], &[may(Manager)]),
    // Todos are worked on by everyone who may work in the list.
    rule("todo.create.editor", &[Todo], WORK, &[Create], &[may(Editor)]),
    rule("todo.read.viewer", &[Todo], WORK, &[Read], &[may(Viewer)]),
    rule("todo.write.editor", &[Todo], WORK, &[Write], &[may(Editor)]),
    rule("todo.trash.editor", &[Todo], WORK, &[Trash, Restore], &[may(Editor)]),
    rule("todo.privacy.never", &[Todo], WORK, &[SetPrivacy], &[]),
    rule("todo.purge.manager", &[Todo], WORK, &[Purge], &[may(Manager)]),
    // An event can be hidden, and is thrown away by who made it or by who runs
    // the calendar.
    rule("event.create.editor", &[Event], &[Calendar], &[Create], &[may(Editor)]),
    rule("event.read.viewer", &[Event], &[Calendar], &[Read], &[may(Viewer)]),
    rule(
        "event.read.own_or_owner",
        &[Event],
        &[Calendar],
        &[ReadPrivate],
        &[may_if(Viewer, Created), may(Owner)],
    ),
    rule("event.write.editor", &[Event], &[Calendar], &[Write], &[may(Editor)]),
    rule(
        "event.trash.own_editor_or_manager",
        &[Event],
        &[Calendar],
        &[Trash, Restore],
        &[may_if(Editor, Created), may(Manager)],
    ),
    rule(
        "event.privacy.own_editor_or_owner",
        &[Event],
        &[Calendar],
        &[SetPrivacy],
        &[may_if(Editor, Created), may(Owner)],
    ),
    rule("event.purge.owner", &[Event], &[Calendar], &[Purge], &[may(Owner)]),
    // A comment is its creator's alone; a reaction is whose it is; moderators
    // throw away. Who reads a calendar may comment in it.
    rule("comment.create.commenter", &[Comment], WORK, &[Create], &[may(Commenter)]),
    rule("comment.create.viewer", &[Comment], &[Calendar], &[Create], &[may(Viewer)]),
    rule("comment.read.viewer", &[Comment], SHARED, &[Read], &[may(Viewer)]),
    rule(
        "comment.read.own_or_owner",
        &[Comment],
        &[Calendar],
        &[ReadPrivate],
        &[may_if(Viewer, Created), may_if(Viewer, SubjectCreated), may(Owner)],
    ),
    field_rule(
        "comment.react.own_commenter",
        &[Comment],
        WORK,
        &["reactions"],
        &[may_if(Commenter, OwnEntry)],
    ),
    field_rule(
        "comment.react.own_viewer",
        &[Comment],
        &[Calendar],
        &["reactions"],
        &[may_if(Viewer, OwnEntry)],
    ),
    rule("comment.write.own_commenter", &[Comment], WORK, &[Write], &[may_if(Commenter, Created)]),
    rule("comment.write.own_viewer", &[Comment], &[Calendar], &[Write], &[may_if(Viewer, Created)]),
    rule(
        "comment.trash.own_commenter_or_manager",
        &[Comment],
        WORK,
        &[Trash, Restore],
        &[may_if(Commenter, Created), may(Manager)],
    ),
    rule(
        "comment.trash.own_viewer_or_manager",
        &[Comment],
        &[Calendar],
        &[Trash, Restore],
        &[may_if(Viewer, Created), may(Manager)],
    ),
    rule("comment.privacy.never", &[Comment], SHARED, &[SetPrivacy], &[]),
    rule("comment.purge.manager", &[Comment], WORK, &[Purge], &[may(Manager)]),
    rule("comment.purge.owner", &[Comment], &[Calendar], &[Purge], &[may(Owner)]),
    // Settings are one's own, and there as long as the account is.
    rule("prefs.own.owner", &[Prefs], &[Personal], &[Create, Read, Write], &[may(Owner)]),
    rule("prefs.lifecycle.never", &[Prefs], &[Personal], &[Trash, Restore, SetPrivacy, Purge], &[]),
];
