//! Ids for new rows.

use umbra_model::Millis;
use uuid::Uuid;

/// A fresh id: a UUID of version 7, so that rows made together lie together.
///
/// # Errors
/// Where the system gives no random bytes.
pub(crate) fn fresh_id(now: Millis) -> Result<Uuid, getrandom::Error> {
    let mut random = [0; 10];
    getrandom::fill(&mut random)?;
    let millis = u64::try_from(now.0).unwrap_or_default();
    Ok(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}
