//! The server's end of one connection, as a pure state machine: frames, loaded
//! pages, verdicts and news of the spaces go in; frames, loads and submissions
//! come out. It enforces the order of frames, every bound, the rules for cursors
//! and credit, and who sees what. It reads no clock and does no I/O: the shell
//! around it is a loop.
//!
//! ```text
//! session.handle(now, input);
//! while let Some(output) = session.poll() { perform(output) }
//! sleep until session.deadline(), then handle(now, Input::Tick)
//! ```
//!
//! A session is always in one of four states, each holding only what exists then:
//!
//! ```text
//! greeting ──hello──▶ opening ──opened──▶ live ──▶ ended
//!     └───────────────────┴────────────────────────┘
//! ```

mod close;
mod fault;
mod greeting;
mod input;
mod intake;
mod live;
mod meter;
mod output;
mod presence;
mod published;
mod server;
mod streams;
#[cfg(test)]
mod tests;
mod viewer;

pub use close::{CloseCode, Ending};
pub use fault::{FaultCode, Offence};
pub use input::{EntriesPage, Input, Judged, News, Opened, PackPage, Page, PeerSeen};
pub use meter::Rates;
pub use output::{Load, Output, Want};
pub use published::{Published, PublishedEntry, Revealing};
pub use server::ServerSession;
pub use viewer::Viewer;
