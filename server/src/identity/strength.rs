//! How easily a password is guessed.

use zxcvbn::{Score, zxcvbn};

/// The service's own names, which people like to put into passwords for it.
const OWN_WORDS: [&str; 2] = ["umbra", "umbra-server"];

/// Judges a password by how many guesses somebody would need who knows the common
/// passwords, words, names, dates and keyboard patterns, and what its owner is called.
/// A common password, or one with a letter changed, is among the first of them.
///
/// # Errors
/// Why it is guessed too easily, and what would help.
pub(super) fn judge(password: &str, names: &[&str]) -> Result<(), String> {
    // Only the first hundred characters count, so the work is bounded.
    let known: Vec<_> = OWN_WORDS.iter().chain(names).copied().collect();
    let estimate = zxcvbn(password, &known);
    if estimate.score() >= Score::Three {
        return Ok(());
    }
    let Some(feedback) = estimate.feedback() else {
        return Err("It is too easily guessed. A few more words make it better.".to_owned());
    };
    let warning = feedback.warning().map(|warning| warning.to_string());
    let advice = feedback.suggestions().iter().map(ToString::to_string);
    let words: Vec<_> = warning.into_iter().chain(advice).collect();
    Err(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_passwords_are_refused_with_advice() {
        for common in [
            "password",
            "12345678",
            "qwertyuiop",
            "iloveyou1",
            "letmein12",
            "P@ssw0rd1",
            "trustno1!",
            "11111111111111111111",
            "abcdefghijkl",
            "19841984",
            "drowssap",
            "zaq12wsx",
            "umbra1234",
        ] {
            let why = judge(common, &[]).expect_err(common);
            assert!(why.len() > 20, "{common}: {why}");
        }
    }

    #[test]
    fn what_nobody_guesses_is_taken_whatever_it_is_made_of() {
        for good in [
            "correct horse battery",
            "onlylowercaseletters quitealot",
            "\u{1f422}\u{1f40c}\u{1f98e}\u{1f40d}\u{1f432}\u{1f409}\u{1f995}\u{1f996}\u{1f433}\u{1f40b}\u{1f42c}",
            "7hK2!mQz9",
        ] {
            assert_eq!(judge(good, &["ada"]), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_name_makes_a_password_worse() {
        let password = "wigandsturmfels";
        assert_eq!(judge(password, &["ada"]), Ok(()));
        assert!(judge(password, &["wigandsturmfels"]).is_err());
    }
}
