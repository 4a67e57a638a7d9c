//! The loop that keeps a replica in step: frames, the store's changes, time.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};
use umbra_sync_protocol::session::CloseCode;
use umbra_sync_protocol::wire::ClientFrame;

use super::backoff::Backoff;
use super::socket::{Came, Socket};
use super::{Address, SyncLock};
use crate::engine::{Deed, Env, drive};
use crate::error::{Error, Result};
use crate::session::{ClientSession, Config, Connection, Input, Tally};
use crate::sqlite::{SqliteStore, Watch};

/// How often to look whether another process has written.
const LOOK: Duration = Duration::from_millis(200);

/// After how long a silence to ask the server for a sign of life, and after how many
/// such silences to give it up.
const SILENCE: Duration = Duration::from_secs(30);
const SILENCES_MAX: u32 = 3;

/// How many bytes of packs and entries may be under way.
const CREDIT: u32 = 8 << 20;

/// How many attempts a sync makes that is to end.
const ATTEMPTS_MAX: u32 = 4;

/// Until when to go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Goal {
    /// Until everything is in step.
    InStep,
    /// Until it is stopped.
    Stopped,
}

/// A replica that is being kept in step.
pub(crate) struct Syncing<'s, F> {
    store: &'s SqliteStore,
    address: Address,
    session: ClientSession,
    env: F,
    lock: SyncLock,
    watch: Watch,
    backoff: Backoff,
}

/// Why a connection ended.
enum Ended {
    /// Everything is in step, and that was the goal.
    Done,
    /// Something went wrong that may be mended by trying again.
    Broken(String),
    /// The server sent us away for a moment: the rights have changed.
    ComeBack,
}

impl<'s, F: FnMut() -> Env<'static>> Syncing<'s, F> {
    /// Begins. `env` gives time and dice, afresh for each step.
    pub async fn new(
        store: &'s SqliteStore,
        address: Address,
        lock: SyncLock,
        env: F,
    ) -> Result<Self> {
        let agent = concat!("umbra-client/", env!("CARGO_PKG_VERSION")).to_owned();
        let session = ClientSession::new(Config { agent, views: true, credit: CREDIT });
        let watch = store.watch().await?;
        Ok(Self { store, address, session, env, lock, watch, backoff: Backoff::default() })
    }

    /// Goes on until the goal is reached. `told` hears of every step.
    ///
    /// # Errors
    /// [`Error::NeedsSignIn`], or what a sync that is to end can't get over.
    pub async fn run(
        &mut self,
        token: &str,
        goal: Goal,
        told: &mut (dyn FnMut(Connection, Tally) + Send),
    ) -> Result<()> {
        loop {
            let ended = match Socket::connect(&self.address, token).await {
                Ok(socket) => self.converse(socket, goal, told).await?,
                Err(Error::Offline { reason, .. }) => Ended::Broken(reason),
                Err(error @ Error::NeedsSignIn(_)) => {
                    let revoked = Some(CloseCode::Revoked.number());
                    self.step(Input::Closed(revoked), &mut Vec::new(), told).await?;
                    return Err(error);
                }
                Err(error) => return Err(error),
            };
            let reason = match ended {
                Ended::Done => return Ok(()),
                Ended::ComeBack => continue,
                Ended::Broken(reason) => reason,
            };
            if goal == Goal::InStep && self.backoff.failures() + 1 >= ATTEMPTS_MAX {
                return Err(Error::Offline { server: self.address.to_string(), reason });
            }
            let dice = u64::from_le_bytes(((self.env)().dice)());
            sleep(self.backoff.next(dice)).await;
        }
    }

    /// One connection, from hello to its end.
    async fn converse(
        &mut self,
        mut socket: Socket,
        goal: Goal,
        told: &mut (dyn FnMut(Connection, Tally) + Send),
    ) -> Result<Ended> {
        let mut deeds = Vec::new();
        self.step(Input::Connected, &mut deeds, told).await?;
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut silences = 0;
        let mut heard = Instant::now();
        loop {
            if let Some(ended) = self.carry_out(&mut socket, &mut deeds, told).await? {
                return Ok(ended);
            }
            if goal == Goal::InStep && self.session.is_quiet() {
                self.step(Input::Closed(None), &mut deeds, told).await?;
                socket.close().await;
                return Ok(Ended::Done);
            }
            let input = tokio::select! {
                came = socket.next() => {
                    (silences, heard) = (0, Instant::now());
                    match came {
                        Ok(Came::Frame(frame, bytes)) => Input::Frame(*frame, bytes),
                        Ok(Came::Sign) => continue,
                        Ok(Came::End(code)) => return self.ended(code, told).await,
                        Err(reason) => return self.broken(reason, told).await,
                    }
                }
                _ = look.tick() => {
                    if !self.watch.has_changed().await? { continue }
                    Input::Stirred
                }
                () = sleep_until(self.deadline()) => Input::Tick,
                () = sleep_until(heard + SILENCE) => {
                    silences += 1;
                    heard = Instant::now();
                    if silences >= SILENCES_MAX || socket.ping().await.is_err() {
                        return self.broken("it is silent".to_owned(), told).await;
                    }
                    continue;
                }
            };
            if let Err(error) = self.step(input, &mut deeds, told).await {
                return self.given_up(socket, error, told).await;
            }
            if self.session.connection() != Connection::Connecting {
                self.backoff.reset();
            }
        }
    }

    /// When the session wants to hear of the time.
    fn deadline(&mut self) -> Instant {
        let now = (self.env)().now;
        let millis = self.session.deadline().map_or(3_600_000, |at| at.0 - now.0);
        Instant::now() + Duration::from_millis(u64::try_from(millis).unwrap_or_default())
    }

    /// Sends what is to be sent.
    async fn carry_out(
        &mut self,
        socket: &mut Socket,
        deeds: &mut Vec<Deed>,
        told: &mut (dyn FnMut(Connection, Tally) + Send),
    ) -> Result<Option<Ended>> {
        let mut frames: Vec<ClientFrame> = Vec::new();
        let mut closes = None;
        for deed in deeds.drain(..) {
            match deed {
                Deed::Send(frame) => frames.push(frame),
                Deed::Close(why) => closes = Some(why),
                // Nobody shows where others are, yet.
                Deed::Peer(_) => {}
            }
        }
        if !frames.is_empty()
            && let Err(reason) = socket.send(&frames).await
        {
            closes = Some(reason);
        }
        match closes {
            None => Ok(None),
            Some(why) => self.broken(why, told).await.map(Some),
        }
    }

    async fn step(
        &mut self,
        input: Input,
        deeds: &mut Vec<Deed>,
        told: &mut (dyn FnMut(Connection, Tally) + Send),
    ) -> Result<()> {
        let mut env = (self.env)();
        let driven = drive(&mut self.session, self.store, &mut env, input, deeds).await;
        let connection = self.session.connection();
        self.lock.say(connection)?;
        told(connection, self.session.tally());
        driven
    }

    /// The server ended the connection.
    async fn ended(
        &mut self,
        code: Option<u16>,
        told: &mut (dyn FnMut(Connection, Tally) + Send),
    ) -> Result<Ended> {
        self.step(Input::Closed(code), &mut Vec::new(), told).await?;
        let known = CloseCode::ALL.iter().copied().find(|known| Some(known.number()) == code);
        let said = self.session.fault().map(|fault| fault.message.clone());
        let server = |fallback: &str| Error::Server {
            code: code.unwrap_or_default().to_string(),
            message: said.clone().unwrap_or_else(|| fallback.to_owned()),
        };
        match known {
            Some(CloseCode::Revoked) => {
                let text = "the server ended the sign-in of this device";
                Err(Error::NeedsSignIn(text.to_owned()))
            }
            Some(CloseCode::AccessChanged) => Ok(Ended::ComeBack),
            Some(CloseCode::VersionUnsupported) => {
                Err(server("the server doesn't speak with this version any more; update"))
            }
            Some(CloseCode::Malformed) => Err(server("the server didn't understand us")),
            _ => Ok(Ended::Broken(said.unwrap_or_else(|| "it ended the connection".to_owned()))),
        }
    }

    /// The connection is of no use any more.
    async fn broken(
        &mut self,
        reason: String,
        told: &mut (dyn FnMut(Connection, Tally) + Send),
    ) -> Result<Ended> {
        self.step(Input::Closed(None), &mut Vec::new(), told).await?;
        Ok(Ended::Broken(reason))
    }

    /// An effect failed. What the server did wrong may be right the next time; what
    /// is wrong here won't be.
    async fn given_up(
        &mut self,
        socket: Socket,
        error: Error,
        told: &mut (dyn FnMut(Connection, Tally) + Send),
    ) -> Result<Ended> {
        self.step(Input::Closed(None), &mut Vec::new(), told).await?;
        socket.close().await;
        match error {
            Error::Server { message, .. } => Ok(Ended::Broken(message)),
            error => Err(error),
        }
    }
}
