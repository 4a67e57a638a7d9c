//! Our own index of a document's changes, by which the next ones are judged. The
//! library has no look-up by operation id, and finding one through its public
//! interface decodes a whole change each time; here it is two array accesses.
//!
//! A change is judged and entered in one pass, so that the next one of the same
//! push sees it without anything being applied. Every step is written into a
//! journal, and a refusal takes the steps back.

mod graph;
mod journal;

pub(crate) use graph::{ActorIndex, Graph, NewNode, NodeId, TooFar, View};
use journal::Step;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use umbra_model::Kind;
use umbra_model::schema::FieldSpec;

use crate::genesis::genesis;
use crate::wire::ChangeHash;

/// A container, by its place: 0 is the root map, the others are as genesis makes
/// them.
pub(crate) type ContainerId = u8;

/// The root map.
pub(crate) const ROOT: ContainerId = 0;

/// A key of a map, by its place in the order of first appearance.
pub(crate) type KeyId = u32;

/// An operation that was accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Op {
    pub(crate) kind: OpKind,
    pub(crate) container: ContainerId,
    /// Whether a later one superseded or deleted it.
    gone: bool,
}

/// What an operation did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OpKind {
    /// Genesis made a container.
    Make,
    /// Put a value under a key of a map.
    Put(KeyId),
    /// Inserted a character into a text.
    Insert,
    /// Deleted something.
    Delete,
}

/// A map or text.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    /// The field that it is; `None` for the root map.
    pub(crate) field: Option<&'static FieldSpec>,
    /// Every key that was ever written.
    keys: HashMap<Arc<str>, KeyId>,
    /// Characters that were ever inserted.
    pub(crate) inserted: u32,
    /// Characters that are there.
    pub(crate) visible: u32,
}

/// The field is as the place says.
impl PartialEq for Container {
    fn eq(&self, other: &Self) -> bool {
        self.keys == other.keys && self.inserted == other.inserted && self.visible == other.visible
    }
}

#[derive(Clone, PartialEq, Debug)]
struct Key {
    name: Arc<str>,
    container: ContainerId,
    /// The values under it that nothing has superseded, ascending: more than one is
    /// a conflict.
    live: Vec<u32>,
    /// Which value was superseded by which operation.
    superseded: Vec<(u32, u32)>,
}

/// What is known of a document's changes.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    kind: Kind,
    pub(crate) graph: Graph,
    ops: Vec<Op>,
    keys: Vec<Key>,
    containers: Vec<Container>,
    genesis_actor: [u8; 16],
    journal: Vec<Step>,
}

/// Two are equal that know the same; how they came to is nothing.
impl PartialEq for Index {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.graph == other.graph
            && self.ops == other.ops
            && self.keys == other.keys
            && self.containers == other.containers
    }
}

impl Index {
    /// The index of a document to which nothing has happened but genesis.
    pub(crate) fn new(kind: Kind) -> Self {
        let genesis = genesis(kind);
        let container = |field| Container { field, keys: HashMap::new(), inserted: 0, visible: 0 };
        let mut index = Self {
            kind,
            graph: Graph::default(),
            ops: Vec::new(),
            keys: Vec::new(),
            containers: vec![container(None)],
            genesis_actor: genesis.actor,
            journal: Vec::new(),
        };
        for field in genesis.containers() {
            index.containers.push(container(Some(field)));
            index.enter_op(OpKind::Make, ROOT);
        }
        let v = index.enter_key(ROOT, "v");
        index.enter_op(OpKind::Put(v), ROOT);
        let node = NewNode {
            hash: genesis.hash.0,
            actor: genesis.actor,
            start_op: 1,
            max_op: index.ops.len() as u32,
            ops_at: 0,
        };
        index.enter_change(&node, &[], View::default());
        index.settle();
        index
    }

    /// What the document is.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// The hashes of the changes on which no other builds, in ascending order.
    pub(crate) fn heads(&self) -> Vec<ChangeHash> {
        let heads = self.graph.heads().iter();
        let mut heads: Vec<_> = heads.map(|id| ChangeHash(self.graph.node(*id).hash)).collect();
        heads.sort_unstable();
        heads
    }

    pub(crate) fn ops_len(&self) -> usize {
        self.ops.len()
    }

    pub(crate) fn op(&self, at: u32) -> &Op {
        &self.ops[at as usize]
    }

    pub(crate) fn container(&self, id: ContainerId) -> &Container {
        &self.containers[id as usize]
    }

    /// The container that this operation made. Only genesis makes any, one with
    /// each of its first operations.
    pub(crate) fn container_of(&self, actor: &[u8; 16], counter: u32) -> Option<ContainerId> {
        let id = ContainerId::try_from(counter).ok()?;
        let made = *actor == self.genesis_actor && id > ROOT;
        (made && usize::from(id) < self.containers.len()).then_some(id)
    }

    pub(crate) fn find_key(&self, container: ContainerId, name: &str) -> Option<KeyId> {
        self.containers[container as usize].keys.get(name).copied()
    }

    /// How many keys of this map were ever written.
    pub(crate) fn keys_len(&self, container: ContainerId) -> usize {
        self.containers[container as usize].keys.len()
    }

    /// How many values under this key nothing has superseded.
    pub(crate) fn live_len(&self, key: KeyId) -> usize {
        self.keys[key as usize].live.len()
    }

    /// Whether someone with this view, for whom these values go, is left with one
    /// under this key. Takes steps for what they may not have seen.
    pub(crate) fn leaves_value(
        &self,
        key: KeyId,
        view: &View,
        going: &[u32],
        steps: &mut usize,
    ) -> Result<bool, TooFar> {
        let key = &self.keys[key as usize];
        let stays = |at: u32| !going.contains(&at) && self.graph.sees_op(view, at);
        if key.live.iter().any(|at| stays(*at)) {
            return Ok(true);
        }
        if view.sees_everything() {
            return Ok(false);
        }
        // A value that went for us may still be there for them.
        *steps = steps.checked_sub(key.superseded.len()).ok_or(TooFar)?;
        let gone: HashSet<u32> = key
            .superseded
            .iter()
            .filter(|(_, by)| self.graph.sees_op(view, *by))
            .map(|(at, _)| *at)
            .collect();
        Ok(key.superseded.iter().any(|(at, _)| !gone.contains(at) && stays(*at)))
    }

    /// The key, for a message.
    pub(crate) fn key_name(&self, key: KeyId) -> String {
        let Key { name, container, .. } = &self.keys[key as usize];
        let field = self.container(*container).field;
        field.map_or_else(|| name.to_string(), |field| format!("{}/{name}", field.name))
    }

    pub(crate) fn enter_key(&mut self, container: ContainerId, name: &str) -> KeyId {
        let id = self.keys.len() as KeyId;
        let name: Arc<str> = name.into();
        self.containers[container as usize].keys.insert(Arc::clone(&name), id);
        self.keys.push(Key { name, container, live: Vec::new(), superseded: Vec::new() });
        self.journal.push(Step::Key);
        id
    }

    pub(crate) fn enter_op(&mut self, kind: OpKind, container: ContainerId) {
        let at = self.ops.len() as u32;
        self.ops.push(Op { kind, container, gone: false });
        match kind {
            OpKind::Put(key) => self.keys[key as usize].live.push(at),
            OpKind::Insert => {
                let text = &mut self.containers[container as usize];
                text.inserted += 1;
                text.visible += 1;
            }
            OpKind::Make | OpKind::Delete => {}
        }
        self.journal.push(Step::Op);
    }

    /// Notes that this operation is superseded by the next one.
    pub(crate) fn supersede(&mut self, at: u32) {
        let by = self.ops.len() as u32;
        let op = &mut self.ops[at as usize];
        let first = !std::mem::replace(&mut op.gone, true);
        match op.kind {
            OpKind::Put(key) => {
                let key = &mut self.keys[key as usize];
                key.superseded.push((at, by));
                key.live.retain(|live| *live != at);
            }
            OpKind::Insert if first => self.containers[op.container as usize].visible -= 1,
            _ => {}
        }
        self.journal.push(Step::Superseded { at, first });
    }

    pub(crate) fn enter_change(&mut self, new: &NewNode, deps: &[NodeId], view: View) {
        let dropped = self.graph.push(new, deps, view);
        self.journal.push(Step::Node(dropped));
    }

    /// About how many bytes of memory it takes.
    pub(crate) fn memory_bytes(&self) -> usize {
        let key = |key: &Key| 128 + key.name.len() + 8 * key.superseded.len() + 4 * key.live.len();
        let keys: usize = self.keys.iter().map(key).sum();
        self.graph.memory_bytes() + self.ops.len() * size_of::<Op>() + keys
    }
}
