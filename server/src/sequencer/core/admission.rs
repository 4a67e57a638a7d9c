//! Whether the changes of an item may be judged at all, and by what right they are
//! written.

use umbra_model::policy::{Action, UNLISTED};
use umbra_model::schema::spec;
use umbra_model::{DocId, Kind, Role, SpaceId};
use umbra_sync_protocol::gate::{Code, DocFacts};
use umbra_sync_protocol::wire::{Create, PushItem};

use super::DocRow;
use super::ledger::Ledger;
use super::pen::{Member, Pen};
use super::push::Judged;
use crate::sequencer::{Submitter, limits};
use crate::store::limits::FOLD_BYTES;

/// Where the changes of an item go, and by what right.
pub(super) struct Admission {
    pub(super) pen: Pen,
    pub(super) facts: DocFacts,
    pub(super) role: Role,
    /// Whether the document is only made if one of its changes is accepted.
    pub(super) creates: bool,
}

/// What a stranger is told, be it that there is nothing or that it isn't theirs.
/// Soon after a restore it may be there again, so they may ask again.
fn strange(ledger: &Ledger<'_>) -> Code {
    if ledger.is_lately_restored() { Code::SpaceRecovering } else { Code::NotFound }
}

/// What is said of a change that was accepted once and builds on what isn't there.
/// Somebody else may be about to give that back, so it is taken as it was as long as
/// there is hope of that. Only then its author is told to make it anew.
pub(super) fn unfounded(ledger: &Ledger<'_>, space: Option<SpaceId>) -> Code {
    let facts = space.and_then(|space| ledger.facts.spaces.get(&space));
    let is_hoped = ledger.is_lately_restored() || facts.is_some_and(|facts| facts.recovering);
    if is_hoped { Code::SpaceRecovering } else { Code::MissingDependencies }
}

pub(super) fn admit(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    item: &PushItem,
) -> Result<Admission, Judged> {
    let stranger = Judged::refused(strange(ledger));
    let row = ledger.facts.docs.get(&item.doc).cloned();
    let space = match (&row, &item.create) {
        (Some(row), _) => row.space,
        (None, Some(create)) => create.space,
        (None, None) => return Err(stranger),
    };
    let Some(member) = Member::of(ledger, by, space) else { return Err(stranger) };
    let recovering = ledger.facts.spaces.get(&space).is_some_and(|space| space.recovering);
    if recovering && member.role() != Role::Owner {
        return Err(Judged::refused(Code::SpaceRecovering));
    }
    match (row, &item.create) {
        (Some(row), _) => {
            let facts = ledger.facts.doc(item.doc, &row).filter(|_| row.purged_at.is_none());
            let pen = facts.and_then(|facts| Some((facts, member.may_push(&facts)?)));
            let Some((facts, pen)) = pen else { return Err(stranger) };
            has_room(&row, item)?;
            Ok(Admission { pen, facts, role: member.role(), creates: false })
        }
        (None, Some(create)) => {
            let facts = new_facts(ledger, by, item.doc, create, Some(bytes_of(item)))?;
            let pen = member.may(&facts, Action::Create).map_err(|denied| Judged::Refused {
                hash: None,
                code: Code::RoleTooWeak,
                path: None,
                rule: Some(denied.rule),
            })?;
            Ok(Admission { pen, facts, role: member.role(), creates: true })
        }
        (None, None) => Err(stranger),
    }
}

/// As [`admit`], for what was accepted before: whoever the author is by now, it
/// belongs to the space. What it belongs to may be given back by somebody else,
/// later, so nothing is refused for good.
pub(super) fn admit_proven(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    item: &PushItem,
) -> Result<Admission, Judged> {
    let row = ledger.facts.docs.get(&item.doc).cloned();
    let space = match (&row, &item.create) {
        (Some(row), _) => Some(row.space),
        (None, create) => create.as_ref().map(|create| create.space),
    };
    let later = Judged::refused(unfounded(ledger, space));
    let Some(space) = space else { return Err(later) };
    if ledger.facts.spaces.get(&space).is_none_or(|space| space.deleted) {
        return Err(Judged::refused(strange(ledger)));
    }
    let pen = Pen::proven(space, by);
    let (facts, creates) = match (row, &item.create) {
        (Some(row), _) if row.purged_at.is_some() => return Err(Judged::refused(strange(ledger))),
        (Some(row), _) => {
            has_room(&row, item)?;
            (ledger.facts.doc(item.doc, &row).ok_or(later)?, false)
        }
        (None, Some(create)) => (new_facts(ledger, by, item.doc, create, None)?, true),
        (None, None) => return Err(later),
    };
    Ok(Admission { pen, facts, role: Role::Viewer, creates })
}

/// A document must fit into one frame. Where folding may help, it is asked for and
/// the author may try again; where it can't, the document is full.
fn has_room(row: &DocRow, item: &PushItem) -> Result<(), Judged> {
    if row.bytes() + bytes_of(item) <= limits::DOCUMENT_BYTES_MAX {
        return Ok(());
    }
    let foldable = row.unfolded_bytes >= FOLD_BYTES as u64;
    Err(Judged::refused(if foldable { Code::Busy } else { Code::DocumentFull }))
}

/// How many bytes the changes of an item have.
pub(super) fn bytes_of(item: &PushItem) -> u64 {
    item.chunks.iter().map(|chunk| chunk.len() as u64).sum()
}

/// The facts of a document that is about to be, if it may be at all.
fn new_facts(
    ledger: &Ledger<'_>,
    by: &Submitter,
    doc: DocId,
    create: &Create,
    bytes: Option<u64>,
) -> Result<DocFacts, Judged> {
    let refuse = |code, rule| Judged::Refused { hash: None, code, path: None, rule: Some(rule) };
    let Some(space) = ledger.facts.spaces.get(&create.space) else {
        return Err(Judged::refused(strange(ledger)));
    };
    if create.kind == Kind::Space {
        return Err(refuse(Code::RoleTooWeak, "space.create.founding"));
    }
    if !spec(create.kind).homes.contains(&space.kind) {
        return Err(refuse(Code::SchemaViolation, UNLISTED));
    }
    if create.kind == Kind::Prefs && ledger.facts.prefs.contains(&create.space) {
        return Err(refuse(Code::WriteOnce, "prefs.create.once"));
    }
    // Reading begins behind this id.
    if *doc.as_bytes() == [0; 16] {
        return Err(refuse(Code::SchemaViolation, "document.id.nil"));
    }
    if space.documents >= limits::SPACE_DOCUMENTS_MAX {
        return Err(refuse(Code::DocumentFull, "space.documents.max"));
    }
    // What was accepted before comes back whatever the quota says.
    let allowance = bytes.and_then(|bytes| Some((ledger.facts.quotas.get(&space.owner)?, bytes)));
    if allowance.is_some_and(|(allowance, bytes)| !allowance.has_room(bytes)) {
        return Err(refuse(Code::QuotaExceeded, "owner.quota"));
    }
    Ok(DocFacts {
        doc,
        kind: create.kind,
        space: space.kind,
        creator: by.user,
        privacy: create.privacy,
        subject_creator: None,
    })
}
