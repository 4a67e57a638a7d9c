//! Somebody who is signed in on a device.

use std::net::SocketAddr;

use serde_json::{Value, json};
use umbra_model::{ActorPrefix, DeviceId, Role, SpaceId, SpaceKind, UserId};
use uuid::Uuid;

use crate::http::{Answer, Caller};
use crate::socket::Socket;

/// The password of everybody.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody who is signed in on a device.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their sign-in name.
    pub name: String,
    /// The account.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
    /// With what its actor ids begin.
    pub prefix: ActorPrefix,
    /// The device's token.
    pub token: String,
    /// Asks as this device.
    pub caller: Caller,
    addr: SocketAddr,
}

impl Person {
    /// Whoever this answer to a sign-in is about.
    pub fn of(answer: &Value, addr: SocketAddr) -> Self {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let id = |value: &Value| text(value).parse::<Uuid>().expect("an id");
        let token = text(&answer["token"]);
        Self {
            name: text(&answer["user"]["name"]),
            user: UserId(id(&answer["user"]["id"])),
            device: DeviceId(id(&answer["device"]["id"])),
            prefix: ActorPrefix(unhex(&text(&answer["device"]["prefix"]))),
            caller: Caller::new(format!("http://{addr}")).bearing(&token),
            token,
            addr,
        }
    }

    /// The same account on another device.
    pub async fn on_another_device(&self) -> Self {
        let anonymous = Caller::new(format!("http://{}", self.addr));
        let answer = anonymous.post("/api/auth/login", login(&self.name, PASSWORD)).await;
        Self::of(&answer.ok(), self.addr)
    }

    /// The same device, asking another node.
    pub fn at(&self, addr: SocketAddr) -> Self {
        let caller = Caller::new(format!("http://{addr}")).bearing(&self.token);
        Self { caller, addr, ..self.clone() }
    }

    /// Where it asks.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Makes a space.
    pub async fn space(&self, kind: SpaceKind) -> SpaceId {
        let answer = self.caller.post("/api/spaces", json!({ "kind": kind })).await.ok();
        answer["id"].as_str().expect("an id").parse().expect("an id")
    }

    /// The space that every account has.
    pub async fn personal_space(&self) -> SpaceId {
        let spaces = self.caller.get("/api/spaces").await.ok();
        let spaces = spaces.as_array().expect("a list");
        let personal = spaces.iter().find(|it| it["kind"] == "personal").expect("a personal space");
        personal["id"].as_str().expect("an id").parse().expect("an id")
    }

    /// Lets somebody into a space.
    pub async fn add(&self, space: SpaceId, other: &Self, role: Role) -> Answer {
        let path = format!("/api/spaces/{space}/members");
        self.caller.post(&path, json!({ "name": other.name, "role": role })).await
    }

    /// Gives a member another role.
    pub async fn change(&self, space: SpaceId, other: &Self, role: Role) -> Answer {
        let path = format!("/api/spaces/{space}/members/{}", other.user);
        self.caller.ask("PATCH", &path, Some(json!({ "role": role }))).await
    }

    /// Removes a member.
    pub async fn remove(&self, space: SpaceId, other: &Self) -> Answer {
        let path = format!("/api/spaces/{space}/members/{}", other.user);
        self.caller.ask("DELETE", &path, None).await
    }

    /// Opens a socket, without a word.
    pub async fn socket(&self) -> Socket {
        Socket::connect(self.addr, &self.token).await.expect("the socket opens")
    }

    /// Opens a socket, says hello, and takes in everything there is.
    pub async fn live(&self) -> Socket {
        let mut socket = self.socket().await;
        socket.greet().await;
        socket
    }
}

/// A request to sign in as a new device.
pub fn login(name: &str, password: &str) -> Value {
    json!({
        "name": name,
        "password": password,
        "device": { "name": "a test", "platform": "linux" },
    })
}

fn unhex(text: &str) -> [u8; 8] {
    let mut bytes = [0; 8];
    for (byte, at) in bytes.iter_mut().zip((0..text.len()).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    }
    bytes
}
