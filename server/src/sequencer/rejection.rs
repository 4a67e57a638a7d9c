//! Why a command or a change of membership isn't carried out.

use umbra_model::policy::Denied;
use umbra_sync_protocol::wire::Fault;

/// Why a command or a change of membership isn't carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Rejection {
    /// There is no such thing, or not for this account; which of the two, nobody
    /// is told.
    #[error("there is no such thing, or you have no access to it")]
    NotFound,
    /// The submitter's role doesn't reach.
    #[error("your role doesn't allow it ({0})")]
    Denied(Denied),
    /// The account that shall be added isn't there.
    #[error("there is no such account")]
    NoSuchUser,
    /// The account is a member already.
    #[error("the account is a member already")]
    AlreadyMember,
    /// The account is no member.
    #[error("the account is no member")]
    NotMember,
    /// The id is taken by something else.
    #[error("the id is taken")]
    Taken,
    /// An account has one personal space.
    #[error("there is a personal space already")]
    PersonalExists,
    /// The space waits for its owner after the server was restored.
    #[error("the space waits for its owner after the server was restored")]
    Recovering,
    /// The space isn't recovering, so nothing is taken back.
    #[error("the space isn't recovering")]
    NotRecovering,
    /// The receipt isn't one that this server gave.
    #[error("the receipt isn't one that this server gave")]
    ReceiptInvalid,
    /// A bound is reached: spaces of an account, members of a space.
    #[error("there are too many already")]
    TooMany,
    /// The account owns as many spaces as it may.
    #[error("you own as many spaces as you may")]
    QuotaExceeded,
    /// The server is too busy, or its database fails; try again.
    #[error("the server is too busy; try again")]
    Busy,
}

impl Rejection {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Denied(_) => "role_too_weak",
            Self::NoSuchUser => "no_such_user",
            Self::AlreadyMember => "already_member",
            Self::NotMember => "not_member",
            Self::Taken => "taken",
            Self::PersonalExists => "personal_exists",
            Self::Recovering => "space_recovering",
            Self::NotRecovering => "not_recovering",
            Self::ReceiptInvalid => "receipt_invalid",
            Self::TooMany => "too_many",
            Self::QuotaExceeded => "quota_exceeded",
            Self::Busy => "busy",
        }
    }

    /// As a client is told; no rejection closes a connection.
    pub fn fault(&self) -> Fault {
        Fault { code: self.code().to_owned(), message: self.to_string(), fatal: false }
    }
}
