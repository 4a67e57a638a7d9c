//! Who may do what, tried over real sockets, on both databases: each rule by
//! somebody who may and somebody who may not, and nothing refused is ever seen by
//! anybody.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod hidden;
mod stage;
mod strangers;
mod writing;
