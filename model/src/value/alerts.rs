use serde::{Deserialize, Serialize};

use super::cluster::{Cluster, ClusterKind};
use crate::limits::{ALERT_MINUTES_MAX, ALERTS_MAX};

/// How many minutes before a start to be reminded, in rising order; negative is
/// after it, so that nine o'clock on a whole day is -540.
///
/// `{"before":[0,15]}`
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    /// The minutes.
    pub before: Vec<i32>,
}

impl Cluster for Alerts {
    const KIND: ClusterKind = ClusterKind::Alerts;

    fn check(&self) -> Result<(), String> {
        let near = |minutes: &i32| minutes.unsigned_abs() <= ALERT_MINUTES_MAX.unsigned_abs();
        if self.before.len() > ALERTS_MAX || !self.before.iter().all(near) {
            return Err(format!("at most {ALERTS_MAX} alerts, each within a year of the start"));
        }
        self.before
            .is_sorted_by(|earlier, later| earlier < later)
            .then_some(())
            .ok_or_else(|| "`before` rises and names no minute twice".to_owned())
    }
}
