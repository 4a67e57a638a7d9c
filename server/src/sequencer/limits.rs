//! The bounds of the sequencer.

/// The most submissions that wait. Beyond, they are answered `busy` at once.
pub const QUEUE_SUBMISSIONS_MAX: usize = 4_096;

/// The most bytes of changes that wait.
pub const QUEUE_BYTES_MAX: usize = 64 << 20;

/// The most submissions that one commit takes.
pub const BATCH_SUBMISSIONS_MAX: usize = 1_024;

/// The most bytes of changes that one commit takes, beyond its first submission.
pub const BATCH_BYTES_MAX: usize = 4 << 20;

/// The most memory of documents that are opened for one commit, beyond the first.
/// What lies beyond is answered `busy`, and comes again in a push of its own.
pub const BATCH_OPEN_BYTES_MAX: usize = 256 << 20;

/// The memory of open documents that are kept for the next change to them.
pub const SHELF_BYTES_MAX: usize = 128 << 20;

/// The most documents that a space ever has.
pub const SPACE_DOCUMENTS_MAX: u64 = 1_000_000;

/// The most bytes of a document, saved and behind that: it must fit into one frame
/// of a cold start, however badly it compresses.
pub const DOCUMENT_BYTES_MAX: u64 = 896 << 10;

/// The most members of a space.
pub const SPACE_MEMBERS_MAX: u64 = 256;

/// The most spaces that an account is in: all of them fit into one hello.
pub const USER_SPACES_MAX: u64 = 1_024;

/// The most pairs of a document and a member that one change of privacy touches:
/// for each that loses sight, an order goes to each device.
pub const SIGHT_CHANGES_MAX: usize = 20_000;

/// The most documents that one purge removes: a thing and the comments on it.
pub const PURGE_DOCUMENTS_MAX: usize = 10_000;

/// How long after a restore what isn't there may still come back, so that nobody
/// is refused for good: thirty days.
pub const RECOVERY_MILLIS: i64 = 30 * 24 * 3_600 * 1_000;

const _: () = assert!(USER_SPACES_MAX as usize <= umbra_sync_protocol::limits::CURSORS_MAX);
const _: () = assert!(DOCUMENT_BYTES_MAX < umbra_sync_protocol::limits::FRAME_BYTES_MAX as u64);
