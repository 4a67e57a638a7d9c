use serde::{Deserialize, Serialize};

use super::cluster::{Cluster, ClusterKind};
use super::is_representable;
use crate::{Millis, UserId};

/// That something was done or deleted.
///
/// `{"at":1772355600000,"by":"0190f3c2-…"}`
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// When, by the clock of the device.
    pub at: Millis,
    /// By whom: the author of the change that says so.
    pub by: UserId,
}

impl Cluster for Stamp {
    const KIND: ClusterKind = ClusterKind::Stamp;

    fn check(&self) -> Result<(), String> {
        check_moment(self.at)
    }

    fn claimed_author(&self) -> Option<UserId> {
        Some(self.by)
    }
}

/// That `at` lies within the years that a document can hold.
pub(super) fn check_moment(at: Millis) -> Result<(), String> {
    is_representable(at).then_some(()).ok_or_else(|| "`at` is beyond the year 9999".to_owned())
}
