//! What ends on one node ends on every other, within a second.

use std::time::{Duration, Instant};

use serde_json::json;
use umbra_model::SpaceKind;
use umbra_sync_protocol::wire::ServerFrame;
use umbra_tests::{Database, Engine, Heard, Node, Person};

/// Within a second (P8); the rest is for a machine that is busy.
const SOON: Duration = Duration::from_millis(2_500);

/// Two processes over one database, and somebody with two devices: one asks the first
/// node, the other is live on the second.
struct Pair {
    one: Node,
    _two: Node,
    ann: Person,
    phone: Person,
    _database: Database,
}

impl Pair {
    async fn start() -> Self {
        let database = Database::fresh(Engine::Postgres).await;
        let (mut one, mut two) = (Node::over(&database), Node::over(&database));
        one.start().await;
        two.start().await;
        let ann = one.set_up("ann").await;
        let phone = two.sees(&one.login("ann").await);
        Self { one, _two: two, ann, phone, _database: database }
    }

    /// Does it, and waits for the end of the phone's socket.
    async fn ends(&self, what: impl AsyncFnOnce(&Self)) -> (Vec<ServerFrame>, Heard) {
        let mut there = self.phone.live().await;
        let begun = Instant::now();
        what(self).await;
        let ended = there.until_closed().await;
        assert!(begun.elapsed() < SOON, "it took {:?} to be cut off", begun.elapsed());
        ended
    }
}

fn revoked() -> Heard {
    Heard::Closed(4401, "session_revoked".to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ending_a_session_ends_its_sockets_elsewhere() {
    let it = Pair::start().await;
    let list = it.ann.caller.get("/api/auth/sessions").await.ok();
    let of_phone = |id: &serde_json::Value| id["device"]["id"] == json!(it.phone.device);
    let session = list.as_array().unwrap().iter().find(|it| of_phone(it)).unwrap()["id"].clone();
    let path = format!("/api/auth/sessions/{}", session.as_str().unwrap());
    let ended =
        it.ends(async |it| assert_eq!(it.ann.caller.ask("DELETE", &path, None).await.status, 204));
    assert_eq!(ended.await.1, revoked());
    it.phone.caller.get("/api/spaces").await.is_problem(401, "not_signed_in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ending_all_others_ends_their_sockets_elsewhere() {
    let it = Pair::start().await;
    let mut own = it.ann.live().await;
    let ended = it.ends(async |it| {
        it.ann.caller.ask("DELETE", "/api/auth/sessions", None).await.ok();
    });
    assert_eq!(ended.await.1, revoked());
    own.push(umbra_tests::push_of(1, umbra_tests::Pen::new_doc(), None, &[])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_ends_the_sockets_elsewhere() {
    let it = Pair::start().await;
    let at_one = it.one.sees(&it.phone);
    let ended = it.ends(async |_| {
        at_one.caller.post("/api/auth/logout", json!({})).await.ok();
    });
    assert_eq!(ended.await.1, revoked());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_to_remove_everything_reaches_a_device_elsewhere() {
    let it = Pair::start().await;
    let space = it.ann.space(SpaceKind::List).await;
    let path = format!("/api/devices/{}/purge", it.phone.device);
    let (frames, end) = it
        .ends(async |it| {
            it.ann.caller.post(&path, json!({})).await.ok();
        })
        .await;
    assert_eq!(end, Heard::Closed(4403, "access_changed".to_owned()));
    let is_it =
        |frame: &ServerFrame| matches!(frame, ServerFrame::Purge(order) if order.space == space);
    assert!(frames.iter().any(is_it), "{frames:?}");
}
