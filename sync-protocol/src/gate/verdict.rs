//! What the gate answers.

use std::fmt;

use crate::wire::ChangeHash;

/// Why a change is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// The field that it is about, such as `title` or `labels/urgent`.
    pub path: Option<String>,
    /// The rule that says so, such as `todo.write.editor`.
    pub rule: Option<&'static str>,
    /// What is wrong, in words.
    pub message: String,
}

impl Refusal {
    /// A refusal that is about the change as a whole.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, path: None, rule: None, message: message.into() }
    }

    /// Names the rule that says so.
    #[must_use]
    pub fn by(mut self, rule: &'static str) -> Self {
        self.rule = Some(rule);
        self
    }

    /// Names the field that it is about.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $permanent:literal;)+) => {
        /// The stable codes of refusals.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code { $($(#[$doc])* $name),+ }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as it goes on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// Whether sending the same change again can't help.
            pub const fn permanent(self) -> bool {
                match self { $(Self::$name => $permanent),+ }
            }
        }
    };
}

codes! {
    /// The bytes are no raw change chunk, or not as Automerge would write it.
    ChunkMalformed = "chunk_malformed", true;
    /// The chunk goes beyond a bound.
    ChunkTooLarge = "chunk_too_large", true;
    /// The actor id isn't one of this device's.
    ActorForeign = "actor_foreign", true;
    /// Another change has this actor and sequence number. The connection closes.
    Equivocation = "equivocation", true;
    /// The actor's sequence number doesn't follow its last.
    SeqGap = "seq_gap", false;
    /// The change builds on changes that the server doesn't have.
    MissingDependencies = "missing_dependencies", false;
    /// The change builds on one that was refused.
    DependsOnRefused = "depends_on_refused", true;
    /// The change contradicts the history that it claims to know.
    HistoryInconsistent = "history_inconsistent", true;
    /// An operation names an object, element or predecessor that isn't there.
    OpInvalid = "op_invalid", true;
    /// The kind has no such field, or not of this type.
    SchemaViolation = "schema_violation", true;
    /// The value isn't one that the field takes.
    ValueInvalid = "value_invalid", true;
    /// The field was written before and keeps its first value.
    WriteOnce = "write_once", true;
    /// The document has reached a bound.
    DocumentFull = "document_full", true;
    /// The space's owner has as many documents, or as many bytes, as they may.
    QuotaExceeded = "quota_exceeded", true;
    /// The author's role doesn't reach.
    RoleTooWeak = "role_too_weak", true;
    /// The author is no member, or there is no such document. Strangers can't
    /// tell which.
    NotFound = "not_found", true;
    /// Another change of an all-or-nothing push was refused.
    AtomicPushRefused = "atomic_push_refused", false;
    /// The space waits for its owner after the server was restored.
    SpaceRecovering = "space_recovering", false;
    /// The receipt isn't one that this server gave.
    ReceiptInvalid = "receipt_invalid", true;
    /// The server is too busy; try again.
    Busy = "busy", false;
    /// The library that applies changes failed on it. It was kept out.
    ApplyFailed = "apply_failed", true;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What became of a change at the gate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Judgement {
    /// It is in the document.
    Accepted {
        /// Its hash.
        hash: ChangeHash,
        /// Its author's actor id.
        actor: [u8; 16],
        /// Its place among the actor's changes, from 1.
        actor_seq: u64,
    },
    /// It was in the document before.
    Duplicate {
        /// Its hash.
        hash: ChangeHash,
        /// Its author's actor id.
        actor: [u8; 16],
        /// Its place among the actor's changes, from 1.
        actor_seq: u64,
    },
    /// It isn't in the document, and no part of it is.
    Refused {
        /// Its hash; absent where the bytes are no chunk.
        hash: Option<ChangeHash>,
        /// Why.
        refusal: Refusal,
    },
}
