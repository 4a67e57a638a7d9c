//! What goes to whom, from where on.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::{DeviceId, DocId, Millis, SpaceId, UserId};
use umbra_sync_protocol::wire::{
    Body, Cursor, Entries, Event, Hello, LogEntry, Pack, PackedDoc, PurgeOrder, ServerFrame,
    VERSION, Welcome,
};

use super::{Account, PAGE, Server};

impl Server {
    pub(super) fn hello(&mut self, account: &Account, hello: &Hello) {
        self.greeted.insert(account.device);
        let same_epoch = hello.epoch == Some(self.epoch);
        let mine: Vec<SpaceId> = self.spaces_of(account.user);
        let reset = |space: &SpaceId, server: &Self| {
            let cursor = hello.cursors.iter().find(|cursor| cursor.space == *space);
            cursor.is_some_and(|cursor| {
                !same_epoch || cursor.seq > server.disk.spaces[space].log.len() as u64
            })
        };
        let states =
            mine.iter().map(|space| self.state(*space, account.user, reset(space, self))).collect();
        self.send(
            account.device,
            ServerFrame::Welcome(Welcome {
                version: VERSION,
                epoch: self.epoch,
                user: account.user,
                device: account.device,
                prefix: account.prefix,
                spaces: states,
                now: Millis(0),
            }),
        );
        let pending = self.orders.iter().filter(|(device, order)| {
            *device == account.device && !self.confirmed.contains(&order.order)
        });
        let pending: Vec<PurgeOrder> = pending.map(|(_, order)| order.clone()).collect();
        for order in pending {
            self.send(account.device, ServerFrame::Purge(order));
        }
        for space in mine {
            let cursor = hello.cursors.iter().find(|cursor| cursor.space == space).cloned();
            let cursor = cursor.filter(|_| !reset(&space, self));
            self.begin_stream(account.device, space, cursor, false);
        }
    }

    /// Sends what there is of a space from here on.
    pub(super) fn begin_stream(
        &mut self,
        device: DeviceId,
        space: SpaceId,
        cursor: Option<Cursor>,
        is_news: bool,
    ) {
        if !self.greeted.contains(&device) {
            return;
        }
        let user = self.accounts.iter().find(|it| it.device == device).unwrap().user;
        if is_news {
            let state = self.state(space, user, false);
            self.send(device, ServerFrame::Space(state));
        }
        let head = self.disk.spaces[&space].log.len() as u64;
        let at = match cursor {
            Some(Cursor { seq, packed_to: None, .. }) => seq,
            Some(Cursor { seq, packed_to, .. }) => self.packs(device, space, seq, packed_to),
            None => self.packs(device, space, head, None),
        };
        let mut at = at;
        while at < head {
            let to = (at + PAGE as u64).min(head);
            let frame = self.entries(space, at + 1, to);
            self.send(device, ServerFrame::Entries(frame));
            at = to;
        }
        self.send(device, ServerFrame::Current(space, head));
        self.live.insert((device, space), head);
    }

    pub(super) fn packs(
        &mut self,
        device: DeviceId,
        space: SpaceId,
        seq: u64,
        after: Option<DocId>,
    ) -> u64 {
        let docs: Vec<PackedDoc> = self
            .disk
            .docs
            .values()
            .filter(|doc| doc.space == space && after.is_none_or(|after| doc.facts.doc > after))
            .map(|doc| doc.packed())
            .collect();
        let pages: Vec<&[PackedDoc]> = docs.chunks(PAGE).collect();
        let members = self.latest_members(space);
        for (at, page) in pages.iter().enumerate() {
            let last = at + 1 == pages.len();
            let frame = Pack {
                space,
                seq,
                packed_to: page.last().map(|doc| doc.doc),
                last,
                body: Body::pack(page),
                events: last.then(|| Body::pack(&members)),
            };
            self.send(device, ServerFrame::Pack(frame));
        }
        if pages.is_empty() {
            let body = Body::pack::<PackedDoc>(&[]);
            let members = Some(Body::pack(&members));
            let frame = Pack { space, seq, packed_to: None, last: true, body, events: members };
            self.send(device, ServerFrame::Pack(frame));
        }
        seq
    }

    pub(super) fn latest_members(&self, space: SpaceId) -> Vec<LogEntry> {
        let mut latest: BTreeMap<UserId, LogEntry> = BTreeMap::new();
        for (at, event) in self.disk.spaces[&space].log.iter().enumerate() {
            if let Event::Member(member) = event {
                let entry = LogEntry { seq: at as u64 + 1, event: event.clone() };
                latest.insert(member.user, entry);
            }
        }
        latest.into_values().collect()
    }

    pub(super) fn entries(&self, space: SpaceId, from: u64, to: u64) -> Entries {
        let log = &self.disk.spaces[&space].log;
        let stretch = from as usize - 1..to as usize;
        let mut entries: Vec<LogEntry> =
            stretch.map(|at| LogEntry { seq: at as u64 + 1, event: log[at].clone() }).collect();
        // The view of a document is that after the stretch, with its last change.
        let mut seen = BTreeSet::new();
        for entry in entries.iter_mut().rev() {
            if let Event::Change { doc, view, .. } = &mut entry.event
                && seen.insert(*doc)
                && to as usize == log.len()
            {
                *view = Some(self.disk.docs[doc].view());
            }
        }
        Entries { space, from, to, body: Body::pack(&entries) }
    }

    /// Sends what is new in a space to whoever follows it, but for one.
    pub(super) fn publish(&mut self, space: SpaceId, but: Option<DeviceId>) {
        let head = self.disk.spaces[&space].log.len() as u64;
        for (_, device) in self.followers(space) {
            let at = self.live[&(device, space)];
            if Some(device) != but && at < head {
                let frame = self.entries(space, at + 1, head);
                self.live.insert((device, space), head);
                self.send(device, ServerFrame::Entries(frame));
            }
        }
    }
}
