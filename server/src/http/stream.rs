//! Answers that are too large to have in memory, written as they are read.

use std::io;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::problem::{Problem, ProblemCode};
use crate::app::App;
use crate::limits::{EXPORT_PIECES_MAX, EXPORT_TIMEOUT};
use crate::store::StoreError;

/// Where the pieces of an answer go.
#[derive(Clone, Debug)]
pub(super) struct Outflow(mpsc::Sender<io::Result<Bytes>>);

/// Why an answer breaks off.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    /// Nobody reads it any more.
    #[error("the reader is gone")]
    HungUp,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a piece can't be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a document was not packed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl Outflow {
    /// Sends a piece, as soon as the reader has taken enough of those before.
    pub(super) async fn send(&self, piece: impl Into<Bytes>) -> Result<(), Broken> {
        self.0.send(Ok(piece.into())).await.map_err(|_| Broken::HungUp)
    }
}

/// Answers with what `write` writes, as a file of this name. No more than so many are
/// written at once, and none for longer than is allowed; one that breaks off is seen to
/// do so, never taken for whole.
pub(super) fn answer<W, F>(
    app: &App,
    kind: &'static str,
    file: &'static str,
    write: W,
) -> Result<Response, Problem>
where
    W: FnOnce(Outflow) -> F + Send + 'static,
    F: Future<Output = Result<(), Broken>> + Send + 'static,
{
    let permit = app.exports.clone().try_acquire_owned();
    let permit = permit.map_err(|_| Problem::from(ProblemCode::Busy).retry_after(10))?;
    let (sender, pieces) = mpsc::channel(EXPORT_PIECES_MAX);
    let writing = write(Outflow(sender.clone()));
    app.tasks.spawn(app.stop.clone().run_until_cancelled_owned(async move {
        let failed = match timeout(EXPORT_TIMEOUT, writing).await {
            Ok(Ok(()) | Err(Broken::HungUp)) => None,
            Ok(Err(broken)) => Some(broken.to_string()),
            Err(_) => Some("its reader is too slow".to_owned()),
        };
        if let Some(why) = failed {
            tracing::warn!(why, file, "an export broke off");
            // Should the reader be behind, losing the sender ends the body as well.
            let _ = sender.try_send(Err(io::Error::other("broken off")));
        }
        drop(permit);
    }));
    let pieces = stream::unfold(pieces, |mut pieces| async move {
        pieces.recv().await.map(|piece| (piece, pieces))
    });
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{file}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
