//! The library's part of a change: decoding, and applying. It works behind a
//! guard, and on success can give back the very changes that it was given: one
//! that it stored altered would make the saved document unreadable.

use automerge::{Automerge, Change};

use super::chunk::Chunk;
use super::guard::{Panicked, guarded};
use super::{Code, Refusal};

/// The library failed, in words for us.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ApplyFailed(pub(crate) String);

/// How changes are applied; a test puts a broken one in its place.
pub(crate) type Apply = fn(&mut Automerge, Vec<Change>) -> Result<(), ApplyFailed>;

/// The change, as the library reads it.
pub(crate) fn decode(chunk: &Chunk<'_>) -> Result<Change, ApplyFailed> {
    let change = guarded(|| Change::try_from(chunk.bytes))?;
    let change = change.map_err(|error| ApplyFailed(error.to_string()))?;
    if change.hash().0 != chunk.hash.0 || change.len() != chunk.ops_len as usize {
        return Err(ApplyFailed("the library reads another change".to_owned()));
    }
    Ok(change)
}

/// Applies these changes, which must be new to the document, and complete. Where
/// it fails, the document may be half changed, and must not be used again.
pub(crate) fn apply(document: &mut Automerge, changes: Vec<Change>) -> Result<(), ApplyFailed> {
    guarded(|| {
        let before = document.get_heads();
        let mut hashes: Vec<_> = changes.iter().map(Change::hash).collect();
        document.apply_changes(changes).map_err(|error| ApplyFailed(error.to_string()))?;
        let mut kept: Vec<_> = document.get_changes(&before).iter().map(Change::hash).collect();
        hashes.sort_unstable();
        kept.sort_unstable();
        match kept == hashes {
            true => Ok(()),
            false => Err(ApplyFailed("the library gives back other changes".to_owned())),
        }
    })?
}

/// Applies changes that were applied once before, so that what they do is known.
pub(crate) fn apply_again(
    document: &mut Automerge,
    changes: Vec<Change>,
) -> Result<(), ApplyFailed> {
    guarded(|| document.apply_changes(changes))?.map_err(|error| ApplyFailed(error.to_string()))
}

impl From<Panicked> for ApplyFailed {
    fn from(Panicked(message): Panicked) -> Self {
        Self(format!("the library panicked: {message}"))
    }
}

impl From<ApplyFailed> for Refusal {
    /// What the library said is for nobody but us.
    fn from(_: ApplyFailed) -> Self {
        Self::new(Code::ApplyFailed, "it could not be applied")
    }
}
