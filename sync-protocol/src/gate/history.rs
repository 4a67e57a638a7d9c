//! Rules of a change as a whole: who made it, and what it builds on.

use std::collections::HashSet;

use umbra_model::ActorPrefix;

use super::chunk::Chunk;
use super::index::{ActorIndex, Index, NodeId, TooFar, View};
use super::{Author, Code, Refusal};
use crate::limits::{DOCUMENT_ACTORS_MAX, DOCUMENT_CHANGES_MAX, DOCUMENT_OPS_MAX};
use crate::wire::ChangeHash;

/// What holds of a change whose history is sound.
#[derive(Debug)]
pub(crate) struct Origin {
    /// The changes that it builds on.
    pub(crate) deps: Vec<NodeId>,
    /// What its author had seen.
    pub(crate) view: View,
    /// Its actor, if it is not their first change.
    pub(crate) actor: Option<ActorIndex>,
}

/// Checks that an ordinary change is by who pushes it.
pub(crate) fn check_actor(chunk: &Chunk<'_>, author: &Author) -> Result<(), Refusal> {
    if ActorPrefix::of_actor(&chunk.actor) != Some(author.prefix) {
        return Err(Refusal::new(Code::ActorForeign, "the actor is not one of this device's")
            .by("history.own_actor"));
    }
    Ok(())
}

/// Checks the change against the history of the document. `refused` are the
/// changes that were refused for good in the same push; the walk that it takes
/// to see what the author saw is taken off `steps`.
pub(crate) fn check(
    index: &Index,
    chunk: &Chunk<'_>,
    refused: &HashSet<ChangeHash>,
    steps: &mut usize,
) -> Result<Origin, Refusal> {
    let actor = index.graph.find_actor(&chunk.actor);
    let last_seq = actor.map_or(0, |actor| index.graph.last_seq(actor));
    check_equivocation(chunk, last_seq)?;
    let deps = deps(index, chunk, refused)?;
    check_seq(chunk, last_seq)?;
    let view = index.graph.view(&deps, steps)?;
    if actor.is_some_and(|actor| !view.sees_all_of(actor)) {
        return Err(inconsistent("it does not build on its actor's last change")
            .by("history.own_last_change"));
    }
    check_start_op(index, chunk, &deps)?;
    check_room(index, chunk, actor.is_none())?;
    Ok(Origin { deps, view, actor })
}

/// An actor with two changes of one number is two writers, or a liar. Replicas
/// that took different ones could never merge.
fn check_equivocation(chunk: &Chunk<'_>, last_seq: usize) -> Result<(), Refusal> {
    if chunk.seq as usize <= last_seq {
        return Err(Refusal::new(
            Code::Equivocation,
            "another change has this actor and sequence number",
        )
        .by("history.one_change_a_number"));
    }
    Ok(())
}

/// What it depends on must be there: nothing queues.
fn deps(
    index: &Index,
    chunk: &Chunk<'_>,
    refused: &HashSet<ChangeHash>,
) -> Result<Vec<NodeId>, Refusal> {
    if chunk.deps.iter().any(|dep| refused.contains(&ChangeHash(*dep))) {
        return Err(Refusal::new(Code::DependsOnRefused, "it builds on a refused change")
            .by("history.known_dependencies"));
    }
    if chunk.deps.is_empty() {
        return Err(
            inconsistent("it builds on nothing, not even genesis").by("history.known_dependencies")
        );
    }
    if !chunk.deps.is_sorted_by(|a, b| a < b) {
        return Err(inconsistent("its dependencies are not sorted and unique")
            .by("history.sorted_dependencies"));
    }
    let known: Option<Vec<NodeId>> = chunk.deps.iter().map(|dep| index.graph.find(dep)).collect();
    known.ok_or_else(|| {
        Refusal::new(Code::MissingDependencies, "it builds on a change that is not here")
            .by("history.known_dependencies")
    })
}

fn check_seq(chunk: &Chunk<'_>, last_seq: usize) -> Result<(), Refusal> {
    if chunk.seq as usize != last_seq + 1 {
        return Err(Refusal::new(
            Code::SeqGap,
            format!("its sequence number is {}, not {}", chunk.seq, last_seq + 1),
        )
        .by("history.consecutive_numbers"));
    }
    Ok(())
}

/// Operations count on from the last one known: a lower counter would give two
/// operations one id or win where it shouldn't, a higher one would use them up.
fn check_start_op(index: &Index, chunk: &Chunk<'_>, deps: &[NodeId]) -> Result<(), Refusal> {
    let last = deps.iter().map(|dep| index.graph.node(*dep).max_op).max().unwrap_or_default();
    if chunk.start_op != last + 1 {
        return Err(inconsistent(format!(
            "its operations count from {}, not from {}",
            chunk.start_op,
            last + 1
        ))
        .by("history.exact_counter"));
    }
    Ok(())
}

fn check_room(index: &Index, chunk: &Chunk<'_>, new_actor: bool) -> Result<(), Refusal> {
    let full = |what: &str| {
        Err(Refusal::new(Code::DocumentFull, format!("the document has {what}")).by("history.room"))
    };
    match () {
        () if index.graph.len() >= DOCUMENT_CHANGES_MAX => full("its most changes"),
        () if new_actor && index.graph.actors_len() >= DOCUMENT_ACTORS_MAX => {
            full("its most actors")
        }
        () if index.ops_len() as u64 + u64::from(chunk.ops_len) > DOCUMENT_OPS_MAX => {
            full("its most operations")
        }
        () => Ok(()),
    }
}

impl From<TooFar> for Refusal {
    fn from(_: TooFar) -> Self {
        Self::new(Code::Busy, "it takes too long to see what its author had seen")
            .by("history.walk")
    }
}

fn inconsistent(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::HistoryInconsistent, message)
}
