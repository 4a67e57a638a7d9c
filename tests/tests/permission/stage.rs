//! A shared space, and who is in it.

use umbra_model::{DocId, Kind, Role, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::{
    Bytes, Event, LogEntry, PackedDoc, PurgeOrder, Push, ServerFrame, Verdict, Verdicts,
};
use umbra_tests::{Engine, Pen, Person, Socket, TestServer, push_of};

/// A space that ada owns and bob is in.
pub struct Stage {
    pub server: TestServer,
    pub ada: Person,
    pub bob: Person,
    pub space: SpaceId,
}

impl Stage {
    pub async fn set(engine: Engine, kind: SpaceKind, role: Role) -> Self {
        let server = TestServer::start(engine).await;
        let (ada, bob) = server.two_people().await;
        let space = ada.space(kind).await;
        ada.add(space, &bob, role).await.ok();
        Self { server, ada, bob, space }
    }

    /// A document of ada's, as both of them hold it.
    pub async fn shared(&self, kind: Kind, title: &str) -> (DocId, Pen, Pen) {
        let doc = Pen::new_doc();
        let mut owner = Pen::new(self.ada.prefix);
        let chunk = owner.begin(doc, kind, "title", title);
        let mut socket = self.ada.live().await;
        let verdicts = socket.push(push_of(1, doc, Some((self.space, kind)), &[&chunk])).await;
        assert_eq!(codes(&verdicts), ["accepted"]);
        let mut member = Pen::new(self.bob.prefix);
        member.take(doc, kind, &[chunk]);
        (doc, owner, member)
    }
}

/// The code of each verdict; `accepted` where it was.
pub fn codes(verdicts: &Verdicts) -> Vec<&str> {
    let code = |verdict| match verdict {
        &Verdict::Accepted { .. } => "accepted",
        Verdict::Refused { code, .. } => code,
    };
    verdicts.verdicts.iter().map(code).collect()
}

/// Pushes one change to a document that is there.
pub async fn edit(socket: &mut Socket, doc: DocId, chunk: &Bytes) -> Verdicts {
    socket.push(push_of(7, doc, None, &[chunk])).await
}

/// A push of one change to each of several documents.
pub fn push_all(id: u32, edits: &[(DocId, &Bytes)]) -> Push {
    let items = edits.iter().flat_map(|(doc, chunk)| push_of(id, *doc, None, &[chunk]).items);
    Push { id, atomic: false, items: items.collect() }
}

/// What a device is given of a space from nothing.
pub async fn cold_start(person: &Person, space: SpaceId) -> Vec<PackedDoc> {
    let mut socket = person.socket().await;
    socket.say(&umbra_sync_protocol::wire::ClientFrame::Hello(umbra_tests::hello())).await;
    let frames = socket.until(|it| matches!(it, ServerFrame::Current(of, _) if *of == space)).await;
    let packs = frames.iter().filter_map(|it| match it {
        ServerFrame::Pack(pack) if pack.space == space => Some(pack.body.unpack::<PackedDoc>()),
        _ => None,
    });
    packs.flat_map(Result::unwrap).collect()
}

/// The next stretch of the space that a live socket hears of.
pub async fn next_entries(socket: &mut Socket, space: SpaceId) -> Vec<LogEntry> {
    let frames = socket
        .until(|it| matches!(it, ServerFrame::Entries(entries) if entries.space == space))
        .await;
    match frames.last() {
        Some(ServerFrame::Entries(entries)) => entries.body.unpack().unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The next purge order that a live socket hears of.
pub async fn next_order(socket: &mut Socket) -> PurgeOrder {
    let frames = socket.until(|it| matches!(it, ServerFrame::Purge(_))).await;
    match frames.last() {
        Some(ServerFrame::Purge(order)) => order.clone(),
        other => panic!("{other:?}"),
    }
}

/// The changes among these entries.
pub fn chunks(entries: &[LogEntry]) -> Vec<&Bytes> {
    let chunk = |entry| match entry {
        &LogEntry { event: Event::Change { ref chunk, .. }, .. } => Some(chunk),
        _ => None,
    };
    entries.iter().filter_map(chunk).collect()
}
