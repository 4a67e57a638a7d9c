//! Automerge, where it reads what might be damaged.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, LoadOptions};
use umbra_model::Kind;
use umbra_sync_protocol::genesis::{self, TEXT_ENCODING};

use super::Broken;

/// Loads a document as it was saved, or begins one.
pub(super) fn load(kind: Kind, saved: Option<&[u8]>) -> Result<Automerge, Broken> {
    let Some(saved) = saved else { return Ok(genesis::start(kind)) };
    if saved.is_empty() {
        // Automerge takes nothing for an empty document.
        return Err(Broken("it was saved as nothing".to_owned()));
    }
    let options = LoadOptions::new().text_encoding(TEXT_ENCODING);
    guarded(|| {
        Automerge::load_with_options(saved, options).map_err(|error| Broken(error.to_string()))
    })
}

pub(super) fn apply<'c>(
    document: &mut Automerge,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> Result<(), Broken> {
    let changes = chunks.into_iter().map(super::chunk::read).collect::<Result<Vec<_>, _>>()?;
    if changes.is_empty() {
        return Ok(());
    }
    guarded(|| document.apply_changes(changes).map_err(|error| Broken(error.to_string())))
}

/// Automerge panics on some broken input. We trust our store and our server, but
/// a damaged file shall be an error and no crash.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, Broken>) -> Result<T, Broken> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Broken("the library that reads it failed on it".to_owned())))
}
