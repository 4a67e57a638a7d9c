//! Accounts, their devices and what they share.

use std::net::SocketAddr;

use serde_json::{Value, json};
use umbra_model::{ActorPrefix, Role, SpaceId, SpaceKind};
use umbra_sync_protocol::wire::Epoch;

use super::http::call;

/// Long enough for any rule, and no secret.
const PASSWORD: &str = "a bench is a long seat for several people";

/// A device that is signed in.
#[derive(Clone, Debug)]
pub struct Device {
    /// Where its server listens.
    pub server: SocketAddr,
    /// The name of its account.
    pub account: String,
    /// Its bearer token.
    pub token: String,
    /// With what its actor ids begin.
    pub prefix: ActorPrefix,
    /// The epoch of the server's database.
    pub epoch: Epoch,
}

impl Device {
    /// Makes the first account of a server, and opens registration for others.
    pub async fn first(server: SocketAddr) -> Self {
        let device = Self::sign_in(server, "/api/setup", "admin").await;
        device.call("PUT", "/api/admin/settings", &json!({"registration": "open"})).await;
        device
    }

    /// Makes an account.
    pub async fn register(server: SocketAddr, account: &str) -> Self {
        Self::sign_in(server, "/api/auth/register", account).await
    }

    /// Another device of the same account.
    pub async fn sibling(&self) -> Self {
        Self::sign_in(self.server, "/api/auth/login", &self.account).await
    }

    /// Makes a space, which this account owns.
    pub async fn create_space(&self, kind: SpaceKind) -> SpaceId {
        let space = self.call("POST", "/api/spaces", &json!({"kind": kind.as_str()})).await;
        text(&space["id"]).parse().expect("an id of a space")
    }

    /// Lets another account into a space.
    pub async fn share(&self, space: SpaceId, account: &str, role: Role) {
        let path = format!("/api/spaces/{space}/members");
        self.call("POST", &path, &json!({"name": account, "role": role.as_str()})).await;
    }

    async fn sign_in(server: SocketAddr, path: &str, account: &str) -> Self {
        let device = json!({"name": "bench", "platform": "linux"});
        let body = json!({"name": account, "password": PASSWORD, "device": device});
        let answer = call(server, "POST", path, None, &body).await;
        Self {
            server,
            account: account.to_owned(),
            token: text(&answer["token"]).to_owned(),
            prefix: ActorPrefix(bytes(text(&answer["device"]["prefix"]))),
            epoch: Epoch(bytes(text(&answer["epoch"]))),
        }
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        call(self.server, method, path, Some(&self.token), body).await
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The bytes that these hexadecimal digits are.
fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    let byte = |at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("two digits");
    std::array::from_fn(byte)
}
