//! Identifiers and units, each its own type so that two of them never meet by mistake.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(inline))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The sixteen bytes of the id, as they go on the wire and into the database.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id that these sixteen bytes spell.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id! {
    /// A space: the unit of sharing, of order and of the cursor.
    SpaceId
}
uuid_id! {
    /// A document: one thing, in exactly one space. A space's own `space`
    /// document has the space's id.
    DocId
}
uuid_id! {
    /// An account.
    UserId
}
uuid_id! {
    /// A device of an account: one replica, one credential.
    DeviceId
}

impl From<SpaceId> for DocId {
    /// The id of the space's own `space` document.
    fn from(space: SpaceId) -> Self {
        Self(space.0)
    }
}

/// The eight bytes with which every Automerge actor id of a device begins. The
/// server hands a device its own at sign-in, so the author of a change can be
/// read off the change and can't be forged: actor = prefix ‖ eight bytes that
/// the device chooses afresh for each generation of a document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ActorPrefix(pub [u8; 8]);

impl ActorPrefix {
    /// The prefix of the reserved author of genesis changes. No device has it.
    pub const GENESIS: Self = Self([0; 8]);

    /// The prefix of this actor id; `None` where it isn't sixteen bytes long.
    pub fn of_actor(actor: &[u8]) -> Option<Self> {
        let actor: &[u8; 16] = actor.try_into().ok()?;
        actor.first_chunk().copied().map(Self)
    }

    /// The actor id of this device for one generation of a document.
    pub fn actor(self, generation: [u8; 8]) -> [u8; 16] {
        let mut actor = [0; 16];
        actor[..8].copy_from_slice(&self.0);
        actor[8..].copy_from_slice(&generation);
        actor
    }
}

/// A point in time: milliseconds since the Unix epoch, UTC.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub i64);
