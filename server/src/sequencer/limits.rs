//! The bounds of the sequencer.

/// The most submissions that wait. Beyond, they are answered `busy` at once.
pub const QUEUE_SUBMISSIONS_MAX: usize = 4_096;

/// The most bytes of changes that wait.
pub const QUEUE_BYTES_MAX: usize = 64 << 20;

/// The most submissions that one commit takes.
pub const BATCH_SUBMISSIONS_MAX: usize = 512;
