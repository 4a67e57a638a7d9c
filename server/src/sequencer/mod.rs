//! Where everything that changes a space gets its place in the space's log.
//!
//! * [`Sequencer`]: the handle; submissions go in, answers come out when what
//!   they did is durable.
//! * [`Fanout`]: who is told of what became durable.

mod bus;
mod committed;
pub mod core;
mod handle;
mod keeper;
pub mod limits;
mod queue;
mod rejection;
mod seal;
mod shelf;
mod shell;
mod submission;
#[cfg(test)]
mod tests;

pub(crate) use committed::doc_of;
pub use committed::{Committed, Concern, DocNow, Fanout, MemberChange, Revocation};
pub(crate) use handle::refused;
pub use handle::{Done, Sequencer};
pub(crate) use queue::chunks_of;
pub use rejection::Rejection;
pub use seal::{Seal, SealedChange, SealedMember};
pub use submission::{ConnectionId, Governance, Pushed, Reply, Request, Submission, Submitter};
