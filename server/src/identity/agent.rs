//! What a session was begun with, as far as a program says so of itself. It is for
//! people to recognise their sessions by, and decides nothing.

use std::fmt;

use axum::http::{HeaderMap, header};

/// A program and the system that it runs on. Only names from a list: what a client
/// sends is never kept as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Agent {
    program: Option<&'static str>,
    system: Option<&'static str>,
}

/// What the header holds, and what it means; the first that is there counts. Browsers
/// claim to be each other, so the order matters.
const PROGRAMS: &[(&str, &str)] = &[
    ("umbra-client/", "Umbra"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "Python"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

impl Agent {
    /// Reads it off a request.
    pub fn of(headers: &HeaderMap) -> Self {
        let text = headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok());
        let text = text.unwrap_or_default();
        let first = |table: &[(&str, &'static str)]| {
            table.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name)
        };
        Self { program: first(PROGRAMS), system: first(SYSTEMS) }
    }

    /// The words for it, where there is anything to say.
    pub fn summary(&self) -> Option<String> {
        (*self != Self::default()).then(|| self.to_string())
    }
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.program, self.system) {
            (Some(program), Some(system)) => write!(f, "{program} on {system}"),
            (Some(one), None) | (None, Some(one)) => f.write_str(one),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_told_by_what_it_says() {
        for (text, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                Some("Firefox on Linux"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0",
                Some("Edge on Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1",
                Some("Safari on iOS"),
            ),
            ("umbra-client/0.1.0", Some("Umbra")),
            ("<script>alert(1)</script>", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(header::USER_AGENT, text.parse().unwrap())]);
            assert_eq!(Agent::of(&headers).summary().as_deref(), expected, "{text}");
        }
        assert_eq!(Agent::of(&HeaderMap::new()).summary(), None);
    }
}
