//! Where a server is.

use std::fmt;
use std::str::FromStr;

use crate::error::BadInput;

/// A server's address: `https://umbra.example`, or `http://` on a network that is
/// trusted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    is_secure: bool,
    /// Host, port if there is one, and a path without a slash at its end.
    rest: String,
}

impl Address {
    /// The URL of a path of the REST interface.
    pub fn http(&self, path: &str) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.rest)
    }

    /// The URL of the WebSocket.
    pub fn sync(&self) -> String {
        let scheme = if self.is_secure { "wss" } else { "ws" };
        format!("{scheme}://{}/sync", self.rest)
    }
}

impl FromStr for Address {
    type Err = BadInput;

    fn from_str(text: &str) -> Result<Self, BadInput> {
        let bad = || {
            let text =
                format!("`{text}` is no address of a server; it looks like https://umbra.example");
            BadInput::Other(text)
        };
        let text = text.trim();
        let (is_secure, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            Some(_) => return Err(bad()),
            None => (!is_local(text), text),
        };
        let rest = rest.trim_end_matches('/');
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        let is_plain =
            rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#@\\".contains(&byte));
        if (host.is_empty() && !rest.starts_with('[')) || !is_plain {
            return Err(bad());
        }
        Ok(Self { is_secure, rest: rest.to_owned() })
    }
}

/// Whether a bare host is this machine, which has no certificate.
fn is_local(text: &str) -> bool {
    let host = text.split(['/', ':']).next().unwrap_or_default();
    host == "localhost" || host.starts_with("127.")
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.http(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_form() {
        for (text, form) in [
            ("https://umbra.example", "https://umbra.example"),
            (" https://umbra.example/ ", "https://umbra.example"),
            ("http://10.0.0.7:8000", "http://10.0.0.7:8000"),
            ("umbra.example/planner", "https://umbra.example/planner"),
            ("localhost:8000", "http://localhost:8000"),
            ("http://[::1]:8000", "http://[::1]:8000"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), form);
            assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
        }
        let address: Address = "https://umbra.example/planner".parse().unwrap();
        assert_eq!(address.sync(), "wss://umbra.example/planner/sync");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "https://", "ftp://umbra.example", "https://a b", "https://u@h", "h?x"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
