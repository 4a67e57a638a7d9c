use serde::{Deserialize, Serialize};

use super::cluster::{Cluster, ClusterKind};
use super::stamp::check_moment;
use crate::{Millis, UserId};

/// What became of one occurrence of a repeating todo.
///
/// `{"at":1772355600000,"by":"0190f3c2-…","s":"done"}`
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogMark {
    /// When, by the clock of the device.
    pub at: Millis,
    /// By whom: the author of the change that says so.
    pub by: UserId,
    /// What became of it.
    #[serde(rename = "s")]
    pub outcome: Outcome,
}

/// What can become of an occurrence.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was left out on purpose.
    Skipped,
}

impl Cluster for LogMark {
    const KIND: ClusterKind = ClusterKind::LogMark;

    fn check(&self) -> Result<(), String> {
        check_moment(self.at)
    }

    fn claimed_author(&self) -> Option<UserId> {
        Some(self.by)
    }
}
