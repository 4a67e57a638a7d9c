//! The read model of a document.

use std::sync::Arc;

use umbra_model::recurrence::Zone;
use umbra_model::summary::{Summary, summarize};
use umbra_sync_protocol::gate::GateDoc;
use umbra_sync_protocol::view::view;

/// The read model of a document, derived from its content and nothing else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rendered {
    /// Its plain JSON.
    pub json: Arc<str>,
    /// What lists and search need. Days begin at midnight UTC, since a row serves
    /// every member; whoever shows it to one of them asks for more.
    pub summary: Summary,
}

/// Renders it.
pub fn render(gate: &GateDoc) -> Rendered {
    let view = view(gate.document(), gate.kind());
    let summary = summarize(gate.kind(), &view, &Zone::UTC);
    Rendered { json: serde_json::Value::Object(view).to_string().into(), summary }
}
