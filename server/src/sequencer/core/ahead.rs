//! Judging together what waits together.
//!
//! A client that types has many small pushes in flight, each with one change to the
//! same document. A call of the gate walks the touched text once, however many
//! changes it judges, so all of one device's changes to a document that wait for one
//! commit go into one call. Each push still gets its verdicts and places in its turn:
//! what is judged ahead is kept until then. That changes nothing as long as nothing
//! else happens to the document, its author or its space in between, so only
//! ordinary pushes that follow each other are looked at.

use std::collections::{BTreeMap, BTreeSet};

use umbra_model::DocId;
use umbra_sync_protocol::gate::Judgement;
use umbra_sync_protocol::wire::{Push, PushItem};

use crate::sequencer::{Request, Submission, Submitter};

/// The most changes that go into one call.
const TOGETHER_MAX: usize = 256;

/// An item of a submission, by their numbers.
pub(super) type Place = (usize, usize);

/// What is judged ahead of its turn.
#[derive(Default)]
pub(super) struct Ahead {
    /// Every item of the pushes that follow each other, by document, in order.
    coming: BTreeMap<DocId, Vec<Place>>,
    judged: BTreeMap<Place, Vec<Judgement>>,
    /// The submission behind the last of them.
    until: usize,
}

impl Ahead {
    /// Looks at the pushes from here on, unless it has.
    pub(super) fn look(&mut self, submissions: &[Submission], from: usize) {
        if from < self.until {
            return;
        }
        self.coming.clear();
        self.until = from;
        for (n, submission) in submissions.iter().enumerate().skip(from) {
            let Some(push) = ordinary(submission) else { break };
            self.until = n + 1;
            for (i, item) in push.items.iter().enumerate() {
                self.coming.entry(item.doc).or_default().push((n, i));
            }
        }
    }

    /// The judgements of this item, if it was judged ahead.
    pub(super) fn take(&mut self, place: Place) -> Option<Vec<Judgement>> {
        self.judged.remove(&place)
    }

    /// Keeps the judgements of an item until its turn.
    pub(super) fn keep(&mut self, place: Place, judgements: Vec<Judgement>) {
        self.judged.insert(place, judgements);
    }

    /// The documents with changes that were judged ahead and whose turn never came.
    /// There should be none; where there are, the open document is ahead of the log.
    pub(super) fn left(&self, submissions: &[Submission]) -> BTreeSet<DocId> {
        let left = self.judged.keys().filter_map(|place| item(submissions, *place));
        left.map(|(_, item)| item.doc).collect()
    }

    /// The items that may be judged together with this one: those of the same device,
    /// to the same document, before anybody else's, and of so many bytes in all.
    pub(super) fn with<'s>(
        &self,
        submissions: &'s [Submission],
        place: Place,
        mut room: usize,
    ) -> Vec<(Place, &'s PushItem)> {
        let Some((by, first)) = item(submissions, place) else { return Vec::new() };
        let coming = self.coming.get(&first.doc).map(Vec::as_slice).unwrap_or_default();
        let behind = coming.partition_point(|it| *it <= place);
        let (mut with, mut chunks) = (Vec::new(), first.chunks.len());
        for place in &coming[behind..] {
            let Some((author, item)) = item(submissions, *place) else { break };
            let bytes = item.chunks.iter().map(|chunk| chunk.len()).sum::<usize>();
            chunks += item.chunks.len();
            if author != by || bytes > room || chunks > TOGETHER_MAX {
                break;
            }
            room -= bytes;
            with.push((*place, item));
        }
        with
    }
}

/// The push, if it is one that stands for itself.
fn ordinary(submission: &Submission) -> Option<&Push> {
    match &submission.request {
        Request::Push(push) if !push.atomic => {
            push.items.iter().all(|item| item.receipts.is_none()).then_some(push)
        }
        _ => None,
    }
}

fn item(submissions: &[Submission], (n, i): Place) -> Option<(Author, &PushItem)> {
    let submission = submissions.get(n)?;
    let Submitter { user, device, prefix, .. } = submission.by;
    Some(((user, device, prefix), ordinary(submission)?.items.get(i)?))
}

/// Whose changes may be judged in one call.
type Author = (umbra_model::UserId, umbra_model::DeviceId, umbra_model::ActorPrefix);
