use serde::{Deserialize, Serialize};

use super::cluster::{Cluster, ClusterKind};
use crate::limits::PLACE_BYTES_MAX;

/// What an attached file is.
///
/// `{"name":"plan.pdf","size":48213,"type":"application/pdf"}`
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name, without a path.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    /// Its media type.
    #[serde(rename = "type")]
    pub media: String,
}

/// The largest number that every JSON reader takes exactly.
const SIZE_MAX: u64 = (1 << 53) - 1;

/// The most bytes of a media type: two names of RFC 6838 and the slash.
const MEDIA_BYTES_MAX: usize = 255;

impl Cluster for File {
    const KIND: ClusterKind = ClusterKind::File;

    fn check(&self) -> Result<(), String> {
        if !is_file_name(&self.name) {
            return Err(format!(
                "`name` is 1 to {PLACE_BYTES_MAX} bytes without path and control characters"
            ));
        }
        if !is_media_type(&self.media) {
            return Err("`type` is a media type such as text/plain".to_owned());
        }
        (self.size <= SIZE_MAX).then_some(()).ok_or_else(|| "`size` is too large".to_owned())
    }
}

fn is_file_name(name: &str) -> bool {
    (1..=PLACE_BYTES_MAX).contains(&name.len())
        && !matches!(name, "." | "..")
        && !name.chars().any(|char| char.is_control() || char == '/' || char == '\\')
}

fn is_media_type(media: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$&-^_.+".contains(&byte)
            })
    };
    media.len() <= MEDIA_BYTES_MAX
        && media.split_once('/').is_some_and(|(major, minor)| is_name(major) && is_name(minor))
}
