//! A device: the real client engine over a store in memory, which survives crashes
//! as a disk does.

use std::collections::BTreeSet;

use futures_util::FutureExt;
use umbra_client_core::document::Document;
use umbra_client_core::engine::{Engine, Env, perform};
use umbra_client_core::session::{ClientSession, Config, Input, Outcome, Output};
use umbra_client_core::store::{
    AccountRow, Documents, Edits, MemoryStore, MemoryTx, Meta, Spaces, Store, Tx,
};
use umbra_client_core::{Error, Result};
use umbra_model::recurrence::Zone;
use umbra_model::{ActorPrefix, DeviceId, DocId, Millis, Role, UserId};
use umbra_server::sequencer::ConnectionId;
use umbra_sync_protocol::wire::ClientFrame;

use crate::deed::{Deed, is_mark};
use crate::dice::Dice;

/// What the world has to do for a device.
pub enum Task {
    Send(ClientFrame),
    /// Begin a new connection.
    Close,
}

pub struct Device {
    pub user: UserId,
    pub id: DeviceId,
    pub prefix: ActorPrefix,
    pub store: MemoryStore,
    pub session: ClientSession,
    pub link: Option<ConnectionId>,
    /// Whether it thinks that it may do everything, and so pushes what it mustn't.
    pub lies: bool,
    views: bool,
}

/// The future of a store in memory is ready at once.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("nobody else uses this store")
}

fn config(views: bool) -> Config {
    // Little, so that streams stop for credit.
    Config { agent: "simulation".to_owned(), views, credit: 6_000 }
}

impl Device {
    pub fn new(user: UserId, id: DeviceId, prefix: ActorPrefix, views: bool) -> Self {
        let account = AccountRow {
            server: "http://localhost".to_owned(),
            user,
            name: user.to_string(),
            device: id,
            prefix,
            token: Some("token".to_owned()),
        };
        let store = MemoryStore::new();
        let mut tx = now(store.begin()).expect("it is there");
        let meta = Meta { account: Some(account), ..Meta::default() };
        now(tx.put_meta(&meta)).and_then(|()| now(tx.commit())).expect("it takes everything");
        let session = ClientSession::new(config(views));
        Self { user, id, prefix, store, session, link: None, lies: false, views }
    }

    /// A look at what it holds.
    pub fn look(&self) -> MemoryTx {
        now(self.store.copy().begin()).expect("it is there")
    }

    /// Gives its session an input. `crash` says after how many effects it dies, if it
    /// does; what those did is on its disk. `is_mangled` says whether the server may seem
    /// to do what it mustn't; then it ends the connection.
    pub fn handle(
        &mut self,
        at: Millis,
        input: Input,
        dice: &mut Dice,
        mut crash: Option<usize>,
        is_mangled: bool,
    ) -> (Vec<Task>, bool) {
        let mut tasks = Vec::new();
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            self.session.handle(at, input);
            while let Some(output) = self.session.poll() {
                match output {
                    Output::Send(frame) => tasks.push(Task::Send(frame)),
                    Output::Peer(_) => {}
                    Output::Close(why) if is_mangled || why.ends_with("as a whole") => {
                        tasks.push(Task::Close);
                    }
                    Output::Close(why) => panic!("the server did what it mustn't: {why}"),
                    Output::Store(effect) => {
                        let outcome = match self.perform(at, effect, dice) {
                            Ok(outcome) => outcome,
                            Err(Error::Server { .. }) if is_mangled => {
                                tasks.push(Task::Close);
                                return (tasks, false);
                            }
                            Err(error) => panic!("{error}"),
                        };
                        if let Some(left) = &mut crash {
                            *left = left.saturating_sub(1);
                            if *left == 0 {
                                self.crash();
                                return (tasks, true);
                            }
                        }
                        self.session.handle(at, Input::Stored(outcome));
                    }
                }
            }
        }
        (tasks, false)
    }

    fn perform(
        &mut self,
        at: Millis,
        effect: umbra_client_core::session::Effect,
        dice: &mut Dice,
    ) -> Result<Outcome> {
        let env = env(at, dice);
        now(perform(&self.store, env, effect))
    }

    /// It dies and comes back with what is on its disk.
    pub fn crash(&mut self) {
        self.session = ClientSession::new(config(self.views));
        self.link = None;
    }

    /// The marks that its user can read on it.
    pub fn marks(&self) -> BTreeSet<char> {
        let mut tx = self.look();
        let spaces = now(tx.spaces()).expect("it is readable");
        let docs =
            spaces.iter().flat_map(|row| now(tx.documents(row.space)).expect("it is readable"));
        let docs: Vec<DocId> = docs.collect();
        let views = docs.into_iter().filter_map(|doc| now(tx.row(doc)).expect("it is readable"));
        views.flat_map(|row| row.view.chars().filter(is_mark).collect::<Vec<_>>()).collect()
    }

    /// What it has of a document.
    pub fn document(&self, doc: DocId) -> Option<Document> {
        let mut tx = self.look();
        let record = now(tx.record(doc)).expect("it is readable")?;
        let pending = now(tx.pending(doc)).expect("it is readable");
        let (saved, tail) = (record.saved.as_deref(), &record.tail);
        let document = Document::open(record.facts, saved, tail, pending, None);
        Some(document.expect("what a device holds can be opened"))
    }

    /// Somebody does something on it. `false` where it wouldn't let them, or where
    /// there was nothing to do.
    pub fn deed(&mut self, at: Millis, deed: &Deed, dice: &mut Dice) -> bool {
        let mut tx = now(self.store.begin()).expect("it is there");
        if self.lies {
            now(pretend(&mut tx)).expect("it takes everything");
        }
        let env = env(at, dice);
        let mut engine = Engine { tx, env };
        match now(deed.on(&mut engine)) {
            Ok(done) => {
                now(engine.tx.commit()).expect("it takes everything");
                done
            }
            Err(Error::Refused(_) | Error::Input(_) | Error::Conflict(_)) => false,
            Err(error) => panic!("{deed:?} failed: {error}"),
        }
    }
}

fn env(at: Millis, dice: &mut Dice) -> Env<'static> {
    let mut dice = dice.fork();
    Env { now: at, zone: Zone::UTC, dice: Box::new(move || dice.bytes()) }
}

/// It believes that everything belongs to its user.
async fn pretend(tx: &mut MemoryTx) -> Result<()> {
    for mut space in tx.spaces().await? {
        space.role = Role::Owner;
        tx.put_space(&space).await?;
    }
    Ok(())
}
