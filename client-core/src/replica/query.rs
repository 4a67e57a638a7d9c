//! Finding documents.

use umbra_model::recurrence::Zone;
use umbra_model::summary::summarize;
use umbra_model::{DocId, Kind, Millis};

use crate::error::{Error, Result};
use crate::replica::{Document, Filter, Order, Replica, Trash};
use crate::store::{DocRow, Documents, Query, Sort};

/// The least characters of an id's beginning or end that name a document.
const ID_DIGITS_MIN: usize = 4;

/// How far the store's idea of a day may be from somebody's: zones lie between
/// UTC−12 and UTC+14, and a replica may have travelled from the one to the other.
pub(super) const DAY_SLACK: i64 = 26 * 3_600_000;

impl Replica {
    /// The documents that a person may mean by this, among those of the filter: an
    /// id, the beginning or end of an id (4 characters or more), or words of the
    /// title. Ids begin with the time of their making, so ends tell them apart sooner.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn find(&self, text: &str, filter: &Filter) -> Result<Vec<Document>> {
        let digits = text.trim().to_lowercase().replace('-', "");
        let is_id =
            digits.len() >= ID_DIGITS_MIN && digits.bytes().all(|it| it.is_ascii_hexdigit());
        if is_id {
            let mut engine = self.read().await?;
            let rows = engine.tx.by_id_digits(&digits, 100).await?;
            let found = self.documents(rows)?.into_iter().filter(|it| filter.is_among(it));
            let found: Vec<Document> = found.collect();
            if !found.is_empty() {
                return Ok(found);
            }
        }
        let words = Filter { text: Some(text.to_owned()), ..filter.clone() };
        let found = self.list(&words).await?;
        let wanted = text.trim().to_lowercase();
        let exact = |it: &&Document| it.title.to_lowercase() == wanted;
        if found.iter().any(|it| exact(&it)) {
            return Ok(found.iter().filter(exact).cloned().collect());
        }
        let in_title = |it: &Document| {
            let title = it.title.to_lowercase();
            words_of(text).iter().all(|word| title.contains(&word.to_lowercase()))
        };
        Ok(found.into_iter().filter(in_title).collect())
    }

    /// The ids of all documents here.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn ids(&self) -> Result<Vec<DocId>> {
        let mut ids = Vec::new();
        for space in self.spaces().await? {
            ids.extend(self.read().await?.tx.documents(space.id).await?);
        }
        Ok(ids)
    }

    /// The documents of a filter.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Document>> {
        let spaces = match filter.spaces.as_slice() {
            [] => self.open_spaces().await?,
            spaces => spaces.to_vec(),
        };
        let words = filter.text.as_deref().map(words_of).unwrap_or_default();
        if spaces.is_empty() || (filter.text.is_some() && words.is_empty()) {
            return Ok(Vec::new());
        }
        let by_due = filter.due_before.is_some() || filter.due_from.is_some();
        let query = Query {
            kinds: filter.kinds.clone(),
            spaces,
            done: filter.done,
            due_before: filter.due_before.map(|at| Millis(at.0.saturating_add(DAY_SLACK))),
            due_from: filter.due_from.map(|at| Millis(at.0.saturating_sub(DAY_SLACK))),
            words,
            subject: filter.subject,
            deleted: match filter.trash {
                Trash::Without => Some(false),
                Trash::Only => Some(true),
                Trash::With => None,
            },
            sort: filter.order.sort(),
            limit: filter.limit.filter(|_| !by_due),
            ..Query::default()
        };
        let rows = self.read().await?.tx.list(&query).await?;
        let mut found = self.documents(rows)?;
        if by_due {
            // The store's days begin elsewhere: look again, exactly.
            found.retain(|it| filter.is_due(it));
            found.truncate(filter.limit.map_or(usize::MAX, |limit| limit as usize));
        }
        Ok(found)
    }

    /// Full-text search in titles and texts, the best first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn search(&self, text: &str, limit: u32) -> Result<Vec<Document>> {
        let (order, limit) = (Order::Relevance, Some(limit));
        self.list(&Filter { text: Some(text.to_owned()), order, limit, ..Filter::default() }).await
    }

    /// The document that was imported with this `uid`, if it is here.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn by_uid(
        &self,
        space: umbra_model::SpaceId,
        kind: Kind,
        uid: &str,
    ) -> Result<Option<DocId>> {
        let query = Query::of_uid(space, kind, uid);
        let rows = self.read().await?.tx.list(&query).await?;
        Ok(rows.first().map(|row| row.facts.doc))
    }

    pub(super) fn documents(&self, rows: Vec<DocRow>) -> Result<Vec<Document>> {
        rows.into_iter().map(|row| Document::new(row, &self.zone)).collect()
    }

    pub(super) async fn open_spaces(&self) -> Result<Vec<umbra_model::SpaceId>> {
        let spaces = self.spaces().await?.into_iter();
        Ok(spaces.filter(|space| !space.archived).map(|space| space.id).collect())
    }
}

impl Query {
    /// What was imported into a space with this `uid`.
    pub(super) fn of_uid(space: umbra_model::SpaceId, kind: Kind, uid: &str) -> Self {
        let uid = Some(uid.to_owned());
        Self { spaces: vec![space], kinds: vec![kind], uid, limit: Some(1), ..Self::default() }
    }
}

impl Filter {
    fn is_due(&self, document: &Document) -> bool {
        let due = document.due;
        self.due_before.is_none_or(|before| due.is_some_and(|due| due < before))
            && self.due_from.is_none_or(|from| due.is_some_and(|due| due >= from))
    }

    /// Whether a document is among those of the filter, but for its words.
    fn is_among(&self, document: &Document) -> bool {
        let in_trash = match self.trash {
            Trash::Without => !document.deleted,
            Trash::Only => document.deleted,
            Trash::With => true,
        };
        in_trash
            && (self.kinds.is_empty() || self.kinds.contains(&document.kind))
            && (self.spaces.is_empty() || self.spaces.contains(&document.space))
            && self.done.is_none_or(|done| document.done == done)
            && self.is_due(document)
    }
}

impl Order {
    const fn sort(self) -> Sort {
        match self {
            Self::Created => Sort::Id,
            Self::Due => Sort::Due,
            Self::Start => Sort::Start,
            Self::Title => Sort::Title,
            Self::Relevance => Sort::Relevance,
        }
    }
}

impl Document {
    /// A document as it is shown to somebody in this zone.
    pub(super) fn new(row: DocRow, zone: &Zone) -> Result<Self> {
        let view: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&row.view).map_err(Error::internal)?;
        let facts = row.facts;
        let summary = summarize(facts.kind, &view, zone);
        Ok(Self {
            id: facts.doc,
            space: facts.space,
            kind: facts.kind,
            creator: facts.creator,
            privacy: facts.privacy,
            title: summary.title,
            start: summary.starts,
            due: summary.due,
            done: summary.done,
            repeats: summary.repeats,
            deleted: summary.deleted,
            pending: row.pending,
            view: serde_json::Value::Object(view),
        })
    }
}

fn words_of(text: &str) -> Vec<String> {
    let words = text.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(ToOwned::to_owned).collect()
}
