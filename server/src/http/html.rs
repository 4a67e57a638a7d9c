//! Plain pages: one frame for all of them, without scripts, and with a style sheet of
//! their own origin, as the content security policy asks.

use std::fmt::{self, Display};

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use crate::identity::Anyone;

/// Text from elsewhere, made harmless for a page.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}

/// A page with this title, and with this body: HTML in which everything from elsewhere
/// is [`Escaped`].
pub(super) fn page(title: &str, body: &str) -> Html<String> {
    let title = Escaped(title);
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · Umbra</title>\
         <link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/page.css\"></head>\
         <body><main><p class=\"mark\">Umbra</p><h1>{title}</h1>{body}</main></body></html>"
    ))
}

/// The style sheet of all pages.
pub(super) async fn style(_: Anyone) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, include_str!("page.css")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_elsewhere_stays_text() {
        let escaped = Escaped("<b onclick='x'>\"&").to_string();
        assert_eq!(escaped, "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;");
    }
}
