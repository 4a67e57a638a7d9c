//! A server node: the real sessions and the real core of the sequencer, over the
//! database that the nodes share. What is in a node's memory goes when it dies.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use umbra_model::{DocId, Millis, Role, SpaceId};
use umbra_server::sequencer::core::{Kept, LogRow, Needs, Open, Settled, decide};
use umbra_server::sequencer::{Committed, ConnectionId, Reply, Request, Submission, Submitter};
use umbra_sync_protocol::session::{
    Input, Judged, News, Opened, Published, PublishedEntry, Rates, Revealing, ServerSession,
};
use umbra_sync_protocol::wire::{Answer, Event, LogEntry};

use crate::database::Database;

/// How the answer to a submission goes back.
#[derive(Clone, Copy)]
pub enum Reference {
    Push(ConnectionId, u32),
    Command(ConnectionId, u32),
    /// By REST, or to nobody.
    None,
}

/// The user's role in a space, and whether it is recovering.
type Standing = (Role, bool);

/// A connection that a node serves.
pub struct Served {
    pub session: ServerSession,
    pub by: Submitter,
    /// The spaces that it follows, as the node last told it of them. Nothing before
    /// the session has opened.
    pub known: Option<BTreeMap<SpaceId, Standing>>,
    pub news: VecDeque<News>,
}

pub struct Node {
    pub up: bool,
    pub served: BTreeMap<ConnectionId, Served>,
    pub waiting: VecDeque<(Submission, Reference)>,
    shelf: BTreeMap<DocId, Kept>,
}

/// What a commit of a node comes to.
pub struct Done {
    pub settled: Settled,
    pub references: Vec<Reference>,
    pub rows: Vec<LogRow>,
    pub submissions: Vec<Submission>,
}

impl Node {
    pub fn new() -> Self {
        let (served, shelf) = (BTreeMap::new(), BTreeMap::new());
        Self { up: true, served, waiting: VecDeque::new(), shelf }
    }

    /// It dies. What it had committed is in the database, and nothing else of it is
    /// anywhere.
    pub fn crash(&mut self) -> Vec<ConnectionId> {
        let lost = self.served.keys().copied().collect();
        *self = Self { up: false, ..Self::new() };
        lost
    }

    pub fn accept(&mut self, connection: ConnectionId, by: Submitter, now: Millis) {
        let rates = Rates { frames: 10_000, bytes: 64 << 20 };
        let session = ServerSession::new(rates, now);
        let served = Served { session, by, known: None, news: VecDeque::new() };
        self.served.insert(connection, served);
    }

    /// Judges the first of what waits, and commits. What is to be answered and told
    /// is the caller's to do; if the node dies first, nobody will be told.
    pub fn commit(&mut self, db: &mut Database, now: Millis, count: usize) -> Done {
        let batch: Vec<_> = self.waiting.drain(..count.min(self.waiting.len())).collect();
        let (submissions, references): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        let mut needs = Needs::of(&submissions);
        needs.locate(&db.homes(needs.docs.keys()));
        let facts = db.facts(&needs);
        let mut open = Open::new();
        for doc in &needs.open {
            let Some(row) = facts.docs.get(doc).filter(|row| row.purged_at.is_none()) else {
                continue;
            };
            let kept = self.shelf.remove(doc).filter(|kept| kept.last_seq == row.last_seq);
            open.insert(*doc, kept.map_or_else(|| Box::new(db.open(*doc)), |kept| kept.gate));
        }
        let decision = decide(&submissions, facts, open, &db.seal(), now);
        let rows = decision.rows().to_vec();
        let looked = db.write(&decision);
        let mut settled = decision.settle(&looked);
        for kept in settled.open.drain(..) {
            self.shelf.insert(kept.doc, kept);
        }
        Done { settled, references, rows, submissions }
    }

    /// Queues news for the connections of this node.
    pub fn tell(&mut self, db: &Database, committed: &Committed) -> Vec<ConnectionId> {
        let stretch = Arc::new(publish(committed));
        let mut told = Vec::new();
        for (connection, served) in &mut self.served {
            let news = news_of(db, committed, &stretch, served);
            if !news.is_empty() {
                told.push(*connection);
            }
            served.news.extend(news);
        }
        told
    }

    /// Perhaps another node has written to this space.
    pub fn look_at(&mut self, db: &Database, space: SpaceId) -> Vec<ConnectionId> {
        let mut told = Vec::new();
        for (connection, served) in &mut self.served {
            let Some(known) = &mut served.known else { continue };
            let orders = db.open_orders(served.by.device).into_iter();
            let orders = orders.filter(|order| order.space == space);
            let was = known.get(&space).copied();
            let Some(state) = db.state(space, served.by.user) else {
                if known.remove(&space).is_some() {
                    served.news.push_back(News::Lost(space, orders.collect()));
                    told.push(*connection);
                }
                continue;
            };
            let is = (state.role, state.recovering);
            known.insert(space, is);
            if was != Some(is) {
                served.news.push_back(News::Space(state));
            }
            served.news.extend(orders.map(News::Purge));
            served.news.push_back(News::Behind(space, Some(db.head(space))));
            told.push(*connection);
        }
        told
    }
}

/// Reads who a client is and what it has, and subscribes it.
pub fn open(db: &Database, served: &mut Served, now: Millis) -> Opened {
    let Submitter { user, device, prefix, .. } = served.by;
    let spaces = db.spaces_of(user);
    let states: Vec<_> = spaces.iter().filter_map(|space| db.state(*space, user)).collect();
    let standing = states.iter().map(|it| (it.space, (it.role, it.recovering)));
    served.known = Some(standing.collect());
    let orders = db.open_orders(device);
    Opened { epoch: db.epoch, user, device, prefix, spaces: states, orders, now }
}

/// The input that a session gets for a reply.
pub fn input_of(reply: Reply, reference: Reference) -> Option<(ConnectionId, Input)> {
    match (reply, reference) {
        (Reply::Pushed(pushed), Reference::Push(connection, id)) => {
            let verdicts = pushed.verdicts;
            let judged = Judged { id, verdicts: verdicts.verdicts, stretches: verdicts.covers };
            Some((connection, Input::Judged(judged)))
        }
        (Reply::Done(done), Reference::Command(connection, id)) => {
            let error = done.err().map(|rejection| rejection.fault());
            Some((connection, Input::Answered(Answer { id, error })))
        }
        (_, Reference::None) => None,
        _ => panic!("a reply of another sort than what was submitted"),
    }
}

/// Whether the submission may change who may do what.
pub fn governs(submission: &Submission) -> bool {
    !matches!(submission.request, Request::Push(_))
}

fn publish(committed: &Committed) -> Published {
    let mut entries = Vec::new();
    for entry in &committed.entries {
        let doc = match &entry.event {
            Event::Change { doc, .. }
            | Event::Created { doc, .. }
            | Event::Privacy { doc, .. }
            | Event::Purged { doc } => Some(*doc),
            Event::Saved(packed) => Some(packed.doc),
            Event::Member(_) | Event::Founded { .. } => None,
        };
        let now = doc.and_then(|doc| committed.docs.get(&doc));
        let mut entry: LogEntry = entry.clone();
        if let Event::Change { view, .. } = &mut entry.event {
            let last = now.filter(|now| now.changed == Some(entry.seq));
            *view = last.and_then(|now| now.view.as_deref()).map(str::to_owned);
        }
        entries.push(PublishedEntry { entry, about: now.map(|now| now.facts) });
    }
    let revealing = committed
        .docs
        .values()
        .filter_map(|doc| Some(Revealing { was: doc.facts_were?, now: doc.facts }));
    let revealing = revealing.collect();
    Published::new(committed.space, committed.from, committed.to, entries, revealing)
}

fn news_of(
    db: &Database,
    committed: &Committed,
    stretch: &Arc<Published>,
    served: &mut Served,
) -> Vec<News> {
    let (space, user) = (committed.space, served.by.user);
    let Some(known) = &mut served.known else { return Vec::new() };
    let mine = |it: &&(umbra_model::DeviceId, _)| it.0 == served.by.device;
    let orders = committed.purges.iter().filter(mine).map(|(_, order)| order.clone());
    let Some(state) = db.state(space, user) else {
        let lost = known.remove(&space).map(|_| News::Lost(space, orders.collect()));
        return lost.into_iter().collect();
    };
    let is = (state.role, state.recovering);
    let was = known.insert(space, is);
    let mut news = Vec::new();
    if was != Some(is) {
        news.push(News::Space(state));
    }
    news.extend(orders.map(News::Purge));
    if was.is_some() && committed.to >= committed.from {
        news.push(News::Published(Arc::clone(stretch)));
    }
    news
}
