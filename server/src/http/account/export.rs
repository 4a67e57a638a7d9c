//! Everything of one's own, to take along.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use umbra_model::{DeviceId, DocId, Role, SpaceId, SpaceKind, UserId};
use umbra_server_macros::operation;

use super::package::pack;
use super::profile::{ProfileBody, profile};
use super::{note, trail};
use crate::app::App;
use crate::http::address::ClientAddress;
use crate::http::openapi::{Answers, Sketch};
use crate::http::problem::Problem;
use crate::http::stream::{self, Broken, Outflow};
use crate::http::trail::body as entry_body;
use crate::identity::Fresh;
use crate::limits::PAGE_ROWS_MAX;
use crate::store::{AuditFilter, Device, Store};

/// The name of the form, which says how to read it.
const FORMAT: &str = "umbra-account-1";

/// Writes everything of one's own as one JSON document: the profile, the devices, what
/// happened around the account, and each space that one owns with its members and
/// documents, each readable and as Automerge loads it. A file that broke off is no JSON.
#[operation(Busy)]
pub(in crate::http) async fn export(
    who: Fresh,
    address: ClientAddress,
    State(app): State<App>,
) -> Result<Export, Problem> {
    let (store, user) = (app.store.clone(), who.user);
    let head = Head {
        format: FORMAT,
        account: profile(&app, user).await?,
        devices: store.devices(user).await?.into_iter().map(device).collect(),
    };
    let answer = stream::answer(&app, "application/json", "umbra-account.json", move |out| {
        write(store, user, head, out)
    })?;
    note(&app, &who, &address, "account_export", "ok").await?;
    Ok(Export(answer))
}

/// The document, as it is written.
pub(in crate::http) struct Export(Response);

impl IntoResponse for Export {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answers for Export {
    fn answers(sketch: &mut Sketch<'_>) {
        let parts = ["format", "account", "devices", "events", "spaces"];
        let schema = json!({
            "type": "object", "required": parts,
            "properties": { "format": { "const": FORMAT } },
        });
        sketch.answer(200, "Everything of one's own.", "application/json", schema);
    }
}

/// What stands before the long parts.
#[derive(Serialize)]
struct Head {
    format: &'static str,
    account: ProfileBody,
    devices: Vec<DeviceBody>,
}

#[derive(Serialize)]
struct DeviceBody {
    id: DeviceId,
    name: String,
    platform: String,
    created_at: i64,
    seen_at: i64,
    revoked_at: Option<i64>,
}

#[derive(Serialize)]
struct SpaceHead {
    id: SpaceId,
    kind: SpaceKind,
    members: Vec<MemberBody>,
}

#[derive(Serialize)]
struct MemberBody {
    id: UserId,
    name: String,
    role: Role,
}

async fn write(store: Store, user: UserId, head: Head, out: Outflow) -> Result<(), Broken> {
    out.send(open(&head, "events")?).await?;
    write_events(&store, user, &out).await?;
    out.send("],\"spaces\":[").await?;
    for (n, owned) in store.owned_spaces(user).await?.into_iter().enumerate() {
        let members = store.members(user, owned.space).await?;
        let members =
            members.into_iter().map(|it| MemberBody { id: it.user, name: it.name, role: it.role });
        let head = SpaceHead { id: owned.space, kind: owned.kind, members: members.collect() };
        out.send(format!("{}{}", comma(n), open(&head, "documents")?)).await?;
        write_documents(&store, user, owned.space, &out).await?;
        out.send("]}").await?;
    }
    out.send("]}\n").await
}

async fn write_events(store: &Store, user: UserId, out: &Outflow) -> Result<(), Broken> {
    let filter = AuditFilter { concerns: Some(user), ..AuditFilter::default() };
    let (mut before, mut written) = (i64::MAX, 0);
    loop {
        let entries = store.audit_trail(&filter, before, i64::from(PAGE_ROWS_MAX)).await?;
        let Some(last) = entries.last() else { return Ok(()) };
        before = last.id;
        let mut piece = String::new();
        for entry in entries {
            let mut body = entry_body(entry);
            trail::discreet(&mut body, user);
            piece.push_str(comma(written));
            piece.push_str(&serde_json::to_string(&body)?);
            written += 1;
        }
        out.send(piece).await?;
    }
}

async fn write_documents(
    store: &Store,
    user: UserId,
    space: SpaceId,
    out: &Outflow,
) -> Result<(), Broken> {
    let (mut after, mut written) = (DocId::from_bytes([0; 16]), 0);
    loop {
        let documents = store.own_documents(user, space, after).await?;
        let Some(last) = documents.last() else { return Ok(()) };
        after = last.doc;
        for packed in tokio::task::spawn_blocking(|| pack(documents)).await? {
            out.send(format!("{}{}", comma(written), serde_json::to_string(&packed)?)).await?;
            written += 1;
        }
    }
}

/// An object, left open in a list of this name that is its last field.
fn open(head: &impl Serialize, list: &str) -> Result<String, Broken> {
    let mut text = serde_json::to_string(head)?;
    text.pop();
    text.push_str(&format!(",\"{list}\":["));
    Ok(text)
}

fn comma(before: usize) -> &'static str {
    if before == 0 { "" } else { "," }
}

fn device(it: Device) -> DeviceBody {
    DeviceBody {
        id: it.device,
        name: it.name,
        platform: it.platform,
        created_at: it.created_at.0,
        seen_at: it.seen_at.0,
        revoked_at: it.revoked_at.map(|at| at.0),
    }
}
