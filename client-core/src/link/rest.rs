//! What is asked over REST: signing in, and who is in a space.

use std::time::Duration;

use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use umbra_model::{ActorPrefix, DeviceId, Role, SpaceId, UserId};

use super::Address;
use crate::error::{BadInput, Error, Refused, Result};

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A server's REST interface, for nobody or for whoever has the token.
#[derive(Clone, Debug)]
pub struct Rest {
    client: Client,
    address: Address,
    token: Option<String>,
}

/// What signing in came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedIn {
    /// The account.
    pub user: UserId,
    /// Its sign-in name.
    pub name: String,
    /// The device.
    pub device: DeviceId,
    /// With what its actor ids begin.
    pub prefix: ActorPrefix,
    /// Its credential.
    pub token: String,
}

/// A device that signs in.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceClaim {
    /// Which one it was before, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<DeviceId>,
    /// How the person calls it.
    pub name: String,
    /// What it is.
    pub platform: String,
}

#[derive(Deserialize)]
struct SignedInBody {
    user: UserBody,
    device: DeviceBody,
    token: Option<String>,
}

#[derive(Deserialize)]
struct UserBody {
    id: UserId,
    name: String,
}

#[derive(Deserialize)]
struct DeviceBody {
    id: DeviceId,
    prefix: String,
}

#[derive(Deserialize)]
struct MemberBody {
    id: UserId,
    name: String,
}

/// A request that failed, as the server says it.
#[derive(Deserialize, Default)]
pub(super) struct Problem {
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    title: String,
    detail: Option<String>,
}

impl Rest {
    /// A server's REST interface.
    ///
    /// # Errors
    /// Where this machine can't make secure connections.
    pub fn new(address: Address, token: Option<String>) -> Result<Self> {
        super::install_crypto();
        let agent = concat!("umbra-client/", env!("CARGO_PKG_VERSION"));
        // What goes out holds passwords and tokens: it goes to this address and no other.
        let client = Client::builder().timeout(TIMEOUT).redirect(Policy::none());
        let client = client.user_agent(agent).build();
        let client = client.map_err(|error| {
            Error::internal(format_args!("secure connections can't be made: {error}"))
        })?;
        Ok(Self { client, address, token })
    }

    /// Makes the first account of a new server. `setup_token`: needed from another
    /// machine than the server's; its log shows it.
    ///
    /// # Errors
    /// [`Error::Conflict`] where there is an account already.
    pub async fn setup(
        &self,
        name: &str,
        password: &str,
        device: DeviceClaim,
        setup_token: Option<&str>,
    ) -> Result<SignedIn> {
        let mut body = json!({ "name": name, "password": password, "device": device });
        if let Some(token) = setup_token {
            body["token"] = token.into();
        }
        self.sign_in_by("/api/setup", &body).await
    }

    /// Makes an account, where the server lets people do so.
    ///
    /// # Errors
    /// [`Error::Refused`] where it doesn't, [`Error::Conflict`] where the name is taken.
    pub async fn register(
        &self,
        name: &str,
        password: &str,
        device: DeviceClaim,
    ) -> Result<SignedIn> {
        let body = json!({ "name": name, "password": password, "device": device });
        self.sign_in_by("/api/auth/register", &body).await
    }

    /// Signs a device in.
    ///
    /// # Errors
    /// [`Error::NeedsSignIn`] where name and password don't match.
    pub async fn login(&self, name: &str, password: &str, device: DeviceClaim) -> Result<SignedIn> {
        let body = json!({ "name": name, "password": password, "device": device });
        self.sign_in_by("/api/auth/login", &body).await
    }

    /// Ends the sign-in.
    ///
    /// # Errors
    /// Where the server can't be reached.
    pub async fn logout(&self) -> Result<()> {
        self.send(Method::POST, "/api/auth/logout", None).await.map(|_| ())
    }

    /// Lets an account into a space.
    ///
    /// # Errors
    /// [`Error::Refused`] where the user may not, [`BadInput`] where there is no such
    /// account, [`Error::Conflict`] where it is in already.
    pub async fn add_member(&self, space: SpaceId, name: &str, role: Role) -> Result<()> {
        let body = json!({ "name": name, "role": role });
        let path = format!("/api/spaces/{space}/members");
        self.send(Method::POST, &path, Some(&body)).await.map(|_| ())
    }

    /// Changes a member's role.
    ///
    /// # Errors
    /// As [`add_member`](Self::add_member).
    pub async fn change_member(&self, space: SpaceId, user: UserId, role: Role) -> Result<()> {
        let path = format!("/api/spaces/{space}/members/{user}");
        self.send(Method::PATCH, &path, Some(&json!({ "role": role }))).await.map(|_| ())
    }

    /// Removes a member.
    ///
    /// # Errors
    /// As [`add_member`](Self::add_member).
    pub async fn remove_member(&self, space: SpaceId, user: UserId) -> Result<()> {
        let path = format!("/api/spaces/{space}/members/{user}");
        self.send(Method::DELETE, &path, None).await.map(|_| ())
    }

    /// The member of a space with this sign-in name, if there is one.
    ///
    /// # Errors
    /// As [`add_member`](Self::add_member).
    pub async fn member(&self, space: SpaceId, name: &str) -> Result<Option<UserId>> {
        let path = format!("/api/spaces/{space}/members");
        let members: Vec<MemberBody> = read(self.send(Method::GET, &path, None).await?).await?;
        let wanted = name.trim().to_lowercase();
        Ok(members.into_iter().find(|it| it.name.to_lowercase() == wanted).map(|it| it.id))
    }

    /// Leaves a space.
    ///
    /// # Errors
    /// As [`add_member`](Self::add_member).
    pub async fn leave(&self, space: SpaceId) -> Result<()> {
        self.send(Method::POST, &format!("/api/spaces/{space}/leave"), None).await.map(|_| ())
    }

    /// Deletes a space with all that is in it.
    ///
    /// # Errors
    /// As [`add_member`](Self::add_member).
    pub async fn delete_space(&self, space: SpaceId) -> Result<()> {
        self.send(Method::DELETE, &format!("/api/spaces/{space}"), None).await.map(|_| ())
    }

    async fn sign_in_by(&self, path: &str, body: &Json) -> Result<SignedIn> {
        let response = self.send(Method::POST, path, Some(body)).await?;
        self.signed_in(response).await
    }

    /// What an answer to a sign-in says.
    pub(super) async fn signed_in(&self, response: Response) -> Result<SignedIn> {
        let body: SignedInBody = read(response).await?;
        let unexpected = |what: &str| Error::Server {
            code: "answer_unexpected".to_owned(),
            message: format!("the answer to a sign-in has no {what}"),
        };
        Ok(SignedIn {
            user: body.user.id,
            name: body.user.name,
            device: body.device.id,
            prefix: prefix(&body.device.prefix).ok_or_else(|| unexpected("actor prefix"))?,
            token: body.token.ok_or_else(|| unexpected("token"))?,
        })
    }

    /// Asks, and takes nothing but success.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<Response> {
        let response = self.answered(method, path, body).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        Err(problem(status, response.json().await.unwrap_or_default()))
    }

    /// Asks, and takes whatever is answered.
    pub(super) async fn answered(
        &self,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<Response> {
        let mut request: RequestBuilder = self.client.request(method, self.address.http(path));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| Error::Offline {
            server: self.address.to_string(),
            reason: chain(&error),
        })?;
        if response.status().is_redirection() {
            let to = response.headers().get(LOCATION).and_then(|it| it.to_str().ok());
            let (server, to) = (&self.address, to.unwrap_or("another address"));
            let text = format!("{server} sends us on to {to}: name that address if it is yours");
            return Err(BadInput::Other(text).into());
        }
        Ok(response)
    }
}

pub(super) async fn read<T: DeserializeOwned>(response: Response) -> Result<T> {
    response.json().await.map_err(|error| Error::Server {
        code: "answer_unexpected".to_owned(),
        message: chain(&error),
    })
}

/// An error that says whose fault it is.
pub(super) fn problem(status: StatusCode, problem: Problem) -> Error {
    let Problem { code, title, detail } = problem;
    let message = match (detail, title.is_empty()) {
        (Some(detail), _) if !detail.is_empty() => detail,
        (_, false) => title,
        _ => status.to_string(),
    };
    let code = if code.is_empty() { status.as_u16().to_string() } else { code };
    match (status, code.as_str()) {
        (_, "no_such_user") => BadInput::Other("there is no such account".to_owned()).into(),
        (StatusCode::UNAUTHORIZED, _) => Error::NeedsSignIn(message),
        (StatusCode::CONFLICT, _) => Error::Conflict(message),
        (StatusCode::FORBIDDEN | StatusCode::NOT_FOUND, _) => {
            Error::Refused(Refused { code, path: None, rule: None, message })
        }
        (StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY, _) => {
            BadInput::Other(message).into()
        }
        _ => Error::Server { code, message },
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn prefix(hex: &str) -> Option<ActorPrefix> {
    if hex.len() != 16 || !hex.is_ascii() {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok();
    let bytes = (0..8).map(byte).collect::<Option<Vec<u8>>>()?;
    Some(ActorPrefix(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// What was sent to one server mustn't go to another.
    #[tokio::test]
    async fn a_redirect_is_told_and_not_followed() {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", socket.local_addr().unwrap());
        let answer = tokio::spawn(async move {
            let (mut peer, _) = socket.accept().await.unwrap();
            assert!(peer.read(&mut [0; 4096]).await.unwrap() > 0);
            let head = "HTTP/1.1 307 Temporary Redirect\r\n\
                        location: https://elsewhere.example/\r\ncontent-length: 0\r\n\r\n";
            peer.write_all(head.as_bytes()).await.unwrap();
        });
        let rest = Rest::new(address.parse().unwrap(), None).unwrap();
        let error = rest.send(Method::POST, "/api/auth/login", None).await.unwrap_err();
        assert!(error.to_string().contains("https://elsewhere.example/"), "{error}");
        answer.await.unwrap();
    }
}
