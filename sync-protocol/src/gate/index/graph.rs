//! The changes of a document and what builds on what.

use std::collections::{BTreeMap, HashMap};

/// A change, by its place in the order in which changes came in. A change comes
/// after all that it builds on.
pub(crate) type NodeId = u32;

/// An actor, by its place in the order of first appearance.
pub(crate) type ActorIndex = u32;

/// A change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Node {
    pub(crate) hash: [u8; 32],
    pub(crate) actor: ActorIndex,
    pub(crate) start_op: u32,
    pub(crate) max_op: u32,
    /// Where its operations begin in the index's list of them.
    pub(crate) ops_at: u32,
    deps_at: u32,
}

/// An actor and its changes; the one with sequence number `n` at `n - 1`.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Chain {
    actor: [u8; 16],
    nodes: Vec<NodeId>,
}

/// The changes of a document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    deps: Vec<NodeId>,
    by_hash: HashMap<[u8; 32], NodeId>,
    chains: Vec<Chain>,
    by_actor: HashMap<[u8; 16], ActorIndex>,
    /// Ascending.
    heads: Vec<NodeId>,
    /// What the author of the newest change hadn't seen. Their next one, if it
    /// builds on that alone, hasn't seen the same, so it costs no walk.
    newest_view: Option<View>,
}

/// Two are equal that have the same changes in the same order.
impl PartialEq for Graph {
    fn eq(&self, other: &Self) -> bool {
        self.nodes == other.nodes
            && self.deps == other.deps
            && self.by_hash == other.by_hash
            && self.chains == other.chains
            && self.by_actor == other.by_actor
            && self.heads == other.heads
    }
}

/// What an author had not seen when they made a change: for each actor, the
/// counter of the first operation that was unknown to them. Since each actor's
/// changes build on one another, this says it all.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct View {
    unseen_from: Vec<u32>,
}

impl View {
    /// Whether the author had seen this actor's operation with this counter.
    pub(crate) fn sees(&self, actor: ActorIndex, counter: u32) -> bool {
        self.unseen_from.get(actor as usize).is_none_or(|first| counter < *first)
    }

    /// Whether the author had seen all there is.
    pub(crate) fn sees_everything(&self) -> bool {
        self.unseen_from.iter().all(|first| *first == u32::MAX)
    }

    /// Whether the author had seen all that this actor did.
    pub(crate) fn sees_all_of(&self, actor: ActorIndex) -> bool {
        self.unseen_from.get(actor as usize).is_none_or(|first| *first == u32::MAX)
    }
}

/// The walk that it would take is longer than its bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TooFar;

/// What [`Graph::push`] is told of a change.
#[derive(Debug)]
pub(crate) struct NewNode {
    pub(crate) hash: [u8; 32],
    pub(crate) actor: [u8; 16],
    pub(crate) start_op: u32,
    pub(crate) max_op: u32,
    pub(crate) ops_at: u32,
}

impl Graph {
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn actors_len(&self) -> usize {
        self.chains.len()
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    pub(crate) fn find(&self, hash: &[u8; 32]) -> Option<NodeId> {
        self.by_hash.get(hash).copied()
    }

    pub(crate) fn find_actor(&self, actor: &[u8; 16]) -> Option<ActorIndex> {
        self.by_actor.get(actor).copied()
    }

    /// How many changes the actor has made: its last sequence number.
    pub(crate) fn last_seq(&self, actor: ActorIndex) -> usize {
        self.chains[actor as usize].nodes.len()
    }

    pub(crate) fn heads(&self) -> &[NodeId] {
        &self.heads
    }

    /// The place, in the index's list, of the operation with this id.
    pub(crate) fn locate(&self, actor: ActorIndex, counter: u32) -> Option<u32> {
        let nodes = &self.chains.get(actor as usize)?.nodes;
        let behind = nodes.partition_point(|id| self.node(*id).start_op <= counter);
        let node = self.node(*nodes.get(behind.checked_sub(1)?)?);
        (counter <= node.max_op).then(|| node.ops_at + (counter - node.start_op))
    }

    /// Whether the author with this view had seen the operation at this place of
    /// the index's list. What isn't in a change yet is their own.
    pub(crate) fn sees_op(&self, view: &View, at: u32) -> bool {
        let behind = self.nodes.partition_point(|node| node.ops_at <= at);
        let Some(node) = behind.checked_sub(1).map(|id| &self.nodes[id]) else { return true };
        let counter = node.start_op + (at - node.ops_at);
        counter > node.max_op || view.sees(node.actor, counter)
    }

    /// What the author of a change that builds on these hadn't seen. Takes at
    /// most `steps` steps, and takes them off.
    pub(crate) fn view(&self, deps: &[NodeId], steps: &mut usize) -> Result<View, TooFar> {
        if deps.len() == self.heads.len() && deps.iter().all(|dep| self.heads.contains(dep)) {
            return Ok(View::default());
        }
        if let ([dep], Some(view)) = (deps, &self.newest_view)
            && *dep as usize + 1 == self.len()
        {
            return Ok(view.clone());
        }
        self.walk(deps, steps)
    }

    /// Walks down from the heads and from the dependencies at once, newest first,
    /// and ends where everything left has been seen.
    fn walk(&self, deps: &[NodeId], steps: &mut usize) -> Result<View, TooFar> {
        let mut view = View { unseen_from: vec![u32::MAX; self.chains.len()] };
        let mut pending: BTreeMap<NodeId, bool> =
            self.heads.iter().map(|head| (*head, false)).collect();
        pending.extend(deps.iter().map(|dep| (*dep, true)));
        let mut unseen = pending.values().filter(|seen| !**seen).count();
        while unseen > 0
            && let Some((id, seen)) = pending.pop_last()
        {
            *steps = steps.checked_sub(1).ok_or(TooFar)?;
            if !seen {
                unseen -= 1;
                let node = self.node(id);
                view.unseen_from[node.actor as usize] = node.start_op;
            }
            for dep in self.deps_of(id) {
                match pending.insert(*dep, seen) {
                    None if !seen => unseen += 1,
                    Some(false) if seen => unseen -= 1,
                    Some(true) if !seen => {
                        pending.insert(*dep, true);
                    }
                    _ => {}
                }
            }
        }
        Ok(view)
    }

    fn deps_of(&self, id: NodeId) -> &[NodeId] {
        let start = self.node(id).deps_at as usize;
        let end = self.nodes.get(id as usize + 1).map_or(self.deps.len(), |it| it.deps_at as usize);
        &self.deps[start..end]
    }

    /// Adds a change that builds on these. Yields the heads that are none any more.
    pub(crate) fn push(&mut self, new: &NewNode, deps: &[NodeId], view: View) -> Vec<NodeId> {
        let id = self.nodes.len() as NodeId;
        let actor = *self.by_actor.entry(new.actor).or_insert_with(|| {
            self.chains.push(Chain { actor: new.actor, nodes: Vec::new() });
            (self.chains.len() - 1) as ActorIndex
        });
        self.chains[actor as usize].nodes.push(id);
        self.by_hash.insert(new.hash, id);
        self.nodes.push(Node {
            hash: new.hash,
            actor,
            start_op: new.start_op,
            max_op: new.max_op,
            ops_at: new.ops_at,
            deps_at: self.deps.len() as u32,
        });
        self.deps.extend_from_slice(deps);
        let (dropped, kept) = self.heads.iter().partition(|head| deps.contains(head));
        self.heads = kept;
        self.heads.push(id);
        self.newest_view = Some(view);
        dropped
    }

    /// Takes the newest change out again, and puts the heads back that it dropped.
    pub(crate) fn pop(&mut self, dropped: &[NodeId]) {
        let Some(node) = self.nodes.pop() else { return };
        let id = self.nodes.len() as NodeId;
        self.deps.truncate(node.deps_at as usize);
        self.by_hash.remove(&node.hash);
        let chain = &mut self.chains[node.actor as usize];
        chain.nodes.pop();
        if chain.nodes.is_empty() {
            // An actor that appeared with this change is the last to have appeared.
            self.by_actor.remove(&chain.actor);
            self.chains.pop();
        }
        self.heads.retain(|head| *head != id);
        self.heads.extend_from_slice(dropped);
        self.heads.sort_unstable();
        self.newest_view = None;
    }

    /// About how many bytes of memory it takes.
    pub(crate) fn memory_bytes(&self) -> usize {
        // A hash map holds at most 7 entries in 8 places, and has twice as many
        // places after it has grown.
        const PER_CHANGE: usize = size_of::<Node>() + 2 * (32 + size_of::<NodeId>()) + 16;
        self.nodes.len() * PER_CHANGE + self.chains.len() * 128
    }
}
