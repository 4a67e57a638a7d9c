//! A socket, frame by frame.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Request};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use umbra_model::{DocId, Kind, Privacy, SpaceId};
use umbra_sync_protocol::wire::{
    self, Bytes, ClientFrame, Create, Cursor, Epoch, Hello, Push, PushItem, ServerFrame, Verdicts,
    Welcome,
};

/// Longer than anything takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A socket, frame by frame.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What came.
#[derive(Clone, PartialEq, Debug)]
pub enum Heard {
    /// A frame.
    Frame(ServerFrame),
    /// The end, with its code and reason.
    Closed(u16, String),
    /// The end, without a word.
    Gone,
}

impl Socket {
    /// Opens one with a device's token; the status where it is refused.
    pub async fn connect(addr: SocketAddr, token: &str) -> Result<Self, u16> {
        let bearer = format!("Bearer {token}");
        Self::connect_with(addr, &[("authorization", &bearer)]).await
    }

    /// Opens one with these headers.
    pub async fn connect_with(addr: SocketAddr, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let mut request = format!("ws://{addr}/sync").into_client_request().expect("a request");
        let protocol = HeaderValue::from_static(wire::SUBPROTOCOL);
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        for (name, value) in headers {
            let name: tokio_tungstenite::tungstenite::http::HeaderName =
                name.parse().expect("a name");
            request.headers_mut().insert(name, value.parse().expect("a value"));
        }
        Self::open(request).await
    }

    /// Opens one by this request.
    pub async fn open(request: Request<()>) -> Result<Self, u16> {
        match connect_async(request).await {
            Ok((stream, _)) => Ok(Self { stream }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("the server answers: {error}"),
        }
    }

    /// Opens one with a device's token; none where the server isn't there, or goes away
    /// while it is asked.
    pub async fn try_connect(addr: SocketAddr, token: &str) -> Option<Self> {
        let mut request = format!("ws://{addr}/sync").into_client_request().ok()?;
        let protocol = HeaderValue::from_static(wire::SUBPROTOCOL);
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
        request.headers_mut().insert("authorization", bearer);
        connect_async(request).await.ok().map(|(stream, _)| Self { stream })
    }

    /// Says a frame.
    pub async fn say(&mut self, frame: &ClientFrame) {
        self.say_raw(wire::encode(frame)).await;
    }

    /// Sends these bytes as a message. The other end may be gone already.
    pub async fn say_raw(&mut self, bytes: Vec<u8>) {
        let _ = self.stream.send(Message::Binary(bytes.into())).await;
    }

    /// Sends a text message.
    pub async fn say_text(&mut self, text: &str) {
        let _ = self.stream.send(Message::text(text)).await;
    }

    /// What comes next.
    pub async fn hear(&mut self) -> Heard {
        loop {
            let next = timeout(PATIENCE, self.stream.next()).await;
            match next.expect("something comes in time") {
                Some(Ok(Message::Binary(bytes))) => {
                    return Heard::Frame(wire::decode(&bytes).expect("a frame"));
                }
                Some(Ok(Message::Close(Some(close)))) => {
                    return Heard::Closed(close.code.into(), close.reason.to_string());
                }
                Some(Ok(Message::Close(None))) | Some(Err(_)) | None => return Heard::Gone,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => panic!("the server sent {other:?}"),
            }
        }
    }

    /// The next frame.
    pub async fn frame(&mut self) -> ServerFrame {
        match self.hear().await {
            Heard::Frame(frame) => frame,
            end => panic!("expected a frame, heard {end:?}"),
        }
    }

    /// The frames up to the first of which this says yes, and that one.
    pub async fn until(&mut self, mut last: impl FnMut(&ServerFrame) -> bool) -> Vec<ServerFrame> {
        let mut frames = Vec::new();
        loop {
            let frame = self.frame().await;
            let done = last(&frame);
            frames.push(frame);
            if done {
                return frames;
            }
        }
    }

    /// Everything up to the end, and the end.
    pub async fn until_closed(&mut self) -> (Vec<ServerFrame>, Heard) {
        let mut frames = Vec::new();
        loop {
            match self.hear().await {
                Heard::Frame(frame) => frames.push(frame),
                end => return (frames, end),
            }
        }
    }

    /// Says hello without cursors, and takes in everything there is.
    pub async fn greet(&mut self) -> Welcome {
        self.say(&ClientFrame::Hello(hello())).await;
        self.welcomed().await
    }

    /// Hears the welcome, and then everything until every space is current.
    pub async fn welcomed(&mut self) -> Welcome {
        let ServerFrame::Welcome(welcome) = self.frame().await else {
            panic!("a welcome comes first")
        };
        let mut behind: Vec<SpaceId> = welcome.spaces.iter().map(|it| it.space).collect();
        while !behind.is_empty() {
            if let ServerFrame::Current(space, _) = self.frame().await {
                behind.retain(|it| *it != space);
            }
        }
        welcome
    }

    /// Pushes, and hears the verdicts. Other frames that come before are dropped.
    pub async fn push(&mut self, push: Push) -> Verdicts {
        let id = push.id;
        self.say(&ClientFrame::Push(push)).await;
        self.verdicts(id).await
    }

    /// Hears the verdicts on this push. Other frames that come before are dropped.
    pub async fn verdicts(&mut self, id: u32) -> Verdicts {
        let is_it = |frame: &ServerFrame| matches!(frame, ServerFrame::Verdicts(it) if it.id == id);
        match self.until(is_it).await.pop() {
            Some(ServerFrame::Verdicts(verdicts)) => verdicts,
            other => panic!("expected verdicts, heard {other:?}"),
        }
    }

    /// Goes away without a word.
    pub fn vanish(self) {
        drop(self.stream);
    }
}

/// A hello without cursors.
pub fn hello() -> Hello {
    Hello {
        version: wire::VERSION,
        epoch: None,
        cursors: Vec::new(),
        views: false,
        credit: 16 << 20,
        agent: "umbra-tests".to_owned(),
    }
}

/// A hello with cursors of this epoch.
pub fn hello_with(epoch: Epoch, cursors: Vec<Cursor>) -> Hello {
    Hello { epoch: Some(epoch), cursors, ..hello() }
}

/// A push of these changes to one document; created first, where that is said.
pub fn push_of(id: u32, doc: DocId, create: Option<(SpaceId, Kind)>, chunks: &[&Bytes]) -> Push {
    let create = create.map(|(space, kind)| Create { space, kind, privacy: Privacy::Default });
    let chunks = chunks.iter().map(|chunk| (*chunk).clone()).collect();
    Push { id, atomic: false, items: vec![PushItem { doc, create, chunks, receipts: None }] }
}
