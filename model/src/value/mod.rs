//! Scalars that only make sense as a whole, kept as canonical JSON in one
//! register: two people who change a start and its zone at once must never
//! merge to a time that neither of them chose.

mod local_time;

pub use local_time::{BadLocalTime, LocalTime};

/// Which whole a cluster is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClusterKind {
    /// When an event is: start, duration, zone, all-day.
    When,
}
