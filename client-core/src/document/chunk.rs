//! Raw change chunks, one behind the other: how the store keeps what came since
//! a document was last saved whole.

use automerge::Change;
use umbra_sync_protocol::wire::ChangeHash;

use super::Broken;

/// With what every Automerge chunk begins.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// Magic, checksum and type.
const HEAD_BYTES: usize = 9;

/// What a chunk says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Its hash.
    pub hash: ChangeHash,
    /// Who made it.
    pub actor: [u8; 16],
}

/// What a raw change chunk says of itself.
///
/// # Errors
/// [`Broken`] where it is none.
pub fn header(chunk: &[u8]) -> Result<Header, Broken> {
    read(chunk).and_then(|change| header_of(&change))
}

/// The changes that a raw change chunk builds on.
///
/// # Errors
/// [`Broken`] where it is none.
pub fn deps(chunk: &[u8]) -> Result<Vec<ChangeHash>, Broken> {
    Ok(read(chunk)?.deps().iter().map(|hash| ChangeHash(hash.0)).collect())
}

pub(super) fn header_of(change: &Change) -> Result<Header, Broken> {
    let actor = change.actor_id().to_bytes().try_into();
    let actor = actor.map_err(|_| Broken("an actor id hasn't sixteen bytes".to_owned()))?;
    Ok(Header { hash: ChangeHash(change.hash().0), actor })
}

/// Reads one raw change chunk.
pub(super) fn read(chunk: &[u8]) -> Result<Change, Broken> {
    super::guarded(|| Change::from_bytes(chunk.to_vec()).map_err(|error| Broken(error.to_string())))
}

/// Takes a run of chunks apart.
///
/// # Errors
/// [`Broken`] where it isn't one.
pub fn split(mut run: &[u8]) -> Result<Vec<&[u8]>, Broken> {
    let mut chunks = Vec::new();
    while !run.is_empty() {
        let len = chunk_len(run).ok_or_else(|| Broken("a run of changes is cut off".to_owned()))?;
        let (chunk, rest) = run.split_at(len);
        chunks.push(chunk);
        run = rest;
    }
    Ok(chunks)
}

fn chunk_len(run: &[u8]) -> Option<usize> {
    if run.first_chunk() != Some(&MAGIC) {
        return None;
    }
    let (mut body_len, mut shift, mut at) = (0usize, 0, HEAD_BYTES);
    loop {
        let byte = *run.get(at)?;
        at += 1;
        body_len |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            break;
        }
        shift += 7;
        if shift > 28 {
            return None;
        }
    }
    at.checked_add(body_len).filter(|end| *end <= run.len())
}
