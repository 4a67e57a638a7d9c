//! One connection: a loop that waits for whatever comes first, tells the session,
//! and does what it wants done.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Interval, MissedTickBehavior, interval_at, sleep_until};
use umbra_model::Millis;
use umbra_sync_protocol::limits::FRAME_BYTES_MAX;
use umbra_sync_protocol::session::{
    CloseCode, Ending, Input, News, Output, Rates, ServerSession, Viewer,
};
use umbra_sync_protocol::wire::{self, BadFrame, Presence};

use super::clock::{instant_of, monotonic};
use super::errands::Errands;
use super::outlet::{self, Unreachable};
use super::whereabouts::{Looked, Whereabouts, look_up};
use crate::app::App;
use crate::hub::{Doom, Mail, Registration};
use crate::limits::{CLOSE_TIMEOUT, LAST_WORDS, PING_EVERY, PINGS_UNANSWERED_MAX, RECHECK_EVERY};
use crate::store::{Session, StoreError};

/// One connection.
pub(super) struct Connection {
    errands: Errands,
    socket: WebSocket,
    session: ServerSession,
    running: FuturesUnordered<Running>,
    whereabouts: Whereabouts,
    pulse: Pulse,
    doomed: bool,
}

/// An errand that runs.
type Running = Pin<Box<dyn Future<Output = Came> + Send>>;

/// What an errand came to.
enum Came {
    /// Something for the session.
    Input(Input),
    /// A document was looked up.
    Looked(Looked),
    /// Nothing more is to be done.
    Nothing,
    /// The database failed.
    Failed(StoreError),
}

/// What was read; nothing where the other end has hung up.
type Heard = Option<Result<Message, axum::Error>>;

/// How much that has come is taken at once before everything else has its turn.
const TOGETHER_MAX: usize = 64;

/// What happened.
enum Event {
    Doomed(Doom),
    Cut,
    Came(Came),
    Mail(Mail),
    Heard(Heard),
    Beat,
    Deadline,
}

/// Whether the other end shows signs of life.
struct Pulse {
    beat: Interval,
    unanswered: u32,
    checked: Instant,
}

/// The connection is over.
enum Over {
    /// The session closed it.
    Closed(CloseCode, &'static str),
    /// The other end is gone.
    Gone,
}

impl From<Unreachable> for Over {
    fn from(_: Unreachable) -> Self {
        Self::Gone
    }
}

impl Connection {
    pub(super) fn new(app: App, who: Session, place: Arc<Registration>, socket: WebSocket) -> Self {
        let abuse = &app.config.abuse;
        let rates = Rates { frames: abuse.frames_per_second, bytes: abuse.bytes_per_second };
        let errands = Errands { app, who: Arc::new(who), place };
        Self {
            errands,
            socket,
            session: ServerSession::new(rates, monotonic()),
            running: FuturesUnordered::new(),
            whereabouts: Whereabouts::default(),
            pulse: Pulse::new(),
            doomed: false,
        }
    }

    /// Serves it until it is over.
    pub(super) async fn run(mut self) {
        let over = loop {
            let event = self.next().await;
            if let Err(over) = self.on(event).await {
                break over;
            }
        };
        let closed = match over {
            Over::Closed(code, reason) => {
                metrics::counter!("umbra_closes_total", "reason" => reason).increment(1);
                tracing::debug!(user = %self.errands.who.user, code = code.number(), reason, "closing");
                outlet::close(&mut self.socket, code, reason).await;
                true
            }
            Over::Gone => false,
        };
        let Self { errands, socket, running, .. } = self;
        // What was pushed is judged all the same.
        drop(running);
        errands.place.line().set_ended();
        let patience = if errands.app.stop.is_cancelled() { LAST_WORDS } else { CLOSE_TIMEOUT };
        drop(errands);
        if closed {
            outlet::linger(socket, patience).await;
        }
    }

    /// Waits for whatever comes first. What ends the connection goes before all;
    /// what the client has by its own push before the news of it.
    async fn next(&mut self) -> Event {
        let line = self.errands.place.line();
        let deadline = self.session.deadline();
        tokio::select! {
            biased;
            doom = line.doom_comes(), if !self.doomed => Event::Doomed(doom),
            () = line.cut_off() => Event::Cut,
            Some(came) = self.running.next() => Event::Came(came),
            mail = line.mail() => Event::Mail(mail),
            heard = self.socket.recv(), if self.session.takes_frames() => Event::Heard(heard),
            _ = self.pulse.beat.tick() => Event::Beat,
            () = until(deadline) => Event::Deadline,
        }
    }

    async fn on(&mut self, event: Event) -> Result<(), Over> {
        match event {
            Event::Doomed(doom) => self.doomed(doom).await,
            Event::Cut => Err(Over::Gone),
            Event::Came(came) => self.came(came).await,
            Event::Mail(mail) => self.mail(mail).await,
            Event::Heard(heard) => self.heard(heard).await,
            Event::Beat => self.beat().await,
            Event::Deadline => self.tell([Input::Tick]).await,
        }
    }

    async fn doomed(&mut self, doom: Doom) -> Result<(), Over> {
        self.doomed = true;
        let input = match doom {
            Doom::Revoked => Input::End(Ending::Revoked),
            Doom::GoingAway => Input::End(Ending::GoingAway),
            Doom::Lost(space) => self.errands.lost(space).await,
            Doom::Purge => self.errands.lost_all().await,
        };
        self.tell([input]).await
    }

    /// Takes what else has come with it: one commit answers many pushes, and their
    /// verdicts leave together.
    async fn came(&mut self, first: Came) -> Result<(), Over> {
        let mut inputs = Vec::new();
        let mut next = Some(first);
        while let Some(came) = next {
            inputs.extend(self.input_of(came));
            let more = inputs.len() < TOGETHER_MAX;
            next = more.then(|| self.running.next().now_or_never().flatten()).flatten();
        }
        self.tell(inputs).await
    }

    fn input_of(&mut self, came: Came) -> Option<Input> {
        match came {
            Came::Input(input) => Some(input),
            Came::Looked(looked) => {
                if let Some((viewer, presence)) = self.whereabouts.looked(looked, &self.errands) {
                    self.show(viewer, presence);
                }
                None
            }
            Came::Nothing => None,
            Came::Failed(error) => {
                tracing::error!(%error, user = %self.errands.who.user, "a connection's errand failed");
                Some(Input::End(Ending::Failed))
            }
        }
    }

    async fn mail(&mut self, mail: Mail) -> Result<(), Over> {
        for space in mail.changed {
            let errand = self.errands.clone().refresh(space);
            self.run_errand(async move {
                match errand.await {
                    Ok(Some(input)) => Came::Input(input),
                    Ok(None) => Came::Nothing,
                    Err(error) => Came::Failed(error),
                }
            });
        }
        if mail.recheck {
            self.recheck();
        }
        let mut purges = mail.purges;
        if mail.more_purges {
            match self.errands.clone().purges().await {
                Ok(all) => purges = all,
                Err(error) => return self.came(Came::Failed(error)).await,
            }
        }
        let stretches = mail.stretches.into_iter().map(News::Published);
        let behind = mail.behind.into_iter().map(|(space, head)| News::Behind(space, head));
        let purges = purges.into_iter().map(News::Purge);
        let peers = mail.peers.into_iter().map(News::Peer);
        self.tell(stretches.chain(behind).chain(purges).chain(peers).map(Input::News)).await
    }

    /// Takes what else was read with it, as long as frames are taken and nothing ends
    /// the connection.
    async fn heard(&mut self, first: Heard) -> Result<(), Over> {
        self.pulse.unanswered = 0;
        let (mut next, mut taken) = (Some(first), 0);
        while let Some(heard) = next {
            if let Some(input) = input_heard(heard) {
                self.tell([input]).await?;
            }
            taken += 1;
            let more = taken < TOGETHER_MAX
                && self.session.takes_frames()
                && !self.errands.place.line().is_doomed();
            next = more.then(|| self.socket.recv().now_or_never()).flatten();
        }
        Ok(())
    }

    async fn beat(&mut self) -> Result<(), Over> {
        if self.pulse.checked.elapsed() >= RECHECK_EVERY {
            self.pulse.checked = Instant::now();
            self.recheck();
        }
        if self.pulse.unanswered >= PINGS_UNANSWERED_MAX {
            return self.tell([Input::End(Ending::Silent)]).await;
        }
        // While nothing is read, no answer can be heard.
        if self.session.takes_frames() {
            self.pulse.unanswered += 1;
        }
        Ok(outlet::ping(&mut self.socket, self.errands.place.line()).await?)
    }

    fn recheck(&mut self) {
        let errand = self.errands.clone().recheck();
        self.run_errand(async move {
            match errand.await {
                Ok(()) => Came::Nothing,
                Err(error) => Came::Failed(error),
            }
        });
    }

    /// Tells the session, and does what it wants done. Frames are sent together.
    async fn tell(&mut self, inputs: impl IntoIterator<Item = Input>) -> Result<(), Over> {
        let now = monotonic();
        let (mut frames, mut over) = (Vec::new(), None);
        for input in inputs {
            self.session.handle(now, input);
            while let Some(output) = self.session.poll() {
                over = over.or(self.perform(output, &mut frames));
            }
        }
        if !frames.is_empty() {
            outlet::send(&mut self.socket, self.errands.place.line(), frames).await?;
        }
        over.map_or(Ok(()), Err)
    }

    fn perform(&mut self, output: Output, frames: &mut Vec<Bytes>) -> Option<Over> {
        let errands = self.errands.clone();
        match output {
            Output::Send(frame) => frames.push(frame),
            Output::Open => self.run_errand(async move {
                errands.open().await.map_or_else(Came::Failed, Came::Input)
            }),
            Output::Load(load) => {
                self.run_errand(async move { Came::Input(errands.load(load).await) });
            }
            Output::Judge(push) => {
                let judged = errands.judge(push);
                self.run_errand(async move { Came::Input(judged.await) });
            }
            Output::Carry(id, command) => {
                let carried = errands.carry(id, command);
                self.run_errand(async move { Came::Input(carried.await) });
            }
            Output::Ahead(space, seq) => {
                let noted = errands.ahead(space, seq);
                self.run_errand(async move {
                    noted.await;
                    Came::Nothing
                });
            }
            Output::Confirm(order) => self.run_errand(async move {
                match errands.confirm(order).await {
                    Ok(()) => Came::Nothing,
                    Err(error) => Came::Failed(error),
                }
            }),
            Output::Presence(viewer, presence) if self.session.is_ended() => {
                let _ = viewer;
                self.whereabouts.goodbye(presence, &self.errands);
            }
            Output::Presence(viewer, presence) => self.show(viewer, presence),
            Output::Close(code, reason) => return Some(Over::Closed(code, reason)),
            Output::Drop => return Some(Over::Gone),
        }
        None
    }

    fn show(&mut self, viewer: Viewer, presence: Presence) {
        if let Some((viewer, presence)) = self.whereabouts.tell(viewer, presence, &self.errands) {
            let looking = look_up(self.errands.clone(), viewer, presence);
            self.run_errand(async move { Came::Looked(looking.await) });
        }
    }

    fn run_errand(&mut self, errand: impl Future<Output = Came> + Send + 'static) {
        self.running.push(Box::pin(errand));
    }
}

impl Pulse {
    fn new() -> Self {
        let mut beat = interval_at((Instant::now() + PING_EVERY).into(), PING_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { beat, unanswered: 0, checked: Instant::now() }
    }
}

async fn until(deadline: Option<Millis>) {
    match deadline {
        Some(deadline) => sleep_until(instant_of(deadline).into()).await,
        None => std::future::pending().await,
    }
}

fn input_heard(heard: Heard) -> Option<Input> {
    Some(match heard {
        Some(Ok(Message::Binary(bytes))) => frame(&bytes),
        Some(Ok(Message::Text(_))) => Input::Text,
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => return None,
        Some(Ok(Message::Close(_))) | None => Input::End(Ending::Gone),
        Some(Err(error)) => unreadable(error),
    })
}

fn frame(bytes: &[u8]) -> Input {
    match wire::decode(bytes) {
        Ok(frame) => Input::Frame(frame, bytes.len()),
        Err(bad) => Input::BadFrame(bad),
    }
}

/// What can't be read as a message: too large to be read at all, or no WebSocket
/// traffic; or the other end is gone.
fn unreadable(error: axum::Error) -> Input {
    use tungstenite::Error as E;
    match error.into_inner().downcast::<E>().map(|error| *error) {
        Ok(E::Capacity(_)) => Input::BadFrame(BadFrame::TooLarge(2 * FRAME_BYTES_MAX)),
        Ok(E::Utf8(_)) => Input::Text,
        Ok(E::Protocol(_)) => Input::BadFrame(BadFrame::Malformed(
            minicbor::decode::Error::message("no WebSocket traffic"),
        )),
        Ok(_) | Err(_) => Input::End(Ending::Gone),
    }
}
