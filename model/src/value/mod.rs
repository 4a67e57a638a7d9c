//! Scalars that only make sense as a whole, kept as canonical JSON in one
//! register: two people who change a start and its zone at once must never
//! merge to a time that neither of them chose.
//!
//! Canonical means sorted keys, no spaces, and members that are absent rather
//! than null; there are no fractions, so every JSON writer agrees on numbers.
//! One value has exactly one spelling, and reading refuses any other.

mod alerts;
mod cluster;
mod duration;
mod file;
mod local_time;
mod log_mark;
mod member;
pub mod order;
mod place;
mod repeat;
mod rule;
mod stamp;
mod task_time;
mod text;
mod uri;
mod when;
mod zone_name;

pub use alerts::Alerts;
pub use cluster::{BadCluster, Cluster, ClusterKind};
pub use duration::{BadDuration, Duration};
pub use file::File;
pub use local_time::{BadLocalTime, LocalTime};
pub use log_mark::{LogMark, Outcome};
pub use member::{Member, MemberType};
pub use place::Place;
pub use repeat::{Mode, OnMissed, Repeat};
pub use rule::check_rule;
pub use stamp::Stamp;
pub use task_time::TaskTime;
pub(crate) use text::is_plain;
pub use uri::{BadUri, check_uri};
pub use when::When;
pub use zone_name::{BadZoneName, ZoneName};

use crate::Millis;

/// The years that any moment in a document lies in, 1 to 9999: what every
/// calendar format and every client can write.
pub const MILLIS: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

/// Whether this moment may stand in a document.
pub fn is_representable(moment: Millis) -> bool {
    MILLIS.contains(&moment.0)
}
