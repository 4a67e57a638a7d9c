//! Every bound that both ends know, with its reason. The server's own bounds
//! (queues, caches, timeouts) are in its `limits` module.

/// The most bytes of one WebSocket message. A cold-start pack of many small
/// documents must fit with room to spare, and a socket's memory is bounded by it.
pub const FRAME_BYTES_MAX: usize = 1 << 20;

/// The most bytes that a compressed body may inflate to. Well above what an
/// honest pack holds, well below what hurts.
pub const INFLATED_BYTES_MAX: usize = 8 << 20;

/// The most bytes of one change. A change is one edit of one small document;
/// pasting a full description is the largest.
pub const CHUNK_BYTES_MAX: usize = 256 << 10;

/// The most operations of one change: a pasted text of the largest size, and
/// every field of a document beside it.
pub const CHUNK_OPS_MAX: u64 = 50_000;

/// The most predecessors named by one change: each operation may overwrite a few
/// concurrent values.
pub const CHUNK_PREDS_MAX: u64 = 100_000;

/// The most dependencies of one change: heads that were concurrent when it was made.
pub const CHUNK_DEPS_MAX: u64 = 64;

/// The most other actors that one change names.
pub const CHUNK_ACTORS_MAX: u64 = 256;

/// The most bytes of a change's message, which nobody reads.
pub const CHUNK_MESSAGE_BYTES_MAX: u64 = 256;

/// The most changes of one push.
pub const PUSH_CHUNKS_MAX: usize = 1_024;

/// The most documents of one push.
pub const PUSH_ITEMS_MAX: usize = 512;

/// The most pushes that a client may have unanswered.
pub const PUSHES_IN_FLIGHT_MAX: usize = 64;

/// The most bytes of unanswered pushes of one connection. Beyond it the server
/// stops reading until some are answered.
pub const IN_FLIGHT_BYTES_MAX: usize = 4 << 20;

/// The most commands that a client may have unanswered.
pub const COMMANDS_IN_FLIGHT_MAX: usize = 64;

/// How long a connection may be open without a hello, in milliseconds.
pub const HELLO_MILLIS_MAX: i64 = 10_000;

/// The most presence frames of one connection a second, sustained: a cursor that
/// moves, told a few times a second, is lively enough.
pub const PRESENCE_PER_SECOND_MAX: u32 = 5;

/// The most changes of one document, ever. Memory of an open document grows by
/// about 0.45 kB a change.
pub const DOCUMENT_CHANGES_MAX: usize = 50_000;

/// The most actors of one document, ever: Automerge's cost grows with the square
/// of it where they are concurrent.
pub const DOCUMENT_ACTORS_MAX: usize = 512;

/// The most operations of one document, ever.
pub const DOCUMENT_OPS_MAX: u64 = 1_000_000;

/// The most characters that were ever inserted into one text. Deleted ones stay
/// in its history, and applying a change walks over all of them.
pub const TEXT_INSERTED_MAX: u32 = 250_000;

/// The most values that may be in conflict under one key. Each reader and the
/// next writer pay for every one of them.
pub const KEY_VALUES_MAX: usize = 64;

/// The most steps that the gate takes in one push to find out what the authors of
/// changes had seen: one for each change that they hadn't.
pub const HISTORY_STEPS_MAX: usize = 1_000_000;

/// The largest operation counter. Automerge's own ends at `u32::MAX`, and a
/// document at that end can never be written again.
pub const OP_COUNTER_MAX: u64 = (u32::MAX / 2) as u64;

/// The most spaces that one hello may name.
pub const CURSORS_MAX: usize = 4_096;

/// The most bytes of one presence state.
pub const PRESENCE_BYTES_MAX: usize = 256;

/// The most bytes of a name, code or agent string on the wire.
pub const NAME_BYTES_MAX: usize = 128;

/// The most unacknowledged stream bytes a client may grant.
pub const CREDIT_BYTES_MAX: u32 = 64 << 20;

const _: () = assert!(CHUNK_BYTES_MAX < FRAME_BYTES_MAX);
const _: () = assert!(FRAME_BYTES_MAX <= IN_FLIGHT_BYTES_MAX);
const _: () = assert!(FRAME_BYTES_MAX <= INFLATED_BYTES_MAX);
const _: () = assert!(CHUNK_OPS_MAX <= DOCUMENT_OPS_MAX);
