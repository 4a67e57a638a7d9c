//! When a rule repeats, and which instant a local time is.
//!
//! A thing repeats on somebody's wall, not on the time line: a meeting at nine
//! stays at nine when the clocks change. So a [`Series`] is expanded in floating
//! local time, where every day has twenty-four hours, and only then is each start
//! resolved to an instant by the one policy of [`Zone::resolve`]. Nothing here
//! trusts its input: a query spans at most [`SPAN_DAYS_MAX`] days, yields at most
//! [`OCCURRENCES_MAX`] occurrences, and stops after a bounded amount of work.

mod by_day;
mod expand;
mod occurrence;
mod period;
mod repeat;
mod rule;
mod rule_text;
mod span;
mod zone;

pub use by_day::ByDay;
pub use expand::{Series, Starts, Window};
pub use occurrence::{Occurrence, Occurrences, occurrences};
pub use repeat::{Mode, OnMissed, Outcome, Repetition};
pub use rule::{Ends, Frequency, Rule};
pub use rule_text::BadRule;
pub use span::{BadSpan, Span};
pub use zone::{UnknownZone, Zone};

/// The most bytes of a rule's text. The longest that people make, a list of
/// days of the year, needs a few hundred.
pub const RULE_BYTES_MAX: usize = 1_024;

/// The most occurrences a rule's COUNT may ask for: a hundred thousand days are
/// two hundred and seventy years.
pub const COUNT_MAX: u32 = 100_000;

/// The largest INTERVAL.
pub const INTERVAL_MAX: u32 = 10_000;

/// The most occurrences that one query yields.
pub const OCCURRENCES_MAX: usize = 2_000;

/// The most days that one query spans: ten years.
pub const SPAN_DAYS_MAX: i64 = 3_653;

/// The most candidate days and times that one query looks at. An honest rule
/// needs a few thousand; this many take some hundredths of a second.
pub const STEPS_MAX: u64 = 1_000_000;
