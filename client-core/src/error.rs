//! What can go wrong, sorted by whose fault it is, each with what to do about it.

use umbra_model::{DocId, SpaceId};

/// What a replica answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was asked can't be done as it was asked.
    #[error(transparent)]
    Input(#[from] BadInput),
    /// The server can't be reached.
    #[error("the server at {server} can't be reached: {reason}")]
    Offline {
        /// The address tried.
        server: String,
        /// What the attempt met.
        reason: String,
    },
    /// There is no sign-in, or the server doesn't accept it any more.
    #[error("{0}")]
    NeedsSignIn(String),
    /// The rules don't allow it, as the local prediction or the server says.
    #[error("{0}")]
    Refused(Refused),
    /// It collides with something that is already so.
    #[error("{0}")]
    Conflict(String),
    /// Another process is at it.
    #[error("{0}")]
    Busy(String),
    /// The server answered what it shouldn't have.
    #[error("the server answered {code}: {message}")]
    Server {
        /// A stable code, or the HTTP status.
        code: String,
        /// What it said.
        message: String,
    },
    /// Something is broken here: the disk, the store, or this program.
    #[error("{0}")]
    Internal(String),
}

/// Whose fault an error is. A command line client has an exit code for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The person's who asked.
    Input,
    /// The network's.
    Offline,
    /// The sign-in's.
    SignIn,
    /// The rules' of the space.
    Refused,
    /// Somebody else was faster.
    Conflict,
    /// Another process holds what is needed.
    Busy,
    /// The server's.
    Server,
    /// Ours.
    Internal,
}

/// What was asked can't be done as it was asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadInput {
    /// The replica has no such document.
    #[error("there is no document {0} here")]
    NoDocument(DocId),
    /// The replica has no such space.
    #[error("there is no space {0} here")]
    NoSpace(SpaceId),
    /// The refused tray has no such entry.
    #[error("there is no refused edit {0}")]
    NoRefused(u64),
    /// The kind has no such field, or the field isn't of that shape.
    #[error("{0}")]
    NoSuchField(String),
    /// The field doesn't take this value.
    #[error("`{path}` doesn't take this value: {why}")]
    Value {
        /// The field, or `map/key`.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is nothing left to undo or redo.
    #[error("there is nothing to {0}")]
    NothingTo(&'static str),
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

/// The rules don't allow something.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// The stable code, such as `role_too_weak`.
    pub code: String,
    /// The field that it is about.
    pub path: Option<String>,
    /// The rule that says so, such as `todo.write.editor`.
    pub rule: Option<String>,
    /// What isn't allowed, in words.
    pub message: String,
}

impl Error {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Input(_) => Fault::Input,
            Self::Offline { .. } => Fault::Offline,
            Self::NeedsSignIn(_) => Fault::SignIn,
            Self::Refused(_) => Fault::Refused,
            Self::Conflict(_) => Fault::Conflict,
            Self::Busy(_) => Fault::Busy,
            Self::Server { .. } => Fault::Server,
            Self::Internal(_) => Fault::Internal,
        }
    }

    /// A stable code for scripts.
    pub fn code(&self) -> &str {
        match self {
            Self::Input(BadInput::NoDocument(_)) => "no_such_document",
            Self::Input(BadInput::NoSpace(_)) => "no_such_space",
            Self::Input(BadInput::NoRefused(_)) => "no_such_refused_edit",
            Self::Input(BadInput::NoSuchField(_)) => "no_such_field",
            Self::Input(BadInput::Value { .. }) => "value_invalid",
            Self::Input(BadInput::NothingTo(_)) => "nothing_to_do",
            Self::Input(BadInput::Other(_)) => "bad_input",
            Self::Offline { .. } => "offline",
            Self::NeedsSignIn(_) => "needs_sign_in",
            Self::Refused(refused) => &refused.code,
            Self::Conflict(_) => "conflict",
            Self::Busy(_) => "busy",
            Self::Server { code, .. } => code,
            Self::Internal(_) => "internal",
        }
    }

    /// What the person can do about it.
    pub fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::Input(BadInput::NoDocument(_) | BadInput::NoSpace(_)) => {
                "If it was made on another device or shared with you, sync first.".to_owned()
            }
            Self::Offline { .. } => {
                "Your work is safe on this device and goes out with the next sync.".to_owned()
            }
            Self::NeedsSignIn(_) => "Sign in; your unsynced work stays here.".to_owned(),
            Self::Refused(_) => {
                "Ask the space's owner or a manager for a role that may do it.".to_owned()
            }
            Self::Busy(_) => "Let it finish, or stop it.".to_owned(),
            Self::Server { .. } => "Try again later; your unsynced work stays here.".to_owned(),
            Self::Input(_) | Self::Conflict(_) | Self::Internal(_) => return None,
        })
    }

    /// An error of ours, from whatever was met.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }
}
