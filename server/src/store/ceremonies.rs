//! Ceremonies: what takes two requests, such as a challenge and its answer. They are
//! rows, so that any node may finish what another began; each is finished once, by
//! whom it was begun for, before it expires.

use umbra_model::{Millis, UserId};
use uuid::Uuid;

use super::{Store, StoreError, Tx, db, limits};

/// What a ceremony is for. One begun for something finishes nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CeremonyKind {
    /// The password was right; the second factor is to follow.
    SecondFactor,
    /// The password was right at the page that lets devices in; the second factor is to
    /// follow.
    DeviceLook,
    /// A secret for one-time codes was drawn; a code is to prove that it arrived.
    TotpEnrolment,
    /// A passkey is to be made.
    PasskeyRegistration,
    /// Somebody signs in by a passkey; who, it will tell.
    PasskeySignIn,
    /// Somebody who is signed in confirms it by a passkey.
    PasskeyConfirmation,
    /// A passkey is to turn password sign-in off.
    PasswordlessEntry,
    /// A passkey is to turn it on again.
    PasswordlessExit,
}

impl CeremonyKind {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SecondFactor => "second_factor",
            Self::DeviceLook => "device_look",
            Self::TotpEnrolment => "totp_enrolment",
            Self::PasskeyRegistration => "passkey_registration",
            Self::PasskeySignIn => "passkey_sign_in",
            Self::PasskeyConfirmation => "passkey_confirmation",
            Self::PasswordlessEntry => "passwordless_entry",
            Self::PasswordlessExit => "passwordless_exit",
        }
    }
}

/// For whom a ceremony is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Celebrant {
    /// The account; nobody where it isn't known yet.
    pub user: Option<UserId>,
    /// The session in which it began; with it, it ends.
    pub session: Option<Uuid>,
}

/// A ceremony to begin.
#[derive(Clone)]
pub struct NewCeremony {
    /// The hash of its token.
    pub token_hash: [u8; 32],
    /// What it is for.
    pub kind: CeremonyKind,
    /// For whom it is.
    pub whose: Celebrant,
    /// What the server has to remember, in the form of its kind.
    pub state: Vec<u8>,
    /// When it is over.
    pub expires_at: Millis,
}

impl Store {
    /// Begins a ceremony. Those that expired go, and so do the oldest of the same
    /// kind and person beyond so many.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn begin_ceremony(
        &self,
        ceremony: &NewCeremony,
        most: i64,
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sweep(&mut tx, now).await?;
        let (kind, user) = (ceremony.kind.as_str(), ceremony.whose.user.map(|it| it.0));
        db!(tx tx, exec
            "INSERT INTO ceremonies (token_hash, kind, user_id, session_id, state, attempts, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, 0, $6, $7)",
            ceremony.token_hash.to_vec(), kind, user, ceremony.whose.session, &ceremony.state,
            now.0, ceremony.expires_at.0)?;
        match user {
            Some(user) => trim(&mut tx, kind, user, most).await?,
            None => trim_of_nobody(&mut tx, kind, most).await?,
        }
        tx.commit().await
    }

    /// Takes a ceremony out, to finish it: of many who try, one gets its state. `None`
    /// where it is over, another's, or another's kind.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn take_ceremony(
        &self,
        token_hash: &[u8; 32],
        kind: CeremonyKind,
        whose: Celebrant,
        now: Millis,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut tx = self.begin().await?;
        let state = db!(tx tx, maybe Vec<u8>,
            pg "DELETE FROM ceremonies WHERE token_hash = $1 AND kind = $2 AND expires_at > $3
                  AND user_id IS NOT DISTINCT FROM $4 AND session_id IS NOT DISTINCT FROM $5 RETURNING state",
            lite "DELETE FROM ceremonies WHERE token_hash = $1 AND kind = $2 AND expires_at > $3
                  AND user_id IS $4 AND session_id IS $5 RETURNING state",
            token_hash.to_vec(), kind.as_str(), now.0, whose.user.map(|it| it.0), whose.session)?;
        tx.commit().await?;
        Ok(state)
    }

    /// Counts an attempt at a ceremony that may be tried so often, before it is made:
    /// attempts side by side count as well as those one after another.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn try_ceremony(
        &self,
        token_hash: &[u8; 32],
        kind: CeremonyKind,
        most: i64,
        now: Millis,
    ) -> Result<Option<(UserId, Vec<u8>)>, StoreError> {
        let mut tx = self.begin().await?;
        let found = db!(tx tx, opt (Uuid, Vec<u8>),
            "UPDATE ceremonies SET attempts = attempts + 1
             WHERE token_hash = $1 AND kind = $2 AND expires_at > $3 AND attempts < $4
               AND user_id IS NOT NULL
             RETURNING user_id, state",
            token_hash.to_vec(), kind.as_str(), now.0, most)?;
        tx.commit().await?;
        Ok(found.map(|(user, state)| (UserId(user), state)))
    }

    /// Gives a ceremony up. Whether there was one, nobody is told.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn cancel_ceremony(&self, token_hash: &[u8; 32]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        end(&mut tx, token_hash).await?;
        tx.commit().await
    }
}

/// Ends a ceremony within a transaction; whether this one did so.
pub(super) async fn end(tx: &mut Tx, token_hash: &[u8; 32]) -> Result<bool, StoreError> {
    let ended =
        db!(tx tx, exec "DELETE FROM ceremonies WHERE token_hash = $1", token_hash.to_vec())?;
    Ok(ended == 1)
}

/// Ends the oldest of a kind and person beyond so many. Who begins many at once waits
/// for nobody: rows that another is about to remove are left to it.
async fn trim(tx: &mut Tx, kind: &str, user: Uuid, most: i64) -> Result<(), StoreError> {
    db!(tx tx, exec
        pg "DELETE FROM ceremonies WHERE token_hash IN
               (SELECT token_hash FROM ceremonies WHERE kind = $1 AND user_id = $2
                ORDER BY created_at DESC, token_hash LIMIT $4 OFFSET $3 FOR UPDATE SKIP LOCKED)",
        lite "DELETE FROM ceremonies WHERE token_hash IN
               (SELECT token_hash FROM ceremonies WHERE kind = $1 AND user_id = $2
                ORDER BY created_at DESC, token_hash LIMIT $4 OFFSET $3)",
        kind, user, most, limits::CEREMONIES_SWEPT)?;
    Ok(())
}

/// The same for those that are nobody's yet.
async fn trim_of_nobody(tx: &mut Tx, kind: &str, most: i64) -> Result<(), StoreError> {
    db!(tx tx, exec
        pg "DELETE FROM ceremonies WHERE token_hash IN
               (SELECT token_hash FROM ceremonies WHERE kind = $1 AND user_id IS NULL
                ORDER BY created_at DESC, token_hash LIMIT $3 OFFSET $2 FOR UPDATE SKIP LOCKED)",
        lite "DELETE FROM ceremonies WHERE token_hash IN
               (SELECT token_hash FROM ceremonies WHERE kind = $1 AND user_id IS NULL
                ORDER BY created_at DESC, token_hash LIMIT $3 OFFSET $2)",
        kind, most, limits::CEREMONIES_SWEPT)?;
    Ok(())
}

async fn sweep(tx: &mut Tx, now: Millis) -> Result<(), StoreError> {
    db!(tx tx, exec
        pg "DELETE FROM ceremonies WHERE token_hash IN
               (SELECT token_hash FROM ceremonies WHERE expires_at <= $1 ORDER BY expires_at
                LIMIT $2 FOR UPDATE SKIP LOCKED)",
        lite "DELETE FROM ceremonies WHERE token_hash IN
               (SELECT token_hash FROM ceremonies WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
        now.0, limits::CEREMONIES_SWEPT)?;
    Ok(())
}
