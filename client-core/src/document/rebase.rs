//! Making pending edits again, without one that was refused or on another base.

use automerge::Automerge;
use umbra_sync_protocol::genesis;
use umbra_sync_protocol::wire::ChangeHash;

use super::{Broken, Document, Generation, Intent, Me, Past, Pending, Stamp, guarded};
use crate::error::{BadInput, Error, Refused};

/// An edit that is pending no more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dropped {
    /// The edit, with all that its history would have told about its texts.
    pub edit: Pending,
    /// Why it went, where this device's own prediction says so; `None` where the
    /// caller said so.
    pub denied: Option<Refused>,
}

/// What became of the pending edits.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Rebased {
    /// Those that are pending no more.
    pub dropped: Vec<Dropped>,
    /// The others: the hash that each had, and the one that it has now, or `None`
    /// where it said nothing any more that isn't so already.
    pub renamed: Vec<(ChangeHash, Option<ChangeHash>)>,
}

impl Document {
    /// Rebuilds the pending edits on the base under a fresh actor id, without those
    /// that `drop` names. Those that the rules don't allow any more go too.
    ///
    /// # Errors
    /// [`Broken`] where the store is damaged.
    pub fn rebase(
        &mut self,
        me: &Me,
        fresh: Generation,
        drop: impl Fn(&Pending) -> bool,
    ) -> Result<Rebased, Broken> {
        let old = std::mem::replace(&mut self.head, self.base.clone());
        let edits = std::mem::take(&mut self.pending);
        self.generation = Some(fresh);
        let mut rebased = Rebased::default();
        // Whether the document comes into being with the next edit that stands.
        let mut creates = edits.first().is_some_and(|edit| edit.creates);
        for edit in edits {
            let heads = super::chunk::read(&edit.chunk)?.deps().to_vec();
            let past = Past(Some((&old, &heads)));
            if self.contains(edit.hash) {
                // Accepted, as its echo said before its verdict.
                creates = false;
                continue;
            }
            if drop(&edit) {
                rebased.dropped.push(Dropped { edit: remember(edit, &past), denied: None });
                continue;
            }
            match self.again(me, &edit, &past, creates) {
                Ok(again) => {
                    rebased.renamed.push((edit.hash, again.as_ref().map(|again| again.hash)));
                    creates &= again.is_none();
                    self.pending.extend(again);
                }
                Err(error) => {
                    let denied = Some(as_refused(error)?);
                    rebased.dropped.push(Dropped { edit: remember(edit, &past), denied });
                }
            }
        }
        Ok(rebased)
    }

    /// Takes changes out of the base again that the server turned out not to have.
    /// The caller rebases the pending edits next.
    ///
    /// # Errors
    /// [`Broken`] where others in the base build on them.
    pub fn forget(&mut self, gone: &[ChangeHash]) -> Result<(), Broken> {
        let mut base = genesis::start(self.facts.kind);
        let kept = self.base.get_changes(&[]).into_iter();
        let kept: Vec<_> =
            kept.filter(|change| !gone.contains(&ChangeHash(change.hash().0))).collect();
        let expected = kept.len();
        guarded(|| base.apply_changes(kept).map_err(|error| Broken(error.to_string())))?;
        if count(&base) != expected {
            return Err(Broken("accepted changes build on some that are lost".to_owned()));
        }
        self.base = base;
        Ok(())
    }

    /// The raw chunks of the changes that the base has beyond those in `other`,
    /// in causal order.
    ///
    /// # Errors
    /// [`Broken`] where the store is damaged.
    pub fn beyond(&self, other: &Self) -> Result<Vec<Vec<u8>>, Broken> {
        let changes = guarded(|| Ok(other.base.get_changes_added(&self.base)))?;
        Ok(changes.iter().map(|change| change.raw_bytes().to_vec()).collect())
    }

    /// Takes all pending edits off.
    pub fn drop_pending(&mut self) -> Vec<Dropped> {
        let old = std::mem::replace(&mut self.head, self.base.clone());
        let edits = std::mem::take(&mut self.pending).into_iter();
        let unknown = edits.filter(|edit| !self.contains(edit.hash));
        let dropped = unknown.map(|edit| {
            let heads = super::chunk::read(&edit.chunk).map(|change| change.deps().to_vec());
            let heads = heads.unwrap_or_default();
            let edit = remember(edit, &Past(Some((&old, &heads))));
            Dropped { edit, denied: None }
        });
        dropped.collect()
    }

    fn again(
        &mut self,
        me: &Me,
        edit: &Pending,
        past: &Past<'_>,
        creates: bool,
    ) -> Result<Option<Pending>, Error> {
        let fresh = self.generation.unwrap_or_default();
        let stamp = Stamp { made: edit.made, fresh, group: edit.group };
        let again = self.change(me, stamp, |writer| {
            if creates {
                writer.predict.create()?;
            }
            edit.intents.iter().try_for_each(|intent| writer.again(intent, past))
        })?;
        Ok(again.map(|again| Pending {
            order: edit.order,
            label: edit.label.clone(),
            reissued: edit.reissued,
            creates,
            ..again
        }))
    }
}

fn count(document: &Automerge) -> usize {
    document.get_changes_meta(&[]).len()
}

/// Keeps what the history tells about an edit that leaves it.
fn remember(mut edit: Pending, past: &Past<'_>) -> Pending {
    for intent in &mut edit.intents {
        if let Intent::Text { field, before, .. } = intent {
            *before = past.text(field).ok();
        }
    }
    edit
}

/// What our own prediction says against an edit; an error of another kind is a
/// broken document.
fn as_refused(error: Error) -> Result<Refused, Broken> {
    let message = error.to_string();
    let code = match &error {
        Error::Refused(refused) => return Ok(refused.clone()),
        Error::Input(BadInput::Value { path, .. }) => ("value_invalid", Some(path.clone())),
        Error::Input(_) => ("schema_violation", None),
        _ => return Err(Broken(message)),
    };
    Ok(Refused { code: code.0.to_owned(), path: code.1, rule: None, message })
}
