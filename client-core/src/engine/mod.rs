//! The engine at work on a store: everything that a client does is one
//! transaction here, of a person's edit or of an effect that a session asks for.
//! It does no I/O but through the store it is given, and takes time and dice as
//! inputs.

mod drive;
mod entries;
mod local;
mod pack;
mod projection;
mod purge;
mod reason;
mod restore;
mod send;
mod settle;
mod spaces;
mod standing;
mod tray;
mod undo;
mod welcome;

pub use drive::{Deed, drive};
pub use local::{NewDocument, Part};
pub use spaces::NewSpace;
pub use undo::TakenBack;

use umbra_model::recurrence::Zone;
use umbra_model::{DocId, Millis};
use umbra_sync_protocol::wire::BadBody;

use crate::document::{Broken, Document, Generation};
use crate::error::{Error, Result};
use crate::session::{Effect, Outcome, Touched};
use crate::store::{OutboxRow, Projection, Record, Store, Tx};

/// How many bytes of changes may gather behind a saved document before it is
/// saved anew, with and without having been opened for another reason.
const TAIL_BYTES_MAX: usize = 4 << 10;
const UNOPENED_TAIL_BYTES_MAX: usize = 64 << 10;

/// What the engine can't know by itself.
pub struct Env<'e> {
    /// The time.
    pub now: Millis,
    /// Where days begin, for times that name no zone.
    pub zone: Zone,
    /// Draws eight random bytes.
    pub dice: Box<dyn FnMut() -> Generation + Send + 'e>,
}

/// The engine, at work in one transaction.
pub struct Engine<'e, T> {
    /// The transaction.
    pub tx: T,
    /// What it can't know by itself.
    pub env: Env<'e>,
}

/// A document taken from the store to be worked on.
struct Opened {
    record: Record,
    document: Document,
    /// Whether the accepted state isn't what the record holds any more.
    is_base_new: bool,
}

impl Opened {
    /// Whether the server never took anything of it.
    fn is_unborn(&self) -> bool {
        !self.record.born && self.document.is_blank()
    }

    /// Takes in accepted changes.
    fn absorb<'c>(&mut self, chunks: impl Iterator<Item = &'c [u8]> + Clone) -> Result<()> {
        self.document.absorb(chunks.clone())?;
        chunks.for_each(|chunk| self.record.tail.extend_from_slice(chunk));
        Ok(())
    }
}

/// Carries out one effect in one transaction.
///
/// # Errors
/// [`Error::Server`] where the server sent what it mustn't, [`Error::Internal`]
/// where the store fails. Nothing was done then.
pub async fn perform<S: Store>(store: &S, env: Env<'_>, effect: Effect) -> Result<Outcome> {
    let mut engine = Engine { tx: store.begin().await?, env };
    let outcome = engine.perform(effect).await?;
    engine.tx.commit().await?;
    Ok(outcome)
}

impl<T: Tx> Engine<'_, T> {
    /// Carries out one effect.
    ///
    /// # Errors
    /// As [`perform`].
    pub async fn perform(&mut self, effect: Effect) -> Result<Outcome> {
        Ok(match effect {
            Effect::Begin => Outcome::Begun(self.begin().await?),
            Effect::Welcome(welcome) => self.welcome(welcome).await?,
            Effect::Space { state, is_new } => {
                Outcome::Touched(self.space_state(state, is_new).await?)
            }
            Effect::Pack(pack) => Outcome::Touched(self.pack(pack).await?),
            Effect::Entries(entries) => Outcome::Touched(self.entries(entries).await?),
            Effect::Current(space, seq) => {
                let touched = self.current(space, seq).await?;
                Outcome::Current { space, touched }
            }
            Effect::Scan { after } => Outcome::Touched(self.scan(after).await?),
            Effect::Load(flight) => Outcome::Loaded(self.load(flight).await?),
            Effect::Verdicts { flight, verdicts, covers } => {
                Outcome::Touched(self.settle(flight, verdicts, covers).await?)
            }
            Effect::Answer { row, error } => Outcome::Touched(self.answered(row, error).await?),
            Effect::Purge(order) => self.purge(order).await?,
            Effect::InStep => Outcome::Touched(self.in_step().await?),
            Effect::SignedOut => Outcome::Touched(self.signed_out().await?),
        })
    }

    /// Takes a document from the store.
    async fn open(&mut self, doc: DocId) -> Result<Option<Opened>> {
        let Some(record) = self.tx.record(doc).await? else { return Ok(None) };
        let pending = self.tx.pending(doc).await?;
        let facts = self.facts_for_edits(record.facts).await?;
        let document = Document::open(
            facts,
            record.saved.as_deref(),
            &record.tail,
            pending,
            record.generation,
        )?;
        Ok(Some(Opened { record, document, is_base_new: false }))
    }

    /// Puts an open document back: its accepted state and its projection. Pending
    /// edits are the caller's to write.
    async fn keep(&mut self, opened: Opened) -> Result<()> {
        let Opened { mut record, document, is_base_new } = opened;
        // A change that came before what it builds on stays in the tail until then.
        let is_long = record.tail.len() > TAIL_BYTES_MAX && document.is_complete();
        if is_base_new || is_long {
            record.saved = Some(document.save_base());
            record.tail.clear();
        }
        record.generation = document.generation();
        let projection = Projection::of(&document, &self.env.zone);
        self.tx.put_record(&record, &projection).await
    }

    /// Puts accepted changes behind a document that has no pending edits, given
    /// what it looks like then: it needn't be opened.
    async fn append_unopened(
        &mut self,
        doc: DocId,
        seq: u64,
        chunks: &[u8],
        projection: &Projection,
    ) -> Result<()> {
        let tail = self.tx.append(doc, seq, chunks, projection).await?;
        if tail > UNOPENED_TAIL_BYTES_MAX
            && let Some(opened) = self.open(doc).await?
        {
            self.keep(opened).await?;
        }
        Ok(())
    }

    /// What waits of a document.
    async fn waiting(&mut self, doc: DocId) -> Result<Vec<OutboxRow>> {
        let Some(row) = self.tx.row(doc).await? else { return Ok(Vec::new()) };
        let space = row.facts.space;
        let returned = self.tx.ahead(doc).await?.into_iter().filter(|row| row.mine);
        let mut rows: Vec<OutboxRow> = returned
            .map(|row| OutboxRow {
                order: row.order,
                doc,
                space,
                bytes: row.chunk.len(),
                group: None,
                returned: true,
            })
            .collect();
        let pending = self.tx.pending(doc).await?;
        rows.extend(pending.iter().map(|edit| OutboxRow::of(edit, space)));
        Ok(rows)
    }

    /// Notes that a document's part of the outbox is another now.
    async fn touch(&mut self, touched: &mut Touched, doc: DocId) -> Result<()> {
        let rows = self.waiting(doc).await?;
        touched.outbox.retain(|(its, _)| *its != doc);
        touched.outbox.push((doc, rows));
        Ok(())
    }

    /// How many edits are in the refused tray.
    async fn refused_count(&mut self) -> Result<Option<u32>> {
        Ok(Some(self.tx.counts().await?.refused))
    }
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        Self::internal(broken)
    }
}

impl From<BadBody> for Error {
    fn from(bad: BadBody) -> Self {
        Self::Server { code: "body_malformed".to_owned(), message: bad.to_string() }
    }
}

/// The server sent what it mustn't.
fn violation(message: impl std::fmt::Display) -> Error {
    Error::Server { code: "protocol_violated".to_owned(), message: message.to_string() }
}
