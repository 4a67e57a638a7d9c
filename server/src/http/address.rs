//! Where a request comes from.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::problem::{Problem, ProblemCode};
use crate::app::App;
use crate::config::{ForwardedHeader, Proxies};
use crate::identity::Agent;

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
    /// With what program, as far as it says so.
    pub agent: Agent,
}

/// What rates are kept by: an IPv4 address, or the network of an IPv6 one, since
/// whoever has one address there has them all.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AddressKey(IpAddr);

impl ClientAddress {
    /// Reads it off a request. What is forwarded counts only where a trusted proxy
    /// wrote it: it is read from the right, past trusted proxies, since a client
    /// may have written the left of it.
    pub fn of(peer: SocketAddr, headers: &HeaderMap, proxies: &Proxies) -> Self {
        let mut ip = peer.ip().to_canonical();
        let (name, hop): (_, fn(&str) -> Option<IpAddr>) = match proxies.header {
            ForwardedHeader::XForwardedFor => ("x-forwarded-for", node),
            ForwardedHeader::Forwarded => ("forwarded", element),
        };
        let lines = headers.get_all(name).iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(',')).map(hop);
        for hop in hops {
            match hop {
                Some(hop) if proxies.are_at(ip) => ip = hop.to_canonical(),
                Some(_) | None => break,
            }
        }
        Self { ip, local: is_local(peer, headers), agent: Agent::of(headers) }
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

/// The address in one element of `Forwarded`, such as `for="[2001:db8::1]:4711";proto=https`.
fn element(text: &str) -> Option<IpAddr> {
    let mut pairs = text.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    node(value.trim().trim_matches('"'))
}

/// The address of a node, with or without its port. A name, or one made up to hide it,
/// is none.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse().ok();
    ip.or_else(|| text.parse::<SocketAddr>().ok().map(|it| it.ip()))
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
        Ok(Self::of(*peer, &parts.headers, &app.config.proxies))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, lines: &[(&'static str, &str)]) -> ClientAddress {
        behind(ForwardedHeader::XForwardedFor, peer, lines)
    }

    fn behind(
        header: ForwardedHeader,
        peer: &str,
        lines: &[(&'static str, &str)],
    ) -> ClientAddress {
        let trusted = ["127.0.0.1", "10.0.0.0/24"].map(|it| it.parse().unwrap()).to_vec();
        let proxies = Proxies { trusted, header };
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        ClientAddress::of(peer.parse().unwrap(), &headers, &proxies)
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
            ("127.0.0.1:1", vec![(XFF, "1.1.1.1:5000")], "1.1.1.1"),
            ("127.0.0.1:1", vec![(XFF, "2001:db8::1")], "2001:db8::1"),
            ("127.0.0.1:1", vec![(XFF, "[2001:db8::1]:5000")], "2001:db8::1"),
            ("127.0.0.1:1", vec![("forwarded", "for=6.6.6.6")], "127.0.0.1"),
            ("127.0.0.1:1", vec![("forwarded", "for=6.6.6.6"), (XFF, "1.1.1.1")], "1.1.1.1"),
            ("[::ffff:127.0.0.1]:1", vec![(XFF, "1.1.1.1")], "1.1.1.1"),
        ] {
            assert_eq!(of(peer, &lines).ip, expected.parse::<IpAddr>().unwrap(), "{lines:?}");
        }
    }

    #[test]
    fn the_standard_header_is_read_where_it_is_the_proxies_own() {
        const F: &str = "forwarded";
        for (lines, expected) in [
            (vec![(F, "for=1.1.1.1")], "1.1.1.1"),
            (vec![(F, "For=\"1.1.1.1:4711\"; proto=https")], "1.1.1.1"),
            (vec![(F, "for=\"[2001:db8::1]:4711\"")], "2001:db8::1"),
            (vec![(F, "for=6.6.6.6, for=1.1.1.1;by=10.0.0.9, for=10.0.0.7")], "1.1.1.1"),
            (vec![(F, "for=6.6.6.6"), (F, "for=1.1.1.1")], "1.1.1.1"),
            (vec![(F, "for=6.6.6.6, for=unknown")], "127.0.0.1"),
            (vec![(F, "for=6.6.6.6, for=_hidden")], "127.0.0.1"),
            (vec![(F, "for=6.6.6.6, proto=https")], "127.0.0.1"),
            (vec![(F, "for=6.6.6.6, for=\"a, b\"")], "127.0.0.1"),
            (vec![("x-forwarded-for", "6.6.6.6")], "127.0.0.1"),
        ] {
            let found = behind(ForwardedHeader::Forwarded, "127.0.0.1:1", &lines).ip;
            assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{lines:?}");
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
