//! Who is in a space, and its end.

use umbra_model::policy::Govern;
use umbra_model::{Role, SpaceId, UserId};

use super::handover::{Hands, hand_over};
use super::ledger::Ledger;
use super::pen::Member;
use crate::sequencer::{Governance, Rejection, Submitter, limits};

/// Carries it out, or says why not.
pub(super) fn govern(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    what: &Governance,
) -> Result<(), Rejection> {
    match *what {
        Governance::AddMember(space, user, role) => add(ledger, by, space, user, role),
        Governance::ChangeRole(space, user, role) => change(ledger, by, space, user, role),
        Governance::RemoveMember(space, user) if user != by.user => remove(ledger, by, space, user),
        Governance::RemoveMember(space, _) | Governance::Leave(space) => leave(ledger, by, space),
        Governance::Transfer(space, user) => transfer(ledger, by, space, user),
        Governance::DeleteSpace(space) => delete(ledger, by, space),
        Governance::Close(space) => close(ledger, by, space),
    }
}

/// The submitter as a member who may govern at this time.
fn governor(ledger: &Ledger<'_>, by: &Submitter, space: SpaceId) -> Result<Member, Rejection> {
    let member = Member::of(ledger, by, space).ok_or(Rejection::NotFound)?;
    let recovering = ledger.facts.spaces.get(&space).is_some_and(|space| space.recovering);
    // What a restored server knows of roles may be outdated; of its owner it isn't.
    if recovering && member.role() != Role::Owner {
        return Err(Rejection::Recovering);
    }
    Ok(member)
}

fn add(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    space: SpaceId,
    user: UserId,
    role: Role,
) -> Result<(), Rejection> {
    let member = governor(ledger, by, space)?;
    let pen = member.may_govern(&Govern::Add(role)).map_err(Rejection::Denied)?;
    if ledger.facts.members.contains_key(&(space, user)) {
        return Err(Rejection::AlreadyMember);
    }
    let target = ledger.facts.users.get_mut(&user).filter(|user| user.active);
    let target = target.ok_or(Rejection::NoSuchUser)?;
    let members = ledger.facts.spaces.get(&space).map_or(0, |space| space.members);
    if target.spaces >= limits::USER_SPACES_MAX || members >= limits::SPACE_MEMBERS_MAX {
        return Err(Rejection::TooMany);
    }
    target.spaces += 1;
    pen.member(ledger, user, Some(role), None);
    Ok(())
}

fn change(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    space: SpaceId,
    user: UserId,
    to: Role,
) -> Result<(), Rejection> {
    let member = governor(ledger, by, space)?;
    let from = ledger.facts.members.get(&(space, user)).copied().ok_or(Rejection::NotMember)?;
    let pen = member.may_govern(&Govern::Change { from, to }).map_err(Rejection::Denied)?;
    if from != to {
        pen.member(ledger, user, Some(to), None);
    }
    Ok(())
}

fn remove(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    space: SpaceId,
    user: UserId,
) -> Result<(), Rejection> {
    let member = governor(ledger, by, space)?;
    let role = ledger.facts.members.get(&(space, user)).copied().ok_or(Rejection::NotMember)?;
    let pen = member.may_govern(&Govern::Remove(role)).map_err(Rejection::Denied)?;
    pen.member(ledger, user, None, None);
    ledger.purge_space(space, user, "removed");
    Ok(())
}

fn leave(ledger: &mut Ledger<'_>, by: &Submitter, space: SpaceId) -> Result<(), Rejection> {
    let member = Member::of(ledger, by, space).ok_or(Rejection::NotFound)?;
    let pen = member.may_govern(&Govern::Leave).map_err(Rejection::Denied)?;
    pen.member(ledger, by.user, None, None);
    ledger.purge_space(space, by.user, "left");
    Ok(())
}

fn transfer(
    ledger: &mut Ledger<'_>,
    by: &Submitter,
    space: SpaceId,
    heir: UserId,
) -> Result<(), Rejection> {
    let member = governor(ledger, by, space)?;
    let pen = member.may_govern(&Govern::Transfer).map_err(Rejection::Denied)?;
    if heir == by.user {
        return Ok(());
    }
    if !ledger.facts.members.contains_key(&(space, heir)) {
        return Err(Rejection::NotMember);
    }
    if !ledger.facts.users.get(&heir).is_some_and(|heir| heir.active) {
        return Err(Rejection::NoSuchUser);
    }
    hand_over(ledger, &pen, space, Hands { from: by.user, to: heir }, None)
}

fn delete(ledger: &mut Ledger<'_>, by: &Submitter, space: SpaceId) -> Result<(), Rejection> {
    let member = governor(ledger, by, space)?;
    member.may_govern(&Govern::Delete).map_err(Rejection::Denied)?;
    end(ledger, space);
    Ok(())
}

/// A personal space is nobody's to delete, but goes with its account.
fn close(ledger: &mut Ledger<'_>, by: &Submitter, space: SpaceId) -> Result<(), Rejection> {
    let owned = ledger.facts.spaces.get(&space).is_some_and(|facts| facts.owner == by.user);
    match Member::of(ledger, by, space) {
        Some(member) if owned && member.role() == Role::Owner => end(ledger, space),
        Some(_) | None => return Err(Rejection::NotFound),
    }
    Ok(())
}

/// The space goes with its log, so nothing is appended: the row stays as a
/// tombstone, and the content is erased behind the commit.
fn end(ledger: &mut Ledger<'_>, space: SpaceId) {
    let people: Vec<_> = ledger.facts.roster(space).map(|(user, _)| user).collect();
    for user in people {
        let head = ledger.facts.spaces.get(&space).map_or(0, |space| space.head);
        ledger.set_role(space, user, None, head);
        ledger.purge_space(space, user, "space_deleted");
    }
    ledger.space(space);
    if let Some(facts) = ledger.facts.spaces.get_mut(&space) {
        facts.deleted = true;
    }
}
