//! What the client has sent and waits for.

use std::collections::BTreeMap;

use umbra_model::Millis;

use super::fault::{FaultCode, Offence};
use super::meter::{Meter, Rates};
use crate::limits::{
    COMMANDS_IN_FLIGHT_MAX, IN_FLIGHT_BYTES_MAX, PUSH_CHUNKS_MAX, PUSH_ITEMS_MAX,
    PUSHES_IN_FLIGHT_MAX,
};
use crate::wire::Push;

/// Counts what comes in, and what of it is unanswered.
#[derive(Debug)]
pub(super) struct Intake {
    meter: Meter,
    /// Unanswered pushes, with their sizes.
    pushes: BTreeMap<u32, usize>,
    push_bytes: usize,
    commands: usize,
}

impl Intake {
    pub(super) fn new(rates: Rates, now: Millis) -> Self {
        Self { meter: Meter::new(rates, now), pushes: BTreeMap::new(), push_bytes: 0, commands: 0 }
    }

    /// A frame of so many bytes came.
    pub(super) fn frame(&mut self, bytes: usize, now: Millis) -> Result<(), Offence> {
        if self.meter.admits(bytes, now) {
            return Ok(());
        }
        Err(FaultCode::RateLimited.because("too many frames or bytes a second; send less at once"))
    }

    /// A push came.
    pub(super) fn push(&mut self, push: &Push, bytes: usize) -> Result<(), Offence> {
        check_push(push)?;
        if self.pushes.contains_key(&push.id) {
            let text = format!("push {} is unanswered; give every push its own number", push.id);
            return Err(FaultCode::PushInvalid.because(text));
        }
        if self.pushes.len() == PUSHES_IN_FLIGHT_MAX {
            let text = format!("at most {PUSHES_IN_FLIGHT_MAX} pushes may be unanswered");
            return Err(FaultCode::TooManyInFlight.because(text));
        }
        self.pushes.insert(push.id, bytes);
        self.push_bytes += bytes;
        Ok(())
    }

    /// A push was answered.
    pub(super) fn answered_push(&mut self, id: u32) {
        self.push_bytes -= self.pushes.remove(&id).unwrap_or(0);
    }

    /// A command came.
    pub(super) fn command(&mut self) -> Result<(), Offence> {
        if self.commands == COMMANDS_IN_FLIGHT_MAX {
            let text = format!("at most {COMMANDS_IN_FLIGHT_MAX} commands may be unanswered");
            return Err(FaultCode::TooManyInFlight.because(text));
        }
        self.commands += 1;
        Ok(())
    }

    /// A command was answered.
    pub(super) fn answered_command(&mut self) {
        self.commands = self.commands.saturating_sub(1);
    }

    /// Whether there is room for more pushes. Where there isn't, the shell stops
    /// reading, so that an honest client is slowed and not cut off.
    pub(super) fn has_room(&self) -> bool {
        self.push_bytes < IN_FLIGHT_BYTES_MAX
    }
}

fn check_push(push: &Push) -> Result<(), Offence> {
    let chunks: usize = push.items.iter().map(|item| item.chunks.len()).sum();
    if push.items.len() > PUSH_ITEMS_MAX || chunks > PUSH_CHUNKS_MAX {
        let text = format!(
            "a push has at most {PUSH_ITEMS_MAX} documents and {PUSH_CHUNKS_MAX} changes; this one has {} and {chunks}",
            push.items.len()
        );
        return Err(FaultCode::PushTooLarge.because(text));
    }
    let sealed = |item: &crate::wire::PushItem| {
        item.receipts.as_ref().is_none_or(|receipts| receipts.len() == item.chunks.len())
    };
    if !push.items.iter().all(sealed) {
        return Err(FaultCode::PushInvalid.because("receipts come one a change, or not at all"));
    }
    Ok(())
}
