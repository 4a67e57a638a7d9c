//! Opaque tokens: 256 random bits that mean something only in the database, which
//! holds their hash.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

const SECRET_BYTES: usize = 32;
const CHECK_BYTES: usize = 4;

/// What a token is for. Its text says so, for people and for programs that scan
/// for leaked secrets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// A browser's session, in a cookie.
    Session,
    /// A device, in the `Authorization` header.
    Device,
    /// The right to make the first account.
    Setup,
    /// An invitation to make an account.
    Invitation,
    /// The right to set an account's password, once.
    Reset,
    /// The right to finish what was begun.
    Ceremony,
    /// A program that acts in an account's name, within a scope.
    Api,
    /// A device that waits for somebody to let it in.
    Waiting,
    /// Somebody who has just been seen to be who they are, and may decide one thing.
    Ticket,
}

impl TokenKind {
    /// With what its text begins.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "umbra_ses_",
            Self::Device => "umbra_dev_",
            Self::Setup => "umbra_set_",
            Self::Invitation => "umbra_inv_",
            Self::Reset => "umbra_pwr_",
            Self::Ceremony => "umbra_cer_",
            Self::Api => "umbra_api_",
            Self::Waiting => "umbra_cod_",
            Self::Ticket => "umbra_tic_",
        }
    }
}

/// A token. It doesn't show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    kind: TokenKind,
    secret: [u8; SECRET_BYTES],
}

impl Token {
    /// Draws one.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub fn draw(kind: TokenKind) -> Result<Self, getrandom::Error> {
        let mut secret = [0; SECRET_BYTES];
        getrandom::fill(&mut secret)?;
        Ok(Self { kind, secret })
    }

    /// Reads one of this kind; `None` where the text is none. The checksum lets a
    /// mistyped one be refused without asking the database.
    pub fn parse(kind: TokenKind, text: &str) -> Option<Self> {
        let body = text.strip_prefix(kind.prefix())?;
        let mut bytes = [0; SECRET_BYTES + CHECK_BYTES];
        let read = Base64UrlUnpadded::decode(body, &mut bytes).ok()?.len();
        let (secret, check) = bytes.split_first_chunk::<SECRET_BYTES>()?;
        let sound = read == SECRET_BYTES + CHECK_BYTES && check == checksum(kind, secret);
        sound.then_some(Self { kind, secret: *secret })
    }

    /// The token's text, to hand out once.
    pub fn expose(&self) -> String {
        let mut bytes = [0; SECRET_BYTES + CHECK_BYTES];
        bytes[..SECRET_BYTES].copy_from_slice(&self.secret);
        bytes[SECRET_BYTES..].copy_from_slice(&checksum(self.kind, &self.secret));
        format!("{}{}", self.kind.prefix(), Base64UrlUnpadded::encode_string(&bytes))
    }

    /// What the database holds of it. A token has 256 bits of its own, so a plain
    /// hash can't be guessed back, and comparing hashes tells nothing by its timing.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", self.kind.prefix())
    }
}

fn checksum(kind: TokenKind, secret: &[u8]) -> [u8; CHECK_BYTES] {
    let digest = Sha256::new().chain_update(kind.prefix()).chain_update(secret).finalize();
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&digest[..CHECK_BYTES]);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_text_and_nothing_else_does() {
        let token = Token::draw(TokenKind::Device).unwrap();
        let text = token.expose();
        assert_eq!(Token::parse(TokenKind::Device, &text), Some(token.clone()));
        assert_eq!(Token::parse(TokenKind::Session, &text), None);
        assert_eq!(Token::parse(TokenKind::Device, &text[..text.len() - 1]), None);
        assert_eq!(Token::parse(TokenKind::Device, &format!("{text}A")), None);
        assert_eq!(Token::parse(TokenKind::Device, ""), None);
        for at in TokenKind::Device.prefix().len()..text.len() {
            let mut typo = text.clone().into_bytes();
            typo[at] = if typo[at] == b'A' { b'B' } else { b'A' };
            let typo = String::from_utf8(typo).unwrap();
            assert_eq!(Token::parse(TokenKind::Device, &typo), None, "{at}");
        }
        assert_ne!(token, Token::draw(TokenKind::Device).unwrap());
    }

    #[test]
    fn a_token_does_not_show_itself() {
        let token = Token::draw(TokenKind::Session).unwrap();
        assert_eq!(format!("{token:?}"), "umbra_ses_…");
    }
}
