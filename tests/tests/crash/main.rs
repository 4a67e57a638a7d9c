//! The server is killed at random moments under load, again and again. No change
//! that it acknowledged is missing, all clients have the same, and its log proves
//! that all of it was permitted.
//!
//! `UMBRA_CRASHES=2000 cargo test -p umbra-tests --test crash` kills more often.

mod follower;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use umbra_model::{Role, SpaceId, SpaceKind};
use umbra_tests::{Database, Engine, Node, a_while};

use follower::{Followed, Follower};
use writer::Writer;

/// How long a client waits before it tries to connect again, at most.
const RETRY: Duration = Duration::from_millis(8);

/// How far a test is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub enum Stage {
    /// Everybody writes, and the server is killed.
    #[default]
    Load,
    /// Nobody writes anything new.
    Drain,
    /// Everything is acknowledged.
    Done,
}

/// What the tasks of a test share.
#[derive(Default)]
pub struct Load {
    acknowledged: watch::Sender<u64>,
    stage: watch::Sender<Stage>,
}

impl Load {
    /// One more change was acknowledged.
    pub fn acknowledged(&self) {
        self.acknowledged.send_modify(|count| *count += 1);
    }

    /// Waits until something more is acknowledged.
    async fn goes_on(&self) {
        let mut count = self.acknowledged.subscribe();
        let before = *count.borrow_and_update();
        count.wait_for(|now| *now > before).await.expect("it is kept");
    }

    /// Whether it is so far.
    pub fn is(&self, stage: Stage) -> bool {
        *self.stage.borrow() >= stage
    }

    /// Waits until it is so far.
    pub async fn reaches(&self, stage: Stage) {
        let mut stages = self.stage.subscribe();
        stages.wait_for(|now| *now >= stage).await.expect("it is kept");
    }
}

fn crashes(usual: u64) -> u64 {
    let asked = std::env::var("UMBRA_CRASHES").ok();
    asked.map_or(usual, |text| text.parse().expect("UMBRA_CRASHES is a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_sqlite() {
    survive(Engine::Sqlite, crashes(200)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_postgres() {
    survive(Engine::Postgres, crashes(200) / 5).await;
}

async fn survive(engine: Engine, crashes: u64) {
    let database = Database::fresh(engine).await;
    let mut node = Node::over(&database);
    node.start().await;
    let ann = node.set_up("ann").await;
    let bob = node.register("bob").await;
    let space = ann.space(SpaceKind::List).await;
    ann.add(space, &bob, Role::Editor).await.ok();

    let load = Arc::new(Load::default());
    let mut writers = Vec::new();
    for person in [&ann, &bob] {
        for _ in 0..2 {
            let device = person.on_another_device().await;
            let writer = Writer::new(device, space, Arc::clone(&load));
            writers.push(tokio::spawn(writer.run()));
        }
    }
    let follower = Follower::new(ann.on_another_device().await, Arc::clone(&load));
    let follower = tokio::spawn(follower.run());

    for _ in 0..crashes {
        load.goes_on().await;
        a_while(Duration::from_millis(40)).await;
        node.kill();
        node.start().await;
    }
    load.goes_on().await;
    load.stage.send_replace(Stage::Drain);
    let mut written = Vec::new();
    for writer in writers {
        written.push(writer.await.expect("a writer doesn't fail"));
    }
    load.stage.send_replace(Stage::Done);
    let followed = follower.await.expect("the follower doesn't fail");
    let acknowledged: u64 = written.iter().map(|it| it.acks.len() as u64).sum();
    assert!(acknowledged > crashes, "only {acknowledged} changes were acknowledged");
    check(&written, &followed, space);
    let cold = follower::everything(&ann.on_another_device().await).await;
    check_documents(&written, &cold);
    node.stop().await;
    node.audit();
}

/// Who followed all along has every acknowledged change, in its place.
fn check(written: &[Writer], followed: &Followed, space: SpaceId) {
    for writer in written {
        for (hash, seq) in &writer.acks {
            assert!(followed.has(space, *seq, *hash), "{hash:?} is not at {seq}");
        }
    }
}

/// Who comes anew gets documents that are what their writers have.
fn check_documents(written: &[Writer], cold: &follower::Documents) {
    for writer in written {
        for doc in &writer.docs {
            let theirs = cold.get(doc).unwrap_or_else(|| panic!("{doc} is missing"));
            assert_eq!(theirs, &writer.pen.heads(*doc), "{doc} is not what was written");
        }
    }
}
