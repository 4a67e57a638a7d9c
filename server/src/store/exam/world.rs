//! A server over a database, and people who use it.

use std::sync::Arc;

use umbra_model::{ActorPrefix, DeviceId, DocId, Kind, Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::wire::{Bytes, Command, Push, Verdict};
use uuid::Uuid;

use super::author::{Author, create, push};
use super::{Heard, TestDatabase};
use crate::sequencer::{ConnectionId, Governance, Pushed, Rejection, Sequencer, Submitter};
use crate::store::{Store, db};

/// A server over a database.
pub(crate) struct World {
    pub(crate) database: TestDatabase,
    pub(crate) store: Store,
    pub(crate) heard: Arc<Heard>,
    pub(crate) sequencer: Sequencer,
}

impl World {
    pub(crate) async fn over(database: TestDatabase) -> Self {
        let store = database.open().await;
        let heard = Arc::new(Heard::default());
        let sequencer = Sequencer::start(store.clone(), Arc::clone(&heard) as _);
        Self { database, store, heard, sequencer }
    }

    /// Another node over the same database.
    pub(crate) async fn another_node(&self) -> (Sequencer, Arc<Heard>) {
        let heard = Arc::new(Heard::default());
        let store = self.database.open().await;
        (Sequencer::start(store, Arc::clone(&heard) as _), heard)
    }

    /// An account with one device.
    pub(crate) async fn person(&self, name: &str) -> Author {
        let user = UserId(fresh());
        let mut tx = self.store.begin().await.unwrap();
        db!(tx tx, exec
            "INSERT INTO users (id, name, display_name, is_admin, created_at) VALUES ($1, $2, $2, $3, 0)",
            user.0, name, false)
        .unwrap();
        tx.commit().await.unwrap();
        self.device(user).await
    }

    /// Another device of an account.
    pub(crate) async fn device(&self, user: UserId) -> Author {
        let device = DeviceId(fresh());
        let prefix = ActorPrefix(device.as_bytes()[8..].try_into().unwrap());
        let mut tx = self.store.begin().await.unwrap();
        db!(tx tx, exec
            "INSERT INTO devices (id, user_id, name, platform, prefix, created_at, seen_at)
             VALUES ($1, $2, 'a device', 'test', $3, 0, 0)",
            device.0, user.0, prefix.0.as_slice())
        .unwrap();
        tx.commit().await.unwrap();
        Author::new(user, device, prefix)
    }

    /// A space that this person founds.
    pub(crate) async fn space(&self, owner: &Author, kind: SpaceKind) -> SpaceId {
        let space = SpaceId(fresh());
        self.command(owner, Command::CreateSpace(space, kind)).await.unwrap();
        space
    }

    pub(crate) async fn command(&self, by: &Author, command: Command) -> Result<(), Rejection> {
        self.sequencer.command(by.submitter(), command).await
    }

    pub(crate) async fn govern(&self, by: &Author, what: Governance) -> Result<(), Rejection> {
        self.sequencer.govern(by.submitter(), what).await
    }

    /// Lets somebody in.
    pub(crate) async fn add(&self, owner: &Author, space: SpaceId, who: &Author, role: Role) {
        self.govern(owner, Governance::AddMember(space, who.user, role)).await.unwrap();
    }

    pub(crate) async fn push(&self, by: &Author, push: Push) -> Pushed {
        self.sequencer.push(by.submitter(), push).await
    }

    /// A todo with this title, accepted.
    pub(crate) async fn todo(
        &self,
        by: &mut Author,
        space: SpaceId,
        title: &str,
    ) -> (DocId, Bytes) {
        let doc = new_doc();
        let chunk = by.begin(doc, Kind::Todo, "title", title);
        self.push(by, create(space, doc, Kind::Todo, &[&chunk])).await.all_accepted();
        (doc, chunk)
    }

    /// One edit of a document that is there, accepted.
    pub(crate) async fn edit(&self, by: &mut Author, doc: DocId, title: &str) -> Bytes {
        let chunk = by.put(doc, "title", title);
        self.push(by, push(doc, &[&chunk])).await.all_accepted();
        chunk
    }
}

/// A fresh document id.
pub(crate) fn new_doc() -> DocId {
    DocId(fresh())
}

/// The same person at a live connection.
pub(crate) fn connected(by: &Author, connection: u64) -> Submitter {
    Submitter { connection: Some(ConnectionId(connection)), ..by.submitter() }
}

pub(crate) fn fresh() -> Uuid {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

impl Pushed {
    /// The places of the changes, all of which were accepted.
    #[track_caller]
    pub(crate) fn all_accepted(&self) -> Vec<u64> {
        let seq = |verdict: &Verdict| match verdict {
            Verdict::Accepted { seq, .. } => *seq,
            Verdict::Refused { code, path, rule, .. } => {
                panic!("refused: {code} {path:?} {rule:?}")
            }
        };
        self.verdicts.verdicts.iter().map(seq).collect()
    }

    /// The code of each verdict; `accepted` where it was.
    pub(crate) fn codes(&self) -> Vec<&str> {
        self.verdicts.verdicts.iter().map(code_of).collect()
    }
}

fn code_of(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Accepted { .. } => "accepted",
        Verdict::Refused { code, .. } => code,
    }
}
