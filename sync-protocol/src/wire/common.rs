//! What several frames share.

use std::fmt;

use minicbor::decode::{Decoder, Error};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};

/// A byte string.
pub type Bytes = minicbor::bytes::ByteVec;

macro_rules! fixed_bytes {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "("))?;
                self.0[..4].iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str("…)")
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
                exactly(d).map(Self)
            }
        }
    };
}

fixed_bytes! {
    /// The hash of a change: SHA-256 as Automerge computes it.
    ChangeHash, 32
}
fixed_bytes! {
    /// A database's epoch: drawn anew when a backup is restored, so that clients
    /// notice that the server went back in time.
    Epoch, 16
}
fixed_bytes! {
    /// The server's seal on something that it accepted. A client keeps it and
    /// hands it back with the change if a restored server has lost the change.
    Receipt, 16
}

fn exactly<const N: usize>(d: &mut Decoder<'_>) -> Result<[u8; N], Error> {
    let at = d.position();
    let bytes = d.bytes()?;
    bytes
        .try_into()
        .map_err(|_| Error::message(format!("expected {N} bytes, found {}", bytes.len())).at(at))
}
