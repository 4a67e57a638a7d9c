//! Addresses that an application may open at a click.

/// The schemes that are safe to offer as a link: they show something or start a
/// call or a message, and run nothing.
const SCHEMES: &[&str] =
    &["http", "https", "mailto", "tel", "sip", "sips", "xmpp", "geo", "webcal", "urn", "mid"];

/// The text is no address that may be offered as a link.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not an address such as https://example.org/")]
pub struct BadUri(pub String);

/// Whether this may be offered as a link: a scheme from a short list, something
/// behind it, and nothing in it that ends an attribute or a line.
///
/// # Errors
/// [`BadUri`] for any other text.
pub fn check_uri(text: &str) -> Result<(), BadUri> {
    let harmless = |char: char| {
        !char.is_whitespace() && !char.is_control() && !matches!(char, '<' | '>' | '"' | '\\')
    };
    text.split_once(':')
        .filter(|(scheme, rest)| {
            SCHEMES.contains(scheme) && !rest.is_empty() && rest.chars().all(harmless)
        })
        .map(|_| ())
        .ok_or_else(|| BadUri(text.to_owned()))
}
