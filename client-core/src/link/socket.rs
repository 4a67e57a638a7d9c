//! A WebSocket that carries frames.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as SocketError, protocol::frame::coding::CloseCode};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use umbra_sync_protocol::limits::FRAME_BYTES_MAX;
use umbra_sync_protocol::wire::{self, ClientFrame, SUBPROTOCOL, ServerFrame};

use super::Address;
use crate::error::{Error, Result};

/// How long making a connection may take.
const CONNECT: Duration = Duration::from_secs(20);

/// How long sending may take: the server reads, or it is gone.
const SEND: Duration = Duration::from_secs(60);

/// A connection.
#[derive(Debug)]
pub(super) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What came.
#[derive(Debug)]
pub(super) enum Came {
    /// A frame, and how many bytes it had.
    Frame(Box<ServerFrame>, usize),
    /// Something that only shows that the server is there.
    Sign,
    /// The end, with the code that the server gave.
    End(Option<u16>),
}

impl Socket {
    /// Connects.
    ///
    /// # Errors
    /// [`Error::NeedsSignIn`] where the token isn't accepted, [`Error::Offline`] where
    /// the server can't be reached.
    pub async fn connect(address: &Address, token: &str) -> Result<Self> {
        super::install_crypto();
        let offline = |reason: String| Error::Offline { server: address.to_string(), reason };
        let mut request =
            address.sync().into_client_request().map_err(|error| offline(error.to_string()))?;
        let bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(Error::internal)?;
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        let protocol = HeaderValue::from_static(SUBPROTOCOL);
        request.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
        let config = WebSocketConfig::default()
            .max_message_size(Some(FRAME_BYTES_MAX))
            .max_frame_size(Some(FRAME_BYTES_MAX));
        let connecting = connect_async_with_config(request, Some(config), true);
        match timeout(CONNECT, connecting).await {
            Ok(Ok((stream, _))) => Ok(Self { stream }),
            Ok(Err(SocketError::Http(response))) => Err(refused(response.status(), offline)),
            Ok(Err(error)) => Err(offline(error.to_string())),
            Err(_) => Err(offline("it doesn't answer".to_owned())),
        }
    }

    /// Sends frames, all of them in one go.
    pub async fn send(&mut self, frames: &[ClientFrame]) -> Result<(), String> {
        let sending = async {
            for frame in frames {
                self.stream.feed(Message::binary(wire::encode(frame))).await?;
            }
            self.stream.flush().await
        };
        match timeout(SEND, sending).await {
            Ok(sent) => sent.map_err(|error| error.to_string()),
            Err(_) => Err("it takes nothing any more".to_owned()),
        }
    }

    /// Asks the server for a sign of life.
    pub async fn ping(&mut self) -> Result<(), String> {
        let ping = self.stream.send(Message::Ping(Vec::new().into()));
        timeout(SEND, ping)
            .await
            .map_err(|_| "it takes nothing any more".to_owned())?
            .map_err(|error| error.to_string())
    }

    /// The next that comes. Safe to drop while it waits.
    pub async fn next(&mut self) -> Result<Came, String> {
        match self.stream.next().await {
            Some(Ok(Message::Binary(bytes))) => {
                let frame = wire::decode(&bytes).map_err(|error| error.to_string())?;
                Ok(Came::Frame(Box::new(frame), bytes.len()))
            }
            Some(Ok(Message::Close(frame))) => {
                Ok(Came::End(frame.map(|CloseFrame { code, .. }| u16::from(code))))
            }
            Some(Ok(Message::Text(_))) => Err("the server sent text".to_owned()),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(Came::Sign),
            Some(Err(SocketError::ConnectionClosed | SocketError::AlreadyClosed)) | None => {
                Ok(Came::End(None))
            }
            Some(Err(error)) => Err(error.to_string()),
        }
    }

    /// Says goodbye. What the server makes of it doesn't matter any more.
    pub async fn close(mut self) {
        let frame = CloseFrame { code: CloseCode::Normal, reason: "done".into() };
        let _ = timeout(Duration::from_secs(2), self.stream.close(Some(frame))).await;
    }
}

fn refused(status: StatusCode, offline: impl Fn(String) -> Error) -> Error {
    match status {
        StatusCode::UNAUTHORIZED => {
            Error::NeedsSignIn("the server doesn't accept the sign-in any more".to_owned())
        }
        StatusCode::NOT_FOUND => offline("there is a server, but no Umbra".to_owned()),
        StatusCode::UPGRADE_REQUIRED => Error::Server {
            code: "upgrade_expected".to_owned(),
            message: "the server doesn't speak this protocol".to_owned(),
        },
        status => offline(format!("it answered {status}")),
    }
}
