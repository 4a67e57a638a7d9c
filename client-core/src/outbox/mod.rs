//! What waits to be pushed, and what is under way: which changes go into which
//! push, and in which order.
//!
//! * What waits goes out in the order in which it was made, but for what must
//!   wait longer; nothing waits for another document.
//! * A document has one push in flight at a time, so its changes never overtake
//!   each other, and what piles up meanwhile goes in one push.
//! * A space's documents wait until the space is current: then every echo of an
//!   edit whose acknowledgement was lost has been seen.
//! * An all-or-nothing group goes alone, once all that it needs is at the front.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::{DocId, Millis, SpaceId};
use umbra_sync_protocol::limits::{FRAME_BYTES_MAX, PUSH_CHUNKS_MAX, PUSH_ITEMS_MAX};
use umbra_sync_protocol::wire::ChangeHash;

use crate::store::OutboxRow;

/// How many pushes may be under way.
pub const WINDOW: usize = 8;

/// How many commands may be under way.
pub const COMMANDS_WINDOW: usize = 16;

/// The most bytes of changes in one push: well within a frame, and little enough
/// that verdicts come while the next one is under way.
pub const BATCH_BYTES: usize = 192 << 10;

/// The most documents in one push.
pub const BATCH_ITEMS: usize = 256;

/// The most documents in an all-or-nothing group.
pub const GROUP_ITEMS_MAX: usize = 64;

const _: () = assert!(BATCH_BYTES + (256 << 10) + BATCH_ITEMS * 256 < FRAME_BYTES_MAX);
const _: () = assert!(BATCH_ITEMS <= PUSH_ITEMS_MAX && GROUP_ITEMS_MAX <= PUSH_ITEMS_MAX);

/// What waits to be pushed, and what is under way.
#[derive(Clone, Default, Debug)]
pub struct Outbox {
    queues: BTreeMap<DocId, Queue>,
    /// The documents that may go, by the place of their first row.
    ready: BTreeSet<(u64, DocId)>,
    groups: BTreeMap<u64, BTreeSet<DocId>>,
    flights: BTreeMap<u32, Flight>,
    open: BTreeSet<SpaceId>,
    last_order: u64,
    last_id: u32,
}

#[derive(Clone, Debug)]
struct Queue {
    rows: Vec<OutboxRow>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Ready,
    InFlight,
    Held(Hold),
}

/// Until when a document's changes are held back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hold {
    /// Until something happens in its space.
    Progress,
    /// Until then: the server is busy.
    Until(Millis),
}

/// A push that is under way, or about to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flight {
    /// Its number.
    pub id: u32,
    /// Whether it is all or nothing.
    pub atomic: bool,
    /// What it holds, by document.
    pub items: Vec<FlightItem>,
}

/// The changes of one document in a push.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlightItem {
    /// The document.
    pub doc: DocId,
    /// Whether the server accepted them once and lost them since.
    pub returned: bool,
    /// Their places in the outbox.
    pub orders: Vec<u64>,
    /// Their hashes, known once they have been read from the store.
    pub hashes: Vec<ChangeHash>,
}

impl Outbox {
    /// Adds what was written since the last time, or everything at first.
    pub fn extend(&mut self, rows: impl IntoIterator<Item = OutboxRow>) {
        let mut by_doc: BTreeMap<DocId, Vec<OutboxRow>> = BTreeMap::new();
        for row in rows {
            if !row.returned {
                self.last_order = self.last_order.max(row.order);
            }
            by_doc.entry(row.doc).or_default().push(row);
        }
        for (doc, new) in by_doc {
            let mut rows =
                self.queues.get(&doc).map(|queue| queue.rows.clone()).unwrap_or_default();
            let place = |row: &OutboxRow| (row.returned, row.order);
            rows.retain(|row| new.iter().all(|new| place(new) != place(row)));
            rows.extend(new);
            self.replace(doc, rows);
        }
    }

    /// The last place that it has been told all up to. What it is told of single
    /// documents goes beyond.
    pub fn last_order(&self) -> u64 {
        self.last_order
    }

    /// What waits of a document is this and nothing else.
    pub fn replace(&mut self, doc: DocId, mut rows: Vec<OutboxRow>) {
        // What is given back comes first: the rest builds on it.
        rows.sort_by_key(|row| (!row.returned, row.order));
        let state = self.queues.get(&doc).map_or(State::Ready, |queue| queue.state);
        self.take_out(doc);
        for group in rows.iter().filter_map(|row| row.group) {
            self.groups.entry(group).or_default().insert(doc);
        }
        if rows.is_empty() && state != State::InFlight {
            return;
        }
        self.queues.insert(doc, Queue { rows, state });
        self.note_ready(doc);
    }

    /// The space's documents may be pushed from now on.
    pub fn open(&mut self, space: SpaceId) {
        self.open.insert(space);
        self.progress(space);
    }

    /// The space's documents wait until it is opened again.
    pub fn close(&mut self, space: SpaceId) {
        self.open.remove(&space);
    }

    /// Whether the space's documents may be pushed.
    pub fn is_open(&self, space: SpaceId) -> bool {
        self.open.contains(&space)
    }

    /// Something happened in a space: what was held for that may go.
    pub fn progress(&mut self, space: SpaceId) {
        self.release(|hold, of| hold == Hold::Progress && of == space);
    }

    /// Time has passed: what was held until now may go.
    pub fn tick(&mut self, now: Millis) {
        self.release(|hold, _| matches!(hold, Hold::Until(time) if time <= now));
    }

    /// When something that is held may go.
    pub fn deadline(&self) -> Option<Millis> {
        let held = self.queues.values().filter_map(|queue| match queue.state {
            State::Held(Hold::Until(time)) => Some(time),
            _ => None,
        });
        held.min()
    }

    /// Begins the next push, if there is something to push and room for it.
    pub fn take_off(&mut self) -> Option<Flight> {
        if self.flights.len() >= WINDOW {
            return None;
        }
        let (atomic, items) = self.gather()?;
        self.last_id = self.last_id.wrapping_add(1);
        let flight = Flight { id: self.last_id, atomic, items };
        for item in &flight.items {
            self.set_state(item.doc, State::InFlight);
        }
        self.flights.insert(flight.id, flight.clone());
        Some(flight)
    }

    /// The push holds this, now that it has been read from the store. `false`
    /// where that is nothing, and it needn't be sent.
    pub fn loaded(&mut self, flight: Flight) -> bool {
        let kept: BTreeSet<DocId> = flight.items.iter().map(|item| item.doc).collect();
        let planned = self.flights.get(&flight.id).map(|planned| planned.items.clone());
        for item in planned.unwrap_or_default().iter().filter(|item| !kept.contains(&item.doc)) {
            self.set_state(item.doc, State::Ready);
            self.replace(item.doc, Vec::new());
        }
        let is_sent = !flight.items.is_empty();
        if is_sent {
            self.flights.insert(flight.id, flight);
        } else {
            self.flights.remove(&flight.id);
        }
        is_sent
    }

    /// The push was answered: what it held is under way no more. `None` where
    /// there is no such push.
    pub fn landed(&mut self, id: u32) -> Option<Flight> {
        let flight = self.flights.remove(&id)?;
        for item in &flight.items {
            self.set_state(item.doc, State::Ready);
        }
        Some(flight)
    }

    /// Holds a document's changes back.
    pub fn hold(&mut self, doc: DocId, hold: Hold) {
        self.set_state(doc, State::Held(hold));
    }

    /// The connection is gone: nothing is under way any more.
    pub fn ground(&mut self) {
        self.flights.clear();
        self.open.clear();
        let docs: Vec<DocId> = self.queues.keys().copied().collect();
        for doc in docs {
            self.set_state(doc, State::Ready);
        }
    }

    /// How many changes wait for their verdict.
    pub fn len(&self) -> usize {
        self.queues.values().map(|queue| queue.rows.len()).sum()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    /// Whether nothing is under way and nothing can go before something happens.
    pub fn is_idle(&self) -> bool {
        let can_go = |queue: &Queue| {
            let is_open = queue.rows.first().is_some_and(|row| self.open.contains(&row.space));
            !matches!(queue.state, State::Held(Hold::Progress)) && is_open
        };
        self.flights.is_empty() && !self.queues.values().any(can_go)
    }

    /// What goes into the next push.
    fn gather(&self) -> Option<(bool, Vec<FlightItem>)> {
        let (mut items, mut bytes, mut chunks) = (Vec::new(), 0, 0);
        for (_, doc) in &self.ready {
            let Some(queue) = self.queues.get(doc) else { continue };
            let Some(first) = queue.rows.first() else { continue };
            if !self.open.contains(&first.space) {
                continue;
            }
            if let Some(group) = first.group {
                if items.is_empty()
                    && let Some(group) = self.gather_group(group)
                {
                    return Some((true, group));
                }
                continue;
            }
            let alike = |row: &&OutboxRow| row.group.is_none() && row.returned == first.returned;
            let rows: Vec<&OutboxRow> = queue
                .rows
                .iter()
                .take_while(alike)
                .take_while(|row| {
                    // One change always fits, however large.
                    let fits = chunks == 0
                        || (bytes + row.bytes <= BATCH_BYTES && chunks < PUSH_CHUNKS_MAX);
                    bytes += if fits { row.bytes } else { 0 };
                    chunks += usize::from(fits);
                    fits
                })
                .collect();
            if rows.is_empty() {
                break;
            }
            items.push(FlightItem::of(*doc, first.returned, rows));
            if items.len() >= BATCH_ITEMS {
                break;
            }
        }
        (!items.is_empty()).then_some((false, items))
    }

    /// A group, if all of it is at the front and nothing of it under way.
    fn gather_group(&self, group: u64) -> Option<Vec<FlightItem>> {
        let docs = self.groups.get(&group)?;
        let item = |doc: &DocId| {
            let queue = self.queues.get(doc)?;
            let is_free = queue.state == State::Ready
                && queue
                    .rows
                    .first()
                    .is_some_and(|row| row.group == Some(group) && self.open.contains(&row.space));
            let rows = queue.rows.iter().take_while(|row| row.group == Some(group)).collect();
            is_free.then(|| FlightItem::of(*doc, false, rows))
        };
        docs.iter().map(item).collect()
    }

    fn release(&mut self, which: impl Fn(Hold, SpaceId) -> bool) {
        let freed: Vec<DocId> = self
            .queues
            .iter()
            .filter(|(_, queue)| match (queue.state, queue.rows.first()) {
                (State::Held(hold), Some(row)) => which(hold, row.space),
                _ => false,
            })
            .map(|(doc, _)| *doc)
            .collect();
        for doc in freed {
            self.set_state(doc, State::Ready);
        }
    }

    fn set_state(&mut self, doc: DocId, state: State) {
        let Some(queue) = self.queues.get_mut(&doc) else { return };
        queue.state = state;
        if let Some(first) = queue.rows.first() {
            self.ready.remove(&(first.order, doc));
        }
        if queue.rows.is_empty() && state != State::InFlight {
            self.queues.remove(&doc);
        }
        self.note_ready(doc);
    }

    fn note_ready(&mut self, doc: DocId) {
        let Some(queue) = self.queues.get(&doc) else { return };
        if let (State::Ready, Some(first)) = (queue.state, queue.rows.first()) {
            self.ready.insert((first.order, doc));
        }
    }

    fn take_out(&mut self, doc: DocId) {
        let Some(queue) = self.queues.remove(&doc) else { return };
        if let Some(first) = queue.rows.first() {
            self.ready.remove(&(first.order, doc));
        }
        for group in queue.rows.iter().filter_map(|row| row.group) {
            if let Some(docs) = self.groups.get_mut(&group) {
                docs.remove(&doc);
                if docs.is_empty() {
                    self.groups.remove(&group);
                }
            }
        }
    }
}

impl FlightItem {
    fn of(doc: DocId, returned: bool, rows: Vec<&OutboxRow>) -> Self {
        let orders = rows.into_iter().map(|row| row.order).collect();
        Self { doc, returned, orders, hashes: Vec::new() }
    }
}

#[cfg(test)]
mod tests;
