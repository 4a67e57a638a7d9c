//! A device that writes without pause, and keeps account of what was acknowledged.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use umbra_model::{DocId, Kind, SpaceId};
use umbra_sync_protocol::wire::{
    Bytes, ChangeHash, ClientFrame, Hello, ServerFrame, Verdict, Verdicts,
};
use umbra_tests::{Heard, Pen, Person, Socket, a_while, hello, push_of};

use crate::{Load, RETRY, Stage};

/// How many pushes it has under way.
const WINDOW: usize = 4;

/// How many documents it writes into.
const DOCUMENTS: usize = 12;

/// A change that isn't acknowledged yet.
struct Pending {
    doc: DocId,
    chunk: Bytes,
}

pub struct Writer {
    pub pen: Pen,
    pub docs: Vec<DocId>,
    /// What the server promised to keep, and where.
    pub acks: BTreeMap<ChangeHash, u64>,
    person: Person,
    space: SpaceId,
    load: Arc<Load>,
    /// Not acknowledged, in the order in which it was written.
    pending: VecDeque<Pending>,
    /// How many of those are under way on the connection that there is.
    sent: usize,
    pushes: u32,
    written: u64,
}

impl Writer {
    pub fn new(person: Person, space: SpaceId, load: Arc<Load>) -> Self {
        Self {
            pen: Pen::new(person.prefix),
            docs: Vec::new(),
            acks: BTreeMap::new(),
            person,
            space,
            load,
            pending: VecDeque::new(),
            sent: 0,
            pushes: 0,
            written: 0,
        }
    }

    /// Writes until the load is over and everything is acknowledged.
    pub async fn run(mut self) -> Self {
        while !self.is_done() {
            let addr = self.person.addr();
            match Socket::try_connect(addr, &self.person.token).await {
                Some(socket) => self.write(socket).await,
                None => a_while(RETRY).await,
            }
        }
        self
    }

    fn is_over(&self) -> bool {
        self.load.is(Stage::Drain)
    }

    fn is_done(&self) -> bool {
        self.is_over() && self.pending.is_empty()
    }

    /// Writes on one connection, as long as it lasts. What had no answer on the one
    /// before is pushed again.
    async fn write(&mut self, mut socket: Socket) {
        self.sent = 0;
        // Without credit there is no stream of what others write.
        socket.say(&ClientFrame::Hello(Hello { credit: 0, ..hello() })).await;
        while !self.is_done() {
            self.fill(&mut socket).await;
            match socket.hear().await {
                Heard::Frame(ServerFrame::Verdicts(verdicts)) => self.take(&verdicts),
                Heard::Frame(_) => {}
                Heard::Closed(..) | Heard::Gone => return,
            }
        }
    }

    /// Sends until so much is under way as may be.
    async fn fill(&mut self, socket: &mut Socket) {
        while self.sent < WINDOW {
            if self.sent == self.pending.len() {
                if self.is_over() {
                    return;
                }
                let pending = self.next();
                self.pending.push_back(pending);
            }
            let Pending { doc, chunk } = &self.pending[self.sent];
            self.pushes += 1;
            let create = Some((self.space, Kind::Todo));
            let push = push_of(self.pushes, *doc, create, &[chunk]);
            socket.say(&ClientFrame::Push(push)).await;
            self.sent += 1;
        }
    }

    fn next(&mut self) -> Pending {
        self.written += 1;
        let value = format!("edit {}", self.written);
        if self.docs.len() < DOCUMENTS {
            let doc = Pen::new_doc();
            self.docs.push(doc);
            return Pending { doc, chunk: self.pen.begin(doc, Kind::Todo, "title", value) };
        }
        let doc = self.docs[rand::random::<u64>() as usize % DOCUMENTS];
        let chunk = match self.written % 3 {
            0 => self.pen.write(doc, "notes", "more "),
            _ => self.pen.put(doc, "title", value),
        };
        Pending { doc, chunk }
    }

    /// Verdicts come in the order of the pushes.
    fn take(&mut self, verdicts: &Verdicts) {
        let [verdict] = verdicts.verdicts.as_slice() else { panic!("one verdict a push") };
        match verdict {
            Verdict::Accepted { hash, seq, .. } => {
                let pending = self.pending.pop_front().expect("it was pushed");
                assert_eq!(umbra_tests::hash_of(&pending.chunk), *hash, "of another change");
                let before = self.acks.insert(*hash, *seq);
                assert!(before.is_none_or(|before| before == *seq), "it has another place now");
                self.sent -= 1;
                self.load.acknowledged();
            }
            Verdict::Refused { code, .. } => panic!("honest work was refused: {code}"),
        }
    }
}
