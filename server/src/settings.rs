//! What administrators set at run time.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use umbra_model::Millis;

use crate::limits::{
    AUDIT_DAYS, DEVICE_IDLE_DAYS, QUOTA_MAX, SESSION_IDLE_DAYS, SESSION_LIFE_DAYS,
    SESSIONS_PER_USER, TRASH_DAYS,
};
use crate::store::{SessionKind, Store, StoreError};

/// Who may make an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Whoever reaches the server.
    Open,
    /// Whoever has an invitation of an administrator.
    Invite,
    /// Only administrators, for others.
    #[default]
    Closed,
}

impl Registration {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invite => "invite",
            Self::Closed => "closed",
        }
    }
}

/// What administrators set. What is left out has its default.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SystemSettings {
    /// Who may make an account; nobody but administrators, unless it is set.
    pub registration: Registration,
    /// After how many days without use a browser's session ends; 14.
    #[schemars(range(min = *SESSION_IDLE_DAYS.start(), max = *SESSION_IDLE_DAYS.end()))]
    pub session_idle_days: u32,
    /// After how many days a browser's session ends in any case; 90. It counts for
    /// sessions that begin from then on.
    #[schemars(range(min = *SESSION_LIFE_DAYS.start(), max = *SESSION_LIFE_DAYS.end()))]
    pub session_life_days: u32,
    /// After how many days without use a device's token ends; 400, since a device may
    /// well lie in a drawer for a season.
    #[schemars(range(min = *DEVICE_IDLE_DAYS.start(), max = *DEVICE_IDLE_DAYS.end()))]
    pub device_idle_days: u32,
    /// How many sessions an account has at most; 64. A new one beyond ends the one
    /// unused for longest.
    #[schemars(range(min = *SESSIONS_PER_USER.start(), max = *SESSIONS_PER_USER.end()))]
    pub sessions_per_user: u32,
    /// How many days a document stays in the trash; 30.
    #[schemars(range(min = *TRASH_DAYS.start(), max = *TRASH_DAYS.end()))]
    pub trash_days: u32,
    /// How many days the audit log goes back; 365.
    #[schemars(range(min = *AUDIT_DAYS.start(), max = *AUDIT_DAYS.end()))]
    pub audit_days: u32,
    /// How many spaces an account may own that has no quota of its own; as many as the
    /// server can take, unless it is set.
    #[schemars(range(max = QUOTA_MAX))]
    pub quota_spaces: Option<u64>,
    /// How many documents there may be in them.
    #[schemars(range(max = QUOTA_MAX))]
    pub quota_documents: Option<u64>,
    /// How many bytes of documents there may be in them.
    #[schemars(range(max = QUOTA_MAX))]
    pub quota_bytes: Option<u64>,
}

impl Default for SystemSettings {
    fn default() -> Self {
        Self {
            registration: Registration::Closed,
            session_idle_days: 14,
            session_life_days: 90,
            device_idle_days: 400,
            sessions_per_user: 64,
            trash_days: 30,
            audit_days: 365,
            quota_spaces: None,
            quota_documents: None,
            quota_bytes: None,
        }
    }
}

/// A setting is beyond its bounds.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadSetting {
    /// A number is out of range.
    #[error("{name} is between {} and {}", range.start(), range.end())]
    OutOfRange {
        /// Which one.
        name: &'static str,
        /// What it may be.
        range: RangeInclusive<u64>,
    },
    /// A session would end before it could be idle for as long as it may.
    #[error("session_idle_days is at most session_life_days")]
    IdleBeyondLife,
}

impl SystemSettings {
    /// Whether every setting is within its bounds.
    ///
    /// # Errors
    /// [`BadSetting`] names the first that isn't.
    pub fn check(&self) -> Result<(), BadSetting> {
        let days = |range: RangeInclusive<u32>| u64::from(*range.start())..=u64::from(*range.end());
        for (name, value, range) in [
            ("session_idle_days", self.session_idle_days, SESSION_IDLE_DAYS),
            ("session_life_days", self.session_life_days, SESSION_LIFE_DAYS),
            ("device_idle_days", self.device_idle_days, DEVICE_IDLE_DAYS),
            ("sessions_per_user", self.sessions_per_user, SESSIONS_PER_USER),
            ("trash_days", self.trash_days, TRASH_DAYS),
            ("audit_days", self.audit_days, AUDIT_DAYS),
        ] {
            if !range.contains(&value) {
                return Err(BadSetting::OutOfRange { name, range: days(range) });
            }
        }
        for (name, quota) in [
            ("quota_spaces", self.quota_spaces),
            ("quota_documents", self.quota_documents),
            ("quota_bytes", self.quota_bytes),
        ] {
            if quota.is_some_and(|quota| quota > QUOTA_MAX) {
                return Err(BadSetting::OutOfRange { name, range: 0..=QUOTA_MAX });
            }
        }
        if self.session_idle_days > self.session_life_days {
            return Err(BadSetting::IdleBeyondLife);
        }
        Ok(())
    }

    /// How long a session may go unused.
    pub fn idle(&self, kind: SessionKind) -> Duration {
        days(match kind {
            SessionKind::Cookie => self.session_idle_days,
            SessionKind::Bearer => self.device_idle_days,
        })
    }

    /// How long a browser's session lasts at most.
    pub fn session_life(&self) -> Duration {
        days(self.session_life_days)
    }

    /// How long a document stays in the trash.
    pub fn trash(&self) -> Duration {
        days(self.trash_days)
    }

    /// How far the audit log goes back.
    pub fn audit(&self) -> Duration {
        days(self.audit_days)
    }

    /// Reads them from the database.
    ///
    /// # Errors
    /// Where the database fails, or holds what no administrator could have set.
    pub async fn read(store: &Store) -> Result<Self, StoreError> {
        Self::of_rows(&store.settings().await?)
    }

    fn of_rows(rows: &BTreeMap<String, String>) -> Result<Self, StoreError> {
        let or = Self::default();
        let registration = match rows.get("registration").map(String::as_str) {
            Some("open") => Registration::Open,
            Some("invite") => Registration::Invite,
            Some("closed") => Registration::Closed,
            None => or.registration,
            Some(other) => return Err(corrupt("registration", other)),
        };
        let settings = Self {
            registration,
            session_idle_days: number(rows, "session_idle_days")?.unwrap_or(or.session_idle_days),
            session_life_days: number(rows, "session_life_days")?.unwrap_or(or.session_life_days),
            device_idle_days: number(rows, "device_idle_days")?.unwrap_or(or.device_idle_days),
            sessions_per_user: number(rows, "sessions_per_user")?.unwrap_or(or.sessions_per_user),
            trash_days: number(rows, "trash_days")?.unwrap_or(or.trash_days),
            audit_days: number(rows, "audit_days")?.unwrap_or(or.audit_days),
            quota_spaces: number(rows, "quota_spaces")?,
            quota_documents: number(rows, "quota_documents")?,
            quota_bytes: number(rows, "quota_bytes")?,
        };
        settings.check().map_err(|bad| StoreError::Corrupt(format!("settings: {bad}")))?;
        Ok(settings)
    }

    fn rows(&self) -> [(&'static str, Option<String>); 10] {
        let text = |quota: Option<u64>| quota.map(|quota| quota.to_string());
        [
            ("registration", Some(self.registration.as_str().to_owned())),
            ("session_idle_days", Some(self.session_idle_days.to_string())),
            ("session_life_days", Some(self.session_life_days.to_string())),
            ("device_idle_days", Some(self.device_idle_days.to_string())),
            ("sessions_per_user", Some(self.sessions_per_user.to_string())),
            ("trash_days", Some(self.trash_days.to_string())),
            ("audit_days", Some(self.audit_days.to_string())),
            ("quota_spaces", text(self.quota_spaces)),
            ("quota_documents", text(self.quota_documents)),
            ("quota_bytes", text(self.quota_bytes)),
        ]
    }
}

fn number<T: FromStr<Err: Display>>(
    rows: &BTreeMap<String, String>,
    name: &str,
) -> Result<Option<T>, StoreError> {
    let parse = |text: &String| text.parse().map_err(|_| corrupt(name, text));
    rows.get(name).map(parse).transpose()
}

fn corrupt(name: &str, value: &str) -> StoreError {
    StoreError::Corrupt(format!("the setting {name} is {value}"))
}

fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * 24 * 3_600)
}

/// How long another node may not have noticed a new setting.
const FRESH_FOR: Duration = Duration::from_secs(5);

/// The settings, read from the database and remembered for a moment.
#[derive(Debug, Default)]
pub struct Settings {
    known: Mutex<Option<(SystemSettings, Instant)>>,
}

impl Settings {
    /// What is set.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn current(&self, store: &Store) -> Result<SystemSettings, StoreError> {
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((settings, read)) = known
            && read.elapsed() < FRESH_FOR
        {
            return Ok(settings);
        }
        let settings = SystemSettings::read(store).await?;
        self.remember(settings);
        Ok(settings)
    }

    /// Sets all of it. Whoever calls has checked them.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set(
        &self,
        store: &Store,
        settings: SystemSettings,
        now: Millis,
    ) -> Result<(), StoreError> {
        store.set_settings(&settings.rows(), now).await?;
        self.remember(settings);
        Ok(())
    }

    fn remember(&self, settings: SystemSettings) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some((settings, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_within_their_bounds_and_read_back_as_they_are() {
        let default = SystemSettings::default();
        assert_eq!(default.check(), Ok(()));
        assert_eq!(SystemSettings::of_rows(&BTreeMap::new()).unwrap(), default);
        let changed = SystemSettings {
            registration: Registration::Invite,
            session_idle_days: 1,
            session_life_days: 2,
            device_idle_days: 3,
            sessions_per_user: 4,
            trash_days: 5,
            audit_days: 600,
            quota_spaces: Some(7),
            quota_documents: Some(8),
            quota_bytes: Some(0),
        };
        for settings in [default, changed] {
            let rows = settings.rows().into_iter();
            let rows = rows.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
            assert_eq!(SystemSettings::of_rows(&rows).unwrap(), settings);
        }
        let fields = serde_json::to_value(default).unwrap();
        let names: Vec<_> = default.rows().iter().map(|(name, _)| *name).collect();
        let fields: Vec<_> = fields.as_object().unwrap().keys().cloned().collect();
        assert_eq!(names.len(), fields.len(), "every field has its row");
        assert!(fields.iter().all(|field| names.contains(&field.as_str())));
    }

    #[test]
    fn what_is_beyond_its_bounds_is_named() {
        let or = SystemSettings::default;
        for (settings, says) in [
            (SystemSettings { session_idle_days: 0, ..or() }, "session_idle_days is between 1"),
            (SystemSettings { session_life_days: 9_999, ..or() }, "session_life_days is between"),
            (SystemSettings { device_idle_days: 0, ..or() }, "device_idle_days is between 1"),
            (SystemSettings { sessions_per_user: 0, ..or() }, "sessions_per_user is between 1"),
            (SystemSettings { trash_days: 0, ..or() }, "trash_days is between 1"),
            (SystemSettings { audit_days: 29, ..or() }, "audit_days is between 30"),
            (SystemSettings { quota_bytes: Some(u64::MAX), ..or() }, "quota_bytes is between 0"),
            (SystemSettings { session_idle_days: 91, ..or() }, "at most session_life_days"),
        ] {
            let bad = settings.check().unwrap_err().to_string();
            assert!(bad.contains(says), "{bad}");
        }
    }

    #[test]
    fn a_row_that_nobody_can_have_set_is_noticed() {
        for (name, value) in [
            ("registration", "wide"),
            ("trash_days", "-1"),
            ("trash_days", "0"),
            ("quota_bytes", ""),
        ] {
            let rows = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            assert!(
                matches!(SystemSettings::of_rows(&rows), Err(StoreError::Corrupt(_))),
                "{name}"
            );
        }
    }
}
