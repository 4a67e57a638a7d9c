//! After the welcome.

use std::collections::VecDeque;

use umbra_model::{Millis, SpaceId};

use super::close::CloseCode;
use super::fault::{FaultCode, Offence};
use super::greeting::Greeted;
use super::input::{Judged, News, Opened, Page};
use super::intake::Intake;
use super::output::Output;
use super::presence::Whereabouts;
use super::streams::{Sent, Start, Streams};
use super::viewer::Viewer;
use crate::gate::Code;
use crate::limits::CREDIT_BYTES_MAX;
use crate::wire::{
    self, Answer, Command, Cursor, Presence, Push, ServerFrame, SpaceState, Verdict, Verdicts,
    Welcome,
};

/// A connection that is served.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) intake: Intake,
    streams: Streams,
    whereabouts: Whereabouts,
}

/// What a step comes to: it goes on, or it ends for a fault or for a reason.
pub(super) type Step = Result<(), Stop>;

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum Stop {
    /// The client did something wrong; whether it ends for that is in the code.
    Offence(Offence),
    /// It did nothing wrong.
    Close(CloseCode, &'static str),
}

impl Live {
    /// Welcomes the client and starts a stream for each of its spaces.
    pub(super) fn open(
        intake: Intake,
        greeted: &Greeted,
        opened: Opened,
        now: Millis,
        out: &mut VecDeque<Output>,
    ) -> Self {
        let mut streams = Streams::new(opened.user, greeted.views, greeted.credit);
        let same_epoch = greeted.epoch == Some(opened.epoch);
        let (mut states, mut sent, mut ahead) = (Vec::new(), Vec::new(), Vec::new());
        for facts in opened.spaces {
            let cursor = greeted.cursors.get(&facts.space);
            if let Some(cursor) = cursor.filter(|it| same_epoch && it.seq > facts.head) {
                ahead.push(Output::Ahead(cursor.space, cursor.seq));
            }
            let (start, facts) = start_of(facts, cursor, same_epoch);
            sent.push(streams.start(facts.clone(), start));
            states.push(facts);
        }
        let welcome = Welcome {
            version: greeted.version,
            epoch: opened.epoch,
            user: opened.user,
            device: opened.device,
            prefix: opened.prefix,
            spaces: states,
            now: opened.now,
        };
        send(out, &ServerFrame::Welcome(welcome));
        for order in opened.orders {
            send(out, &ServerFrame::Purge(order));
        }
        sent.into_iter().for_each(|sent| send_all(out, sent));
        out.extend(ahead);
        let mut live = Self { intake, streams, whereabouts: Whereabouts::new(now) };
        live.load(out);
        live
    }

    pub(super) fn push(&mut self, push: Push, bytes: usize, out: &mut VecDeque<Output>) -> Step {
        self.intake.push(&push, bytes)?;
        out.push_back(Output::Judge(push));
        Ok(())
    }

    pub(super) fn command(
        &mut self,
        id: u32,
        command: Command,
        out: &mut VecDeque<Output>,
    ) -> Step {
        self.intake.command()?;
        out.push_back(Output::Carry(id, command));
        Ok(())
    }

    pub(super) fn credit(&mut self, bytes: u32, out: &mut VecDeque<Output>) -> Step {
        if self.streams.credit() + i64::from(bytes) > i64::from(CREDIT_BYTES_MAX) {
            let text = format!("at most {CREDIT_BYTES_MAX} bytes of credit at a time");
            return Err(FaultCode::CreditTooLarge.because(text).into());
        }
        self.streams.grant(bytes);
        self.load(out);
        Ok(())
    }

    pub(super) fn presence(
        &mut self,
        presence: Presence,
        now: Millis,
        out: &mut VecDeque<Output>,
    ) -> Step {
        let Some(viewer) = self.streams.viewer(presence.space) else {
            return Err(FaultCode::NotFound.because("there is no such space").into());
        };
        self.whereabouts.tell(&presence, now)?;
        out.push_back(Output::Presence(viewer, presence));
        Ok(())
    }

    pub(super) fn judged(&mut self, judged: Judged, out: &mut VecDeque<Output>) -> Step {
        self.intake.answered_push(judged.id);
        let covers = self.streams.cover(&judged.stretches);
        let equivocates = judged.verdicts.iter().any(is_equivocation);
        let verdicts = Verdicts { id: judged.id, verdicts: judged.verdicts, covers };
        send(out, &ServerFrame::Verdicts(verdicts));
        if equivocates {
            let text = "another change has this actor and sequence number: \
                        two replicas write as one device; sign in again on one of them";
            return Err(FaultCode::Equivocation.because(text).into());
        }
        Ok(())
    }

    pub(super) fn answered(&mut self, answer: Answer, out: &mut VecDeque<Output>) -> Step {
        self.intake.answered_command();
        send(out, &ServerFrame::Answer(answer));
        Ok(())
    }

    pub(super) fn page(&mut self, page: Page, out: &mut VecDeque<Output>) -> Step {
        let Some(space) = self.streams.redeem(&page) else { return Ok(()) };
        match page {
            Page::Pack(_, page) => send_all(out, self.streams.packed(space, page)),
            Page::Entries(_, page) => match self.streams.read(space, page) {
                Ok(sent) => send_all(out, sent),
                Err((at, facts)) => {
                    out.push_back(Output::Ahead(space, at));
                    self.reset(facts, out);
                }
            },
            // The news of it is on its way, and brings the purge orders.
            Page::Gone(_) => self.streams.stop(space),
            Page::Failed(_) => return Err(Stop::Close(CloseCode::Internal, "internal")),
        }
        self.load(out);
        Ok(())
    }

    pub(super) fn news(&mut self, news: News, out: &mut VecDeque<Output>) -> Step {
        match news {
            News::Published(stretch) => send_all(out, self.streams.published(&stretch)),
            News::Behind(space, head) => self.streams.behind(space, head),
            News::Space(facts) => {
                let (state, sent) = self.streams.change(facts);
                send(out, &ServerFrame::Space(state));
                send_all(out, sent);
            }
            News::Lost(space, orders) => {
                self.streams.stop(space);
                self.say_goodbye(Some(space), out);
                for order in orders {
                    send(out, &ServerFrame::Purge(order));
                }
                return Err(Stop::Close(CloseCode::AccessChanged, "access_changed"));
            }
            News::Purge(order) => send(out, &ServerFrame::Purge(order)),
            News::Peer(seen) => {
                let viewer = self.streams.viewer(seen.peer.space);
                let sees = |it: Viewer| seen.about.is_none_or(|about| it.sees(&about));
                if viewer.is_some_and(sees) {
                    send(out, &ServerFrame::Presence(seen.peer));
                }
            }
        }
        self.load(out);
        Ok(())
    }

    /// Tells the others that this user is no longer there.
    pub(super) fn say_goodbye(&mut self, space: Option<SpaceId>, out: &mut VecDeque<Output>) {
        for goodbye in self.whereabouts.goodbyes(space) {
            // Who may see it was decided when the presence itself was passed on.
            if let Some(viewer) = self.streams.viewer(goodbye.space) {
                out.push_back(Output::Presence(viewer, goodbye));
            }
        }
    }

    fn reset(&mut self, facts: SpaceState, out: &mut VecDeque<Output>) {
        send(out, &ServerFrame::Space(facts.clone()));
        send_all(out, self.streams.start(facts, Start::Cold(None)));
    }

    fn load(&mut self, out: &mut VecDeque<Output>) {
        out.extend(self.streams.next_load().map(Output::Load));
    }
}

impl From<Offence> for Stop {
    fn from(offence: Offence) -> Self {
        Self::Offence(offence)
    }
}

/// Where the stream of a space begins, and what the client is told of it.
///
/// A cursor of another epoch, or beyond the end of the log, means that the server
/// was restored from a backup and may have lost what the client has. The client
/// is told that the space is recovering, and gives that back.
fn start_of(facts: SpaceState, cursor: Option<&Cursor>, same_epoch: bool) -> (Start, SpaceState) {
    let from_the_future = cursor.is_some_and(|cursor| cursor.seq > facts.head);
    let reset = cursor.is_some() && (!same_epoch || from_the_future);
    let start = match cursor {
        Some(Cursor { seq, packed_to, .. }) if !reset => match packed_to {
            Some(doc) => Start::Cold(Some((*seq, *doc))),
            None => Start::After(*seq),
        },
        Some(_) | None => Start::Cold(None),
    };
    let recovering = facts.recovering || (same_epoch && from_the_future);
    (start, SpaceState { reset, recovering, ..facts })
}

fn is_equivocation(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Refused { code, .. } if code == Code::Equivocation.as_str())
}

pub(super) fn send(out: &mut VecDeque<Output>, frame: &ServerFrame) {
    out.push_back(Output::Send(wire::encode(frame).into()));
}

fn send_all(out: &mut VecDeque<Output>, sent: Sent) {
    out.extend(sent.0.into_iter().map(Output::Send));
}
