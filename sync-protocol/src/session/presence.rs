//! Where this connection's user is, for the others.

use std::collections::BTreeMap;

use umbra_model::{DocId, Millis, SpaceId};

use super::fault::{FaultCode, Offence};
use super::meter::Bucket;
use crate::limits::{PRESENCE_BYTES_MAX, PRESENCE_PER_SECOND_MAX};
use crate::wire::Presence;

/// What the others were told.
#[derive(Debug)]
pub(super) struct Whereabouts {
    bucket: Bucket,
    told: BTreeMap<SpaceId, Option<DocId>>,
}

impl Whereabouts {
    pub(super) fn new(now: Millis) -> Self {
        Self { bucket: Bucket::new(PRESENCE_PER_SECOND_MAX, now), told: BTreeMap::new() }
    }

    /// The client says where its user is. Goodbyes are always passed on.
    pub(super) fn tell(&mut self, presence: &Presence, now: Millis) -> Result<(), Offence> {
        let Some(state) = &presence.state else {
            self.told.remove(&presence.space);
            return Ok(());
        };
        if state.len() > PRESENCE_BYTES_MAX {
            let text = format!("a presence state has at most {PRESENCE_BYTES_MAX} bytes");
            return Err(FaultCode::PresenceTooLarge.because(text));
        }
        if !self.bucket.take(1, now) {
            let text = format!("at most {PRESENCE_PER_SECOND_MAX} a second");
            return Err(FaultCode::PresenceTooFast.because(text));
        }
        self.told.insert(presence.space, presence.doc);
        Ok(())
    }

    /// The goodbyes that are owed for one space, or for all.
    pub(super) fn goodbyes(&mut self, space: Option<SpaceId>) -> Vec<Presence> {
        let goodbye = |(space, doc)| Presence { space, doc, state: None };
        match space {
            Some(space) => self.told.remove_entry(&space).map(goodbye).into_iter().collect(),
            None => std::mem::take(&mut self.told).into_iter().map(goodbye).collect(),
        }
    }
}
