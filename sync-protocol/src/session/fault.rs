//! What a client can do wrong.

use super::close::CloseCode;
use crate::wire::{BadFrame, Fault};

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $close:expr;)+) => {
        /// The stable codes of faults.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum FaultCode { $($(#[$doc])* $name),+ }

        impl FaultCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as it goes on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The code with which the connection closes behind it; `None` where
            /// it goes on.
            pub const fn close(self) -> Option<CloseCode> {
                match self { $(Self::$name => $close),+ }
            }
        }
    };
}

faults! {
    /// The message is larger than any frame.
    FrameTooLarge = "frame_too_large", Some(CloseCode::Malformed);
    /// The message is no frame.
    FrameMalformed = "frame_malformed", Some(CloseCode::Malformed);
    /// The message is text.
    FrameNotBinary = "frame_not_binary", Some(CloseCode::Malformed);
    /// The first frame isn't hello.
    HelloExpected = "hello_expected", Some(CloseCode::Malformed);
    /// There was a hello already.
    HelloRepeated = "hello_repeated", Some(CloseCode::Malformed);
    /// No hello came in time.
    HelloTimeout = "hello_timeout", Some(CloseCode::Timeout);
    /// The hello names a space twice, too many of them, or goes beyond another bound.
    HelloInvalid = "hello_invalid", Some(CloseCode::Malformed);
    /// The two share no protocol version.
    VersionUnsupported = "version_unsupported", Some(CloseCode::VersionUnsupported);
    /// The push has more changes or documents than one may have.
    PushTooLarge = "push_too_large", Some(CloseCode::Malformed);
    /// The push's number is in use, or its receipts aren't one a change.
    PushInvalid = "push_invalid", Some(CloseCode::Malformed);
    /// More pushes or commands are unanswered than may be.
    TooManyInFlight = "too_many_in_flight", Some(CloseCode::TooMany);
    /// More frames or bytes a second than may be.
    RateLimited = "rate_limited", Some(CloseCode::TooMany);
    /// More credit than a client may grant.
    CreditTooLarge = "credit_too_large", Some(CloseCode::Malformed);
    /// Two changes claim the same actor and sequence number.
    Equivocation = "equivocation", Some(CloseCode::Equivocation);
    /// The presence state is too large; it was dropped.
    PresenceTooLarge = "presence_too_large", None;
    /// Presence comes too fast; it was dropped.
    PresenceTooFast = "presence_too_fast", None;
    /// There is no such space or document, or not for this user.
    NotFound = "not_found", None;
}

/// Something that a client did wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}: {message}", code.as_str())]
pub struct Offence {
    /// Which of the things.
    pub code: FaultCode,
    /// What is wrong and what would be right, in words.
    pub message: String,
}

impl FaultCode {
    /// The offence of this kind.
    pub fn because(self, message: impl Into<String>) -> Offence {
        Offence { code: self, message: message.into() }
    }
}

impl Offence {
    /// What the client is told.
    pub fn fault(self) -> Fault {
        Fault {
            code: self.code.as_str().to_owned(),
            message: self.message,
            fatal: self.code.close().is_some(),
        }
    }
}

impl From<BadFrame> for Offence {
    fn from(bad: BadFrame) -> Self {
        let code = match bad {
            BadFrame::TooLarge(_) => FaultCode::FrameTooLarge,
            BadFrame::Malformed(_) | BadFrame::Trailing(_) => FaultCode::FrameMalformed,
        };
        code.because(bad.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_documentation_lists_every_fault_with_its_close_code() {
        let document = include_str!("../../../docs/PROTOCOL.md");
        let section = document.split("## 15.").nth(1).unwrap();
        let section = section.split("| code | meaning | what the client does |").next().unwrap();
        let rows = section.lines().filter_map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let code = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
            Some((code.to_owned(), cells.next()?.parse::<u16>().ok()))
        });
        let documented: BTreeSet<_> = rows.collect();
        let known: BTreeSet<_> = FaultCode::ALL
            .iter()
            .map(|code| (code.as_str().to_owned(), code.close().map(CloseCode::number)))
            .collect();
        assert_eq!(documented, known);
    }

    #[test]
    fn the_documentation_lists_every_close_code() {
        let document = include_str!("../../../docs/PROTOCOL.md");
        for code in CloseCode::ALL {
            assert!(document.contains(&format!("\n| {} |", code.number())), "{code:?}");
        }
    }
}
