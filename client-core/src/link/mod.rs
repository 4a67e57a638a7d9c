//! The network: REST for what must be asked, a WebSocket for everything else.

mod address;
mod backoff;
mod device_code;
mod rest;
mod socket;
mod sync_lock;
mod syncing;

pub use address::Address;
pub use device_code::DeviceCodes;
pub(crate) use device_code::Told;
pub use rest::{DeviceClaim, Rest, SignedIn};
pub(crate) use sync_lock::SyncLock;
pub(crate) use syncing::{Goal, Syncing};

/// Makes rustls use ring. Whoever comes first decides; all of ours say the same.
fn install_crypto() {
    // An error says that a provider is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
