//! Why the server refused something, in words for the person who wrote it.

use umbra_sync_protocol::gate::Code;

use crate::error::Refused;
use crate::store::TrayReason;

/// Access to the space or document has ended.
pub(super) const ACCESS_ENDED: &str = "access_ended";

/// The server was restored from a backup and lost it, and nobody gave it back.
pub(super) const SERVER_LOST: &str = "server_lost";

/// Another part of the same all-or-nothing edit was refused.
pub(super) const TOGETHER: &str = "refused_together";

impl TrayReason {
    /// The reason that a refusal gives.
    pub fn of_refusal(code: &str, path: Option<String>, rule: Option<String>) -> Self {
        let mut message = words(code).to_owned();
        if let Some(path) = &path {
            message = format!("{message} (`{path}`)");
        }
        Self { code: code.to_owned(), path, rule, message }
    }

    /// The reason why the server ordered a purge.
    pub(super) fn of_purge(reason: &str) -> Self {
        let message = match reason {
            "removed" => "you were removed from the space before this was synced",
            "left" => "you left the space before this was synced",
            "space_deleted" => "the space was deleted before this was synced",
            "hidden" => "it was hidden from you before this was synced",
            "purged" => "it was deleted for good before this was synced",
            "device_revoked" => "this device was signed out by order before this was synced",
            _ => "your access ended before this was synced",
        };
        Self {
            code: ACCESS_ENDED.to_owned(),
            path: None,
            rule: Some(reason.to_owned()),
            message: message.to_owned(),
        }
    }

    pub(super) fn together() -> Self {
        let message = "another part of the same edit was refused, and it is all or nothing";
        Self { code: TOGETHER.to_owned(), path: None, rule: None, message: message.to_owned() }
    }

    pub(super) fn server_lost() -> Self {
        let message = "the server was restored from a backup that didn't have it, and nobody \
                       gave it back";
        Self { code: SERVER_LOST.to_owned(), path: None, rule: None, message: message.to_owned() }
    }
}

impl From<Refused> for TrayReason {
    fn from(refused: Refused) -> Self {
        let Refused { code, path, rule, message } = refused;
        Self { code, path, rule, message }
    }
}

fn words(code: &str) -> &'static str {
    let known = Code::ALL.iter().copied().find(|known| known.as_str() == code);
    match known {
        Some(Code::RoleTooWeak) => "your role doesn't allow it",
        Some(Code::NotFound) => "it is gone, or you have no access to it any more",
        Some(Code::ValueInvalid) => "the field doesn't take this value",
        Some(Code::SchemaViolation) => "there is no such field, or it isn't of this type",
        Some(Code::WriteOnce) => "it was written before and keeps its first value",
        Some(Code::DocumentFull) => "the document has grown as large as one may be",
        Some(Code::QuotaExceeded) => "the owner of the space has as much as they may",
        Some(Code::ChunkTooLarge) => "it is too much for one edit",
        Some(Code::SpaceRecovering) => {
            "the space waits for its owner after the server was restored"
        }
        Some(Code::AtomicPushRefused) => "another part of the same edit was refused",
        Some(Code::Busy) => "the server was too busy",
        Some(
            Code::ChunkMalformed
            | Code::ActorForeign
            | Code::Equivocation
            | Code::SeqGap
            | Code::MissingDependencies
            | Code::DependsOnRefused
            | Code::HistoryInconsistent
            | Code::OpInvalid
            | Code::ReceiptInvalid
            | Code::ApplyFailed,
        ) => "the server couldn't take it as it was",
        _ => "the server refused it",
    }
}
