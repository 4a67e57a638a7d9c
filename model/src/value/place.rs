use serde::{Deserialize, Serialize};

use super::cluster::{Cluster, ClusterKind};
use super::text::is_plain;
use crate::limits::PLACE_BYTES_MAX;

/// Where something is. With no member at all it says that it is nowhere, which
/// is what an occurrence needs that shall not have the place of its series.
///
/// `{"addr":"Rue de Rivoli","lat":48860611,"lon":2337644,"name":"Louvre"}`
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Its address, in lines.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub addr: Option<String>,
    /// Its latitude in millionths of a degree: an eighth of a metre, and no fractions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lat: Option<i32>,
    /// Its longitude in millionths of a degree.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lon: Option<i32>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

const LAT_MAX: i32 = 90_000_000;
const LON_MAX: i32 = 180_000_000;

impl Cluster for Place {
    const KIND: ClusterKind = ClusterKind::Place;

    fn check(&self) -> Result<(), String> {
        for text in [&self.name, &self.addr].into_iter().flatten() {
            if text.is_empty() || text.len() > PLACE_BYTES_MAX || !is_plain(text) {
                return Err(format!(
                    "`name` and `addr` are 1 to {PLACE_BYTES_MAX} bytes without control characters"
                ));
            }
        }
        match (self.lat, self.lon) {
            (None, None) => Ok(()),
            (Some(lat), Some(lon))
                if (-LAT_MAX..=LAT_MAX).contains(&lat) && (-LON_MAX..=LON_MAX).contains(&lon) =>
            {
                Ok(())
            }
            _ => Err("`lat` and `lon` go together, in millionths of a degree".to_owned()),
        }
    }
}
