//! How a connection ends.

/// The WebSocket close code of a connection that the server ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u16)]
pub enum CloseCode {
    /// The server stops; come back in a moment, to any node.
    GoingAway = 1001,
    /// The server failed; come back with a growing delay.
    Internal = 1011,
    /// The server has too much to do; come back with a growing delay.
    Busy = 1013,
    /// The client sent what no client should: a bug, and coming back won't mend it.
    Malformed = 4400,
    /// The session or device is no longer signed in.
    Revoked = 4401,
    /// The user lost access to a space. Come back at once, for the others.
    AccessChanged = 4403,
    /// The two share no protocol version.
    VersionUnsupported = 4406,
    /// The client was silent for too long, or didn't take what it was sent.
    Timeout = 4408,
    /// Two changes claim the same actor and sequence number: two replicas write as one.
    Equivocation = 4409,
    /// The client sends more than it may; come back with a growing delay.
    TooMany = 4429,
}

impl CloseCode {
    /// Every code.
    pub const ALL: &'static [Self] = &[
        Self::GoingAway,
        Self::Internal,
        Self::Busy,
        Self::Malformed,
        Self::Revoked,
        Self::AccessChanged,
        Self::VersionUnsupported,
        Self::Timeout,
        Self::Equivocation,
        Self::TooMany,
    ];

    /// The code as it goes on the wire.
    pub const fn number(self) -> u16 {
        self as u16
    }
}

/// Why the shell ends a session that did nothing wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// The server stops.
    GoingAway,
    /// Signed out, or the device was revoked, or the account disabled.
    Revoked,
    /// The database or another part of the server failed.
    Failed,
    /// The client didn't answer pings, or didn't take what it was sent.
    Silent,
    /// The client went away.
    Gone,
}

impl Ending {
    /// The code to close with; `None` where nobody is there to read it.
    pub const fn close(self) -> Option<CloseCode> {
        match self {
            Self::GoingAway => Some(CloseCode::GoingAway),
            Self::Revoked => Some(CloseCode::Revoked),
            Self::Failed => Some(CloseCode::Internal),
            Self::Silent => Some(CloseCode::Timeout),
            Self::Gone => None,
        }
    }

    /// The stable reason beside the code.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::GoingAway => "going_away",
            Self::Revoked => "session_revoked",
            Self::Failed => "internal",
            Self::Silent => "silent",
            Self::Gone => "gone",
        }
    }
}
