//! What goes to the client of each space, and how far it has come.
//!
//! A space's stream is cold (documents are being sent), behind (log entries are
//! being read) or live. One page is read at a time for the whole connection, the
//! spaces taking turns, and none while the client has granted no credit; so a
//! connection costs one page of memory however much it has to catch up with.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use umbra_model::{DocId, SpaceId, UserId};

use super::input::{EntriesPage, PackPage, Page};
use super::output::{Load, Want};
use super::published::Published;
use super::viewer::Viewer;
use crate::wire::{self, Cover, Entries, Pack, ServerFrame, SpaceState};

/// All the streams of one connection.
#[derive(Debug)]
pub(super) struct Streams {
    user: UserId,
    views: bool,
    credit: i64,
    spaces: BTreeMap<SpaceId, Space>,
    /// Who waits for a page.
    waiting: VecDeque<SpaceId>,
    /// Whose page is being read, and under which ticket.
    loading: Option<(u32, SpaceId)>,
    tickets: u32,
}

#[derive(Debug)]
struct Space {
    facts: SpaceState,
    viewer: Viewer,
    stream: Stream,
}

#[derive(Clone, Copy, Debug)]
enum Stream {
    /// Documents up to `packed_to` were sent; entries behind `base` follow later.
    /// The base is fixed by the first page.
    Cold { base: Option<u64>, packed_to: Option<DocId> },
    /// Entries up to `at` were sent, and there may be more.
    Behind { at: u64 },
    /// Entries up to `at` were sent, and the next published ones are sent as they come.
    Live { at: u64 },
}

/// Where a stream begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    /// With every document, or those behind an id where an earlier cold start broke off.
    Cold(Option<(u64, DocId)>),
    /// Behind this entry.
    After(u64),
}

/// What to tell the client.
#[derive(Debug, Default)]
pub(super) struct Sent(pub(super) Vec<Bytes>);

impl Streams {
    pub(super) fn new(user: UserId, views: bool, credit: u32) -> Self {
        Self {
            user,
            views,
            credit: i64::from(credit),
            spaces: BTreeMap::new(),
            waiting: VecDeque::new(),
            loading: None,
            tickets: 0,
        }
    }

    /// What the client may still be sent, less what was sent beyond it.
    pub(super) fn credit(&self) -> i64 {
        self.credit
    }

    /// The client takes so many more bytes.
    pub(super) fn grant(&mut self, bytes: u32) {
        self.credit += i64::from(bytes);
    }

    /// Who reads this space on this connection.
    pub(super) fn viewer(&self, space: SpaceId) -> Option<Viewer> {
        self.spaces.get(&space).map(|it| it.viewer)
    }

    /// Begins, or begins again.
    pub(super) fn start(&mut self, facts: SpaceState, start: Start) -> Sent {
        let viewer = Viewer { user: self.user, role: facts.role };
        let mut sent = Sent::default();
        let stream = match start {
            Start::Cold(resume) => Stream::Cold {
                base: resume.map(|(base, _)| base),
                packed_to: resume.map(|(_, packed_to)| packed_to),
            },
            Start::After(at) if at == facts.head => {
                sent.current(facts.space, at);
                Stream::Live { at }
            }
            Start::After(at) => Stream::Behind { at },
        };
        let id = facts.space;
        self.forget_load_of(id);
        self.spaces.insert(id, Space { facts, viewer, stream });
        if !matches!(stream, Stream::Live { .. }) {
            self.want(id);
        }
        sent
    }

    /// The user has the space in another way: with another role, or recovering.
    /// Where that lets them see more, the space starts from cold.
    pub(super) fn change(&mut self, facts: SpaceState) -> (SpaceState, Sent) {
        let before = self.spaces.get(&facts.space).map(|it| it.viewer);
        let viewer = Viewer { user: self.user, role: facts.role };
        match before {
            Some(before) if !viewer.sees_more_than(before, facts.kind) => {
                if let Some(space) = self.spaces.get_mut(&facts.space) {
                    let head = space.facts.head.max(facts.head);
                    (space.facts, space.viewer) = (SpaceState { head, ..facts.clone() }, viewer);
                }
                (SpaceState { reset: false, ..facts }, Sent::default())
            }
            before => {
                let sent = self.start(facts.clone(), Start::Cold(None));
                (SpaceState { reset: before.is_some(), ..facts }, sent)
            }
        }
    }

    /// The user has lost the space.
    pub(super) fn stop(&mut self, space: SpaceId) {
        self.spaces.remove(&space);
        self.forget_load_of(space);
    }

    /// A stretch was committed.
    pub(super) fn published(&mut self, stretch: &Published) -> Sent {
        let mut sent = Sent::default();
        let Some(space) = self.spaces.get_mut(&stretch.space) else { return sent };
        space.facts.head = space.facts.head.max(stretch.to);
        match space.stream {
            Stream::Live { at } if stretch.to <= at => {}
            Stream::Live { at }
                if stretch.from <= at + 1 && self.credit > 0 && !stretch.reveals(space.viewer) =>
            {
                let frame = stretch.frame_for(space.viewer, self.views);
                self.credit -= frame.len() as i64;
                space.stream = Stream::Live { at: stretch.to };
                sent.0.push(frame);
            }
            Stream::Live { at } => {
                space.stream = Stream::Behind { at };
                self.want(stretch.space);
            }
            Stream::Cold { .. } | Stream::Behind { .. } => {}
        }
        sent
    }

    /// There may be more in the log than was published here.
    pub(super) fn behind(&mut self, id: SpaceId, head: Option<u64>) {
        let Some(space) = self.spaces.get_mut(&id) else { return };
        // Where the end is unknown, a page that is being read may be of a moment
        // before: it doesn't end the catching up.
        let head = head.unwrap_or(u64::MAX);
        match space.stream {
            Stream::Live { at } if head <= at => {}
            Stream::Live { at } => {
                space.facts.head = head;
                space.stream = Stream::Behind { at };
                self.want(id);
            }
            Stream::Cold { .. } | Stream::Behind { .. } => {
                space.facts.head = space.facts.head.max(head);
            }
        }
    }

    /// The client has these entries by having pushed them. Those that join what it
    /// was sent are not sent again.
    pub(super) fn cover(&mut self, stretches: &[Cover]) -> Vec<Cover> {
        let joins = |cover: &&Cover| match self.spaces.get_mut(&cover.space) {
            Some(Space { stream: Stream::Live { at }, .. }) if cover.from == *at + 1 => {
                *at = cover.to;
                true
            }
            _ => false,
        };
        stretches.iter().filter(joins).cloned().collect()
    }

    /// The next page to read, if one may be read now.
    pub(super) fn next_load(&mut self) -> Option<Load> {
        if self.loading.is_some() || self.credit <= 0 {
            return None;
        }
        while let Some(id) = self.waiting.pop_front() {
            let Some(space) = self.spaces.get_mut(&id) else { continue };
            let want = match space.stream {
                Stream::Cold { packed_to, .. } => Want::Pack(packed_to),
                Stream::Behind { at } => Want::Entries(at),
                Stream::Live { .. } => continue,
            };
            if space.facts.head == u64::MAX {
                // This page is read from here on, and will say where the end is.
                space.facts.head = 0;
            }
            self.tickets = self.tickets.wrapping_add(1);
            self.loading = Some((self.tickets, id));
            return Some(Load { ticket: self.tickets, space: id, want, views: self.views });
        }
        None
    }

    /// Whose page this ticket's is; `None` where nobody waits for it any more.
    pub(super) fn redeem(&mut self, page: &Page) -> Option<SpaceId> {
        let (_, space) = self.loading.take_if(|(expected, _)| *expected == page.ticket())?;
        Some(space)
    }

    /// Documents were read.
    pub(super) fn packed(&mut self, id: SpaceId, page: PackPage) -> Sent {
        let mut sent = Sent::default();
        let Some(space) = self.spaces.get_mut(&id) else { return sent };
        let Stream::Cold { base, packed_to } = space.stream else { return sent };
        let seq = base.unwrap_or(page.head);
        let frame = Pack {
            space: id,
            seq,
            packed_to: page.packed_to,
            last: page.last,
            body: page.body,
            events: page.events,
        };
        self.credit -= sent.push(&ServerFrame::Pack(frame));
        space.facts.head = space.facts.head.max(page.head);
        if !page.last {
            let packed_to = page.packed_to.or(packed_to);
            space.stream = Stream::Cold { base: Some(seq), packed_to };
            self.want(id);
        } else if space.facts.head == seq {
            space.stream = Stream::Live { at: seq };
            sent.current(id, seq);
        } else {
            space.stream = Stream::Behind { at: seq };
            self.want(id);
        }
        sent
    }

    /// Entries were read. Where the log ends before what the client has, it was
    /// restored while nobody looked: the space has to start from cold. How far the
    /// client has come is said with it.
    pub(super) fn read(
        &mut self,
        id: SpaceId,
        page: EntriesPage,
    ) -> Result<Sent, (u64, SpaceState)> {
        let mut sent = Sent::default();
        let Some(space) = self.spaces.get_mut(&id) else { return Ok(sent) };
        let Stream::Behind { at } = space.stream else { return Ok(sent) };
        if page.head < at {
            let facts = space.facts.clone();
            let facts = SpaceState { head: page.head, reset: true, recovering: true, ..facts };
            return Err((at, facts));
        }
        if page.to > at {
            let frame = Entries { space: id, from: at + 1, to: page.to, body: page.body };
            self.credit -= sent.push(&ServerFrame::Entries(frame));
        }
        let at = at.max(page.to);
        space.facts.head = space.facts.head.max(page.head);
        if at >= space.facts.head {
            space.stream = Stream::Live { at };
            sent.current(id, at);
        } else {
            space.stream = Stream::Behind { at };
            self.want(id);
        }
        Ok(sent)
    }

    fn want(&mut self, space: SpaceId) {
        if !self.waiting.contains(&space) {
            self.waiting.push_back(space);
        }
    }

    /// What is being read for it is of no use any more.
    fn forget_load_of(&mut self, space: SpaceId) {
        self.loading.take_if(|(_, of)| *of == space);
    }
}

impl Sent {
    fn push(&mut self, frame: &ServerFrame) -> i64 {
        let bytes = Bytes::from(wire::encode(frame));
        let len = bytes.len() as i64;
        self.0.push(bytes);
        len
    }

    fn current(&mut self, space: SpaceId, at: u64) {
        self.push(&ServerFrame::Current(space, at));
    }
}
