//! The server's own bounds. Those that clients know too are in
//! `umbra_sync_protocol::limits`, those of the database in [`crate::store::limits`].

use std::ops::RangeInclusive;
use std::time::Duration;

/// Connections of any kind at once; beyond, accepting waits.
pub const CONNECTIONS_MAX: usize = 16_384;

/// How long a client may take over the head of a request.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request may take from head to answer.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The most bytes of the head of a request.
pub const HEAD_BYTES_MAX: usize = 16 << 10;

/// The most bytes of a JSON body. The largest is a member's name and role.
pub const BODY_BYTES_MAX: usize = 16 << 10;

/// How long shutting down waits for those at work.
pub const SHUTDOWN_MAX: Duration = Duration::from_secs(10);

/// Passwords that wait for a hash; beyond, callers are asked to come back.
pub const HASHES_WAITING_MAX: usize = 64;

/// The least characters of a new password (OWASP ASVS 6.2.1).
pub const PASSWORD_CHARS_MIN: usize = 8;

/// The most bytes of a password: no passphrase is longer.
pub const PASSWORD_BYTES_MAX: usize = 1_024;

/// The most memory that a stored hash may ask for, in KiB: a row that asks for
/// more was not written by this server.
pub const HASH_MEMORY_KIB_MAX: u32 = 256 << 10;

/// The most passes that a stored hash may ask for.
pub const HASH_PASSES_MAX: u32 = 10;

/// The most characters of a sign-in name, a device's name or a platform.
pub const NAME_CHARS_MAX: usize = 64;

/// Wrong passwords in a row that lock an account's sign-in.
pub const LOGIN_FAILURES_MAX: i64 = 10;

/// For how long.
pub const LOCKOUT: Duration = Duration::from_secs(30 * 60);

/// After how many days without use a browser's session may be set to end. Beyond a
/// year nobody would notice that it is still there.
pub const SESSION_IDLE_DAYS: RangeInclusive<u32> = 1..=400;

/// After how many days it may be set to end in any case.
pub const SESSION_LIFE_DAYS: RangeInclusive<u32> = 1..=400;

/// After how many days without use a device's token may be set to end.
pub const DEVICE_IDLE_DAYS: RangeInclusive<u32> = 1..=3_650;

/// How many sessions an account may be set to have: at each sign-in all are looked at.
pub const SESSIONS_PER_USER: RangeInclusive<u32> = 1..=1_024;

/// How many days a document may be set to stay in the trash.
pub const TRASH_DAYS: RangeInclusive<u32> = 1..=3_650;

/// How many days the audit log may be set to go back. The database itself lets nobody
/// delete what is younger than the least of it.
pub const AUDIT_DAYS: RangeInclusive<u32> = 30..=3_650;

/// The greatest quota: every JSON reader can take it for the number that it is.
pub const QUOTA_MAX: u64 = (1 << 53) - 1;

/// For how long a proof of who someone is counts as fresh: enough to find one's way
/// through the settings, too short for whoever finds a screen unlocked.
pub const FRESH_FOR: Duration = Duration::from_secs(10 * 60);

/// How long a ceremony may take: time to find a phone or a key, no time to be found.
pub const CEREMONY_LIFE: Duration = Duration::from_secs(5 * 60);

/// Ceremonies of one kind and account at once; a new one beyond ends the oldest. Two
/// tabs may well have one each.
pub const CEREMONIES_PER_USER_MAX: i64 = 4;

/// Ceremonies at once of those who aren't known yet. Beyond, the oldest end: whoever
/// floods them away must begin so many while one person touches a sensor.
pub const CEREMONIES_OF_NOBODY_MAX: i64 = 4_096;

/// Codes that may be tried in one sign-in, before the password is asked for again.
pub const SECOND_FACTOR_ATTEMPTS_MAX: i64 = 5;

/// Recovery codes of an account.
pub const RECOVERY_CODES: usize = 10;

/// Passkeys of an account.
pub const PASSKEYS_PER_USER_MAX: i64 = 32;

/// How old "last seen" may be before it is written again.
pub const SEEN_GRAIN: Duration = Duration::from_secs(60);

/// Devices of one account that aren't revoked.
pub const DEVICES_PER_USER_MAX: i64 = 256;

/// Invitations that are good at once: each is shown in one list.
pub const INVITATIONS_MAX: i64 = 1_000;

/// How many may come by one invitation.
pub const INVITATION_USES: RangeInclusive<u32> = 1..=1_000;

/// For how many hours an invitation may be good.
pub const INVITATION_HOURS: RangeInclusive<u32> = 1..=24 * 90;

/// The most characters of an invitation's note.
pub const NOTE_CHARS_MAX: usize = 200;

/// How long a link to set a password is good.
pub const RESET_LIFE: Duration = Duration::from_secs(24 * 3_600);

/// The most rows of one page of a list.
pub const PAGE_ROWS_MAX: u32 = 500;

/// The rows of a page where nobody says how many.
pub const PAGE_ROWS: u32 = 100;

/// The most characters of what is looked for in a list.
pub const SEARCH_CHARS_MAX: usize = 100;

/// Exports at once: each holds one page of documents in memory, and the processor
/// while it packs them.
pub const EXPORTS_MAX: usize = 4;

/// How long an export may take: a reader that is slower is cut off.
pub const EXPORT_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Pieces of an export that wait for its reader.
pub const EXPORT_PIECES_MAX: usize = 8;

/// The most spaces of which may be said what becomes of them when an account is
/// deleted; an account is in no more.
pub const BEQUESTS_MAX: usize = 1_024;
/// API tokens of one account. Those that have ended make room.
pub const API_TOKENS_PER_USER_MAX: i64 = 64;

/// For how many days an API token may be good. There is none without an end: what
/// nobody remembers should stop by itself.
pub const API_TOKEN_DAYS_MAX: u16 = 366;

/// App passwords of one account.
pub const APP_PASSWORDS_PER_USER_MAX: i64 = 64;

/// How long a device waits to be let in by a code: time enough to walk to another
/// machine and sign in there, too little to guess.
pub const DEVICE_CODE_LIFE: Duration = Duration::from_secs(10 * 60);

/// How often a device may ask whether it was let in.
pub const DEVICE_POLL_EVERY: Duration = Duration::from_secs(2);

/// How long somebody who has just proved who they are may think about letting a device in.
pub const TICKET_LIFE: Duration = Duration::from_secs(5 * 60);

/// Failures to sign in are forgotten when they are so old and lock nothing.
pub const FAILURES_KEPT: Duration = Duration::from_secs(24 * 3600);

/// How often the server looks for what is to be forgotten.
pub const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// Addresses whose request rates are remembered.
pub const ADDRESSES_MAX: usize = 65_536;

/// Messages that wait for one connection; beyond, it catches up from the log.
pub const INBOX_MAX: usize = 64;

/// How long a socket may take what it is sent.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// How often an idle socket is pinged. Below the minute after which many proxies
/// drop a silent connection.
pub const PING_EVERY: Duration = Duration::from_secs(30);

/// A socket that let so many pings go unanswered is gone.
pub const PINGS_UNANSWERED_MAX: u32 = 2;

/// How often a live connection's sign-in is checked again, should word of its
/// end have been lost.
pub const RECHECK_EVERY: Duration = Duration::from_secs(60);

/// How long ending a connection may take before it is cut.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a closed connection is kept so that the other end hears why, when the
/// server stops.
pub const LAST_WORDS: Duration = Duration::from_millis(250);

/// The most bytes of documents or log entries that one page reads, uncompressed.
pub const PAGE_BYTES_MAX: usize = 512 << 10;

/// Presence deliveries in one space a second, over all who watch.
pub const PRESENCE_DELIVERIES_PER_SECOND_MAX: u32 = 2_000;
