//! The client's end of a connection, as a pure state machine: frames and what
//! the store answered go in; frames and effects on the store come out.
//!
//! ```text
//! session.handle(now, input);
//! while let Some(output) = session.poll() {
//!     Output::Send(frame)   → to the server
//!     Output::Store(effect) → one transaction (crate::engine), its outcome is the next input
//!     Output::Close         → end the connection
//! }
//! ```
//! An effect is carried out, and its outcome handled, before the next input. What
//! an effect did is durable then, so the machine may be killed between any two steps
//! and begins anew from what the store holds.
//!
//! ```text
//! offline ──connected──▶ opening ──begun──▶ greeting ──welcomed──▶ live
//!    ▲ └───────────────────── closed ──────────┴────────────────────┘
//!    └── closed with 4401, or denied: needs sign-in
//! ```

mod commands;
mod effect;
mod port;
mod status;

pub use effect::{Begun, Effect, Loaded, Outcome, Touched};
pub use port::{Config, Input, Output};
pub use status::{Connection, Tally};

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use umbra_model::{Millis, SpaceId};
use umbra_sync_protocol::gate::Code;
use umbra_sync_protocol::session::CloseCode;
use umbra_sync_protocol::wire::{
    Answer, ClientFrame, Command, Fault, Hello, Purged, ServerFrame, VERSION, Verdicts,
};

use crate::outbox::Outbox;
use commands::Commands;

/// The client's end of a connection. It outlives connections, one after another.
#[derive(Debug)]
pub struct ClientSession {
    config: Config,
    phase: Phase,
    /// The spaces of the user, and whether each has come to the end of its log.
    spaces: BTreeMap<SpaceId, bool>,
    /// Those of them that come from cold right now.
    cold: BTreeSet<SpaceId>,
    /// Spaces that the server has made for us and not told us of yet.
    founded: BTreeSet<SpaceId>,
    outbox: Outbox,
    commands: Commands,
    consumed: u32,
    refused: u32,
    tally: Tally,
    /// Whether it has been noted that everything is in step.
    is_noted: bool,
    fault: Option<Fault>,
    out: VecDeque<Output>,
    now: Millis,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Offline,
    NeedsSignIn,
    Opening,
    Greeting,
    Live,
}

impl ClientSession {
    /// A session without a connection.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            phase: Phase::Offline,
            spaces: BTreeMap::new(),
            founded: BTreeSet::new(),
            cold: BTreeSet::new(),
            outbox: Outbox::default(),
            commands: Commands::default(),
            consumed: 0,
            refused: 0,
            tally: Tally::default(),
            is_noted: false,
            fault: None,
            out: VecDeque::new(),
            now: Millis(0),
        }
    }

    /// Takes one input. Outputs are drained by [`poll`](Self::poll) before the next.
    pub fn handle(&mut self, now: Millis, input: Input) {
        self.now = now;
        match input {
            Input::Connected => {
                self.phase = Phase::Opening;
                self.fault = None;
                self.out.push_back(Output::Store(Effect::Begin));
            }
            Input::Frame(frame, bytes) => self.frame(frame, bytes),
            Input::Stored(outcome) => self.stored(outcome),
            Input::Stirred if self.phase == Phase::Live => {
                let after = self.outbox.last_order();
                self.out.push_back(Output::Store(Effect::Scan { after }));
            }
            Input::Presence(presence) if self.phase == Phase::Live => {
                self.out.push_back(Output::Send(ClientFrame::Presence(presence)));
            }
            Input::Stirred | Input::Presence(_) => {}
            Input::Closed(code) => self.closed(code),
            Input::Tick => {
                self.outbox.tick(now);
                self.pump();
            }
        }
    }

    /// The next thing to do; `None` where there is nothing until the next input.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When to give the next [`Input::Tick`], if nothing else comes before.
    pub fn deadline(&self) -> Option<Millis> {
        [self.outbox.deadline(), self.commands.deadline()].into_iter().flatten().min()
    }

    /// How things stand.
    pub fn connection(&self) -> Connection {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        match self.phase {
            Phase::Offline => Connection::Offline,
            Phase::NeedsSignIn => Connection::NeedsSignIn,
            Phase::Opening | Phase::Greeting => Connection::Connecting,
            Phase::Live => {
                let behind = self.spaces.values().filter(|is_current| !**is_current).count();
                match (self.outbox.len() + self.commands.len() + behind, self.refused) {
                    (0, 0) => Connection::Synced,
                    (0, refused) => Connection::Refused(refused),
                    (waiting, _) => Connection::Syncing(count(waiting)),
                }
            }
        }
    }

    /// Whether all is done that can be done now: every space is current, every
    /// command answered, and every edit judged but those that wait for others.
    pub fn is_quiet(&self) -> bool {
        self.phase == Phase::Live
            && self.out.is_empty()
            && self.spaces.values().all(|is_current| *is_current)
            && self.founded.is_empty()
            && self.commands.is_empty()
            && self.outbox.is_idle()
    }

    /// What was done since the session began.
    pub fn tally(&self) -> Tally {
        let waiting = self.outbox.len() + self.commands.len();
        Tally { waiting: waiting as u64, is_cold: !self.cold.is_empty(), ..self.tally }
    }

    /// What the server said was wrong, the last time it ended a connection for it.
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    fn frame(&mut self, frame: ServerFrame, bytes: usize) {
        use ServerFrame as F;
        let effect = match (self.phase, frame) {
            (Phase::Greeting, F::Welcome(welcome)) if welcome.version == VERSION => {
                Effect::Welcome(welcome)
            }
            (Phase::Greeting | Phase::Live, F::Fault(fault)) => {
                self.fault = Some(fault);
                return;
            }
            (Phase::Live, F::Pack(pack)) => {
                self.consume(bytes);
                Effect::Pack(pack)
            }
            (Phase::Live, F::Entries(entries)) => {
                self.consume(bytes);
                Effect::Entries(entries)
            }
            (Phase::Live, F::Current(space, seq)) => Effect::Current(space, seq),
            (Phase::Live, F::Verdicts(verdicts)) => return self.verdicts(verdicts),
            (Phase::Live, F::Answer(answer)) => return self.answer(answer),
            (Phase::Live, F::Purge(order)) => Effect::Purge(order),
            (Phase::Live, F::Presence(peer)) => return self.out.push_back(Output::Peer(peer)),
            (Phase::Live, F::Space(state)) => {
                let is_new = !self.spaces.contains_key(&state.space);
                self.founded.remove(&state.space);
                if state.reset || is_new {
                    self.spaces.insert(state.space, false);
                    self.outbox.close(state.space);
                }
                Effect::Space { state, is_new }
            }
            // What arrives behind our own decision to close.
            (Phase::Offline | Phase::NeedsSignIn, _) => return,
            (Phase::Opening | Phase::Greeting | Phase::Live, _) => {
                let text = "the server sent a frame that has no place here".to_owned();
                return self.out.push_back(Output::Close(text));
            }
        };
        self.out.push_back(Output::Store(effect));
    }

    fn verdicts(&mut self, verdicts: Verdicts) {
        let Some(flight) = self.outbox.landed(verdicts.id) else {
            let text = format!("the server answered push {}, which isn't under way", verdicts.id);
            return self.out.push_back(Output::Close(text));
        };
        let Verdicts { verdicts, covers, .. } = verdicts;
        self.out.push_back(Output::Store(Effect::Verdicts { flight, verdicts, covers }));
    }

    fn answer(&mut self, answer: Answer) {
        let Some(row) = self.commands.answered(answer.id) else {
            let text = format!("the server answered command {}, which isn't under way", answer.id);
            return self.out.push_back(Output::Close(text));
        };
        if answer.error.as_ref().is_some_and(is_for_now) {
            return self.commands.hold(row, Millis(self.now.0.saturating_add(COMMAND_PAUSE)));
        }
        if let (Command::CreateSpace(space, _), None) = (&row.command, &answer.error)
            && !self.spaces.contains_key(space)
        {
            self.founded.insert(*space);
        }
        self.out.push_back(Output::Store(Effect::Answer { row, error: answer.error }));
    }

    fn stored(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Begun(begun) => return self.greet(begun),
            Outcome::Welcomed { spaces, touched } => {
                self.phase = Phase::Live;
                self.spaces = spaces.into_iter().map(|space| (space, false)).collect();
                self.touched(touched);
            }
            Outcome::Loaded(loaded) => {
                let Loaded { flight, push } = loaded;
                if self.outbox.loaded(flight) {
                    self.out.push_back(Output::Send(ClientFrame::Push(push)));
                }
            }
            Outcome::Current { space, touched } => {
                self.spaces.insert(space, true);
                self.outbox.open(space);
                self.touched(touched);
            }
            Outcome::Purged { order, space, touched } => {
                if let Some(space) = space {
                    self.spaces.remove(&space);
                    self.outbox.close(space);
                }
                self.out.push_back(Output::Send(ClientFrame::Purged(Purged { order })));
                self.touched(touched);
            }
            Outcome::Touched(touched) => self.touched(touched),
        }
        self.pump();
        let is_in_step = matches!(self.connection(), Connection::Synced | Connection::Refused(_));
        if is_in_step && self.out.is_empty() && !self.is_noted {
            self.is_noted = true;
            self.out.push_back(Output::Store(Effect::InStep));
        }
    }

    fn greet(&mut self, begun: Begun) {
        self.phase = Phase::Greeting;
        self.consumed = 0;
        let hello = Hello {
            version: VERSION,
            epoch: begun.epoch,
            cursors: begun.cursors,
            views: self.config.views,
            credit: self.config.credit,
            agent: self.config.agent.clone(),
        };
        self.out.push_back(Output::Send(ClientFrame::Hello(hello)));
    }

    fn touched(&mut self, touched: Touched) {
        let Touched { outbox, fresh, held, commands, progress, cold, resync, refused, tally } =
            touched;
        for (doc, rows) in outbox {
            self.outbox.replace(doc, rows);
        }
        self.outbox.extend(fresh);
        for space in progress {
            self.outbox.progress(space);
        }
        for (doc, hold) in held {
            self.outbox.hold(doc, hold);
        }
        if let Some(commands) = commands {
            self.commands.replace(commands);
        }
        if let Some(refused) = refused {
            self.refused = refused;
        }
        self.tally.add(tally);
        match cold {
            Some((space, true)) => drop(self.cold.insert(space)),
            Some((space, false)) => drop(self.cold.remove(&space)),
            None => {}
        }
        if resync {
            let text = "a space has to come again as a whole".to_owned();
            self.out.push_back(Output::Close(text));
        }
    }

    /// Sends what may go.
    fn pump(&mut self) {
        if self.phase != Phase::Live {
            return;
        }
        for (id, command) in self.commands.next(self.now) {
            self.is_noted = false;
            self.out.push_back(Output::Send(ClientFrame::Command(id, command)));
        }
        while let Some(flight) = self.outbox.take_off() {
            self.is_noted = false;
            self.out.push_back(Output::Store(Effect::Load(flight)));
        }
    }

    /// Counts what came, and lets more come.
    fn consume(&mut self, bytes: usize) {
        self.is_noted = false;
        self.consumed = self.consumed.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
        if self.consumed >= self.config.credit / 4 {
            self.out.push_back(Output::Send(ClientFrame::Credit(self.consumed)));
            self.consumed = 0;
        }
    }

    fn closed(&mut self, code: Option<u16>) {
        let is_revoked = code == Some(CloseCode::Revoked.number());
        self.phase = if is_revoked { Phase::NeedsSignIn } else { Phase::Offline };
        self.spaces.clear();
        self.founded.clear();
        self.cold.clear();
        self.outbox.ground();
        self.commands.ground();
        self.out.clear();
        if is_revoked {
            self.out.push_back(Output::Store(Effect::SignedOut));
        }
    }
}

/// How long to wait before a command is sent again that the server will take later,
/// in milliseconds.
const COMMAND_PAUSE: i64 = 5_000;

/// Whether the server will take the command later.
fn is_for_now(error: &Fault) -> bool {
    error.code == Code::Busy.as_str() || error.code == Code::SpaceRecovering.as_str()
}

#[cfg(test)]
mod tests;
