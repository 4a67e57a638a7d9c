//! Pages of logs and of documents, read for one member.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::{DocId, SpaceId, UserId};
use umbra_server::sequencer::core::{DocRow, LogEvent, LogRow};
use umbra_sync_protocol::session::{EntriesPage, Load, PackPage, Page, Want};
use umbra_sync_protocol::wire::{Body, Event, LogEntry, PackedDoc};

use crate::database::Database;

/// Small, so that streams have several pages.
const ENTRIES: usize = 7;
const DOCUMENTS: usize = 3;

/// Reads what a session asks for.
pub fn read(db: &Database, user: UserId, load: Load) -> Page {
    let Load { ticket, space, want, views } = load;
    if db.role(space, user).is_none() {
        return Page::Gone(ticket);
    }
    match want {
        Want::Pack(after) => Page::Pack(ticket, pack(db, user, space, after, views)),
        Want::Entries(after) => Page::Entries(ticket, entries(db, user, space, after, views)),
    }
}

fn pack(
    db: &Database,
    user: UserId,
    space: SpaceId,
    after: Option<DocId>,
    views: bool,
) -> PackPage {
    let ids = db.docs.iter().filter(|(doc, row)| row.space == space && Some(**doc) > after);
    let ids: Vec<DocId> = ids.map(|(doc, _)| *doc).collect();
    let page: Vec<DocId> = ids.iter().copied().take(DOCUMENTS).collect();
    let last = ids.len() <= DOCUMENTS;
    let there = page.iter().filter(|doc| db.docs[doc].purged_at.is_none());
    let seen: Vec<_> = there.filter(|doc| db.sees(user, **doc)).collect();
    let docs: Vec<PackedDoc> = seen.into_iter().map(|doc| packed(db, *doc, views)).collect();
    PackPage {
        head: db.head(space),
        packed_to: page.last().copied(),
        last,
        body: Body::pack(&docs),
        events: last.then(|| Body::pack(&events(db, user, space))),
    }
}

fn packed(db: &Database, doc: DocId, views: bool) -> PackedDoc {
    let row = &db.docs[&doc];
    PackedDoc {
        doc,
        kind: row.kind,
        creator: row.creator,
        privacy: row.privacy,
        seq: row.last_seq,
        saved: db.saves.get(&doc).map(|saved| saved.clone().into()),
        chunks: db.chunks(doc).into_iter().map(|chunk| chunk.to_vec().into()).collect(),
        view: db.views.get(&doc).filter(|_| views).map(|view| view.to_string()),
    }
}

fn events(db: &Database, user: UserId, space: SpaceId) -> Vec<LogEntry> {
    let mut events = latest_members(db, space);
    if db.spaces[&space].restored_head.is_some() {
        let purged = db.docs.iter().filter(|(_, row)| row.space == space);
        let purged = purged.filter(|(doc, row)| row.purged_at.is_some() && db.sees(user, **doc));
        let event = |(doc, row): (&DocId, &DocRow)| LogEntry {
            seq: row.last_seq,
            event: Event::Purged { doc: *doc },
        };
        events.extend(purged.map(event));
    }
    events
}

fn latest_members(db: &Database, space: SpaceId) -> Vec<LogEntry> {
    let mut latest = BTreeMap::new();
    for row in db.log.get(&space).into_iter().flatten() {
        if let LogEvent::Member(member) = &row.event {
            latest.insert(member.user, row.clone());
        }
    }
    let mut rows: Vec<LogRow> = latest.into_values().collect();
    rows.sort_by_key(|row| row.seq);
    rows.into_iter().filter_map(LogRow::into_entry).collect()
}

fn entries(db: &Database, user: UserId, space: SpaceId, after: u64, views: bool) -> EntriesPage {
    let rows = db.log.get(&space).into_iter().flatten();
    let page: Vec<&LogRow> = rows.filter(|row| row.seq > after).take(ENTRIES).collect();
    let to = page.last().map_or(after, |row| row.seq);
    let mut reader = Reader { db, user, views, saved: BTreeSet::new(), entries: Vec::new() };
    for row in page {
        reader.row(row);
    }
    let mut entries = reader.entries;
    if views {
        put_views(db, &mut entries);
    }
    EntriesPage { head: db.head(space), to, body: Body::pack(&entries) }
}

struct Reader<'a> {
    db: &'a Database,
    user: UserId,
    views: bool,
    /// The documents that came whole in this page already.
    saved: BTreeSet<DocId>,
    entries: Vec<LogEntry>,
}

impl Reader<'_> {
    fn row(&mut self, row: &LogRow) {
        let Some(doc) = row.event.doc() else { return self.push(row) };
        if !self.db.sees(self.user, doc) {
            return;
        }
        let is_there = self.db.docs[&doc].purged_at.is_none();
        match &row.event {
            LogEvent::Purged(_) => self.push(row),
            _ if !is_there => {}
            LogEvent::Change(change) if change.chunk.is_none() => self.whole(row.seq, doc),
            // They may not have seen it before, nor the comments on it.
            LogEvent::Privacy { .. } => {
                self.whole(row.seq, doc);
                for comment in self.db.comments_on(doc) {
                    if self.db.docs[&comment].purged_at.is_none() {
                        self.whole(row.seq, comment);
                    }
                }
            }
            _ => self.push(row),
        }
    }

    fn push(&mut self, row: &LogRow) {
        self.entries.extend(row.clone().into_entry());
    }

    /// In place of what isn't in the log as such.
    fn whole(&mut self, seq: u64, doc: DocId) {
        if self.saved.insert(doc) {
            let event = Event::Saved(packed(self.db, doc, self.views));
            self.entries.push(LogEntry { seq, event });
        }
    }
}

/// The last change of each document in a stretch carries its view.
fn put_views(db: &Database, entries: &mut [LogEntry]) {
    let mut seen = BTreeSet::new();
    for entry in entries.iter_mut().rev() {
        if let Event::Change { doc, view, .. } = &mut entry.event
            && seen.insert(*doc)
        {
            *view = db.views.get(doc).map(|view| view.to_string());
        }
    }
}
