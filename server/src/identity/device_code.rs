//! The code that a person types to let a device in (RFC 8628): short, of letters that
//! nobody mixes up, and no words.

use std::fmt;

/// Consonants without those that look or sound alike, as RFC 8628 (6.1) suggests: no
/// word can come of them.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// So many of them: 34 bits, for ten minutes, behind a rate.
const LETTERS: usize = 8;

/// A code that a person types. It doesn't show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode([u8; LETTERS]);

impl UserCode {
    /// Draws one.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut letters = [0; LETTERS];
        for letter in &mut letters {
            *letter = draw_letter()?;
        }
        Ok(Self(letters))
    }

    /// Reads what was typed: in any case, with or without the hyphen and spaces. `None`
    /// where it can't be a code.
    pub fn parse(text: &str) -> Option<Self> {
        // Longer than anybody types; the rest isn't looked at.
        let typed = text.chars().take(4 * LETTERS).filter(|it| !it.is_whitespace() && *it != '-');
        let letters: Vec<u8> =
            typed.map(|letter| u8::try_from(letter.to_ascii_uppercase()).unwrap_or(0)).collect();
        let known = letters.iter().all(|letter| ALPHABET.contains(letter));
        letters.try_into().ok().filter(|_| known).map(Self)
    }

    /// The code as it is shown.
    pub fn expose(&self) -> String {
        let text = String::from_utf8_lossy(&self.0);
        let (one, two) = text.split_at(LETTERS / 2);
        format!("{one}-{two}")
    }

    /// The letters, to look them up by.
    pub(crate) fn letters(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(…)")
    }
}

/// One letter, each as likely as the others: a byte beyond the last whole round of the
/// alphabet is drawn again.
fn draw_letter() -> Result<u8, getrandom::Error> {
    const ROUND: u8 = u8::MAX - u8::MAX % ALPHABET.len() as u8;
    loop {
        let mut byte = [0];
        getrandom::fill(&mut byte)?;
        if byte[0] < ROUND {
            return Ok(ALPHABET[usize::from(byte[0]) % ALPHABET.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = UserCode::parse("BCDF-GHJK").unwrap();
        assert_eq!(code.expose(), "BCDF-GHJK");
        for typed in ["bcdfghjk", " BCDF GHJK ", "b-c-d-f-g-h-j-k"] {
            assert_eq!(UserCode::parse(typed), Some(code.clone()), "{typed}");
        }
        for wrong in ["", "BCDF-GHJ", "BCDF-GHJKL", "ACDF-GHJK", "BCDF-GHJ0", "ßßßßßßßß"] {
            assert_eq!(UserCode::parse(wrong), None, "{wrong}");
        }
        assert_eq!(UserCode::parse(&"B".repeat(1 << 20)), None);
        assert_eq!(format!("{code:?}"), "UserCode(…)");
    }

    #[test]
    fn drawn_codes_use_the_whole_alphabet() {
        let codes: Vec<_> = (0..100).map(|_| UserCode::draw().unwrap()).collect();
        assert!(codes.iter().all(|code| UserCode::parse(&code.expose()).as_ref() == Some(code)));
        for letter in ALPHABET {
            assert!(codes.iter().any(|code| code.0.contains(letter)), "{}", char::from(*letter));
        }
    }
}
