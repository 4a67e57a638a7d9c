//! A stretch of a log on its way to everyone who follows the space.

use std::sync::OnceLock;

use bytes::Bytes;
use umbra_model::{Privacy, SpaceId};

use super::viewer::Viewer;
use crate::gate::DocFacts;
use crate::wire::{self, Body, Entries, Event, LogEntry, ServerFrame};

/// A committed stretch of one space's log. Each distinct frame of it is encoded
/// once, however many connections it goes to.
#[derive(Debug)]
pub struct Published {
    /// The space.
    pub space: SpaceId,
    /// The first sequence number covered.
    pub from: u64,
    /// The last.
    pub to: u64,
    entries: Vec<PublishedEntry>,
    revealing: Vec<Revealing>,
    whole: [OnceLock<Bytes>; 2],
    public: [OnceLock<Bytes>; 2],
}

/// An entry, and who may see it.
#[derive(Clone, PartialEq, Debug)]
pub struct PublishedEntry {
    /// The entry. A change carries the document's view where it is the last of
    /// that document in the stretch.
    pub entry: LogEntry,
    /// The document that it is about; absent where every member may see it.
    pub about: Option<DocFacts>,
}

/// A document that others may see from here on than before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Revealing {
    /// Who might see it before.
    pub was: DocFacts,
    /// Who may see it now.
    pub now: DocFacts,
}

impl Published {
    /// Entries of this stretch, in order.
    pub fn new(
        space: SpaceId,
        from: u64,
        to: u64,
        entries: Vec<PublishedEntry>,
        revealing: Vec<Revealing>,
    ) -> Self {
        let (whole, public) = Default::default();
        Self { space, from, to, entries, revealing, whole, public }
    }

    /// Whether this member gains a document that was hidden from them. They are
    /// served from the log, where it stands whole.
    pub fn reveals(&self, viewer: Viewer) -> bool {
        self.revealing.iter().any(|it| viewer.sees(&it.now) && !viewer.sees(&it.was))
    }

    /// What this member gets of it: the encoded frame.
    pub fn frame_for(&self, viewer: Viewer, views: bool) -> Bytes {
        let sees = |entry: &PublishedEntry| entry.about.is_none_or(|about| viewer.sees(&about));
        let of = usize::from(views);
        if self.entries.iter().all(sees) {
            self.whole[of].get_or_init(|| self.encode(|_| true, views)).clone()
        } else if self.entries.iter().all(|entry| sees(entry) == is_public(entry)) {
            self.public[of].get_or_init(|| self.encode(is_public, views)).clone()
        } else {
            self.encode(sees, views)
        }
    }

    fn encode(&self, keep: impl Fn(&PublishedEntry) -> bool, views: bool) -> Bytes {
        let entries: Vec<LogEntry> = self
            .entries
            .iter()
            .filter(|entry| keep(entry))
            .map(|entry| if views { entry.entry.clone() } else { without_view(&entry.entry) })
            .collect();
        let body = Body::pack(&entries);
        let frame = Entries { space: self.space, from: self.from, to: self.to, body };
        wire::encode(&ServerFrame::Entries(frame)).into()
    }
}

/// Whether it is about nothing private.
fn is_public(entry: &PublishedEntry) -> bool {
    entry.about.is_none_or(|about| about.privacy == Privacy::Default)
}

fn without_view(entry: &LogEntry) -> LogEntry {
    let event = match &entry.event {
        Event::Change { doc, chunk, view: _ } => {
            Event::Change { doc: *doc, chunk: chunk.clone(), view: None }
        }
        other => other.clone(),
    };
    LogEntry { seq: entry.seq, event }
}
