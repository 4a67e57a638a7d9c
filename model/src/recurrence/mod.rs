//! When a rule repeats, and which instant a local time is.
//!
//! A thing repeats on somebody's wall, not on the time line: a meeting at nine
//! stays at nine when the clocks change. So a [`Series`] is expanded in floating
//! local time, where every day has twenty-four hours, and only then is each start
//! resolved to an instant by the one policy of [`Zone::resolve`]. Nothing here
//! trusts its input: a query spans at most
//! [`EXPANSION_DAYS_MAX`] days, yields at most [`OCCURRENCES_MAX`] occurrences, and stops after a bounded amount of work.

#[cfg(doc)]
use crate::limits::{EXPANSION_DAYS_MAX, OCCURRENCES_MAX};

mod by_day;
mod expand;
mod occurrence;
mod period;
mod repeat;
mod rule;
mod rule_text;
mod schedule;
mod zone;

pub use by_day::ByDay;
pub use expand::{Series, Starts, Window};
pub use occurrence::{Occurrence, Occurrences, end, occurrences};
pub use repeat::Repetition;
pub use rule::{Ends, Frequency, Rule};
pub use rule_text::BadRule;
pub use schedule::{Instance, Schedule, zone_of};
pub use zone::{UnknownZone, Zone};
