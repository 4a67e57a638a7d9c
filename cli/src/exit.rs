//! What a script can tell from how a command ends.

use std::process::ExitCode;

/// How a command ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Exit {
    /// It did what was asked.
    Done = 0,
    /// Something is broken here: the disk, the replica, or this program.
    Internal = 1,
    /// What was asked can't be done as it was asked.
    Usage = 2,
    /// There is no such thing here.
    NotFound = 3,
    /// The server can't be reached, and the command needs it.
    Offline = 4,
    /// There is no sign-in, or the server doesn't accept it any more.
    NeedsSignIn = 5,
    /// The rules of the space don't allow it.
    Refused = 6,
    /// Somebody else was faster, or it is so already.
    Conflict = 7,
    /// Another process is at it.
    Busy = 8,
    /// The server answered what it shouldn't have.
    Server = 9,
}

/// The table of exit codes, for `--help`.
pub const TABLE: &str = "\
Exit codes:
  0  done
  1  internal: something is broken here
  2  usage: it can't be done as it was asked
  3  not found
  4  offline: the server can't be reached, and the command needs it
  5  needs sign-in
  6  refused: the rules of the space don't allow it
  7  conflict: somebody else was faster
  8  busy: another process is at it
  9  the server answered what it shouldn't have

Your work is kept on this device first and goes to the server with `umbra sync`.";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
