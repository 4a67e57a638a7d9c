//! Before the client has said what it has.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use umbra_model::{Millis, SpaceId};

use super::fault::{FaultCode, Offence};
use super::input::News;
use super::intake::Intake;
use crate::limits::{CREDIT_BYTES_MAX, CURSORS_MAX, HELLO_MILLIS_MAX, NAME_BYTES_MAX};
use crate::wire::{ClientFrame, Cursor, Epoch, Hello, VERSION};

/// Waits for hello.
#[derive(Debug)]
pub(super) struct Greeting {
    pub(super) intake: Intake,
    pub(super) until: Millis,
}

/// Hello is here; what the user has is being read. What comes meanwhile waits.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) intake: Intake,
    pub(super) greeted: Greeted,
    pub(super) frames: VecDeque<(ClientFrame, usize)>,
    pub(super) behind: BTreeSet<SpaceId>,
    pub(super) news: Vec<News>,
}

/// A hello that is in order.
#[derive(Debug)]
pub(super) struct Greeted {
    pub(super) version: u16,
    pub(super) epoch: Option<Epoch>,
    pub(super) cursors: BTreeMap<SpaceId, Cursor>,
    pub(super) views: bool,
    pub(super) credit: u32,
}

impl Greeting {
    pub(super) fn new(intake: Intake, now: Millis) -> Self {
        Self { intake, until: Millis(now.0 + HELLO_MILLIS_MAX) }
    }

    pub(super) fn hello(self, hello: Hello) -> Result<Opening, Offence> {
        Ok(Opening {
            intake: self.intake,
            greeted: check(hello)?,
            frames: VecDeque::new(),
            behind: BTreeSet::new(),
            news: Vec::new(),
        })
    }
}

impl Opening {
    /// Keeps a frame for later. What the client may have unanswered is bounded, so
    /// this is.
    pub(super) fn hold(&mut self, frame: ClientFrame, bytes: usize) -> Result<(), Offence> {
        if self.frames.len() == crate::limits::PUSHES_IN_FLIGHT_MAX {
            return Err(FaultCode::TooManyInFlight.because("too many frames before the welcome"));
        }
        self.frames.push_back((frame, bytes));
        Ok(())
    }

    /// Keeps news for later. A stretch of a log is read again from the log.
    pub(super) fn hear(&mut self, news: News) {
        match news {
            News::Published(stretch) => drop(self.behind.insert(stretch.space)),
            News::Behind(space, _) => drop(self.behind.insert(space)),
            News::Space(_) | News::Lost(..) | News::Purge(_) => self.news.push(news),
            News::Peer(_) => {}
        }
    }
}

fn check(hello: Hello) -> Result<Greeted, Offence> {
    if hello.version < VERSION {
        let text = format!("this server speaks version {VERSION} and none before it");
        return Err(FaultCode::VersionUnsupported.because(text));
    }
    let invalid = |text: String| Err(FaultCode::HelloInvalid.because(text));
    if hello.agent.len() > NAME_BYTES_MAX {
        return invalid(format!("an agent string has at most {NAME_BYTES_MAX} bytes"));
    }
    if hello.cursors.len() > CURSORS_MAX {
        return invalid(format!("a hello has at most {CURSORS_MAX} cursors"));
    }
    if hello.credit > CREDIT_BYTES_MAX {
        return invalid(format!("at most {CREDIT_BYTES_MAX} bytes of credit"));
    }
    let count = hello.cursors.len();
    let cursors: BTreeMap<_, _> = hello.cursors.into_iter().map(|it| (it.space, it)).collect();
    if cursors.len() < count {
        return invalid("it names a space twice".to_owned());
    }
    Ok(Greeted {
        version: VERSION,
        epoch: hello.epoch,
        cursors,
        views: hello.views,
        credit: hello.credit,
    })
}
