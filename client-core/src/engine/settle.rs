//! The server's verdicts.

use umbra_model::{DocId, Millis};
use umbra_sync_protocol::gate::Code;
use umbra_sync_protocol::wire::{ChangeHash, Cover, Receipt, Verdict};

use super::{Engine, Opened, violation};
use crate::error::Result;
use crate::outbox::{Flight, FlightItem, Hold};
use crate::session::Touched;
use crate::store::{ReceiptRow, SpaceRow, TrayReason, Tx};

/// How often an edit is made again under a fresh actor before it counts as refused.
const REISSUES_MAX: u8 = 3;

/// How long to leave a busy server alone, in milliseconds.
const BUSY_MILLIS: i64 = 2_000;

/// A refusal as it came.
#[derive(Clone, Debug)]
struct Refusal {
    hash: ChangeHash,
    code: String,
    path: Option<String>,
    rule: Option<String>,
    permanent: bool,
}

/// What becomes of a document whose change was refused.
enum Course {
    /// The change stays and is pushed again later.
    Hold(Hold),
    /// The server can't take it from this actor: all is made again under a fresh one.
    Reissue,
    /// Somebody else has written first what is written once. Made again where their
    /// value is known, the edit leaves it alone; until then it waits.
    ReissueLater,
    /// The server lost what it builds on: that is given up.
    GiveUpAhead,
    /// It isn't to be. It goes to the tray.
    Shelve,
}

impl<T: Tx> Engine<'_, T> {
    pub(super) async fn settle(
        &mut self,
        flight: Flight,
        verdicts: Vec<Verdict>,
        covers: Vec<Cover>,
    ) -> Result<Touched> {
        let expected: usize = flight.items.iter().map(|item| item.hashes.len()).sum();
        if verdicts.len() != expected {
            let text = format!("{} verdicts on {expected} changes", verdicts.len());
            return Err(violation(text));
        }
        let mut touched = Touched::default();
        let mut refused: Vec<(FlightItem, Refusal)> = Vec::new();
        let mut verdicts = verdicts.into_iter();
        for item in flight.items {
            let own = verdicts.by_ref().take(item.hashes.len());
            if let Some(refusal) = self.settle_item(&item, own, &mut touched).await? {
                refused.push((item, refusal));
            } else {
                self.touch(&mut touched, item.doc).await?;
            }
        }
        if flight.atomic {
            self.refuse_group(refused, &mut touched).await?;
        } else {
            for (item, refusal) in refused {
                let course = self.course(&item, &refusal).await?;
                self.refuse(&item, refusal, course, &mut touched).await?;
            }
        }
        for cover in covers.iter().filter(|_| !touched.resync) {
            self.cover(cover).await?;
        }
        self.end_recoveries().await?;
        touched.commands = Some(self.tx.commands().await?);
        touched.refused = self.refused_count().await?;
        Ok(touched)
    }

    /// Takes in what was accepted of one document. Returns the first refusal: those
    /// behind it only follow from it.
    async fn settle_item(
        &mut self,
        item: &FlightItem,
        verdicts: impl Iterator<Item = Verdict>,
        touched: &mut Touched,
    ) -> Result<Option<Refusal>> {
        let mut first = None;
        for (hash, verdict) in item.hashes.iter().zip(verdicts) {
            match verdict {
                Verdict::Accepted { hash: accepted, .. } if accepted != *hash => {
                    return Err(violation("a verdict on another change than was pushed"));
                }
                Verdict::Accepted { hash, seq, receipt } => {
                    // Purged here meanwhile, and the access given back before the
                    // server judged it: what we made comes with the log.
                    touched.resync |= !self.accept(item, hash, seq, receipt).await?;
                    touched.tally.accepted += 1;
                }
                Verdict::Refused { code, path, rule, permanent, .. } => {
                    let hash = *hash;
                    first.get_or_insert(Refusal { hash, code, path, rule, permanent });
                }
            }
        }
        Ok(first)
    }

    /// Takes in an accepted change. `false` where it isn't here any more.
    async fn accept(
        &mut self,
        item: &FlightItem,
        hash: ChangeHash,
        seq: u64,
        receipt: Receipt,
    ) -> Result<bool> {
        let doc = item.doc;
        let Some(row) = self.tx.row(doc).await? else { return Ok(false) };
        let was_waiting = if item.returned {
            self.tx.remove_ahead(doc, hash).await?
        } else {
            self.tx.accept_pending(doc, hash).await?
        };
        // Purged and gained again while the push was under way: then it isn't here.
        if !was_waiting && !self.contains(doc, hash).await? {
            return Ok(false);
        }
        let space = row.facts.space;
        self.tx.put_receipt(&ReceiptRow { doc, hash, space, seq, receipt }).await?;
        if !row.born {
            self.tx.put_facts(row.facts, true).await?;
        }
        Ok(true)
    }

    async fn contains(&mut self, doc: DocId, hash: ChangeHash) -> Result<bool> {
        let opened = self.open(doc).await?;
        Ok(opened.is_some_and(|opened| opened.document.contains(hash)))
    }

    async fn refuse(
        &mut self,
        item: &FlightItem,
        refusal: Refusal,
        course: Course,
        touched: &mut Touched,
    ) -> Result<()> {
        let doc = item.doc;
        match course {
            Course::Hold(hold) => touched.held.push((doc, hold)),
            course @ (Course::Reissue | Course::ReissueLater) => {
                if let Some(opened) = self.open(doc).await? {
                    self.reissue(opened).await?;
                }
                if matches!(course, Course::ReissueLater) {
                    touched.held.push((doc, Hold::Until(after(self.env.now, BUSY_MILLIS))));
                }
            }
            Course::GiveUpAhead => self.give_up_ahead(doc).await?,
            Course::Shelve => {
                let is_it = refusal.hash;
                let reason = TrayReason::of_refusal(&refusal.code, refusal.path, refusal.rule);
                touched.tally.refused += self.shelve_edit(doc, &[is_it], &reason).await?;
            }
        }
        self.touch(touched, doc).await
    }

    async fn course(&mut self, item: &FlightItem, refusal: &Refusal) -> Result<Course> {
        let code = Code::ALL.iter().copied().find(|code| code.as_str() == refusal.code);
        let pending = self.tx.pending(item.doc).await?;
        let edit = pending.iter().find(|edit| edit.hash == refusal.hash);
        if item.returned {
            return Ok(self.course_of_returned(code, refusal.permanent));
        }
        let Some(edit) = edit else { return Ok(Course::Hold(Hold::Until(self.env.now))) };
        let is_worn_out = edit.reissued >= REISSUES_MAX;
        Ok(match code {
            Some(
                Code::ActorForeign
                | Code::Equivocation
                | Code::SeqGap
                | Code::DependsOnRefused
                | Code::HistoryInconsistent,
            ) if !is_worn_out => Course::Reissue,
            Some(Code::WriteOnce) if !is_worn_out => Course::ReissueLater,
            Some(Code::MissingDependencies) => {
                self.course_of_missing(item.doc, is_worn_out).await?
            }
            _ if refusal.permanent || is_worn_out => Course::Shelve,
            _ => hold(code, self),
        })
    }

    /// A change that the server accepted once isn't taken back. As long as others may
    /// give back what it builds on, the server says to wait.
    fn course_of_returned(&self, code: Option<Code>, permanent: bool) -> Course {
        match code {
            Some(Code::MissingDependencies) => Course::GiveUpAhead,
            _ if permanent => Course::GiveUpAhead,
            _ => hold(code, self),
        }
    }

    /// The server doesn't have what the change builds on. Where that is ahead, it may
    /// still be given back; where it isn't, somebody may be about to send it.
    async fn course_of_missing(&mut self, doc: DocId, is_worn_out: bool) -> Result<Course> {
        let ahead = self.tx.ahead(doc).await?;
        let Some(row) = self.tx.row(doc).await? else { return Ok(Course::Hold(Hold::Progress)) };
        let space = self.tx.space(row.facts.space).await?;
        let is_recovering = space.is_some_and(|space| space.recovering);
        Ok(if is_recovering || ahead.iter().any(|row| row.mine) {
            Course::Hold(Hold::Progress)
        } else if !ahead.is_empty() {
            Course::GiveUpAhead
        } else if is_worn_out {
            Course::Shelve
        } else {
            Course::Reissue
        })
    }

    /// All or nothing: what was refused of a group refuses the rest of it.
    async fn refuse_group(
        &mut self,
        refused: Vec<(FlightItem, Refusal)>,
        touched: &mut Touched,
    ) -> Result<()> {
        let is_bystander = |refusal: &Refusal| refusal.code == Code::AtomicPushRefused.as_str();
        let mut courses = Vec::new();
        let mut is_shelved = false;
        for (item, refusal) in refused {
            // What was only refused along waits for nothing but the others.
            let course = if is_bystander(&refusal) {
                Course::Hold(Hold::Until(self.env.now))
            } else {
                self.course(&item, &refusal).await?
            };
            is_shelved |= matches!(course, Course::Shelve);
            courses.push((item, refusal, course));
        }
        for (item, refusal, course) in courses {
            if is_shelved {
                let reason = if matches!(course, Course::Shelve) {
                    TrayReason::of_refusal(&refusal.code, refusal.path, refusal.rule)
                } else {
                    TrayReason::together()
                };
                touched.tally.refused += self.shelve_edit(item.doc, &item.hashes, &reason).await?;
                self.touch(touched, item.doc).await?;
            } else {
                self.refuse(&item, refusal, course, touched).await?;
            }
        }
        Ok(())
    }

    /// Moves edits of a document to the tray and makes those behind them again. What
    /// the server never took at all goes as a whole. Returns how many went.
    async fn shelve_edit(
        &mut self,
        doc: DocId,
        hashes: &[ChangeHash],
        reason: &TrayReason,
    ) -> Result<u64> {
        let Some(mut opened) = self.open(doc).await? else { return Ok(0) };
        let facts = opened.record.facts;
        let is_unborn = opened.is_unborn();
        let me = self.me(&facts).await?;
        let Some(me) = me.filter(|_| !is_unborn) else {
            let dropped = opened.document.drop_pending();
            let count = self.shelve_whole(facts, dropped, reason.clone()).await?;
            if is_unborn {
                self.tx.remove_record(doc).await?;
            }
            return Ok(count);
        };
        let fresh = (self.env.dice)();
        let rebased = opened.document.rebase(&me, fresh, |edit| hashes.contains(&edit.hash))?;
        let count = self.shelve(facts, rebased.dropped, reason).await?;
        self.rename(doc, rebased.renamed).await?;
        self.keep_rebased(opened).await?;
        Ok(count)
    }

    /// Makes all pending edits of a document again under a fresh actor.
    pub(super) async fn reissue(&mut self, mut opened: Opened) -> Result<()> {
        let facts = opened.record.facts;
        let Some(me) = self.me(&facts).await? else { return Ok(()) };
        let fresh = (self.env.dice)();
        let rebased = opened.document.rebase(&me, fresh, |_| false)?;
        opened.document.count_reissue();
        let reason = TrayReason::of_refusal(Code::RoleTooWeak.as_str(), None, None);
        if opened.is_unborn() && opened.document.pending().is_empty() {
            // Nothing of it is left.
            self.shelve_whole(facts, rebased.dropped, reason).await?;
            return self.tx.remove_record(facts.doc).await;
        }
        self.shelve(facts, rebased.dropped, &reason).await?;
        self.rename(facts.doc, rebased.renamed).await?;
        self.keep_rebased(opened).await
    }

    async fn keep_rebased(&mut self, opened: Opened) -> Result<()> {
        let doc = opened.record.facts.doc;
        let pending = opened.document.pending().to_vec();
        self.keep(opened).await?;
        if pending.iter().all(|edit| edit.order > 0) {
            return self.tx.replace_pending(doc, &pending).await;
        }
        // Some are new here, before those that were: all get new places.
        self.tx.replace_pending(doc, &[]).await?;
        for edit in &pending {
            self.tx.add_pending(edit).await?;
        }
        Ok(())
    }

    async fn rename(
        &mut self,
        doc: DocId,
        renamed: Vec<(ChangeHash, Option<ChangeHash>)>,
    ) -> Result<()> {
        for (from, to) in renamed {
            self.tx.rename_undo(doc, from, to).await?;
        }
        Ok(())
    }

    async fn cover(&mut self, cover: &Cover) -> Result<()> {
        let Some(row) = self.tx.space(cover.space).await? else { return Ok(()) };
        if !row.cold && cover.from <= row.cursor + 1 && cover.to > row.cursor {
            self.tx.put_space(&SpaceRow { cursor: cover.to, ..row }).await?;
        }
        Ok(())
    }
}

/// Until when a change waits that may be taken later.
fn hold<T>(code: Option<Code>, engine: &Engine<'_, T>) -> Course {
    Course::Hold(match code {
        Some(Code::Busy) => Hold::Until(after(engine.env.now, BUSY_MILLIS)),
        _ => Hold::Progress,
    })
}

fn after(now: Millis, millis: i64) -> Millis {
    Millis(now.0.saturating_add(millis))
}
