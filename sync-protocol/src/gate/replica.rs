//! The library's document, and the way back to what it was before a failure.
//!
//! After all the rules nothing should fail when changes are applied; but the
//! library promises nothing about what it is handed, and where it fails in the
//! middle, the document is half changed. Working on a copy each time costs more
//! than all the rules together: the copy itself, and that nothing in it has room
//! to grow. So it is worked on in place, and what it takes to build the document
//! again is kept: a saved state, and the chunks since.

use automerge::{Automerge, AutomergeError, Change, LoadOptions, SaveOptions};

use super::apply::{Apply, ApplyFailed, apply_again};
use super::guard::guarded;
use crate::genesis::TEXT_ENCODING;

/// How many chunks, and how many bytes of them, are kept before the state of a small
/// document is saved again. Saving costs about as much as applying a tenth of them.
/// What a long history costs to save is worth it only where as much has come since:
/// see [`Replica::is_near`].
const CHUNKS_MAX: usize = 64;
const CHUNK_BYTES_MAX: usize = 64 << 10;

/// The document, as the library has it.
#[derive(Clone, Debug)]
pub(crate) struct Replica {
    document: Automerge,
    /// An earlier state; `None` before the first change.
    saved: Option<Vec<u8>>,
    /// The chunks that were applied since.
    since: Vec<Vec<u8>>,
    since_bytes: usize,
    broken: bool,
}

impl Replica {
    pub(crate) fn new(document: Automerge) -> Self {
        Self { document, saved: None, since: Vec::new(), since_bytes: 0, broken: false }
    }

    /// The document, to read.
    pub(crate) fn document(&self) -> &Automerge {
        &self.document
    }

    /// Whether a failure couldn't be undone. Such a replica is of no more use.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// The document as the library saves it.
    pub(crate) fn save(&self) -> Vec<u8> {
        self.document.save_with_options(SaveOptions { deflate: false, ..SaveOptions::default() })
    }

    /// Applies these changes, all of them or none.
    pub(crate) fn apply(&mut self, changes: Vec<Change>, by: Apply) -> Result<(), ApplyFailed> {
        let saved = match self.saved.take() {
            Some(saved) if self.is_near(&saved) => saved,
            _ => {
                self.since.clear();
                self.since_bytes = 0;
                guarded(|| self.save())?
            }
        };
        let chunks: Vec<_> = changes.iter().map(|change| change.raw_bytes().to_vec()).collect();
        let applied = by(&mut self.document, changes);
        match applied {
            Ok(()) => {
                self.since_bytes += chunks.iter().map(Vec::len).sum::<usize>();
                self.since.extend(chunks);
            }
            Err(_) => match rebuild(&saved, &self.since) {
                Ok(document) => self.document = document,
                Err(_) => self.broken = true,
            },
        }
        self.saved = Some(saved);
        applied
    }

    #[cfg(test)]
    pub(crate) fn lose_the_way_back(&mut self) {
        self.saved = Some(b"lost".to_vec());
    }

    /// About how many bytes the way back takes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.saved.as_ref().map_or(0, Vec::len) + self.since_bytes + 24 * self.since.len()
    }

    /// Whether so little came since that the saved state will do. The bound grows with
    /// the state, so that a change never pays for more than a few others' worth of
    /// saving, however long the history is.
    fn is_near(&self, saved: &[u8]) -> bool {
        let few = self.since.len() < CHUNKS_MAX && self.since_bytes < CHUNK_BYTES_MAX;
        few || self.since_bytes < saved.len() / 2
    }
}

/// Loads a document that was [`save`](Replica::save)d.
pub(crate) fn load(saved: &[u8]) -> Result<Automerge, ApplyFailed> {
    let options = LoadOptions::new().text_encoding(TEXT_ENCODING);
    guarded(|| Automerge::load_with_options(saved, options))?.map_err(failed)
}

fn rebuild(saved: &[u8], since: &[Vec<u8>]) -> Result<Automerge, ApplyFailed> {
    let mut document = load(saved)?;
    let decoded =
        guarded(|| since.iter().map(|chunk| Change::try_from(chunk.as_slice())).collect());
    let changes: Result<Vec<_>, automerge::LoadChangeError> = decoded?;
    apply_again(&mut document, changes.map_err(|error| ApplyFailed(error.to_string()))?)?;
    Ok(document)
}

fn failed(error: AutomergeError) -> ApplyFailed {
    ApplyFailed(error.to_string())
}
