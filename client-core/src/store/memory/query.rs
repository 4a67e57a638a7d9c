//! Which documents a query takes, and in which order.

use crate::store::{Projection, Query, Record, Sort};

impl Query {
    pub(super) fn takes(&self, record: &Record, projection: &Projection) -> bool {
        let (facts, summary) = (&record.facts, &projection.summary);
        let due_from = self.due_from.is_none_or(|from| summary.due.is_some_and(|due| due >= from));
        let due_before =
            self.due_before.is_none_or(|until| summary.due.is_some_and(|due| due < until));
        (self.kinds.is_empty() || self.kinds.contains(&facts.kind))
            && (self.spaces.is_empty() || self.spaces.contains(&facts.space))
            && self.done.is_none_or(|done| summary.done == done)
            && due_from
            && due_before
            && self.between.is_none_or(|(from, until)| {
                projection.extent.is_some_and(|(first, last)| {
                    first < until && last.is_none_or(|last| last >= from)
                })
            })
            && self.subject.is_none_or(|subject| summary.subject == Some(subject))
            && self.deleted.is_none_or(|deleted| summary.deleted == deleted)
            && self.uid.as_ref().is_none_or(|uid| projection.uid.as_ref() == Some(uid))
            && self
                .words
                .iter()
                .all(|word| has_word(&summary.title, word) || has_word(&summary.text, word))
    }
}

/// Whether a word of the text begins so.
fn has_word(text: &str, beginning: &str) -> bool {
    let beginning = beginning.to_lowercase();
    text.to_lowercase()
        .split(|char: char| !char.is_alphanumeric())
        .any(|word| word.starts_with(&beginning))
}

impl Sort {
    /// What to sort by: the least first.
    pub(super) fn key(self, projection: &Projection, query: &Query) -> (i64, String) {
        let summary = &projection.summary;
        let last = |time: Option<umbra_model::Millis>| time.map_or(i64::MAX, |time| time.0);
        match self {
            Self::Id => (0, String::new()),
            Self::Due => (last(summary.due), String::new()),
            Self::Start => (last(summary.starts), String::new()),
            Self::Title => (0, summary.title.to_ascii_lowercase()),
            Self::Relevance => {
                let in_title =
                    query.words.iter().filter(|word| has_word(&summary.title, word)).count();
                (-i64::try_from(in_title).unwrap_or_default(), String::new())
            }
        }
    }
}
