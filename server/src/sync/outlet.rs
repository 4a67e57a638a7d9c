//! Sending on a socket whose other end may be slow, or gone.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use futures_util::SinkExt;
use tokio::time::{sleep, timeout};
use umbra_sync_protocol::session::CloseCode;

use crate::hub::Line;
use crate::limits::{CLOSE_TIMEOUT, SEND_TIMEOUT};

/// The other end takes nothing any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the other end takes nothing any more")]
pub(super) struct Unreachable;

/// Sends these frames, in order and together.
pub(super) async fn send(
    socket: &mut WebSocket,
    line: &Line,
    frames: impl IntoIterator<Item = Bytes>,
) -> Result<(), Unreachable> {
    let sending = async {
        for frame in frames {
            socket.feed(Message::Binary(frame)).await?;
        }
        socket.flush().await
    };
    tokio::select! {
        biased;
        sent = sending => sent.map_err(|_| Unreachable),
        () = patience(line) => Err(Unreachable),
    }
}

/// Asks whether the other end is still there.
pub(super) async fn ping(socket: &mut WebSocket, line: &Line) -> Result<(), Unreachable> {
    tokio::select! {
        biased;
        sent = socket.send(Message::Ping(Bytes::new())) => sent.map_err(|_| Unreachable),
        () = patience(line) => Err(Unreachable),
    }
}

/// How long a slow receiver is waited for: less where the connection has to end.
async fn patience(line: &Line) {
    let doomed = async {
        line.doom_comes().await;
        sleep(CLOSE_TIMEOUT).await;
    };
    tokio::select! {
        () = sleep(SEND_TIMEOUT) => {}
        () = doomed => {}
        () = line.cut_off() => {}
    }
}

/// Says why it ends, and gives the other end a moment to hear it: what it still
/// sends is read and dropped, since unread bytes would turn the end into a reset
/// that swallows the reason.
pub(super) async fn close(socket: &mut WebSocket, code: CloseCode, reason: &'static str) {
    let frame = CloseFrame { code: code.number(), reason: reason.into() };
    let _ = timeout(CLOSE_TIMEOUT, socket.send(Message::Close(Some(frame)))).await;
}

/// Waits for the other end to go, for a moment.
pub(super) async fn linger(mut socket: WebSocket, patience: Duration) {
    let gone = async { while let Some(Ok(_)) = socket.recv().await {} };
    let _ = timeout(patience, gone).await;
}
