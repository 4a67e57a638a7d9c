//! The library's part: what was judged is applied, all of a push in one call,
//! since a call walks the whole text or map that it touches.
//!
//! After all the rules nothing should fail here. But the library promises nothing
//! about what it is handed, so it works on a copy, behind a guard, and the copy is
//! taken only if it can give back the very changes that it was given: a change
//! that it stores altered would make the saved document unreadable.

use automerge::{Automerge, Change};

use super::chunk::Chunk;
use super::guard::{Panicked, guarded};
use super::{Code, Refusal};

/// The library failed, in words for the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ApplyFailed(pub(crate) String);

/// How changes are applied; the tests put a broken one in its place.
pub(crate) type Apply = fn(&Automerge, Vec<Change>) -> Result<Automerge, ApplyFailed>;

/// The change, as the library reads it.
pub(crate) fn decode(chunk: &Chunk<'_>) -> Result<Change, ApplyFailed> {
    let change = guarded(|| Change::try_from(chunk.bytes))?;
    let change = change.map_err(|error| ApplyFailed(error.to_string()))?;
    if change.hash().0 != chunk.hash.0 || change.len() != chunk.ops_len as usize {
        return Err(ApplyFailed("the library reads another change".to_owned()));
    }
    Ok(change)
}

/// The document with these changes. They must be new to it, and complete.
pub(crate) fn apply(document: &Automerge, changes: Vec<Change>) -> Result<Automerge, ApplyFailed> {
    guarded(|| {
        let before = document.get_heads();
        let mut hashes: Vec<_> = changes.iter().map(Change::hash).collect();
        let mut next = document.clone();
        next.apply_changes(changes).map_err(|error| ApplyFailed(error.to_string()))?;
        let mut kept: Vec<_> = next.get_changes(&before).iter().map(Change::hash).collect();
        hashes.sort_unstable();
        kept.sort_unstable();
        match kept == hashes {
            true => Ok(next),
            false => Err(ApplyFailed("the library gives back other changes".to_owned())),
        }
    })?
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
