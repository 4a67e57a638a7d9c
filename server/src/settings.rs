//! What administrators set at run time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use umbra_model::Millis;

use crate::store::{Store, StoreError};

/// Who may make an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Whoever reaches the server.
    Open,
    /// Only administrators, for others.
    #[default]
    Closed,
}

impl Registration {
    const NAME: &'static str = "registration";

    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// How long another node may not have noticed a new setting.
const FRESH_FOR: Duration = Duration::from_secs(5);

/// The settings, read from the database and remembered for a moment.
#[derive(Debug, Default)]
pub struct Settings {
    registration: Mutex<Option<(Registration, Instant)>>,
}

impl Settings {
    /// Who may make an account.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn registration(&self, store: &Store) -> Result<Registration, StoreError> {
        let known = *self.registration.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((registration, read)) = known
            && read.elapsed() < FRESH_FOR
        {
            return Ok(registration);
        }
        let registration = match store.setting(Registration::NAME).await?.as_deref() {
            Some("open") => Registration::Open,
            Some("closed") | None => Registration::Closed,
            Some(other) => {
                return Err(StoreError::Corrupt(format!("the setting registration is {other}")));
            }
        };
        self.remember(registration);
        Ok(registration)
    }

    /// Decides who may make an account.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_registration(
        &self,
        store: &Store,
        registration: Registration,
        now: Millis,
    ) -> Result<(), StoreError> {
        store.set_setting(Registration::NAME, registration.as_str(), now).await?;
        self.remember(registration);
        Ok(())
    }

    fn remember(&self, registration: Registration) {
        let mut known = self.registration.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some((registration, Instant::now()));
    }
}
