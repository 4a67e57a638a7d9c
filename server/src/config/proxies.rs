//! The proxies that stand before the server, and what they say of their clients.

use std::net::IpAddr;
use std::str::FromStr;

/// The proxies that stand before the server. None, where clients reach it themselves.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Proxies {
    /// Where they are.
    pub trusted: Vec<Network>,
    /// Where they write the address of their client.
    pub header: ForwardedHeader,
}

/// In which header proxies write the address of their client. One only: the other is
/// whatever the client itself wrote.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, as most do.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// A network of addresses, such as `10.0.0.0/8`; or one address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    first: u128,
    mask: u128,
}

/// The text is no network.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is no address or network; write it such as 10.0.0.1 or 10.0.0.0/8")]
pub struct BadNetwork(String);

impl Proxies {
    /// Whether one of them is at this address.
    pub fn are_at(&self, ip: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(ip))
    }
}

impl Network {
    /// Whether the address is in it.
    pub fn contains(&self, ip: IpAddr) -> bool {
        wide(ip) & self.mask == self.first
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let bad = || BadNetwork(text.to_owned());
        let (ip, bits) = match text.split_once('/') {
            Some((ip, bits)) => (ip, Some(bits.parse::<u32>().map_err(|_| bad())?)),
            None => (text, None),
        };
        let ip: IpAddr = ip.parse().map_err(|_| bad())?;
        let whole = if ip.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(whole);
        if bits > whole {
            return Err(bad());
        }
        let mask = u128::MAX.checked_shl(whole - bits).unwrap_or(0);
        // A network is named by its first address: anything else is a mistake.
        let first = wide(ip);
        if first & mask == first { Ok(Self { first, mask }) } else { Err(bad()) }
    }
}

/// Every address as one of IPv6; those of IPv4 have a place there.
fn wide(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().into(),
        IpAddr::V6(ip) => ip.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_its_addresses() {
        for (network, ip, inside) in [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db8::1", true),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(ip.parse().unwrap()), inside, "{network:?} {ip}");
        }
    }

    #[test]
    fn what_is_no_network_is_named() {
        for bad in ["", "proxy", "10.0.0.0/33", "10.0.0.1/8", "::1/129", "10.0.0.0/", "10.0.0.0/x"]
        {
            assert_eq!(bad.parse::<Network>(), Err(BadNetwork(bad.to_owned())));
        }
    }
}
