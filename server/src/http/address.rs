//! Where a request comes from.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::problem::{Problem, ProblemCode};
use crate::app::App;

/// The other end of the TCP connection. Every request has one.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Where a request comes from, as far as that can be known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClientAddress {
    /// The client's address; a proxy's only where it isn't to be believed.
    pub ip: IpAddr,
    /// Whether the client is on this machine, with no proxy between.
    pub local: bool,
}

/// What rates are kept by: an IPv4 address, or the network of an IPv6 one, since
/// whoever has one address there has them all.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AddressKey(IpAddr);

impl ClientAddress {
    /// Reads it off a request. `X-Forwarded-For` counts only where a trusted proxy
    /// wrote it: it is read from the right, past trusted proxies, since a client
    /// may have written the left of it.
    pub fn of(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> Self {
        let mut ip = peer.ip().to_canonical();
        let forwarded = headers.get_all("x-forwarded-for").iter().rev();
        let hops = forwarded
            .flat_map(|line| line.to_str().unwrap_or_default().rsplit(','))
            .map(|hop| hop.trim().parse::<IpAddr>());
        for hop in hops {
            match hop {
                Ok(hop) if trusted.contains(&ip) => ip = hop.to_canonical(),
                Ok(_) | Err(_) => break,
            }
        }
        Self { ip, local: is_local(peer, headers) }
    }

    /// What its rates are kept by.
    pub fn key(&self) -> AddressKey {
        AddressKey(match self.ip {
            IpAddr::V4(_) => self.ip,
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }
}

/// A proxy on this machine gives itself away by a header, or by the name that the
/// client asked for.
fn is_local(peer: SocketAddr, headers: &HeaderMap) -> bool {
    const BY_PROXIES: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let named = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
    });
    peer.ip().to_canonical().is_loopback()
        && !BY_PROXIES.iter().any(|name| headers.contains_key(*name))
        && ["localhost", "127.0.0.1", "[::1]"].contains(&named)
}

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Some(Peer(peer)) = parts.extensions.get::<Peer>() else {
            return Err(ProblemCode::Internal.into());
        };
        Ok(Self::of(*peer, &parts.headers, &app.config.trusted_proxies))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, lines: &[(&'static str, &str)]) -> ClientAddress {
        let trusted = ["127.0.0.1", "10.0.0.1"].map(|ip| ip.parse().unwrap());
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        ClientAddress::of(peer.parse().unwrap(), &headers, &trusted)
    }

    #[test]
    fn a_forwarded_address_counts_as_far_as_it_is_trusted() {
        const XFF: &str = "x-forwarded-for";
        for (peer, lines, expected) in [
            ("9.9.9.9:1", vec![], "9.9.9.9"),
            ("9.9.9.9:1", vec![(XFF, "1.1.1.1")], "9.9.9.9"),
            ("127.0.0.1:1", vec![(XFF, "1.1.1.1")], "1.1.1.1"),
            ("127.0.0.1:1", vec![(XFF, "6.6.6.6, 1.1.1.1")], "1.1.1.1"),
            ("127.0.0.1:1", vec![(XFF, "6.6.6.6, 1.1.1.1, 10.0.0.1")], "1.1.1.1"),
            ("127.0.0.1:1", vec![(XFF, "6.6.6.6"), (XFF, "1.1.1.1")], "1.1.1.1"),
            ("127.0.0.1:1", vec![(XFF, "1.1.1.1, nonsense")], "127.0.0.1"),
            ("[::ffff:127.0.0.1]:1", vec![(XFF, "1.1.1.1")], "1.1.1.1"),
        ] {
            assert_eq!(of(peer, &lines).ip, expected.parse::<IpAddr>().unwrap(), "{lines:?}");
        }
    }

    #[test]
    fn local_is_who_no_proxy_stands_before() {
        for (peer, lines, expected) in [
            ("127.0.0.1:1", vec![("host", "localhost:8000")], true),
            ("[::1]:1", vec![("host", "[::1]:8000")], true),
            ("[::1]:1", vec![("host", "[::1]")], true),
            ("127.0.0.1:1", vec![], false),
            ("9.9.9.9:1", vec![("host", "localhost")], false),
            ("127.0.0.1:1", vec![("host", "umbra.example.org")], false),
            ("127.0.0.1:1", vec![("host", "localhost"), ("x-forwarded-for", "1.1.1.1")], false),
            ("127.0.0.1:1", vec![("host", "localhost"), ("via", "1.1 proxy")], false),
        ] {
            assert_eq!(of(peer, &lines).local, expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn an_ipv6_network_counts_as_one() {
        let key = |ip: &str| of(&format!("[{ip}]:1"), &[]).key();
        assert_eq!(key("2001:db8:1:2:3::4"), key("2001:db8:1:2:9::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
    }
}
