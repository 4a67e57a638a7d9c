//! From a decision that is written to answers and news.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use umbra_model::{DocId, Privacy, SpaceId, UserId};
use umbra_sync_protocol::gate::{Code, GateDoc};
use umbra_sync_protocol::wire::{Cover, PurgeOrder, Receipt, Verdict, Verdicts};

use super::decision::{Answer, Decision};
use super::ledger::{Open, SpaceWrite};
use super::push::Judged;
use super::{Facts, LogEvent, SpaceFacts};
use crate::sequencer::{Committed, ConnectionId, DocNow, MemberChange, Pushed, Reply};

/// What only the database knew.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Looked {
    /// The place and seal of each of [`Decision::earlier`], where it has one.
    pub earlier: Vec<Option<(u64, Receipt)>>,
    /// The numbers of [`Decision::purges`].
    pub purges: Vec<u64>,
    /// Who created each of [`Decision::subjects`], and its privacy.
    pub subjects: BTreeMap<DocId, (UserId, Privacy)>,
}

/// To be given and told, once all is durable.
#[derive(Debug)]
pub struct Settled {
    /// The answers, in the order of the submissions.
    pub replies: Vec<Reply>,
    /// What is new, by space.
    pub committed: Vec<Arc<Committed>>,
    /// The documents as they are now, to be kept open.
    pub open: Vec<Kept>,
}

/// An open document, and of which state it is.
#[derive(Debug)]
pub struct Kept {
    /// The document.
    pub doc: DocId,
    /// Where it lives.
    pub space: SpaceId,
    /// The last change in it.
    pub last_seq: u64,
    /// Its content.
    pub gate: Box<GateDoc>,
}

impl Decision {
    /// Makes of it what to answer and to tell once it is durable.
    pub fn settle(mut self, looked: &Looked) -> Settled {
        let mut stretches = stretches(&mut self);
        for (space, stretch) in &mut stretches {
            tell(&self, looked, *space, stretch);
        }
        let replies = std::mem::take(&mut self.answers);
        let replies = replies.into_iter().map(|it| reply(it, looked, &stretches)).collect();
        let committed = stretches.into_values().map(Arc::new).collect();
        self.open.retain(|doc, _| !self.broken.contains(doc));
        Settled { replies, committed, open: kept(self.open, &self.facts) }
    }
}

/// What each touched space gained: the entries, and the documents they are about.
fn stretches(decision: &mut Decision) -> BTreeMap<SpaceId, Committed> {
    let mut stretches: BTreeMap<_, _> = decision.spaces().map(empty).collect();
    let rows = std::mem::take(&mut decision.rows);
    let mut origins: BTreeMap<SpaceId, BTreeSet<Option<ConnectionId>>> = BTreeMap::new();
    let mut changed: BTreeMap<DocId, Option<u64>> = BTreeMap::new();
    changed.extend(decision.facts_were.keys().map(|doc| (*doc, None)));
    for (row, origin) in rows.into_iter().zip(&decision.origins) {
        origins.entry(row.space).or_default().insert(*origin);
        if let Some(doc) = row.event.doc() {
            let last = changed.entry(doc).or_default();
            if matches!(row.event, LogEvent::Change(_)) {
                *last = Some(row.seq);
            }
        }
        if let Some(stretch) = stretches.get_mut(&row.space) {
            stretch.entries.extend(row.into_entry());
        }
    }
    for (space, stretch) in &mut stretches {
        if let Some([origin]) = origins.remove(space).map(Vec::from_iter).as_deref() {
            stretch.origin = *origin;
        }
    }
    for (doc, changed) in changed {
        let space = decision.facts.docs.get(&doc).map(|row| row.space);
        let stretch = space.and_then(|space| stretches.get_mut(&space));
        if let Some((stretch, now)) = stretch.zip(doc_now(decision, doc, changed)) {
            stretch.docs.insert(doc, now);
        }
    }
    stretches
}

fn empty((space, write, facts): (SpaceId, &SpaceWrite, &SpaceFacts)) -> (SpaceId, Committed) {
    let committed = Committed {
        space,
        kind: facts.kind,
        from: write.from,
        to: facts.head,
        entries: Vec::new(),
        origin: None,
        docs: BTreeMap::new(),
        members: Vec::new(),
        purges: Vec::new(),
        announce: write.announce,
    };
    (space, committed)
}

fn doc_now(decision: &Decision, doc: DocId, changed: Option<u64>) -> Option<DocNow> {
    let row = decision.facts.docs.get(&doc)?;
    Some(DocNow {
        facts: decision.facts.doc(doc, row)?,
        facts_were: decision.facts_were.get(&doc).copied(),
        changed,
        view: decision.views.get(&doc).map(|view| view.rendered.json.clone()),
    })
}

/// Adds to a stretch what isn't an entry.
fn tell(decision: &Decision, looked: &Looked, space: SpaceId, stretch: &mut Committed) {
    for now in stretch.docs.values_mut() {
        let row = decision.facts.docs.get(&now.facts.doc);
        let subject = row.and_then(|row| looked.subjects.get(&row.subject?));
        if let Some((creator, privacy)) = subject {
            now.facts.subject_creator = Some(*creator);
            now.facts.privacy = *privacy;
        }
    }
    let members = decision.members.iter().filter(|((of, _), _)| *of == space);
    stretch.members = members
        .filter(|(_, write)| write.was != write.role)
        .map(|((_, user), write)| MemberChange { user: *user, was: write.was, role: write.role })
        .collect();
    let orders = decision.purges.iter().zip(&looked.purges).filter(|(it, _)| it.space == space);
    stretch.purges = orders
        .map(|(purge, order)| {
            let (doc, reason) = (purge.doc, purge.reason.to_owned());
            (purge.device, PurgeOrder { order: *order, space, doc, reason })
        })
        .collect();
}

fn reply(answer: Answer, looked: &Looked, stretches: &BTreeMap<SpaceId, Committed>) -> Reply {
    let (push, connection) = match answer {
        Answer::Done(done) => return Reply::Done(done),
        Answer::Push(push, connection) => (push, connection),
    };
    let equivocated = push.judged.iter().any(Judged::is_equivocation);
    let lost = if push.atomic { Code::AtomicPushRefused } else { Code::Busy };
    let verdicts = push.judged.into_iter().map(|it| verdict(it, looked, lost)).collect();
    let covers = covers(push.taken, connection, stretches);
    Reply::Pushed(Pushed { verdicts: Verdicts { id: push.id, verdicts, covers }, equivocated })
}

/// `lost` is the answer where an earlier place was promised and isn't there: the
/// change had it within a push that was taken back as a whole.
fn verdict(judged: Judged, looked: &Looked, lost: Code) -> Verdict {
    let (hash, code, path, rule) = match judged {
        Judged::Accepted { hash, seq, receipt } => {
            return Verdict::Accepted { hash, seq, receipt };
        }
        Judged::Earlier { hash, index } => match looked.earlier.get(index) {
            Some(Some((seq, receipt))) => {
                return Verdict::Accepted { hash, seq: *seq, receipt: *receipt };
            }
            _ => (Some(hash), lost, None, None),
        },
        Judged::Refused { hash, code, path, rule } => (hash, code, path, rule),
    };
    Verdict::Refused {
        hash,
        code: code.as_str().to_owned(),
        path,
        rule: rule.map(str::to_owned),
        permanent: code.permanent(),
    }
}

/// Keeps of the places that a push took those of stretches that hold nothing else
/// than what came by its connection: that needs no echo.
fn covers(
    taken: Vec<Cover>,
    connection: Option<ConnectionId>,
    stretches: &BTreeMap<SpaceId, Committed>,
) -> Vec<Cover> {
    let alone = |cover: &Cover| {
        connection.is_some()
            && stretches.get(&cover.space).is_some_and(|stretch| stretch.origin == connection)
    };
    taken.into_iter().filter(alone).collect()
}

fn kept(open: Open, facts: &Facts) -> Vec<Kept> {
    let there = open.into_iter().filter_map(|(doc, gate)| {
        let row = facts.docs.get(&doc).filter(|row| row.purged_at.is_none())?;
        Some(Kept { doc, space: row.space, last_seq: row.last_seq, gate })
    });
    there.collect()
}
