//! One connection that speaks raw `umbra.v1`: no replica, no store, no more work
//! than the frames themselves, since the clients share the processors with the
//! server that is measured.

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use umbra_sync_protocol::limits::CREDIT_BYTES_MAX;
use umbra_sync_protocol::wire::{
    self, ClientFrame, Cursor, Epoch, Hello, Push, ServerFrame, Verdict, Verdicts, Welcome,
};

use super::account::Device;
use super::counted::{Counted, Traffic};

/// Small, since there are a thousand of them in one process.
const BUFFER_BYTES: usize = 16 << 10;

/// A connection.
#[derive(Debug)]
pub struct Driver {
    socket: WebSocketStream<Counted>,
    frames_sent: u64,
}

impl Driver {
    /// Connects as this device.
    pub async fn connect(device: &Device) -> Self {
        let stream = TcpStream::connect(device.server).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket takes the option");
        let url = format!("ws://{}/sync", device.server);
        let mut request = url.into_client_request().expect("the address is one");
        let headers = request.headers_mut();
        let bearer = format!("Bearer {}", device.token);
        headers.insert(AUTHORIZATION, HeaderValue::from_str(&bearer).expect("a token is text"));
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(wire::SUBPROTOCOL));
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(BUFFER_BYTES);
        let (socket, _) = client_async_with_config(request, Counted::new(stream), Some(config))
            .await
            .expect("the server takes the connection");
        Self { socket, frames_sent: 0 }
    }

    /// Connects, says hello, and hears who it is.
    pub async fn greet(
        device: &Device,
        epoch: Option<Epoch>,
        cursors: Vec<Cursor>,
    ) -> (Self, Welcome) {
        let mut driver = Self::connect(device).await;
        driver.hello(epoch, cursors).await;
        match driver.next().await {
            ServerFrame::Welcome(welcome) => (driver, welcome),
            other => panic!("a welcome was due, not {other:?}"),
        }
    }

    /// Connects as a client that has nothing yet, and waits until it has everything.
    pub async fn current(device: &Device) -> (Self, Welcome) {
        let (mut driver, welcome) = Self::greet(device, None, Vec::new()).await;
        driver.everything(welcome.spaces.len()).await;
        (driver, welcome)
    }

    /// Says hello with all the credit there is.
    pub async fn hello(&mut self, epoch: Option<Epoch>, cursors: Vec<Cursor>) {
        let hello = Hello {
            version: wire::VERSION,
            epoch,
            cursors,
            views: false,
            credit: CREDIT_BYTES_MAX,
            agent: "umbra-benches".to_owned(),
        };
        self.send(&ClientFrame::Hello(hello)).await;
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: &ClientFrame) {
        self.feed(frame).await;
        self.flush().await;
    }

    /// Has a frame sent with the next flush.
    pub async fn feed(&mut self, frame: &ClientFrame) {
        self.frames_sent += 1;
        let message = Message::binary(wire::encode(frame));
        self.socket.feed(message).await.expect("the server reads");
    }

    /// Sends what waits.
    pub async fn flush(&mut self) {
        self.socket.flush().await.expect("the server reads");
    }

    /// The next frame, as bytes.
    pub async fn message(&mut self) -> Bytes {
        loop {
            match self.socket.next().await.expect("the server stays") {
                Ok(Message::Binary(bytes)) => return bytes,
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("a frame was due, not {other:?}"),
            }
        }
    }

    /// The next frame.
    pub async fn next(&mut self) -> ServerFrame {
        wire::decode(&self.message().await).expect("the server speaks the protocol")
    }

    /// The next frame, if it is here already.
    pub fn next_here(&mut self) -> Option<ServerFrame> {
        self.next().now_or_never()
    }

    /// What comes until the client is current in so many spaces.
    pub async fn everything(&mut self, spaces: usize) -> Vec<ServerFrame> {
        let (mut frames, mut current) = (Vec::new(), 0);
        while current < spaces {
            let frame = self.next().await;
            current += usize::from(matches!(frame, ServerFrame::Current(..)));
            frames.push(frame);
        }
        frames
    }

    /// The next verdicts, past whatever comes before.
    pub async fn verdicts(&mut self) -> Verdicts {
        loop {
            if let ServerFrame::Verdicts(verdicts) = self.next().await {
                return verdicts;
            }
        }
    }

    /// Pushes, and waits until every change of it is accepted. Yields the last
    /// place in the log.
    pub async fn push(&mut self, push: Push) -> u64 {
        self.send(&ClientFrame::Push(push)).await;
        all_accepted(&self.verdicts().await)
    }

    /// What went over the wire so far, the handshake included.
    pub fn traffic(&self) -> Traffic {
        self.socket.get_ref().traffic
    }

    /// How many frames it sent.
    pub fn frames_sent(&self) -> u64 {
        self.frames_sent
    }
}

/// The last place that these verdicts gave.
///
/// # Panics
/// Where a change was refused: no measurement here makes one that may be.
pub fn all_accepted(verdicts: &Verdicts) -> u64 {
    let place = |verdict: &Verdict| match verdict {
        Verdict::Accepted { seq, .. } => *seq,
        refused @ Verdict::Refused { .. } => panic!("{refused:?}"),
    };
    verdicts.verdicts.iter().map(place).max().expect("a push has changes")
}
