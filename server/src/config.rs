//! What the operator decides. Flags and environment become this in
//! `cli`; tests build it directly.

mod proxies;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

pub use proxies::{BadNetwork, ForwardedHeader, Network, Proxies};

/// The server's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the embedded database lives, and later blobs and keys.
    pub data_dir: PathBuf,
    /// A PostgreSQL database in place of the embedded one.
    pub database_url: Option<DatabaseUrl>,
    /// The keys that encrypt secrets in the database; absent: those of the key file
    /// in the data directory.
    pub sealing_keys: Option<SealingKeys>,
    /// The origin under which browsers reach the server, such as
    /// `https://umbra.example.org`. Absent: the address in the `Host` header, for
    /// use on one machine.
    pub public_origin: Option<Origin>,
    /// The proxies that stand before it.
    pub proxies: Proxies,
    /// Who may read `/metrics`.
    pub metrics: MetricsAccess,
    /// What a password hash costs.
    pub password_cost: PasswordCost,
    /// How many requests and connections one peer may have.
    pub abuse: AbuseLimits,
}

impl Config {
    /// The defaults, over this data directory.
    pub fn new(data_dir: PathBuf) -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8000),
            data_dir,
            database_url: None,
            sealing_keys: None,
            public_origin: None,
            proxies: Proxies::default(),
            metrics: MetricsAccess::Loopback,
            password_cost: PasswordCost::default(),
            abuse: AbuseLimits::default(),
        }
    }
}

/// The address of a PostgreSQL database. It may hold a password, so it doesn't
/// show itself.
#[derive(Clone)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Takes the address as it is.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The address, to connect with.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// Keys as they are configured: one, or several with commas between. They don't show
/// themselves.
#[derive(Clone)]
pub struct SealingKeys(String);

impl SealingKeys {
    /// Takes the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to read the keys.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKeys(…)")
    }
}

/// Who may read `/metrics`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MetricsAccess {
    /// Nobody.
    Off,
    /// Peers on this machine that no proxy stands before.
    Loopback,
    /// Whoever reaches the port.
    Anyone,
}

/// What a password hash costs (Argon2id, one lane).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for PasswordCost {
    /// OWASP's current minimum for Argon2id.
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2 }
    }
}

/// How many requests and connections one peer may have. The defaults are for
/// people; load tests raise them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AbuseLimits {
    /// Requests that test a credential, per address and minute.
    pub credential_tests_per_minute: u32,
    /// Other requests, per address and minute.
    pub requests_per_minute: u32,
    /// Sockets of one account.
    pub sockets_per_user: usize,
    /// Frames that one socket may send a second.
    pub frames_per_second: u32,
    /// Bytes that one socket may send a second.
    pub bytes_per_second: u32,
}

impl Default for AbuseLimits {
    fn default() -> Self {
        Self {
            credential_tests_per_minute: 20,
            requests_per_minute: 1_200,
            sockets_per_user: 64,
            frames_per_second: 4_000,
            bytes_per_second: 16 << 20,
        }
    }
}

/// A web origin: scheme, host and port, as a browser writes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin(String);

/// The text is no origin.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no origin; write it as a browser does, such as https://umbra.example.org")]
pub struct BadOrigin(pub String);

impl Origin {
    /// Reads an origin. Scheme and host are lower case, there is no path, and a
    /// port only where it isn't the scheme's own: the form that browsers send, so
    /// that comparing is comparing text.
    ///
    /// # Errors
    /// [`BadOrigin`] where it isn't of that form.
    pub fn parse(text: &str) -> Result<Self, BadOrigin> {
        let bad = || BadOrigin(text.to_owned());
        let (own_port, host) = match text.split_once("://") {
            Some(("https", host)) => ("443", host),
            Some(("http", host)) => ("80", host),
            _ => return Err(bad()),
        };
        let uri: axum::http::uri::Authority = host.parse().map_err(|_| bad())?;
        let lower = !host.bytes().any(|byte| byte.is_ascii_uppercase());
        let plain = lower && !host.contains('@') && !uri.host().is_empty();
        let port = uri.port().is_none_or(|port| port.as_str() != own_port);
        if plain && port { Ok(Self(text.to_owned())) } else { Err(bad()) }
    }

    /// The origin as a browser sends it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the browser reaches it encrypted.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_as_a_browser_writes_it() {
        for good in ["https://umbra.example.org", "http://localhost:8000", "http://[::1]:8000"] {
            assert_eq!(Origin::parse(good).map(|origin| origin.0), Ok(good.to_owned()));
        }
        for bad in [
            "umbra.example.org",
            "ftp://umbra.example.org",
            "https://umbra.example.org/",
            "https://Umbra.example.org",
            "https://umbra.example.org:443",
            "https://me@umbra.example.org",
            "https://",
            "null",
        ] {
            assert_eq!(Origin::parse(bad), Err(BadOrigin(bad.to_owned())));
        }
    }

    #[test]
    fn a_database_address_does_not_show_itself() {
        let mut config = Config::new(PathBuf::from("data"));
        config.database_url = Some(DatabaseUrl::new("postgres://umbra:hunter2@db/umbra"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
