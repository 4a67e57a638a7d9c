//! Where the client says its user is, checked and passed on.

use std::time::{Duration, Instant};

use umbra_model::DocId;
use umbra_sync_protocol::gate::DocFacts;
use umbra_sync_protocol::session::{PeerSeen, Viewer};
use umbra_sync_protocol::wire::{Peer, Presence};

use super::errands::Errands;
use crate::store::StoreError;

/// For how long what was read of a document is good enough to say who may know
/// that somebody is there.
const FACTS_FRESH_FOR: Duration = Duration::from_secs(2);

/// Looks up at most one document at a time. What is said meanwhile waits, and only
/// the last of it.
#[derive(Debug, Default)]
pub(super) struct Whereabouts {
    known: Option<(DocFacts, Instant)>,
    asking: bool,
    waiting: Option<(Viewer, Presence)>,
}

/// What looking up a document came to.
pub(super) type Looked = (Viewer, Presence, Result<Option<DocFacts>, StoreError>);

impl Whereabouts {
    /// Passes it on at once if that can be; otherwise gives it back to have its
    /// document looked up.
    pub(super) fn tell(
        &mut self,
        viewer: Viewer,
        presence: Presence,
        errands: &Errands,
    ) -> Option<(Viewer, Presence)> {
        if self.asking {
            self.waiting = Some((viewer, presence));
            return None;
        }
        let Some(doc) = presence.doc else {
            show(errands, presence, None);
            return None;
        };
        match self.known.filter(|known| self.is_good_for(known, doc, &presence)) {
            Some((facts, _)) => {
                show(errands, presence, Some(facts));
                None
            }
            None => {
                self.asking = true;
                Some((viewer, presence))
            }
        }
    }

    /// The document was looked up. Gives back what waited, to be told next.
    pub(super) fn looked(
        &mut self,
        (viewer, presence, facts): Looked,
        errands: &Errands,
    ) -> Option<(Viewer, Presence)> {
        self.asking = false;
        match facts {
            Ok(Some(facts)) if viewer.sees(&facts) => {
                self.known = Some((facts, Instant::now()));
                show(errands, presence, Some(facts));
            }
            // Whether it is missing or hidden, nobody is told.
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "whereabouts can't be checked"),
        }
        self.waiting.take()
    }

    /// Passes on a last goodbye: to those who were told of the document before.
    pub(super) fn goodbye(&self, presence: Presence, errands: &Errands) {
        match (presence.doc, self.known) {
            (None, _) => show(errands, presence, None),
            (Some(doc), Some((facts, _))) if facts.doc == doc => {
                show(errands, presence, Some(facts));
            }
            (Some(_), _) => {}
        }
    }

    fn is_good_for(&self, known: &(DocFacts, Instant), doc: DocId, presence: &Presence) -> bool {
        let (facts, read) = known;
        facts.doc == doc && (presence.state.is_none() || read.elapsed() < FACTS_FRESH_FOR)
    }
}

/// Reads what decides who may know of it.
pub(super) async fn look_up(errands: Errands, viewer: Viewer, presence: Presence) -> Looked {
    let facts = match presence.doc {
        Some(doc) => errands.app.store.visible_doc(errands.who.user, presence.space, doc).await,
        None => Ok(None),
    };
    (viewer, presence, facts)
}

fn show(errands: &Errands, presence: Presence, about: Option<DocFacts>) {
    let peer = Peer {
        user: errands.who.user,
        device: errands.who.device,
        space: presence.space,
        doc: presence.doc,
        state: presence.state,
    };
    errands.place.hub().show(errands.place.id(), &PeerSeen { peer, about });
}
