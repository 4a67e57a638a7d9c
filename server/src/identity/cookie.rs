//! The session cookie.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};

use super::token::Token;
use crate::config::Origin;

/// The cookie's name. `__Host-` makes browsers insist that it was set by this
/// host, over TLS, for every path. Over plain HTTP, which is for use on one
/// machine, they wouldn't take it.
pub(crate) const fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-umbra" } else { "umbra" }
}

fn is_secure(origin: Option<&Origin>) -> bool {
    origin.is_some_and(Origin::is_https)
}

/// The header that sets it.
pub fn session_cookie(token: &Token, life: Duration, origin: Option<&Origin>) -> HeaderValue {
    set(&token.expose(), life, origin)
}

/// The header that takes it away.
pub fn clear_cookie(origin: Option<&Origin>) -> HeaderValue {
    set("", Duration::ZERO, origin)
}

fn set(value: &str, life: Duration, origin: Option<&Origin>) -> HeaderValue {
    let secure = is_secure(origin);
    let text = format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}",
        cookie_name(secure),
        life.as_secs(),
        if secure { "; Secure" } else { "" }
    );
    let mut value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
    // It doesn't show itself, wherever headers are written down.
    value.set_sensitive(true);
    value
}

/// The value that a browser sent along, if it is alone.
pub(super) fn cookie_of<'a>(headers: &'a HeaderMap, origin: Option<&Origin>) -> Option<&'a str> {
    let name = cookie_name(is_secure(origin));
    let mut values = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    // Two of that name: somebody else put one there, and which can't be told.
    values.next().filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::TokenKind;

    #[test]
    fn the_cookie_is_as_strict_as_the_origin_allows() {
        let token = Token::draw(TokenKind::Session).unwrap();
        let origin = Origin::parse("https://umbra.example.org").unwrap();
        let secure = session_cookie(&token, Duration::from_secs(60), Some(&origin));
        let text = secure.to_str().unwrap();
        assert!(text.starts_with("__Host-umbra=umbra_ses_"));
        assert!(text.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure"));
        let plain = session_cookie(&token, Duration::from_secs(60), None);
        assert!(!plain.to_str().unwrap().contains("Secure"));
        assert!(clear_cookie(None).to_str().unwrap().contains("Max-Age=0"));
    }

    #[test]
    fn a_cookie_counts_only_where_it_is_alone() {
        let of = |lines: &[&str]| {
            let lines = lines.iter().map(|line| (header::COOKIE, line.parse().unwrap()));
            let headers = lines.fold(HeaderMap::new(), |mut headers, (name, line)| {
                headers.append(name, line);
                headers
            });
            cookie_of(&headers, None).map(str::to_owned)
        };
        assert_eq!(of(&["a=1; umbra=x; b=2"]).as_deref(), Some("x"));
        assert_eq!(of(&["umbra=x; umbra=y"]), None);
        assert_eq!(of(&["umbra=x", "umbra=y"]), None);
        assert_eq!(of(&["__Host-umbra=x"]), None);
        assert_eq!(of(&[]), None);
    }
}
