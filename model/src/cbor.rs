//! How ids, roles and kinds go on the wire: ids as their bytes, names as text.

use minicbor::decode::{Decoder, Error};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};

use crate::{
    ActorPrefix, DeviceId, DocId, Kind, Millis, Privacy, Role, SpaceId, SpaceKind, UserId,
};

macro_rules! as_bytes {
    ($($name:ident: $len:literal, $from:expr, $to:expr;)+) => {$(
        impl<C> Encode<C> for $name {
            fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                let to: fn(&$name) -> &[u8; $len] = $to;
                e.bytes(to(self))?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
                let at = d.position();
                let bytes = d.bytes()?;
                let bytes = <[u8; $len]>::try_from(bytes).map_err(|_| {
                    Error::message(format!("expected {} bytes, found {}", $len, bytes.len())).at(at)
                })?;
                Ok($from(bytes))
            }
        }
    )+};
}

as_bytes! {
    SpaceId: 16, SpaceId::from_bytes, SpaceId::as_bytes;
    DocId: 16, DocId::from_bytes, DocId::as_bytes;
    UserId: 16, UserId::from_bytes, UserId::as_bytes;
    DeviceId: 16, DeviceId::from_bytes, DeviceId::as_bytes;
    ActorPrefix: 8, ActorPrefix, |prefix| &prefix.0;
}

macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl<C> Encode<C> for $name {
            fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                e.str(self.as_str())?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
                let at = d.position();
                d.str()?.parse().map_err(|unknown| Error::message(unknown).at(at))
            }
        }
    )+};
}

as_text!(SpaceKind, Kind, Privacy, Role);

impl<C> Encode<C> for Millis {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.i64(self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Millis {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        d.i64().map(Self)
    }
}
