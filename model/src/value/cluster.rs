use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Alerts, File, LogMark, Place, Repeat, Stamp, TaskTime, When};
use crate::UserId;
use crate::limits::CLUSTER_BYTES_MAX;

/// Which whole a cluster is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ClusterKind {
    /// [`When`]: an event's start, duration, zone, all-day.
    When,
    /// [`TaskTime`]: a todo's day, with or without a time of it.
    TaskTime,
    /// [`Stamp`]: that something was done or deleted, when and by whom.
    Stamp,
    /// [`Repeat`]: how a todo repeats.
    Repeat,
    /// [`LogMark`]: what became of an occurrence of a repeating todo.
    LogMark,
    /// [`Place`]: where something is.
    Place,
    /// [`File`]: what an attached file is.
    File,
    /// [`Alerts`]: how long before a start to be reminded.
    Alerts,
}

/// Why a text is no such cluster.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a canonical `{kind}`: {why}")]
pub struct BadCluster {
    /// The cluster that it should be.
    pub kind: ClusterKind,
    /// What is wrong with it.
    pub why: String,
}

/// Values that only make sense together.
pub trait Cluster: Serialize + DeserializeOwned {
    /// Which one it is.
    const KIND: ClusterKind;

    /// What the types of its members leave open.
    ///
    /// # Errors
    /// In words, what is wrong.
    fn check(&self) -> Result<(), String>;

    /// The account that the cluster says acted, which must be the author of any
    /// change that writes it.
    fn claimed_author(&self) -> Option<UserId> {
        None
    }

    /// Reads the canonical form, and only that.
    ///
    /// # Errors
    /// [`BadCluster`] for any other text.
    fn parse(text: &str) -> Result<Self, BadCluster> {
        let bad = |why: String| BadCluster { kind: Self::KIND, why };
        if text.len() > CLUSTER_BYTES_MAX {
            return Err(bad(format!("longer than {CLUSTER_BYTES_MAX} bytes")));
        }
        let cluster: Self = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        cluster.check().map_err(bad)?;
        let canonical = cluster.canonical()?;
        if canonical != text {
            return Err(bad(format!("spelled `{canonical}`")));
        }
        Ok(cluster)
    }

    /// The one spelling of this value.
    ///
    /// # Errors
    /// [`BadCluster`] where its members don't go together.
    fn canonical(&self) -> Result<String, BadCluster> {
        let bad = |why: String| BadCluster { kind: Self::KIND, why };
        self.check().map_err(bad)?;
        serde_json::to_string(self).map_err(|error| bad(error.to_string()))
    }
}

macro_rules! by_kind {
    ($kind:expr, $cluster:ident => $then:expr) => {
        match $kind {
            ClusterKind::When => {
                type $cluster = When;
                $then
            }
            ClusterKind::TaskTime => {
                type $cluster = TaskTime;
                $then
            }
            ClusterKind::Stamp => {
                type $cluster = Stamp;
                $then
            }
            ClusterKind::Repeat => {
                type $cluster = Repeat;
                $then
            }
            ClusterKind::LogMark => {
                type $cluster = LogMark;
                $then
            }
            ClusterKind::Place => {
                type $cluster = Place;
                $then
            }
            ClusterKind::File => {
                type $cluster = File;
                $then
            }
            ClusterKind::Alerts => {
                type $cluster = Alerts;
                $then
            }
        }
    };
}

impl ClusterKind {
    /// Every one of them.
    pub const ALL: [Self; 8] = [
        Self::When,
        Self::TaskTime,
        Self::Stamp,
        Self::Repeat,
        Self::LogMark,
        Self::Place,
        Self::File,
        Self::Alerts,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::When => "when",
            Self::TaskTime => "taskTime",
            Self::Stamp => "stamp",
            Self::Repeat => "repeat",
            Self::LogMark => "logMark",
            Self::Place => "place",
            Self::File => "file",
            Self::Alerts => "alerts",
        }
    }

    /// Whether the text is such a cluster in canonical form. Yields the account
    /// that it says acted ([`Cluster::claimed_author`]).
    ///
    /// # Errors
    /// [`BadCluster`] where it isn't.
    pub fn check(self, text: &str) -> Result<Option<UserId>, BadCluster> {
        by_kind!(self, Whole => Whole::parse(text).map(|whole| whole.claimed_author()))
    }

    /// The account that must be the author of a change that writes this text;
    /// `None` where the cluster names nobody, or is none.
    pub fn claimed_author(self, text: &str) -> Option<UserId> {
        self.check(text).ok().flatten()
    }
}

impl fmt::Display for ClusterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
