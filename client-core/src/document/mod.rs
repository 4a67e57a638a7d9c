//! An open document: what the server accepted, and the user's own edits on top.
//!
//! ```text
//! base  ──────────────●                what the server accepted
//!                      \
//! head                  e1 ── e2 ── e3  edits that wait for their verdict
//! ```
//! Every edit is kept twice: as its change, ready to be pushed, and as what it
//! did ([`Intent`]). An accepted change moves into the base. When one is refused,
//! those behind it can't stand either, since they build on it: they are made again
//! from what they did, on the base, under a fresh actor id ([`Document::rebase`]).

pub mod chunk;
pub mod text;

mod compare;
mod guard;
mod intent;
mod label;
mod pending;
mod predict;
mod rebase;
mod write;

pub use intent::Intent;
pub use label::label;
pub use pending::Pending;
pub use rebase::{Dropped, Rebased};

use automerge::transaction::CommitOptions;
use automerge::{ActorId, Automerge, Change, ROOT, ReadDoc, SaveOptions};
use serde_json::{Map, Value as Json};
use umbra_model::{ActorPrefix, DocId, Kind, Millis, Privacy, Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::genesis;
use umbra_sync_protocol::view::view;
use umbra_sync_protocol::wire::ChangeHash;

use crate::edit::Edit;
use crate::error::Error;
use guard::{apply, guarded, load};
use predict::Predict;
use write::Writer;

/// Eight bytes that make an actor id of this device unlike all its others: drawn
/// afresh whenever a document is rebuilt.
pub type Generation = [u8; 8];

/// What is known of a document beside its content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    /// The document.
    pub doc: DocId,
    /// The space it lives in.
    pub space: SpaceId,
    /// What it is.
    pub kind: Kind,
    /// Who created it.
    pub creator: UserId,
    /// Who may see it; for an edit of a comment, who may see what it is about.
    pub privacy: Privacy,
}

/// Who edits, and as what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Me {
    /// The account.
    pub user: UserId,
    /// With what this device's actor ids begin.
    pub prefix: ActorPrefix,
    /// The kind of the document's space.
    pub space: SpaceKind,
    /// The account's role there.
    pub role: Role,
    /// Whether the account created what the document is about, where that is a
    /// comment.
    pub own_subject: bool,
}

/// What the store holds, or the server sent, isn't what it should be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a document is broken: {0}")]
pub struct Broken(pub String);

/// An edit's place and time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// When it is made.
    pub made: Millis,
    /// The generation to take where the document has none of this device yet.
    pub fresh: Generation,
    /// The all-or-nothing group that it belongs to.
    pub group: Option<u64>,
}

/// A past state of a document, to know how its texts read; nothing where the
/// history that knew is gone.
#[derive(Clone, Copy)]
pub(crate) struct Past<'a>(Option<(&'a Automerge, &'a [automerge::ChangeHash])>);

impl Past<'_> {
    fn text(&self, field: &str) -> Result<String, Error> {
        let Some((document, heads)) = self.0 else { return Ok(String::new()) };
        match document.get(ROOT, field) {
            Ok(Some((_, id))) => document.text_at(&id, heads).map_err(Error::internal),
            _ => Ok(String::new()),
        }
    }
}

/// An open document.
#[derive(Clone, Debug)]
pub struct Document {
    facts: Facts,
    base: Automerge,
    head: Automerge,
    pending: Vec<Pending>,
    generation: Option<Generation>,
}

impl Document {
    /// A document to which nothing has happened yet.
    pub fn new(facts: Facts) -> Self {
        let base = genesis::start(facts.kind);
        Self { facts, head: base.clone(), base, pending: Vec::new(), generation: None }
    }

    /// Opens what the store holds: the document as saved, if it was, a run of
    /// accepted changes since, and the pending edits in their order.
    ///
    /// # Errors
    /// [`Broken`] where the store is damaged.
    pub fn open(
        facts: Facts,
        saved: Option<&[u8]>,
        tail: &[u8],
        pending: Vec<Pending>,
        generation: Option<Generation>,
    ) -> Result<Self, Broken> {
        let mut base = load(facts.kind, saved)?;
        apply(&mut base, chunk::split(tail)?)?;
        let mut head = base.clone();
        apply(&mut head, pending.iter().map(|edit| edit.chunk.as_slice()))?;
        Ok(Self { facts, base, head, pending, generation })
    }

    /// What is known of it beside its content.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The edits that wait for their verdict.
    pub fn pending(&self) -> &[Pending] {
        &self.pending
    }

    /// The generation of this device's current actor id for it.
    pub fn generation(&self) -> Option<Generation> {
        self.generation
    }

    /// What the server accepted.
    pub fn base(&self) -> &Automerge {
        &self.base
    }

    /// What the user sees: the base and their own pending edits.
    pub fn head(&self) -> &Automerge {
        &self.head
    }

    /// What the user sees, in plain JSON.
    pub fn view(&self) -> Map<String, Json> {
        view(&self.head, self.facts.kind)
    }

    /// Whether the server accepted this change.
    pub fn contains(&self, hash: ChangeHash) -> bool {
        self.base.get_change_meta_by_hash(&automerge::ChangeHash(hash.0)).is_some()
    }

    /// Whether the server accepted nothing of it.
    pub fn is_blank(&self) -> bool {
        self.base.get_heads() == genesis::start(self.facts.kind).get_heads()
    }

    /// Whether all that the accepted changes build on is here.
    pub fn is_complete(&self) -> bool {
        self.base.get_missing_deps(&[]).is_empty()
    }

    /// What the server accepted, as Automerge saves it.
    pub fn save_base(&self) -> Vec<u8> {
        let options = SaveOptions { deflate: false, ..SaveOptions::default() };
        self.base.save_with_options(options)
    }

    /// Brings the document into being with these edits, as one change.
    ///
    /// # Errors
    /// Where the gate would refuse it, as far as this device can know.
    pub fn create(&mut self, me: &Me, edits: &[Edit], stamp: Stamp) -> Result<(), Error> {
        Predict { facts: &self.facts, me }.create()?;
        let made =
            self.change(me, stamp, |writer| edits.iter().try_for_each(|edit| writer.edit(edit)))?;
        match made {
            Some(made) => self.pending.push(Pending { creates: true, ..self.titled(made, true) }),
            None => return Err(Error::internal("a new document must say something")),
        }
        Ok(())
    }

    /// Brings the document into being again with what an edit did that was refused.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_again(&mut self, me: &Me, intents: &[Intent], stamp: Stamp) -> Result<(), Error> {
        Predict { facts: &self.facts, me }.create()?;
        let made = self.change(me, stamp, |writer| {
            intents.iter().try_for_each(|intent| writer.again(intent, &Past(None)))
        })?;
        match made {
            Some(made) => self.pending.push(Pending { creates: true, ..self.titled(made, true) }),
            None => return Err(Error::internal("a new document must say something")),
        }
        Ok(())
    }

    /// Whether the user may change who sees it.
    ///
    /// # Errors
    /// [`Error::Refused`] where they may not.
    pub fn may_set_privacy(&self, me: &Me, privacy: Privacy) -> Result<(), Error> {
        Predict { facts: &self.facts, me }.set_privacy(privacy)
    }

    /// Makes these edits as one change. `false` where it was all so already.
    ///
    /// # Errors
    /// Where the gate would refuse it, as far as this device can know; nothing is
    /// changed then.
    pub fn edit(&mut self, me: &Me, edits: &[Edit], stamp: Stamp) -> Result<bool, Error> {
        let made =
            self.change(me, stamp, |writer| edits.iter().try_for_each(|edit| writer.edit(edit)))?;
        let is_made = made.is_some();
        let made = made.map(|made| self.titled(made, false));
        self.pending.extend(made);
        Ok(is_made)
    }

    /// Makes an edit again that was made on another state of the document, as the
    /// refused tray keeps it. `false` where it was all so already.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub fn edit_again(&mut self, me: &Me, intents: &[Intent], stamp: Stamp) -> Result<bool, Error> {
        let past = Past(None);
        let made = self.change(me, stamp, |writer| {
            intents.iter().try_for_each(|intent| writer.again(intent, &past))
        })?;
        let is_made = made.is_some();
        let made = made.map(|made| self.titled(made, false));
        self.pending.extend(made);
        Ok(is_made)
    }

    /// Takes back what the user's own edit with this hash did, where nobody has
    /// changed the same thing since. Returns how many of its parts were left
    /// alone, or `None` where all were.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub fn take_back(
        &mut self,
        me: &Me,
        hash: ChangeHash,
        intents: &[Intent],
        stamp: Stamp,
    ) -> Result<Option<u32>, Error> {
        let then = self.head.clone();
        let heads = [automerge::ChangeHash(hash.0)];
        let is_known = then.get_change_meta_by_hash(&heads[0]).is_some();
        let past = Past(is_known.then_some((&then, &heads)));
        let mut skipped = 0;
        let made = self.change(me, stamp, |writer| {
            for intent in intents.iter().rev() {
                skipped += u32::from(!writer.back(intent, &past)?);
            }
            Ok(())
        })?;
        let is_made = made.is_some();
        let made = made.map(|made| self.titled(made, false));
        self.pending.extend(made);
        Ok(is_made.then_some(skipped))
    }

    /// Takes in changes that the server accepted. `false` where it had them all.
    ///
    /// # Errors
    /// [`Broken`] where they are no changes that build on what is here.
    pub fn absorb<'c>(
        &mut self,
        chunks: impl IntoIterator<Item = &'c [u8]>,
    ) -> Result<bool, Broken> {
        let changes = chunks.into_iter().map(chunk::read).collect::<Result<Vec<_>, _>>()?;
        self.absorb_changes(changes)
    }

    /// The pending edits have been made again once more.
    pub(crate) fn count_reissue(&mut self) {
        for edit in &mut self.pending {
            edit.reissued = edit.reissued.saturating_add(1);
        }
    }

    /// Moves an accepted edit into the base. `false` where no such edit is pending.
    ///
    /// # Errors
    /// [`Broken`] where the store is damaged.
    pub fn accept(&mut self, hash: ChangeHash) -> Result<bool, Broken> {
        let Some(at) = self.pending.iter().position(|edit| edit.hash == hash) else {
            return Ok(false);
        };
        apply(&mut self.base, [self.pending[at].chunk.as_slice()])?;
        self.pending.remove(at);
        Ok(true)
    }

    fn absorb_changes(&mut self, changes: Vec<Change>) -> Result<bool, Broken> {
        let before = self.base.get_heads();
        guarded(|| {
            let failed = |error: automerge::AutomergeError| Broken(error.to_string());
            self.head.apply_changes(changes.clone()).map_err(failed)?;
            self.base.apply_changes(changes).map_err(failed)
        })?;
        Ok(self.base.get_heads() != before)
    }

    /// Makes one change of what `write` writes; none where it writes nothing.
    fn change(
        &mut self,
        me: &Me,
        stamp: Stamp,
        write: impl FnOnce(&mut Writer<'_, '_>) -> Result<(), Error>,
    ) -> Result<Option<Pending>, Error> {
        let generation = *self.generation.get_or_insert(stamp.fresh);
        self.head.set_actor(ActorId::from(me.prefix.actor(generation)));
        let mut transaction = self.head.transaction();
        let predict = Predict { facts: &self.facts, me };
        let mut writer = Writer { transaction: &mut transaction, predict, intents: Vec::new() };
        let written = write(&mut writer);
        let intents = writer.intents;
        if let Err(error) = written {
            transaction.rollback();
            return Err(error);
        }
        let seconds = stamp.made.0.div_euclid(1_000).max(0);
        let (hash, _) = transaction.commit_with(CommitOptions::default().with_time(seconds));
        let Some(change) = hash.and_then(|hash| self.head.get_change_by_hash(&hash)) else {
            return Ok(None);
        };
        Ok(Some(Pending {
            order: 0,
            doc: self.facts.doc,
            hash: ChangeHash(change.hash().0),
            chunk: change.raw_bytes().to_vec(),
            intents,
            label: String::new(),
            made: stamp.made,
            group: stamp.group,
            creates: false,
            reissued: 0,
        }))
    }

    fn titled(&self, made: Pending, creates: bool) -> Pending {
        Pending { label: label(self.facts.kind, creates, &made.intents), ..made }
    }
}

#[cfg(test)]
mod tests;
