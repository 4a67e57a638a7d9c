//! The bodies of packs and entries: arrays of many small things, compressed
//! together where that pays, since each alone is too small to compress.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use minicbor::{Decode, Encode};
use umbra_model::{DocId, Kind, Privacy, Role, SpaceKind, UserId};

use super::common::{Bytes, Receipt};
use crate::limits::INFLATED_BYTES_MAX;

/// Below this a body goes as it is: there is nothing to gain.
const DEFLATE_FROM: usize = 512;

/// A CBOR array, as it is or compressed (zlib, RFC 1950).
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Body {
    /// The array's encoding.
    #[n(0)]
    Plain(#[n(0)] Bytes),
    /// The same, compressed.
    #[n(1)]
    Zlib(#[n(0)] Bytes),
}

/// The body can't be read.
#[derive(Debug, thiserror::Error)]
pub enum BadBody {
    /// The compressed bytes are broken.
    #[error("the body does not inflate: {0}")]
    Inflate(std::io::Error),
    /// It is larger than an honest body ever is.
    #[error("the body inflates to more than {INFLATED_BYTES_MAX} bytes")]
    TooLarge,
    /// It isn't the array it should be.
    #[error("the body is malformed: {0}")]
    Malformed(#[from] minicbor::decode::Error),
}

impl Body {
    /// Packs these items.
    pub fn pack<T: Encode<()>>(items: &[T]) -> Self {
        Self::of_plain(super::encode(&items))
    }

    /// Takes an array that is encoded already.
    pub fn of_plain(plain: Vec<u8>) -> Self {
        if plain.len() < DEFLATE_FROM {
            return Self::Plain(plain.into());
        }
        let mut deflate =
            ZlibEncoder::new(Vec::with_capacity(plain.len() / 2), Compression::new(4));
        match deflate.write_all(&plain).and_then(|()| deflate.finish()) {
            Ok(small) if small.len() < plain.len() => Self::Zlib(small.into()),
            _ => Self::Plain(plain.into()),
        }
    }

    /// Unpacks the items.
    ///
    /// # Errors
    /// [`BadBody`] where it doesn't inflate within its bound, or isn't such an array.
    pub fn unpack<T: for<'b> Decode<'b, ()>>(&self) -> Result<Vec<T>, BadBody> {
        match self {
            Self::Plain(plain) => Ok(minicbor::decode(plain)?),
            Self::Zlib(small) => {
                let mut plain = Vec::new();
                let read = ZlibDecoder::new(small.as_slice())
                    .take(INFLATED_BYTES_MAX as u64 + 1)
                    .read_to_end(&mut plain)
                    .map_err(BadBody::Inflate)?;
                if read > INFLATED_BYTES_MAX {
                    return Err(BadBody::TooLarge);
                }
                Ok(minicbor::decode(&plain)?)
            }
        }
    }

    /// How many bytes it takes on the wire, but for a few of framing.
    pub fn len(&self) -> usize {
        match self {
            Self::Plain(bytes) | Self::Zlib(bytes) => bytes.len(),
        }
    }

    /// Whether it has no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A document in a pack: its facts, and its content as a saved document, as the
/// changes since, or both. Genesis is in neither where there are only changes.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub struct PackedDoc {
    /// The document.
    #[n(0)]
    pub doc: DocId,
    /// What it is.
    #[n(1)]
    pub kind: Kind,
    /// Who created it.
    #[n(2)]
    pub creator: UserId,
    /// Who may see it.
    #[n(3)]
    pub privacy: Privacy,
    /// The last log entry contained.
    #[n(4)]
    pub seq: u64,
    /// The document as Automerge saves it.
    #[n(5)]
    pub saved: Option<Bytes>,
    /// Changes behind that, in the order of the log.
    #[n(6)]
    pub chunks: Vec<Bytes>,
    /// Its plain JSON, if the client asked for views.
    #[n(7)]
    pub view: Option<String>,
}

/// One entry of a space's log.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub struct LogEntry {
    /// Its place in the log.
    #[n(0)]
    pub seq: u64,
    /// What happened.
    #[n(1)]
    pub event: Event,
}

/// What happened in a space.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub enum Event {
    /// A change was accepted.
    #[n(0)]
    Change {
        /// The document.
        #[n(0)]
        doc: DocId,
        /// The raw change chunk.
        #[n(1)]
        chunk: Bytes,
        /// The document's plain JSON after this stretch of entries, with the last
        /// change of it, if the client asked for views.
        #[n(2)]
        view: Option<String>,
    },
    /// A document came into being.
    #[n(1)]
    Created {
        /// The document.
        #[n(0)]
        doc: DocId,
        /// What it is.
        #[n(1)]
        kind: Kind,
        /// Who created it.
        #[n(2)]
        creator: UserId,
        /// Who may see it.
        #[n(3)]
        privacy: Privacy,
    },
    /// Stands for changes that were folded into a saved document.
    #[n(2)]
    Saved(#[n(0)] PackedDoc),
    /// Someone came, went, or has another role.
    #[n(3)]
    Member(#[n(0)] MemberEvent),
    /// Someone changed who may see a document.
    #[n(4)]
    Privacy {
        /// The document.
        #[n(0)]
        doc: DocId,
        /// Who may see it from here on.
        #[n(1)]
        privacy: Privacy,
    },
    /// A document was removed for good.
    #[n(5)]
    Purged {
        /// The document.
        #[n(0)]
        doc: DocId,
    },
    /// The space came into being; the first entry of every log.
    #[n(6)]
    Founded {
        /// What it is for.
        #[n(0)]
        kind: SpaceKind,
        /// Who founded it, and owns it.
        #[n(1)]
        founder: UserId,
    },
}

/// Someone came, went, or has another role.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct MemberEvent {
    /// The member.
    #[n(0)]
    pub user: UserId,
    /// Their sign-in name, to show.
    #[n(1)]
    pub name: String,
    /// Their role from here on; absent where they are no member any more.
    #[n(2)]
    pub role: Option<Role>,
    /// Who decided it.
    #[n(3)]
    pub by: UserId,
    /// The server's seal on the event and its place (see [`super::Command::RestoreMember`]).
    #[n(4)]
    pub receipt: Receipt,
}
