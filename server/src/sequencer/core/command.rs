//! Commands: changes of server facts that a client may ask for from afar.

use umbra_model::policy::{Action, Govern};
use umbra_model::{DocId, Kind, Millis, Privacy, Role, SpaceId, SpaceKind, UserId};
use umbra_sync_protocol::gate::{DocFacts, GateDoc};
use umbra_sync_protocol::wire::{Command, MemberEvent};

use super::DocRow;
use super::entry::new_row;
use super::handover::{Hands, hand_over};
use super::ledger::Ledger;
use super::log_row::{LogEvent, Lost};
use super::pen::{Member, Pen};
use crate::sequencer::seal::{Seal, SealedMember};
use crate::sequencer::{Rejection, Submitter, limits};
use crate::store::Viewer;

/// Carries it out, or says why not.
pub(super) fn command(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    command: &Command,
) -> Result<(), Rejection> {
    match command {
        Command::CreateSpace(space, kind) => create_space(ledger, by, *space, *kind),
        Command::SetPrivacy(doc, privacy) => set_privacy(ledger, by, *doc, *privacy),
        Command::RestoreMember(event, space, seq) => {
            restore_member(ledger, by, event, *space, *seq)
        }
        Command::Recovered(space) => recovered(ledger, by, *space),
    }
}

fn create_space(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    space: SpaceId,
    kind: SpaceKind,
) -> Result<(), Rejection> {
    if let Some(there) = ledger.facts.spaces.get(&space) {
        let same = there.owner == by.user && there.kind == kind && !there.deleted;
        return if same { Ok(()) } else { Err(Rejection::Taken) };
    }
    if ledger.facts.docs.contains_key(&DocId::from(space)) {
        return Err(Rejection::Taken);
    }
    let user = ledger.facts.users.entry(by.user).or_default();
    if kind == SpaceKind::Personal && user.personal {
        return Err(Rejection::PersonalExists);
    }
    if user.spaces >= limits::USER_SPACES_MAX {
        return Err(Rejection::TooMany);
    }
    if let Some(allowance) = ledger.facts.quotas.get_mut(&by.user) {
        // Everybody has a personal space, whatever else.
        if kind != SpaceKind::Personal {
            if !allowance.has_space() {
                return Err(Rejection::QuotaExceeded);
            }
            allowance.used.spaces += 1;
        }
    }
    let user = ledger.facts.users.entry(by.user).or_default();
    user.spaces += 1;
    user.personal |= kind == SpaceKind::Personal;
    let pen = Pen::founding(ledger, by, space, kind)?;
    pen.append(ledger, |_, _| LogEvent::Founded(kind));
    pen.member(ledger, by.user, Some(Role::Owner), None);
    let (doc, privacy) = (DocId::from(space), Privacy::Default);
    let seq = pen.append(ledger, |_, _| LogEvent::Created { doc, kind: Kind::Space, privacy });
    let row = new_row(space, Kind::Space, by.user, privacy, seq, ledger.now);
    ledger.create_doc(doc, row);
    ledger.open.insert(doc, Box::new(GateDoc::new(Kind::Space)));
    Ok(())
}

/// The document, if the submitter sees it, and they as a member of its space.
fn seen(
    ledger: &Ledger<'_>,
    by: &Submitter,
    doc: DocId,
) -> Result<(Member, DocRow, DocFacts), Rejection> {
    let row = ledger.facts.docs.get(&doc).filter(|row| row.purged_at.is_none());
    let row = row.ok_or(Rejection::NotFound)?.clone();
    let member = Member::of(ledger, by, row.space).ok_or(Rejection::NotFound)?;
    let facts = ledger.facts.doc(doc, &row).filter(|facts| member.sees(facts));
    let facts = facts.ok_or(Rejection::NotFound)?;
    let recovering = ledger.facts.spaces.get(&row.space).is_some_and(|space| space.recovering);
    if recovering && member.role() != Role::Owner {
        return Err(Rejection::Recovering);
    }
    Ok((member, row, facts))
}

fn set_privacy(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    doc: DocId,
    privacy: Privacy,
) -> Result<(), Rejection> {
    let (member, row, facts) = seen(ledger, by, doc)?;
    let pen = member.may(&facts, Action::SetPrivacy(privacy)).map_err(Rejection::Denied)?;
    if row.privacy == privacy {
        return Ok(());
    }
    let affected = with_comments(ledger, doc);
    let people: Vec<_> = ledger.facts.roster(row.space).collect();
    if affected.len() * people.len() > limits::SIGHT_CHANGES_MAX {
        return Err(Rejection::TooMany);
    }
    let facts_of = |ledger: &Ledger<'_>, doc: &DocId| {
        ledger.facts.docs.get(doc).and_then(|row| ledger.facts.doc(*doc, row))
    };
    let before: Vec<_> = affected.iter().map(|doc| facts_of(ledger, doc)).collect();
    ledger.write_doc(doc, |write| write.row.privacy = privacy);
    for (doc, before) in affected.iter().zip(before) {
        let (Some(before), Some(after)) = (before, facts_of(ledger, doc)) else { continue };
        // Comments have entries of their own, so that each is shown in its turn.
        let (doc, was, privacy) = (*doc, before.privacy, after.privacy);
        pen.append(ledger, |_, _| LogEvent::Privacy { doc, was, privacy });
        ledger.facts_were.entry(doc).or_insert(before);
        for (user, role) in &people {
            let viewer = Viewer { user: *user, role: *role };
            let seen = (viewer.sees(&before), viewer.sees(&after));
            ledger.show_or_hide(row.space, *user, doc, seen);
        }
    }
    Ok(())
}

/// The document and the comments on it, which are seen by whom it is seen by.
fn with_comments(ledger: &Ledger<'_>, doc: DocId) -> Vec<DocId> {
    let comments = ledger.facts.comments.get(&doc).into_iter().flatten().copied();
    let there = |doc: &DocId| ledger.facts.docs.get(doc).is_some_and(|row| row.purged_at.is_none());
    std::iter::once(doc).chain(comments).filter(there).collect()
}

/// Takes a membership event back that a restored server has lost. Its seal proves
/// it, so it doesn't matter who shows it.
fn restore_member(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    event: &MemberEvent,
    space: SpaceId,
    seq: u64,
) -> Result<(), Rejection> {
    let MemberEvent { user, role, .. } = *event;
    let sealed = SealedMember { space, seq, user, role, by: event.by };
    if !Seal::holds(&ledger.seal.member(&sealed), &event.receipt) {
        return Err(Rejection::ReceiptInvalid);
    }
    let facts = ledger.facts.spaces.get(&space).filter(|it| !it.deleted);
    let facts = facts.ok_or(Rejection::NotFound)?;
    match (facts.recovering, facts.restored_head) {
        (true, _) => {}
        (false, Some(_)) if is_late_in_vain(ledger, by, event, space) => {
            return Err(Rejection::NotRecovering);
        }
        (false, Some(_)) => {}
        // The seal is on a place that this log never had: it was lost.
        (false, None) if seq > facts.head => ledger.find_restored(space),
        (false, None) => return Ok(()),
    }
    let facts = ledger.facts.spaces.get(&space).ok_or(Rejection::NotFound)?;
    let regained = ledger.facts.regained.entry((space, user)).or_default();
    let kept = facts.restored_head.is_some_and(|head| seq <= head);
    let newer = regained.decided || regained.lost_seq.is_some_and(|lost| lost >= seq);
    // The owner stays until somebody else is shown to be, and somebody without an
    // account is nobody.
    let beside = user == facts.owner || !ledger.facts.users.contains_key(&user);
    if kept || newer || beside {
        return Ok(());
    }
    let owner = facts.owner;
    regained.lost_seq = Some(seq);
    let author = Submitter { user: event.by, ..Submitter::unattended(event.by) };
    let pen = Pen::proven(space, &Submitter { connection: by.connection, ..author });
    // Even a removal of somebody who isn't there counts: what lies before it may come
    // back later, and changes nothing then.
    let lost = Lost { seq, receipt: event.receipt };
    match role {
        Some(Role::Owner) => return hand_back(ledger, &pen, space, owner, user, lost),
        Some(_) => drop(pen.member(ledger, user, role, Some(lost))),
        None => {
            pen.member(ledger, user, role, Some(lost));
            ledger.purge_space(space, user, "removed");
        }
    }
    Ok(())
}

/// The space had been handed over before it was lost. The owner of before is a manager
/// by the same proof, whether or not what says so comes back as well; unless something
/// was decided of them since, or is known that lies behind it.
fn hand_back(
    ledger: &mut Ledger<'_>,
    pen: &Pen,
    space: SpaceId,
    owner: UserId,
    heir: UserId,
    lost: Lost,
) -> Result<(), Rejection> {
    let regained = ledger.facts.regained.entry((space, owner)).or_default();
    let newer = regained.decided || regained.lost_seq.is_some_and(|known| known >= lost.seq);
    if newer || !ledger.facts.users.get(&heir).is_some_and(|heir| heir.active) {
        return Ok(());
    }
    regained.lost_seq = Some(lost.seq);
    hand_over(ledger, pen, space, Hands { from: owner, to: heir }, Some(lost))
}

/// Once the owner has ended the recovery, a membership that comes back late counts
/// where the owner shows it, or where it takes a right away: nobody rises by showing
/// what may have been undone since.
fn is_late_in_vain(
    ledger: &Ledger<'_>,
    by: &Submitter,
    event: &MemberEvent,
    space: SpaceId,
) -> bool {
    let owner = ledger.facts.spaces.get(&space).map(|facts| facts.owner);
    let role = ledger.facts.members.get(&(space, event.user)).copied();
    owner != Some(by.user) && event.role >= role
}

fn recovered(ledger: &mut Ledger<'_>, by: &Submitter, space: SpaceId) -> Result<(), Rejection> {
    let member = Member::of(ledger, by, space).ok_or(Rejection::NotFound)?;
    if member.role() != Role::Owner {
        // The same question as who may delete it: it is the owner's alone.
        member.may_govern(&Govern::Delete).map_err(Rejection::Denied)?;
    }
    let recovering = ledger.facts.spaces.get_mut(&space).map(|facts| &mut facts.recovering);
    if recovering.is_some_and(|it| std::mem::replace(it, false)) {
        ledger.space(space).announce = true;
    }
    Ok(())
}

/// Hears from the owner that their device is ahead of the log: somebody restored
/// the database without saying so. From others that would be no proof, only a way
/// to make everybody wait; they are heard with receipts in hand.
pub(super) fn behind(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    space: SpaceId,
    seq: u64,
) -> Result<(), Rejection> {
    let member = Member::of(ledger, by, space).ok_or(Rejection::NotFound)?;
    let head = ledger.facts.spaces.get(&space).map_or(0, |facts| facts.head);
    if member.role() == Role::Owner && seq > head {
        ledger.find_restored(space);
    }
    Ok(())
}

/// Removes a document, and the comments on it, for good.
pub(super) fn purge_doc(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    doc: DocId,
) -> Result<(), Rejection> {
    let (member, _, facts) = seen(ledger, by, doc)?;
    let pen = member.may(&facts, Action::Purge).map_err(Rejection::Denied)?;
    let affected = with_comments(ledger, doc);
    if affected.len() > limits::PURGE_DOCUMENTS_MAX {
        return Err(Rejection::TooMany);
    }
    for doc in affected {
        pen.purge(ledger, doc);
    }
    Ok(())
}

/// The same, for a document that has been in the trash since before `before`.
pub(super) fn expire_doc(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    doc: DocId,
    before: Millis,
) -> Result<(), Rejection> {
    match ledger.facts.trashed.get(&doc) {
        Some(at) if *at <= before => purge_doc(ledger, by, doc),
        _ => Err(Rejection::NotFound),
    }
}
