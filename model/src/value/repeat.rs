use serde::{Deserialize, Serialize};

use super::LocalTime;
use super::cluster::{Cluster, ClusterKind};
use super::rule::check_rule;

/// How a todo repeats.
///
/// `{"mode":"fixed","onMissed":"latest","rule":"FREQ=WEEKLY;BYDAY=MO"}`
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// From where the next occurrence is counted.
    pub mode: Mode,
    /// What becomes of occurrences that went by.
    #[serde(rename = "onMissed")]
    pub on_missed: OnMissed,
    /// The rule, without an UNTIL, which is `until`.
    pub rule: String,
    /// The last day or moment on which it may occur.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<LocalTime>,
}

/// From where the next occurrence is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// On the days that the rule says, whatever was done when.
    Fixed,
    /// From the day on which it was last done.
    AfterDone,
}

/// What becomes of occurrences that went by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnMissed {
    /// Only the latest is still to be done.
    Latest,
    /// Every one is still to be done.
    All,
    /// None is; the next one to come is.
    Skip,
}

impl Cluster for Repeat {
    const KIND: ClusterKind = ClusterKind::Repeat;

    fn check(&self) -> Result<(), String> {
        check_rule(&self.rule).map_err(|bad| bad.to_string())?;
        let bounded = |part: &str| self.rule.split(';').any(|it| it.starts_with(part));
        if bounded("UNTIL=") {
            return Err("the end of the rule is `until`, not an UNTIL in it".to_owned());
        }
        if bounded("COUNT=") && self.until.is_some() {
            return Err("a rule ends by its COUNT or by `until`, not both".to_owned());
        }
        Ok(())
    }
}
