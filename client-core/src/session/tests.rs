use umbra_model::{ActorPrefix, DeviceId, DocId, Role, SpaceKind, UserId};
use umbra_sync_protocol::wire::{
    Body, ChangeHash, Command, Epoch, LogEntry, PurgeOrder, Push, Receipt, SpaceState, Verdict,
    Welcome,
};

use super::*;
use crate::outbox::{Flight, Hold};
use crate::store::{CommandRow, OutboxRow};

const SPACE: SpaceId = SpaceId(uuid::Uuid::from_bytes([1; 16]));
const DOC: DocId = DocId(uuid::Uuid::from_bytes([2; 16]));
const NOW: Millis = Millis(1_000);

fn session() -> ClientSession {
    ClientSession::new(Config { agent: "test 1".to_owned(), views: true, credit: 1_000 })
}

fn drain(session: &mut ClientSession) -> Vec<Output> {
    std::iter::from_fn(|| session.poll()).collect()
}

fn after(session: &mut ClientSession, input: Input) -> Vec<Output> {
    session.handle(NOW, input);
    drain(session)
}

fn frame(session: &mut ClientSession, frame: ServerFrame) -> Vec<Output> {
    after(session, Input::Frame(frame, 100))
}

fn touched(session: &mut ClientSession, touched: Touched) -> Vec<Output> {
    after(session, Input::Stored(Outcome::Touched(touched)))
}

fn welcome() -> Welcome {
    Welcome {
        version: VERSION,
        epoch: Epoch([3; 16]),
        user: UserId::from_bytes([4; 16]),
        device: DeviceId::from_bytes([5; 16]),
        prefix: ActorPrefix([6; 8]),
        spaces: vec![state()],
        now: NOW,
    }
}

fn state() -> SpaceState {
    SpaceState {
        space: SPACE,
        kind: SpaceKind::List,
        role: Role::Editor,
        head: 7,
        reset: false,
        recovering: false,
    }
}

fn waiting(order: u64) -> OutboxRow {
    OutboxRow { order, doc: DOC, space: SPACE, bytes: 10, group: None, returned: false }
}

/// Connected, welcomed, and the space not current yet.
fn welcomed(fresh: Vec<OutboxRow>) -> ClientSession {
    let mut session = session();
    after(&mut session, Input::Connected);
    let begun = Begun { epoch: None, cursors: Vec::new() };
    after(&mut session, Input::Stored(Outcome::Begun(begun)));
    frame(&mut session, ServerFrame::Welcome(welcome()));
    let touched = Touched { fresh, ..Touched::default() };
    after(&mut session, Input::Stored(Outcome::Welcomed { spaces: vec![SPACE], touched }));
    session
}

fn make_current(session: &mut ClientSession) -> Vec<Output> {
    frame(session, ServerFrame::Current(SPACE, 7));
    let touched = Touched::default();
    after(session, Input::Stored(Outcome::Current { space: SPACE, touched }))
}

/// A session in step, but for one edit that it is about to load.
fn with_a_flight() -> (ClientSession, Flight) {
    let mut session = welcomed(vec![waiting(1)]);
    let outputs = make_current(&mut session);
    let [Output::Store(Effect::Load(flight))] = outputs.as_slice() else { panic!("{outputs:?}") };
    let mut flight = flight.clone();
    flight.items[0].hashes = vec![ChangeHash([9; 32])];
    (session, flight)
}

fn loaded(session: &mut ClientSession, flight: &Flight) -> Vec<Output> {
    let push = Push { id: flight.id, atomic: false, items: Vec::new() };
    after(session, Input::Stored(Outcome::Loaded(Loaded { flight: flight.clone(), push })))
}

fn verdicts(id: u32) -> ServerFrame {
    let (hash, receipt) = (ChangeHash([9; 32]), Receipt([0; 16]));
    let verdicts = vec![Verdict::Accepted { hash, seq: 8, receipt }];
    ServerFrame::Verdicts(Verdicts { id, verdicts, covers: Vec::new() })
}

#[test]
fn a_connection_begins_with_what_the_store_holds() {
    let mut session = session();
    assert_eq!(session.connection(), Connection::Offline);
    assert_eq!(after(&mut session, Input::Connected), [Output::Store(Effect::Begin)]);
    assert_eq!(session.connection(), Connection::Connecting);
    let begun = Begun { epoch: Some(Epoch([3; 16])), cursors: Vec::new() };
    let outputs = after(&mut session, Input::Stored(Outcome::Begun(begun)));
    let [Output::Send(ClientFrame::Hello(hello))] = outputs.as_slice() else { panic!() };
    assert_eq!((hello.version, hello.credit, hello.views), (VERSION, 1_000, true));
    assert_eq!(hello.epoch, Some(Epoch([3; 16])));
    let outputs = frame(&mut session, ServerFrame::Welcome(welcome()));
    assert_eq!(outputs, [Output::Store(Effect::Welcome(welcome()))]);
}

#[test]
fn it_is_in_step_when_all_is_current_and_judged() {
    let (mut session, flight) = with_a_flight();
    assert_eq!(session.connection(), Connection::Syncing(1));
    assert!(matches!(loaded(&mut session, &flight)[..], [Output::Send(ClientFrame::Push(_))]));
    assert!(!session.is_quiet());
    let outputs = frame(&mut session, verdicts(flight.id));
    let [Output::Store(Effect::Verdicts { flight: judged, .. })] = outputs.as_slice() else {
        panic!("{outputs:?}")
    };
    assert_eq!(*judged, flight);
    let outbox = vec![(DOC, Vec::new())];
    let tally = Tally { accepted: 1, ..Tally::default() };
    let outputs = touched(&mut session, Touched { outbox, tally, ..Touched::default() });
    assert_eq!(outputs, [Output::Store(Effect::InStep)], "which is noted");
    assert!(touched(&mut session, Touched::default()).is_empty(), "once");
    assert!(session.is_quiet());
    assert_eq!((session.connection(), session.tally().accepted), (Connection::Synced, 1));
    touched(&mut session, Touched { refused: Some(2), ..Touched::default() });
    assert_eq!(session.connection(), Connection::Refused(2));
}

#[test]
fn nothing_is_pushed_before_the_space_is_current() {
    let mut session = welcomed(vec![waiting(1)]);
    assert_eq!(session.connection(), Connection::Syncing(2), "an edit and a space");
    assert!(after(&mut session, Input::Tick).is_empty());
    assert!(matches!(make_current(&mut session)[..], [Output::Store(Effect::Load(_))]));
}

#[test]
fn what_was_taken_in_is_granted_again() {
    let mut session = welcomed(Vec::new());
    let entries = || umbra_sync_protocol::wire::Entries {
        space: SPACE,
        from: 1,
        to: 1,
        body: Body::pack::<LogEntry>(&[]),
    };
    let outputs = frame(&mut session, ServerFrame::Entries(entries()));
    assert!(matches!(outputs[..], [Output::Store(Effect::Entries(_))]));
    frame(&mut session, ServerFrame::Entries(entries()));
    let outputs = frame(&mut session, ServerFrame::Entries(entries()));
    assert_eq!(outputs[0], Output::Send(ClientFrame::Credit(300)), "a quarter at a time");
}

#[test]
fn what_is_held_waits_and_does_not_keep_it_busy() {
    let (mut session, flight) = with_a_flight();
    loaded(&mut session, &flight);
    frame(&mut session, verdicts(flight.id));
    let (outbox, held) = (vec![(DOC, vec![waiting(1)])], vec![(DOC, Hold::Progress)]);
    touched(&mut session, Touched { outbox, held, ..Touched::default() });
    assert!(session.is_quiet(), "there is nothing to do but wait");
    assert_eq!(session.connection(), Connection::Syncing(1), "and that shows");
    let progress = vec![SPACE];
    let outputs = touched(&mut session, Touched { progress, ..Touched::default() });
    assert!(matches!(outputs[..], [Output::Store(Effect::Load(_))]));
}

#[test]
fn what_others_write_to_the_store_goes_out() {
    let mut session = welcomed(Vec::new());
    make_current(&mut session);
    let outputs = after(&mut session, Input::Stirred);
    assert_eq!(outputs, [Output::Store(Effect::Scan { after: 0 })]);
    let fresh = vec![waiting(4)];
    let outputs = touched(&mut session, Touched { fresh, ..Touched::default() });
    assert!(matches!(outputs[..], [Output::Store(Effect::Load(_))]));
    assert_eq!(after(&mut session, Input::Stirred), [Output::Store(Effect::Scan { after: 4 })]);
}

#[test]
fn commands_are_sent_answered_and_sent_again_when_the_server_is_busy() {
    let mut session = welcomed(Vec::new());
    let row = CommandRow { id: 5, command: Command::CreateSpace(SPACE, SpaceKind::List) };
    let commands = Some(vec![row.clone()]);
    let outputs = touched(&mut session, Touched { commands, ..Touched::default() });
    let [Output::Send(ClientFrame::Command(id, _))] = outputs.as_slice() else { panic!() };
    let answer = |id, code: Option<&str>| {
        let fault = |code: &str| Fault { code: code.into(), message: "".into(), fatal: false };
        ServerFrame::Answer(Answer { id, error: code.map(fault) })
    };
    assert!(frame(&mut session, answer(*id, Some("busy"))).is_empty());
    assert_eq!(session.deadline(), Some(Millis(6_000)));
    session.handle(Millis(6_000), Input::Tick);
    let later = drain(&mut session);
    let [Output::Send(ClientFrame::Command(again, _))] = later.as_slice() else { panic!() };
    assert_ne!(again, id);
    let outputs = frame(&mut session, answer(*again, None));
    assert_eq!(outputs, [Output::Store(Effect::Answer { row, error: None })]);
}

#[test]
fn a_purge_is_confirmed_once_it_is_done() {
    let mut session = welcomed(Vec::new());
    let order = PurgeOrder { order: 3, space: SPACE, doc: None, reason: "removed".into() };
    let outputs = frame(&mut session, ServerFrame::Purge(order.clone()));
    assert_eq!(outputs, [Output::Store(Effect::Purge(order))]);
    let touched = Touched::default();
    let purged = Outcome::Purged { order: 3, space: Some(SPACE), touched };
    let outputs = after(&mut session, Input::Stored(purged));
    assert_eq!(outputs[0], Output::Send(ClientFrame::Purged(Purged { order: 3 })));
    assert!(session.is_quiet() || outputs.len() > 1, "the space isn't waited for");
}

#[test]
fn a_space_that_comes_anew_is_waited_for() {
    let mut session = welcomed(Vec::new());
    make_current(&mut session);
    let outputs = frame(&mut session, ServerFrame::Space(state()));
    assert_eq!(outputs, [Output::Store(Effect::Space { state: state(), is_new: false })]);
    assert_eq!(session.connection(), Connection::Synced);
    frame(&mut session, ServerFrame::Space(SpaceState { reset: true, ..state() }));
    assert_eq!(session.connection(), Connection::Syncing(1));
}

#[test]
fn what_a_server_mustnt_ends_the_connection() {
    let closes = |outputs: &[Output]| matches!(outputs, [Output::Close(_)]);
    let mut session = welcomed(Vec::new());
    assert!(closes(&frame(&mut session, ServerFrame::Welcome(welcome()))), "welcome, twice");
    assert!(closes(&frame(&mut session, verdicts(77))), "verdicts on nothing");
    let answer = ServerFrame::Answer(Answer { id: 77, error: None });
    assert!(closes(&frame(&mut session, answer)), "an answer to nothing");
    let mut early = self::session();
    after(&mut early, Input::Connected);
    assert!(closes(&frame(&mut early, ServerFrame::Current(SPACE, 1))), "before the welcome");
    let mut other = self::session();
    after(&mut other, Input::Connected);
    let begun = Begun { epoch: None, cursors: Vec::new() };
    after(&mut other, Input::Stored(Outcome::Begun(begun)));
    let welcome = Welcome { version: VERSION + 1, ..welcome() };
    assert!(closes(&frame(&mut other, ServerFrame::Welcome(welcome))), "another version");
}

#[test]
fn a_lost_connection_leaves_everything_to_the_next() {
    let (mut session, flight) = with_a_flight();
    loaded(&mut session, &flight);
    assert!(after(&mut session, Input::Closed(None)).is_empty());
    assert_eq!(session.connection(), Connection::Offline);
    assert!(frame(&mut session, verdicts(flight.id)).is_empty(), "too late");
    let revoked = Input::Closed(Some(CloseCode::Revoked.number()));
    assert_eq!(after(&mut session, revoked), [Output::Store(Effect::SignedOut)]);
    assert_eq!(session.connection(), Connection::NeedsSignIn);
    assert_eq!(after(&mut session, Input::Connected), [Output::Store(Effect::Begin)]);
}
