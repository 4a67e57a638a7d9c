//! Columns to values and back.

use minicbor::{Decode, Encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use umbra_model::{ActorPrefix, DeviceId, DocId, SpaceId, UserId};
use umbra_sync_protocol::wire;

use crate::error::Result;
use crate::store::AccountRow;

/// What a column holds isn't what it should be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Bad(String);

/// So many bytes, and no others.
pub(super) fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Bad> {
    bytes.try_into().map_err(|_| Bad(format!("expected {N} bytes, found {}", bytes.len())))
}

macro_rules! ids {
    ($($name:ident, $id:ident;)+) => {$(
        pub(super) fn $name(bytes: &[u8]) -> Result<$id, Bad> {
            array(bytes).map($id::from_bytes)
        }
    )+};
}

ids! {
    doc_of, DocId;
    space_of, SpaceId;
    user_of, UserId;
}

/// A name of one of our lists.
pub(super) fn named<T: std::str::FromStr>(text: &str) -> Result<T, Bad> {
    text.parse().map_err(|_| Bad(format!("`{text}` is no name that this build knows")))
}

pub(super) fn i64_of(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn u64_of(number: i64) -> Result<u64> {
    Ok(u64::try_from(number).map_err(|_| Bad(format!("{number} is negative")))?)
}

pub(super) fn u32_of(number: i64) -> Result<u32> {
    Ok(u32::try_from(number).map_err(|_| Bad(format!("{number} is out of range")))?)
}

pub(super) fn json<T: Serialize>(value: &T) -> Result<String> {
    Ok(serde_json::to_string(value).map_err(|error| Bad(error.to_string()))?)
}

pub(super) fn of_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    Ok(serde_json::from_str(text).map_err(|error| Bad(error.to_string()))?)
}

pub(super) fn cbor<T: Encode<()>>(value: &T) -> Vec<u8> {
    wire::encode(value)
}

pub(super) fn of_cbor<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T> {
    Ok(wire::decode(bytes).map_err(|error| Bad(error.to_string()))?)
}

/// An account as its column has it.
#[derive(Serialize, Deserialize)]
pub(super) struct AccountJson {
    server: String,
    user: UserId,
    name: String,
    device: DeviceId,
    prefix: [u8; 8],
    token: Option<String>,
}

impl AccountJson {
    pub fn write(account: &AccountRow) -> Result<String> {
        let AccountRow { server, user, name, device, prefix, token } = account.clone();
        json(&Self { server, user, name, device, prefix: prefix.0, token })
    }

    pub fn read(text: &str) -> Result<AccountRow> {
        let Self { server, user, name, device, prefix, token } = of_json(text)?;
        Ok(AccountRow { server, user, name, device, prefix: ActorPrefix(prefix), token })
    }
}
