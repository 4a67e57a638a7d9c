//! The pure heart of the sequencer: facts and open documents in, what is to be
//! written, answered and told out. No I/O, no clock, no dice, so that a simulation
//! can drive it over a store of its own:
//!
//! 1. [`Needs::of`] the submissions; find where the documents live and
//!    [`Needs::locate`] them; lock the spaces in order; read the [`Facts`] and open
//!    the documents.
//! 2. [`decide`] gives a [`Decision`]: write all of it, in one transaction.
//! 3. [`Decision::settle`] it with what only the database knew, commit, and only
//!    then give the answers and tell who watches.

mod admission;
mod ahead;
mod command;
mod decision;
mod entry;
mod facts;
mod governance;
mod handover;
mod ledger;
mod log_row;
mod needs;
mod pen;
mod proof;
mod push;
mod settle;
mod view;

pub use decision::{Decision, ViewWrite};
pub use facts::{Allowance, DocRow, Facts, Regained, SpaceFacts, UserFacts};
pub use ledger::{DocWrite, Earlier, MemberWrite, Open, Purge, SpaceWrite, Withdrawal};
pub use log_row::{By, Change, LogEvent, LogRow, Lost, Membership};
pub use needs::Needs;
pub use settle::{Kept, Looked, Settled};
pub use view::{Rendered, render};

use umbra_model::Millis;

use self::decision::Answer;
use self::ledger::Ledger;
use self::push::Turn;
use super::seal::Seal;
use super::{Request, Submission};

/// Decides these submissions, in their order, each behind all before it.
pub fn decide(
    submissions: &[Submission],
    facts: Facts,
    open: Open,
    seal: &Seal,
    now: Millis,
) -> Decision {
    let mut ledger = Ledger::new(now, seal, facts, open);
    let turns = (0..submissions.len()).map(|n| Turn { submissions, n });
    let answers = turns.map(|turn| answer(&mut ledger, turn)).collect();
    let stale = ledger.ahead.left(submissions);
    Decision::of(ledger, answers, stale)
}

fn answer(ledger: &mut Ledger<'_>, turn: Turn<'_>) -> Answer {
    let Submission { by, request } = &turn.submissions[turn.n];
    match request {
        Request::Push(push) => Answer::Push(push::push(ledger, turn, by, push), by.connection),
        Request::Command(it) => Answer::Done(command::command(ledger, by, it)),
        Request::Governance(what) => Answer::Done(governance::govern(ledger, by, what)),
        Request::Behind(space, seq) => Answer::Done(command::behind(ledger, by, *space, *seq)),
        Request::PurgeDoc(doc) => Answer::Done(command::purge_doc(ledger, by, *doc)),
        Request::ExpireDoc(doc, before) => {
            Answer::Done(command::expire_doc(ledger, by, *doc, *before))
        }
    }
}
