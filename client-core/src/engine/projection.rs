//! A document's row for lists and search.

use serde_json::{Map, Value as Json};
use umbra_model::Kind;
use umbra_model::recurrence::Zone;
use umbra_model::summary::{Summary, summarize};

use crate::document::Document;
use crate::store::Projection;

impl Projection {
    /// The row of a document whose fields are these. `zone` is where days begin.
    pub fn new(kind: Kind, view: &Map<String, Json>, zone: &Zone) -> Self {
        let summary = summarize(kind, view, zone);
        let uid = view.get("uid").and_then(Json::as_str).map(ToOwned::to_owned);
        let view = Json::Object(view.clone()).to_string();
        Self { view, extent: extent(&summary), summary, uid }
    }

    /// The row of an open document.
    pub fn of(document: &Document, zone: &Zone) -> Self {
        Self::new(document.facts().kind, &document.view(), zone)
    }

    /// The row of a document whose plain JSON the server sent along. `None` where
    /// it isn't an object: then the document itself must say.
    pub fn of_view(kind: Kind, view: &str, zone: &Zone) -> Option<Self> {
        let view: Map<String, Json> = serde_json::from_str(view).ok()?;
        Some(Self::new(kind, &view, zone))
    }
}

/// From when to when an agenda may have to show it.
fn extent(summary: &Summary) -> Option<(umbra_model::Millis, Option<umbra_model::Millis>)> {
    let times = [summary.starts, summary.due];
    let first = times.into_iter().flatten().min()?;
    let is_event = summary.due.is_none() && (summary.ends.is_some() || summary.repeats);
    let last = match (is_event, summary.repeats) {
        (true, _) => summary.ends,
        (false, true) => None,
        (false, false) => times.into_iter().flatten().max(),
    };
    Some((first, last))
}
