//! The bounds of the store.

use std::time::Duration;

/// How long to wait for a free connection before a request fails.
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections that read the embedded database at once.
pub const SQLITE_READERS: u32 = 4;

/// Connections to PostgreSQL of one server process: its default allows 100 in
/// all, and several nodes share them.
pub const POSTGRES_CONNECTIONS: u32 = 16;

/// How long a connection to PostgreSQL that answered is taken to be alive.
pub const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// The most purge orders that one look at them gives.
pub const PURGES_PAGE: i64 = 1_000;

/// How many documents are read at once.
pub const CONTENTS_GROUP: usize = 64;

/// The bytes of documents after which no more are read for one commit.
pub const CONTENTS_BYTES_MAX: usize = 32 << 20;

/// How many ceremonies that are over one that begins sweeps away: more than begin
/// meanwhile, few enough to be quick.
pub const CEREMONIES_SWEPT: i64 = 64;

/// The most entries that one page of a log covers.
pub const ENTRIES_PAGE: i64 = 1_024;

/// The most documents of one page of a cold start.
pub const PACK_PAGE: i64 = 1_024;

/// Of how many purged documents a cold start after a restore tells: an id each, in one
/// frame with the last page.
pub const PACK_PURGES: i64 = 16_384;

/// The most bytes of a document with its plain JSON beside it: both must fit into
/// one frame.
pub const VIEWED_BYTES_MAX: usize = 960 << 10;

const _: () = assert!(VIEWED_BYTES_MAX < umbra_sync_protocol::limits::FRAME_BYTES_MAX);

/// The most documents that are looked at for folding at once, of each sort.
pub const FOLD_ROUND: i64 = 256;

/// How old the oldest of many unfolded changes must be: an hour.
pub const FOLD_AFTER_MILLIS: i64 = 3_600_000;

/// How old a change must be to be folded, then: ten minutes. Who was away for less
/// gets it by itself, not a document that may be much larger.
pub const FOLD_KEEP_MILLIS: i64 = 600_000;

/// The bytes of unfolded changes at which all are folded, whatever their age.
pub const FOLD_BYTES: usize = 131_072;

/// The most rows of each table that are erased at once.
pub const ERASE_ROUND: i64 = 2_000;

/// The most documents that one page of an export holds, and has in memory.
pub const EXPORT_PAGE: i64 = 16;

/// The most spaces that are looked at at once in which deleted accounts still are.
pub const REMAINS_ROUND: i64 = 256;

/// The most documents from the trash that are looked at at once.
pub const EXPIRE_ROUND: i64 = 1_024;

/// Devices that wait at once to be signed in by a code. Rates by address keep one
/// stranger from taking all of it; with so many codes out of 20^8, guessing any of
/// them takes millions of tries.
pub const DEVICE_CODES_MAX: i64 = 4_096;

/// By how much longer a device has to wait that asked too soon, in milliseconds
/// (RFC 8628, section 3.5).
pub const DEVICE_PAUSE_STEP: i64 = 5_000;

/// From here on it isn't made to wait longer, in milliseconds.
pub const DEVICE_PAUSE_MAX: i64 = 60_000;
