//! `umbra-server keys`.

use umbra_server::identity::{SealingKey, VaultError, rotate_keys};
use umbra_server::{Config, open_store};

use super::args::Keys;
use super::{Failure, complain, say};

pub(super) async fn run(what: Keys, config: &Config) -> Result<(), Failure> {
    match what {
        Keys::New => {
            say(&SealingKey::draw().map_err(VaultError::from)?.expose());
            Ok(())
        }
        Keys::Rotate { drop_unreadable } => rotate(config, drop_unreadable).await,
    }
}

async fn rotate(config: &Config, drop_unreadable: bool) -> Result<(), Failure> {
    let store = open_store(config).await?;
    let rotation = rotate_keys(config, &store, drop_unreadable).await?;
    for user in &rotation.dropped {
        complain(&format!("account {user} has no one-time codes any more"));
    }
    say(&format!("The key {} seals now, {} secrets anew.", rotation.key, rotation.resealed));
    store.close().await;
    Ok(())
}
