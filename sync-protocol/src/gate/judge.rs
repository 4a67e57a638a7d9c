//! One change against all rules. It is entered into the index as it is judged,
//! and taken out again where a rule refuses it.

use std::collections::HashSet;

use umbra_model::schema::spec;

use super::chunk::Chunk;
use super::fit;
use super::history::{self, Origin};
use super::index::{ContainerId, Index, KeyId, NewNode, OpKind};
use super::permission::Permission;
use super::structure::{Effect, Structure};
use super::{Author, DocFacts, Judgement, Refusal};
use crate::limits::HISTORY_STEPS_MAX;
use crate::wire::ChangeHash;

/// How much of a change is in question.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scrutiny<'a> {
    /// We stored it: only whether it is sound.
    Stored,
    /// We accepted it once, as its receipt proves: all but the role.
    Proven(&'a Author),
    /// All.
    Full(&'a Author, &'a DocFacts),
}

/// What all changes of one push have in common.
#[derive(Debug)]
pub(crate) struct Push<'a> {
    pub(crate) scrutiny: Scrutiny<'a>,
    /// The changes that were refused for good so far.
    pub(crate) refused: HashSet<ChangeHash>,
    /// How many steps of history may yet be walked.
    pub(crate) steps: usize,
}

impl<'a> Push<'a> {
    pub(crate) fn new(scrutiny: Scrutiny<'a>) -> Self {
        Self { scrutiny, refused: HashSet::new(), steps: HISTORY_STEPS_MAX }
    }

    /// Notes a refusal. What builds on a change that may yet come is told that it
    /// lacks it; what builds on one that never will is refused for good as well.
    pub(crate) fn refuse(&mut self, hash: Option<ChangeHash>, refusal: Refusal) -> Judgement {
        if refusal.code.permanent() {
            self.refused.extend(hash);
        }
        Judgement::Refused { hash, refusal }
    }
}

/// Enters the change if every rule allows it.
pub(crate) fn enter(
    index: &mut Index,
    chunk: &Chunk<'_>,
    push: &mut Push<'_>,
) -> Result<(), Refusal> {
    if let Scrutiny::Proven(author) | Scrutiny::Full(author, _) = push.scrutiny {
        history::check_actor(chunk, author)?;
    }
    let origin = history::check(index, chunk, &push.refused, &mut push.steps)?;
    let mark = index.mark();
    let ops_at = index.ops_len() as u32;
    if let Err(refusal) = enter_ops(index, chunk, &origin, push) {
        index.roll_back(mark);
        return Err(refusal);
    }
    let node = NewNode {
        hash: chunk.hash.0,
        actor: chunk.actor,
        start_op: chunk.start_op,
        max_op: chunk.max_op(),
        ops_at,
    };
    index.enter_change(&node, &origin.deps, origin.view);
    Ok(())
}

fn enter_ops(
    index: &mut Index,
    chunk: &Chunk<'_>,
    origin: &Origin,
    push: &mut Push<'_>,
) -> Result<(), Refusal> {
    let mut structure = Structure::new(index, chunk, origin)?;
    let mut contents = Contents::new(push.scrutiny);
    let mut ops = chunk.ops();
    let mut preds = Vec::new();
    for _ in 0..chunk.ops_len {
        let row = ops.next(&mut preds)?;
        let (container, effect) = structure.check(index, &row, &preds, &mut push.steps)?;
        contents.check(index, container, &effect)?;
        for at in structure.superseded() {
            index.supersede(*at);
        }
        let kind = match effect {
            Effect::Put { key, known, .. } => {
                OpKind::Put(known.unwrap_or_else(|| index.enter_key(container, key)))
            }
            Effect::Insert => OpKind::Insert,
            Effect::Remove { .. } | Effect::Erase => OpKind::Delete,
        };
        index.enter_op(kind, container);
        if let OpKind::Put(key) = kind {
            contents.check_conflict(index, key)?;
        }
    }
    ops.end()?;
    contents.check_lengths(index)
}

/// Checks what operations write, as far as it is in question.
#[derive(Debug)]
struct Contents<'a> {
    author: Option<&'a Author>,
    permission: Option<Permission<'a>>,
    /// The texts written, each with its length before.
    texts: Vec<(ContainerId, u32)>,
}

impl<'a> Contents<'a> {
    fn new(scrutiny: Scrutiny<'a>) -> Self {
        let (author, permission) = match scrutiny {
            Scrutiny::Stored => (None, None),
            Scrutiny::Proven(author) => (Some(author), None),
            Scrutiny::Full(author, facts) => (Some(author), Some(Permission::new(author, facts))),
        };
        Self { author, permission, texts: Vec::new() }
    }

    fn check(
        &mut self,
        index: &Index,
        container: ContainerId,
        effect: &Effect<'_>,
    ) -> Result<(), Refusal> {
        let Some(author) = self.author else { return Ok(()) };
        let target = fit::check(index, spec(index.kind()), container, effect, author.user)?;
        if let Some(permission) = &mut self.permission {
            permission.check(index.container(container).field, &target, effect)?;
        }
        // Its operations may swing between two texts; the first length counts.
        if *effect == Effect::Insert && self.texts.last().is_none_or(|(it, _)| *it != container) {
            self.texts.push((container, index.container(container).visible));
        }
        Ok(())
    }

    fn check_conflict(&self, index: &Index, key: KeyId) -> Result<(), Refusal> {
        self.author.map_or(Ok(()), |_| fit::check_conflict(index, key))
    }

    fn check_lengths(&self, index: &Index) -> Result<(), Refusal> {
        self.texts.iter().try_for_each(|(text, before)| fit::check_length(index, *text, *before))
    }
}
