//! `/sync`: the shell around a session. It owns the socket, performs what the
//! session wants done, and hands it what comes back.

mod admission;
mod clock;
mod connection;
mod errands;
mod outlet;
mod whereabouts;

pub(crate) use admission::upgrade;
