//! What an audit finds.

use std::fmt;

use umbra_model::{DocId, Privacy, Role, SpaceId, UserId};

/// A discrepancy, and where it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The space.
    pub space: SpaceId,
    /// The log entry, where it is about one.
    pub seq: Option<u64>,
    /// The document, where it is about one.
    pub doc: Option<DocId>,
    /// What is wrong.
    pub what: Discrepancy,
}

/// What is wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Discrepancy {
    /// A row can't be read.
    #[error("{0}")]
    Unreadable(String),
    /// Entries are missing before this one.
    #[error("the log goes on at this entry, {expected} is missing")]
    Gap {
        /// The first that is missing.
        expected: u64,
    },
    /// The space says that its log ends elsewhere.
    #[error("the space says that its log ends at {said}, it ends at {last}")]
    HeadWrong {
        /// What the space says.
        said: i64,
        /// The last entry.
        last: u64,
    },
    /// The space says that it had more or fewer documents.
    #[error("the space says that it had {said} documents, its log has {counted}")]
    CountWrong {
        /// What the space says.
        said: i64,
        /// How many were created.
        counted: u64,
    },
    /// The log doesn't begin with its founding, as the space says it was.
    #[error("the log doesn't begin with the founding of this space")]
    NotFounded,
    /// The space says that it belongs to somebody else than its log does.
    #[error("the space says that it belongs to {said}, its log makes {was:?} its owner")]
    OwnerWrong {
        /// Whom the space names.
        said: UserId,
        /// Who has the role by the log; one alone should.
        was: Vec<UserId>,
    },
    /// The receipt isn't that of the entry.
    #[error("its receipt doesn't hold")]
    ReceiptWrong,
    /// The receipt for which it was taken back isn't that of the lost entry.
    #[error("the receipt for which it was taken back doesn't hold")]
    LostReceiptWrong,
    /// The author's role is noted wrongly.
    #[error("its author is noted as {}, the log makes them {}", role(.said), role(.was))]
    RoleWrong {
        /// The role noted with the entry.
        said: Option<Role>,
        /// The role by the log.
        was: Option<Role>,
    },
    /// The device isn't the author's.
    #[error("the device isn't its author's")]
    DeviceWrong,
    /// The policy forbade it.
    #[error("it was not permitted ({rule})")]
    NotPermitted {
        /// The rule that says so.
        rule: &'static str,
    },
    /// The author couldn't see the document.
    #[error("its author could not see the document")]
    Hidden,
    /// The list of members isn't what the log makes it.
    #[error("{user} is listed as {}, the log makes them {}", role(.said), role(.was))]
    MemberWrong {
        /// Who.
        user: UserId,
        /// The role listed.
        said: Option<Role>,
        /// The role by the log.
        was: Option<Role>,
    },
    /// A document is created again.
    #[error("the document was there already")]
    CreatedTwice,
    /// An entry is about a document that isn't there.
    #[error("the document was not there, or no more")]
    NotThere,
    /// The privacy before is noted wrongly.
    #[error("the privacy before is noted as {said}, the log makes it {was}")]
    PrivacyWrong {
        /// The privacy noted with the entry.
        said: Privacy,
        /// The privacy by the log.
        was: Privacy,
    },
    /// A change's bytes are neither in the log nor in the saved document.
    #[error("the bytes of the change are nowhere")]
    ChangeMissing,
    /// The gate refuses the change.
    #[error("the gate refuses the change: {code}{}", at(.path))]
    ChangeRefused {
        /// The code.
        code: &'static str,
        /// The field.
        path: Option<String>,
    },
    /// The change isn't the one that the row says.
    #[error("the change isn't the one that its row says")]
    ChangeDiffers,
    /// What is stored of the document can't be opened.
    #[error("the stored document can't be opened: {0}")]
    Unopenable(String),
    /// What is stored of the document isn't what its changes make.
    #[error("the stored document isn't what its changes make of it")]
    StateDiffers,
    /// A fact of the document isn't what the log makes it.
    #[error("documents.{0} isn't what the log makes it")]
    FactWrong(&'static str),
    /// A column of the read model isn't what the document makes it.
    #[error("views.{0} isn't what the document makes it")]
    ViewWrong(&'static str),
    /// A row is about something that isn't there.
    #[error("a row of `{0}` is about something that isn't there")]
    Stray(&'static str),
}

fn role(role: &Option<Role>) -> &'static str {
    role.map_or("no member", Role::as_str)
}

fn at(path: &Option<String>) -> String {
    path.as_ref().map(|path| format!(" at {path}")).unwrap_or_default()
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "space {}", self.space)?;
        if let Some(seq) = self.seq {
            write!(f, ", entry {seq}")?;
        }
        if let Some(doc) = self.doc {
            write!(f, ", document {doc}")?;
        }
        write!(f, ": {}", self.what)
    }
}
