//! Who may write what, once more and naively: the matrices in plain ifs, and the
//! changes as the library itself decodes them.

use std::collections::BTreeSet;

use automerge::legacy::{Key, ObjectId, OpType};
use automerge::{Change, ScalarValue};
use umbra_model::schema::{Shape, spec};
use umbra_model::{Kind, Role, SpaceKind};

use crate::deed::is_mark;

/// A field that a change writes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Write {
    pub kind: Kind,
    pub field: String,
}

/// All that a change writes.
pub struct Writes {
    writes: BTreeSet<Write>,
    /// The marks in it.
    pub marks: BTreeSet<char>,
}

impl Writes {
    pub fn of(chunk: &[u8], kind: Option<Kind>) -> Self {
        let mut it = Self { writes: BTreeSet::new(), marks: BTreeSet::new() };
        let Some(kind) = kind else { return it };
        let change = Change::from_bytes(chunk.to_vec()).expect("clients send changes");
        let containers = spec(kind).fields.iter();
        let containers: Vec<&str> = containers
            .filter(|field| !matches!(field.shape, Shape::Scalar(_)))
            .map(|field| field.name)
            .collect();
        for op in change.decode().operations {
            let field = match (&op.obj, &op.key) {
                (ObjectId::Root, Key::Map(key)) => key.to_string(),
                (ObjectId::Id(id), _) => {
                    let place = usize::try_from(id.counter()).expect("a counter") - 1;
                    containers[place].to_owned()
                }
                (ObjectId::Root, Key::Seq(_)) => panic!("the root is a map"),
            };
            it.writes.insert(Write { kind, field });
            if let OpType::Put(ScalarValue::Str(text)) = &op.action {
                it.marks.extend(text.chars().filter(is_mark));
            }
        }
        it
    }

    pub fn all(&self, may: impl Fn(&Write) -> bool) -> bool {
        self.writes.iter().all(may)
    }
}

pub fn may_create(space: SpaceKind, role: Role, kind: Kind) -> bool {
    match kind {
        Kind::Todo => space != SpaceKind::Calendar && role >= Role::Editor,
        Kind::Event => space == SpaceKind::Calendar && role >= Role::Editor,
        Kind::Comment => space == SpaceKind::Calendar || role >= Role::Commenter,
        Kind::Prefs => space == SpaceKind::Personal && role == Role::Owner,
        Kind::Space => false,
    }
}

/// Whether a member who sees the document may write this field of it.
pub fn may_write(space: SpaceKind, role: Role, write: &Write, own: bool) -> bool {
    let is_trash = write.field == "deletedAt";
    match write.kind {
        Kind::Space if write.field == "sections" || write.field == "labels" => role >= Role::Editor,
        Kind::Space => role >= Role::Manager,
        Kind::Todo => role >= Role::Editor,
        Kind::Event if is_trash => role >= Role::Manager || (own && role >= Role::Editor),
        Kind::Event => role >= Role::Editor,
        Kind::Comment if is_trash && role >= Role::Manager => true,
        Kind::Comment => own && (space == SpaceKind::Calendar || role >= Role::Commenter),
        Kind::Prefs => role == Role::Owner,
    }
}
