//! A space gets another owner.

use umbra_model::{DocId, Role, SpaceId, UserId};

use super::ledger::Ledger;
use super::log_row::Lost;
use super::pen::Pen;
use crate::sequencer::{Rejection, limits};
use crate::store::Viewer;

/// From whom it goes to whom.
#[derive(Clone, Copy)]
pub(super) struct Hands {
    pub(super) from: UserId,
    pub(super) to: UserId,
}

/// First there are two owners, then the one before is a manager: each entry is one that
/// its author, an owner until then, could make. What only an owner sees is the heir's
/// to see from then on, and leaves the devices of the owner before.
pub(super) fn hand_over(
    ledger: &mut Ledger<'_>,
    pen: &Pen,
    space: SpaceId,
    hands: Hands,
    lost: Option<Lost>,
) -> Result<(), Rejection> {
    let Hands { from, to } = hands;
    let role = ledger.facts.members.get(&(space, to)).copied();
    let was = role.map(|role| Viewer { user: to, role });
    let [owner_before, heir] = [from, to].map(|user| Viewer { user, role: Role::Owner });
    let manager = Viewer { user: from, role: Role::Manager };
    let mut seen = Vec::new();
    for (doc, row) in ledger.facts.docs.iter().filter(|(_, row)| row.space == space) {
        let Some(facts) = ledger.facts.doc(*doc, row) else { continue };
        let by_from = (owner_before.sees(&facts), manager.sees(&facts));
        let by_to = (was.is_some_and(|was| was.sees(&facts)), heir.sees(&facts));
        let both: [(UserId, DocId, (bool, bool)); 2] = [(from, *doc, by_from), (to, *doc, by_to)];
        seen.extend(both.into_iter().filter(|(_, _, (before, after))| before != after));
    }
    if seen.len() > limits::SIGHT_CHANGES_MAX {
        return Err(Rejection::TooMany);
    }
    pen.member(ledger, to, Some(Role::Owner), lost);
    pen.member(ledger, from, Some(Role::Manager), lost);
    if let Some(facts) = ledger.facts.spaces.get_mut(&space) {
        facts.owner = to;
    }
    for (user, doc, seen) in seen {
        ledger.show_or_hide(space, user, doc, seen);
    }
    Ok(())
}
