//! Who someone is, over real HTTP, on both databases.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod accounts;
mod fresh;
mod passkeys;
mod passwordless;
mod second_factor;
mod sessions;
mod stage;
mod totp;
