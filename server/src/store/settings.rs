//! What administrators have set, as rows of a name and a text. What they mean is in
//! [`crate::settings`].

use std::collections::BTreeMap;

use umbra_model::Millis;

use super::{Store, StoreError, db};

impl Store {
    /// What is set.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn settings(&self) -> Result<BTreeMap<String, String>, StoreError> {
        let rows = db!(self, all(String, String), "SELECT name, value FROM settings")?;
        Ok(rows.into_iter().collect())
    }

    /// Sets all of this at once; what is none is set no more.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_settings(
        &self,
        settings: &[(&'static str, Option<String>)],
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for (name, value) in settings {
            match value {
                Some(value) => db!(tx tx, exec
                    "INSERT INTO settings (name, value, changed_at) VALUES ($1, $2, $3)
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at",
                    *name, value, now.0)?,
                None => db!(tx tx, exec "DELETE FROM settings WHERE name = $1", *name)?,
            };
        }
        tx.commit().await
    }
}
