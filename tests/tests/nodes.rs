//! Two server processes on one PostgreSQL database serve the same spaces: one order
//! of changes, word of each other's within a moment, and one goes on when the other
//! is killed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use umbra_model::{Kind, Role, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::{Event, LogEntry, ServerFrame, Verdict};
use umbra_tests::{Database, Engine, Heard, Node, Pen, Person, Socket, push_of};

/// What is committed on one node is known on the other within a second (P8); the
/// rest is for a machine that is busy.
const SOON: Duration = Duration::from_millis(2_500);

/// Two nodes, and two people who share a list.
struct Pair {
    one: Node,
    two: Node,
    ann: Person,
    bob: Person,
    space: SpaceId,
    _database: Database,
}

impl Pair {
    async fn start() -> Self {
        let database = Database::fresh(Engine::Postgres).await;
        let (mut one, mut two) = (Node::over(&database), Node::over(&database));
        one.start().await;
        two.start().await;
        let ann = one.set_up("ann").await;
        let bob = two.sees(&one.register("bob").await);
        let space = ann.space(SpaceKind::List).await;
        Self { one, two, ann, bob, space, _database: database }
    }
}

/// The frames up to the first of which this says yes; soon.
async fn soon(socket: &mut Socket, is_it: impl FnMut(&ServerFrame) -> bool) -> ServerFrame {
    let begun = Instant::now();
    let frame = socket.until(is_it).await.pop().expect("the last one is it");
    assert!(begun.elapsed() < SOON, "it took {:?} to hear of {frame:?}", begun.elapsed());
    frame
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_on_one_node_is_heard_on_the_other() {
    let it = Pair::start().await;
    it.ann.add(it.space, &it.bob, Role::Viewer).await.ok();
    let (mut here, mut there) = (it.ann.live().await, it.bob.live().await);
    let (mut pen, doc) = (Pen::new(it.ann.prefix), Pen::new_doc());
    let chunk = pen.begin(doc, Kind::Todo, "title", "Tea");
    let push = push_of(1, doc, Some((it.space, Kind::Todo)), &[&chunk]);
    let verdicts = here.push(push).await;
    assert!(matches!(verdicts.verdicts[..], [Verdict::Accepted { .. }]), "{verdicts:?}");
    let frame = soon(&mut there, |frame| matches!(frame, ServerFrame::Entries(_))).await;
    let ServerFrame::Entries(entries) = frame else { panic!("entries") };
    let entries: Vec<LogEntry> = entries.body.unpack().expect("entries");
    assert!(entries.iter().any(|entry| matches!(&entry.event,
        Event::Change { chunk: heard, .. } if *heard == chunk)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_change_on_one_node_and_are_let_in_and_out_on_the_other() {
    let it = Pair::start().await;
    let mut there = it.bob.live().await;
    let is_space = |frame: &ServerFrame| matches!(frame, ServerFrame::Space(_));
    it.ann.add(it.space, &it.bob, Role::Viewer).await.ok();
    let ServerFrame::Space(state) = soon(&mut there, is_space).await else { panic!("a space") };
    assert_eq!((state.space, state.role), (it.space, Role::Viewer));
    it.ann.change(it.space, &it.bob, Role::Editor).await.ok();
    let ServerFrame::Space(state) = soon(&mut there, is_space).await else { panic!("a space") };
    assert_eq!(state.role, Role::Editor);

    let begun = Instant::now();
    it.ann.remove(it.space, &it.bob).await.ok();
    let (frames, end) = there.until_closed().await;
    assert!(begun.elapsed() < SOON, "it took {:?} to be cut off", begun.elapsed());
    assert!(matches!(end, Heard::Closed(4403, _)), "{end:?}");
    let purged = |frame: &ServerFrame| matches!(frame, ServerFrame::Purge(order) if order.space == it.space && order.doc.is_none());
    assert!(frames.iter().any(purged), "{frames:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_revoked_on_one_node_is_cut_off_on_the_other() {
    let it = Pair::start().await;
    let phone = it.two.sees(&it.ann.on_another_device().await);
    let mut there = phone.live().await;
    let begun = Instant::now();
    let path = format!("/api/devices/{}", phone.device);
    it.ann.caller.ask("DELETE", &path, None).await.ok();
    let (_, end) = there.until_closed().await;
    assert!(begun.elapsed() < SOON, "it took {:?} to be cut off", begun.elapsed());
    assert!(matches!(end, Heard::Closed(4401, _)), "{end:?}");
}

/// Writes so many documents, one push after another; says where each change went.
async fn write(person: Person, space: SpaceId, count: u32) -> Vec<u64> {
    let mut socket = person.live().await;
    let mut pen = Pen::new(person.prefix);
    let mut seqs = Vec::new();
    for id in 0..count {
        let doc = Pen::new_doc();
        let chunk = pen.begin(doc, Kind::Todo, "title", format!("todo {id}"));
        let push = push_of(id, doc, Some((space, Kind::Todo)), &[&chunk]);
        match &socket.push(push).await.verdicts[..] {
            [Verdict::Accepted { seq, .. }] => seqs.push(*seq),
            other => panic!("{other:?}"),
        }
    }
    seqs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_nodes_write_one_log_without_gaps() {
    const EACH: u32 = 40;
    let it = Pair::start().await;
    it.ann.add(it.space, &it.bob, Role::Editor).await.ok();
    let writers = [it.ann.clone(), it.two.sees(&it.ann.on_another_device().await), it.bob.clone()];
    let tasks = writers.map(|person| tokio::spawn(write(person, it.space, EACH)));
    let mut places = BTreeSet::new();
    for task in tasks {
        for seq in task.await.expect("a writer doesn't fail") {
            assert!(places.insert(seq), "two changes have place {seq}");
        }
    }
    let head = it.ann.caller.get(&format!("/api/spaces/{}", it.space)).await.ok();
    let head = head["head"].as_u64().expect("a number");
    // Founding takes three entries, letting bob in one, and each todo two.
    assert_eq!(head, 3 + 1 + 2 * u64::from(EACH) * 3, "the log has gaps");
    it.one.audit();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_goes_on_when_the_other_is_killed() {
    let mut it = Pair::start().await;
    it.ann.add(it.space, &it.bob, Role::Editor).await.ok();
    let before = write(it.ann.clone(), it.space, 5).await;
    let mut here = it.ann.live().await;
    it.one.kill();
    assert!(matches!(here.until_closed().await.1, Heard::Gone));
    let after = write(it.two.sees(&it.ann), it.space, 5).await;
    assert!(after.iter().min() > before.iter().max(), "{before:?} {after:?}");
    let mine = write(it.bob.clone(), it.space, 5).await;
    assert!(mine.iter().min() > after.iter().max());
    it.one.start().await;
    let mut back = it.ann.live().await;
    let bobs = write(it.bob.clone(), it.space, 1).await;
    soon(&mut back, |frame| matches!(frame, ServerFrame::Entries(it) if it.to >= bobs[0])).await;
    it.two.audit();
}
