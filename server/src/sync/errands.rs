//! What a session wants done, done: each errand ends in an input for the session.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::{Either, ready};
use umbra_model::{DocId, SpaceId};
use umbra_sync_protocol::gate::Code;
use umbra_sync_protocol::session::{
    EntriesPage, Input, Judged, Load, News, Opened, PackPage, Page, Want,
};
use umbra_sync_protocol::wire::{
    Answer, Body, Command, Event, LogEntry, PackedDoc, PurgeOrder, Push,
};

use crate::app::App;
use crate::hub::Registration;
use crate::identity::is_over;
use crate::limits::PAGE_BYTES_MAX;
use crate::sequencer::{Rejection, Revocation, Submitter, chunks_of, refused};
use crate::store::{self, AuditEvent, Foothold, Session, StoreError};

/// From how many bytes on packing a page is work for a thread of its own.
const PACK_ASIDE_FROM: usize = 16 << 10;

/// What every errand of a connection has at hand.
#[derive(Clone)]
pub(super) struct Errands {
    pub(super) app: App,
    pub(super) who: Arc<Session>,
    pub(super) place: Arc<Registration>,
}

impl Errands {
    /// Follows the user's spaces and reads what they are. First followed, then read:
    /// so nothing that is committed in between goes unheard.
    pub(super) async fn open(self) -> Result<Input, StoreError> {
        let store = &self.app.store;
        let mut spaces = store.spaces_of(self.who.user).await?;
        while self.place.follow(spaces.iter().map(|it| it.space).collect()) {
            spaces = store.spaces_of(self.who.user).await?;
        }
        // Since the upgrade the sign-in may have ended, or everything have to go.
        match store.standing(self.who.id).await? {
            Some(Foothold { purging: false }) => {}
            Some(Foothold { purging: true }) => {
                self.place.line().set_purging();
                self.place.follow(BTreeSet::new());
                spaces.clear();
            }
            None => {
                self.place.line().revoke();
                self.place.follow(BTreeSet::new());
                spaces.clear();
            }
        }
        Ok(Input::Opened(Opened {
            epoch: store.meta().epoch,
            user: self.who.user,
            device: self.who.device,
            prefix: self.who.prefix,
            spaces,
            orders: store.open_purges(self.who.device).await?,
            now: store::now(),
        }))
    }

    /// Has a push judged. Its place in the queue is taken when this is called, so
    /// that pushes are judged in the order in which they came.
    /// A device that has to remove everything has no space any more to write in.
    pub(super) fn judge(&self, push: Push) -> impl Future<Output = Input> + Send + use<> {
        let pushed = if self.place.line().is_purging() {
            Either::Left(ready(refused(push.id, chunks_of(&push), Code::NotFound)))
        } else {
            Either::Right(self.app.sequencer.push(self.submitter(), push))
        };
        async move {
            let verdicts = pushed.await.verdicts;
            Input::Judged(Judged {
                id: verdicts.id,
                verdicts: verdicts.verdicts,
                stretches: verdicts.covers,
            })
        }
    }

    /// Has a command carried out.
    pub(super) fn carry(
        &self,
        id: u32,
        command: Command,
    ) -> impl Future<Output = Input> + Send + use<> {
        let done = if self.place.line().is_purging() {
            Either::Left(ready(Err(Rejection::NotFound)))
        } else {
            Either::Right(self.app.sequencer.command(self.submitter(), command))
        };
        async move {
            let error = done.await.err().map(|rejection| rejection.fault());
            Input::Answered(Answer { id, error })
        }
    }

    /// Notes that the client's cursor is beyond the end of the log.
    pub(super) fn ahead(
        &self,
        space: SpaceId,
        seq: u64,
    ) -> impl Future<Output = ()> + Send + use<> {
        let noted = self.app.sequencer.behind(self.submitter(), space, seq);
        async move {
            if let Err(rejection) = noted.await {
                tracing::debug!(%space, seq, %rejection, "a cursor from the future");
            }
        }
    }

    /// Notes that the device has carried out a purge order. With the last one of a
    /// device that had to remove everything, its sign-in ends.
    pub(super) async fn confirm(self, order: u64) -> Result<(), StoreError> {
        let (store, device, now) = (&self.app.store, self.who.device, store::now());
        store.confirm_purge(device, order, now).await?;
        if self.place.line().is_purging() && store.finish_device_purge(device, now).await? {
            let event = AuditEvent {
                subject: Some(self.who.user),
                device: Some(device),
                ..AuditEvent::new("device_purge", "confirmed")
            };
            store.audit(&event, now).await?;
            self.app.sequencer.revoke(Revocation::Device(device));
        }
        Ok(())
    }

    /// Reads a page.
    pub(super) async fn load(self, load: Load) -> Input {
        match self.page(load).await {
            Ok(page) => Input::Page(page),
            // Another node may have removed the user; the orders are in the database.
            Err(StoreError::Missing) => self.lost(load.space).await,
            Err(error) => {
                tracing::error!(%error, space = %load.space, "a page can't be read");
                Input::Page(Page::Failed(load.ticket))
            }
        }
    }

    async fn page(&self, load: Load) -> Result<Page, StoreError> {
        match load.want {
            Want::Pack(after) => Ok(Page::Pack(load.ticket, self.pack(load, after).await?)),
            Want::Entries(after) => {
                Ok(Page::Entries(load.ticket, self.entries(load, after).await?))
            }
        }
    }

    async fn pack(&self, load: Load, after: Option<DocId>) -> Result<PackPage, StoreError> {
        let store = &self.app.store;
        let page = store.pack(self.who.user, load.space, after, load.views, PAGE_BYTES_MAX).await?;
        let bytes = bytes_of_docs(&page.docs);
        Ok(PackPage {
            head: page.head,
            packed_to: page.packed_to,
            last: page.last,
            body: aside(page.docs, bytes).await,
            events: page.events.map(|events| Body::pack(&events)),
        })
    }

    async fn entries(&self, load: Load, after: u64) -> Result<EntriesPage, StoreError> {
        let store = &self.app.store;
        let page =
            store.entries(self.who.user, load.space, after, load.views, PAGE_BYTES_MAX).await?;
        if page.entries.iter().any(|entry| self.is_about_me(entry)) {
            self.place.line().set_changed(load.space);
        }
        let bytes = bytes_of_entries(&page.entries);
        Ok(EntriesPage { head: page.head, to: page.to, body: aside(page.entries, bytes).await })
    }

    fn is_about_me(&self, entry: &LogEntry) -> bool {
        matches!(&entry.event, Event::Member(event) if event.user == self.who.user)
    }

    /// The user has lost a space.
    pub(super) async fn lost(&self, space: SpaceId) -> Input {
        let orders = match self.app.store.open_purges(self.who.device).await {
            Ok(orders) => orders.into_iter().filter(|order| order.space == space).collect(),
            Err(error) => {
                // They are given again after the next welcome.
                tracing::warn!(%error, "purge orders can't be read");
                Vec::new()
            }
        };
        Input::News(News::Lost(space, orders))
    }

    /// The device has to remove everything. It comes back for what is beyond one page.
    pub(super) async fn lost_all(&self) -> Input {
        let orders = self.app.store.open_purges(self.who.device).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "purge orders can't be read");
            Vec::new()
        });
        let space = orders.first().map_or(SpaceId(uuid::Uuid::nil()), |order| order.space);
        Input::News(News::Lost(space, orders))
    }

    /// Reads a space's state anew, following it first; nothing where it is lost again.
    pub(super) async fn refresh(self, space: SpaceId) -> Result<Option<Input>, StoreError> {
        if self.place.line().is_purging() {
            return Ok(None);
        }
        self.place.follow_also(space);
        match self.app.store.space_of(self.who.user, space).await {
            Ok(state) => Ok(Some(Input::News(News::Space(state)))),
            Err(StoreError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every order that the device hasn't confirmed.
    pub(super) async fn purges(self) -> Result<Vec<PurgeOrder>, StoreError> {
        self.app.store.open_purges(self.who.device).await
    }

    /// Checks that the client is still signed in, and what spaces it has.
    pub(super) async fn recheck(self) -> Result<(), StoreError> {
        let (store, line, now) = (&self.app.store, self.place.line(), store::now());
        let standing = store.standing(self.who.id).await?;
        let standing = if self.is_at_its_end().await? { None } else { standing };
        let Some(standing) = standing else {
            line.revoke();
            return Ok(());
        };
        // A live socket is use.
        store.touch_session(self.who.id, self.who.device, now).await?;
        if !line.is_open() || line.is_purging() {
            return Ok(());
        }
        if standing.purging {
            line.order_all();
            return Ok(());
        }
        let followed = self.place.followed();
        let spaces = store.spaces_of(self.who.user).await?;
        let present: BTreeSet<_> = spaces.iter().map(|it| it.space).collect();
        present.difference(&followed).for_each(|gained| line.set_changed(*gained));
        if let Some(lost) = followed.difference(&present).next() {
            line.lose(*lost);
        }
        Ok(())
    }

    async fn is_at_its_end(&self) -> Result<bool, StoreError> {
        let settings = self.app.settings.current(&self.app.store).await?;
        let used_now = Session { seen_at: store::now(), ..Session::clone(&self.who) };
        Ok(is_over(&used_now, &settings, store::now()))
    }

    fn submitter(&self) -> Submitter {
        Submitter {
            user: self.who.user,
            device: self.who.device,
            prefix: self.who.prefix,
            connection: Some(self.place.id()),
        }
    }
}

/// Packs a page; beside the threads that serve everybody else if it is long.
async fn aside<T>(items: Vec<T>, bytes: usize) -> Body
where
    T: minicbor::Encode<()> + Send + 'static,
{
    if bytes < PACK_ASIDE_FROM {
        return Body::pack(&items);
    }
    match tokio::task::spawn_blocking(move || Body::pack(&items)).await {
        Ok(body) => body,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

/// About how many bytes these documents take.
fn bytes_of_docs(docs: &[PackedDoc]) -> usize {
    let of = |doc: &PackedDoc| {
        let chunks = doc.chunks.iter().map(|chunk| chunk.len()).sum::<usize>();
        chunks
            + doc.saved.as_ref().map_or(0, |saved| saved.len())
            + doc.view.as_ref().map_or(0, String::len)
    };
    docs.iter().map(of).sum()
}

/// About how many bytes these entries take.
fn bytes_of_entries(entries: &[LogEntry]) -> usize {
    let of = |entry: &LogEntry| match &entry.event {
        Event::Change { chunk, view, .. } => chunk.len() + view.as_ref().map_or(0, String::len),
        Event::Saved(doc) => bytes_of_docs(std::slice::from_ref(doc)),
        _ => 0,
    };
    entries.iter().map(of).sum()
}
