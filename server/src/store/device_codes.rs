//! Devices that wait to be signed in by a code that a person types elsewhere. Each
//! step is one conditional statement, so that of many at once one succeeds.

use umbra_model::{DeviceId, Millis, UserId};
use uuid::Uuid;

use super::{Store, StoreError, db, limits};

/// A device that asks to be signed in.
#[derive(Clone, Debug)]
pub struct NewDeviceCode {
    /// The request's id.
    pub id: Uuid,
    /// The hash of the code that the device keeps.
    pub device_hash: [u8; 32],
    /// The keyed hash of the code that a person types.
    pub user_hash: [u8; 32],
    /// The device that it was before, if it says so.
    pub device: Option<DeviceId>,
    /// What it calls itself.
    pub name: String,
    /// What it runs.
    pub platform: String,
    /// From which address it asks.
    pub address: String,
    /// When the codes end.
    pub expires_at: Millis,
    /// How long it has to wait between two questions, in milliseconds.
    pub pause: i64,
}

/// What a person is shown before they decide.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeShown {
    /// What the device calls itself.
    pub name: String,
    /// What it runs.
    pub platform: String,
    /// From which address it asked.
    pub address: String,
    /// When it asked.
    pub created_at: Millis,
    /// When the codes end.
    pub expires_at: Millis,
}

/// What a person decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The device is theirs.
    Approved,
    /// It isn't.
    Denied,
}

/// What a device that asks again is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Polled {
    /// Nobody has decided yet.
    Pending,
    /// It asked too soon, and has to wait this long from now on, in milliseconds.
    TooSoon(i64),
    /// It was denied. The codes are used up.
    Denied,
    /// Approved, by whom and as which device. The codes are used up.
    Approved {
        /// Who approved it.
        user: UserId,
        /// The device that it was before, if it said so.
        device: Option<DeviceId>,
        /// What it calls itself.
        name: String,
        /// What it runs.
        platform: String,
    },
    /// There are no such codes, or they have ended.
    Unknown,
}

type Shown = (String, String, String, i64, i64);

type Taken = (Option<Uuid>, Option<Uuid>, String, String);

impl Store {
    /// Takes in a device's request. What has ended goes first.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where too many wait, or one has the same code: draw another.
    pub async fn create_device_code(
        &self,
        new: &NewDeviceCode,
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        db!(tx tx, exec "DELETE FROM device_codes WHERE expires_at <= $1", now.0)?;
        let made = db!(tx tx, exec
            "INSERT INTO device_codes
                 (id, device_hash, user_hash, device_id, name, platform, address, created_at, expires_at, pause)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
             WHERE (SELECT COUNT(*) FROM device_codes) < $11",
            new.id, new.device_hash.to_vec(), new.user_hash.to_vec(), new.device.map(|it| it.0),
            &new.name, &new.platform, &new.address, now.0, new.expires_at.0, new.pause,
            limits::DEVICE_CODES_MAX)?;
        if made == 0 {
            return Err(StoreError::Taken);
        }
        tx.commit().await
    }

    /// The device that waits under a typed code, undecided.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where none does.
    pub async fn device_code(
        &self,
        user_hash: &[u8; 32],
        now: Millis,
    ) -> Result<CodeShown, StoreError> {
        let row = db!(self, one Shown,
            "SELECT name, platform, address, created_at, expires_at FROM device_codes
             WHERE user_hash = $1 AND expires_at > $2 AND decided_at IS NULL",
            user_hash.to_vec(), now.0)?;
        Ok(shown(row))
    }

    /// Decides under a typed code. Once: what is decided stays so.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where none waits.
    pub async fn decide_device_code(
        &self,
        user_hash: &[u8; 32],
        user: UserId,
        decision: Decision,
        now: Millis,
    ) -> Result<(), StoreError> {
        let approved = (decision == Decision::Approved).then_some(user.0);
        let mut tx = self.begin().await?;
        let decided = db!(tx tx, exec
            "UPDATE device_codes SET user_id = $3, decided_at = $2, ticket_hash = NULL
             WHERE user_hash = $1 AND expires_at > $2 AND decided_at IS NULL",
            user_hash.to_vec(), now.0, approved)?;
        if decided == 0 {
            return Err(StoreError::Missing);
        }
        tx.commit().await
    }

    /// Lets whoever holds this ticket decide in an account's name, for a while: it has
    /// just been seen who they are. A ticket before it is worth nothing any more.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where no device waits under this code.
    pub async fn issue_device_ticket(
        &self,
        user_hash: &[u8; 32],
        ticket_hash: &[u8; 32],
        user: UserId,
        until: Millis,
        now: Millis,
    ) -> Result<CodeShown, StoreError> {
        let mut tx = self.begin().await?;
        let row = db!(tx tx, one Shown,
            "UPDATE device_codes SET ticket_hash = $3, ticket_user = $4, ticket_until = $5
             WHERE user_hash = $1 AND expires_at > $2 AND decided_at IS NULL
             RETURNING name, platform, address, created_at, expires_at",
            user_hash.to_vec(), now.0, ticket_hash.to_vec(), user.0, until.0)?;
        tx.commit().await?;
        Ok(shown(row))
    }

    /// Decides by a ticket, which is used up by it. Says who decided, and the device's
    /// name. An account that was disabled meanwhile decides nothing.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the ticket is worth nothing.
    pub async fn decide_by_ticket(
        &self,
        ticket_hash: &[u8; 32],
        decision: Decision,
        now: Millis,
    ) -> Result<(UserId, String), StoreError> {
        let approves = decision == Decision::Approved;
        let mut tx = self.begin().await?;
        let (user, name) = db!(tx tx, one (Uuid, String),
            "UPDATE device_codes
             SET user_id = CASE WHEN $3 THEN ticket_user END, decided_at = $2, ticket_hash = NULL
             WHERE ticket_hash = $1 AND ticket_until > $2 AND expires_at > $2 AND decided_at IS NULL
             AND ticket_user IN (SELECT id FROM users WHERE disabled_at IS NULL)
             RETURNING ticket_user, name", ticket_hash.to_vec(), now.0, approves)?;
        tx.commit().await?;
        Ok((UserId(user), name))
    }

    /// A device asks whether somebody has decided. Asking too soon makes it wait longer.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn poll_device_code(
        &self,
        device_hash: &[u8; 32],
        now: Millis,
    ) -> Result<Polled, StoreError> {
        let mut tx = self.begin().await?;
        let in_time = db!(tx tx, opt (Option<i64>,),
            "UPDATE device_codes SET polled_at = $2
             WHERE device_hash = $1 AND expires_at > $2 AND COALESCE(polled_at, created_at) + pause <= $2
             RETURNING decided_at", device_hash.to_vec(), now.0)?;
        let polled = match in_time {
            Some((None,)) => Polled::Pending,
            Some((Some(_),)) => {
                let taken = db!(tx tx, opt Taken,
                    "DELETE FROM device_codes WHERE device_hash = $1
                     RETURNING user_id, device_id, name, platform", device_hash.to_vec())?;
                taken.map_or(Polled::Unknown, told)
            }
            None => {
                let pause = db!(tx tx, maybe i64,
                    "UPDATE device_codes SET pause = CASE WHEN pause < $4 THEN pause + $3 ELSE pause END
                     WHERE device_hash = $1 AND expires_at > $2 RETURNING pause",
                    device_hash.to_vec(), now.0, limits::DEVICE_PAUSE_STEP, limits::DEVICE_PAUSE_MAX)?;
                pause.map_or(Polled::Unknown, Polled::TooSoon)
            }
        };
        tx.commit().await?;
        Ok(polled)
    }
}

fn shown((name, platform, address, created_at, expires_at): Shown) -> CodeShown {
    let (created_at, expires_at) = (Millis(created_at), Millis(expires_at));
    CodeShown { name, platform, address, created_at, expires_at }
}

fn told((user, device, name, platform): Taken) -> Polled {
    match user {
        Some(user) => {
            let (user, device) = (UserId(user), device.map(DeviceId));
            Polled::Approved { user, device, name, platform }
        }
        None => Polled::Denied,
    }
}
