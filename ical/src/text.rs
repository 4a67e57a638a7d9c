//! Texts as files escape them and as documents hold them.

/// What of a text a document can hold.
pub(crate) struct Fitted {
    /// The text.
    pub text: String,
    /// Whether something had to be left out.
    pub cut: bool,
}

/// The text without control characters other than newline and tab, and no
/// longer than that.
pub(crate) fn fit(text: &str, bytes_max: usize, chars_max: usize) -> Fitted {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut fitted = Fitted { text: String::new(), cut: false };
    for (at, char) in text.chars().enumerate() {
        if at >= chars_max || fitted.text.len() + char.len_utf8() > bytes_max {
            fitted.cut = true;
            break;
        }
        if char.is_control() && !matches!(char, '\n' | '\t') {
            fitted.cut = true;
        } else {
            fitted.text.push(char);
        }
    }
    fitted
}

/// A TEXT value as a file spells it.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' => escaped.push_str("\\n"),
            '\\' | ';' | ',' => escaped.extend(['\\', char]),
            char => escaped.push(char),
        }
    }
    escaped
}

/// The text that a TEXT value spells.
pub(crate) fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some('n' | 'N') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some(char) => text.push(char),
                None => text.push('\\'),
            },
            char => text.push(char),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_text_comes_back() {
        for text in ["", "plain", "a, b; c\\ d\ne", "\\n"] {
            assert_eq!(unescape(&escape(text)), text);
        }
        assert_eq!(escape("a,b\n"), "a\\,b\\n");
    }

    #[test]
    fn a_text_is_cut_where_it_must_be() {
        let cut = |text, bytes, chars| {
            let fitted = fit(text, bytes, chars);
            (fitted.text, fitted.cut)
        };
        assert_eq!(cut("a\r\nb\tc", 10, 10), ("a\nb\tc".to_owned(), false));
        assert_eq!(cut("a\0b", 10, 10), ("ab".to_owned(), true));
        assert_eq!(cut("ééé", 5, 10), ("éé".to_owned(), true));
        assert_eq!(cut("ééé", 6, 2), ("éé".to_owned(), true));
        assert_eq!(cut("ééé", 6, 3), ("ééé".to_owned(), false));
    }
}
