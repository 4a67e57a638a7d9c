//! The loop around a session: its effects are carried out on a store, and what is
//! left is the shell's to do.

use umbra_sync_protocol::wire::{ClientFrame, Peer};

use super::{Env, perform};
use crate::error::Result;
use crate::session::{ClientSession, Input, Output};
use crate::store::Store;

/// What is left for the shell to do.
#[derive(Clone, PartialEq, Debug)]
pub enum Deed {
    /// Send this frame.
    Send(ClientFrame),
    /// Another user is somewhere, or has left.
    Peer(Peer),
    /// End the connection: the server did what it mustn't.
    Close(String),
}

/// Gives a session an input and carries out all its effects. What is left to do
/// goes to `deeds`, in order, and stays there on an error.
///
/// # Errors
/// Where an effect fails: the connection is to be closed, and the session told so.
pub async fn drive<S: Store>(
    session: &mut ClientSession,
    store: &S,
    env: &mut Env<'_>,
    input: Input,
    deeds: &mut Vec<Deed>,
) -> Result<()> {
    session.handle(env.now, input);
    while let Some(output) = session.poll() {
        match output {
            Output::Send(frame) => deeds.push(Deed::Send(frame)),
            Output::Peer(peer) => deeds.push(Deed::Peer(peer)),
            Output::Close(why) => deeds.push(Deed::Close(why)),
            Output::Store(effect) => {
                let outcome = perform(store, env.again(), effect).await?;
                session.handle(env.now, Input::Stored(outcome));
            }
        }
    }
    Ok(())
}

impl Env<'_> {
    /// The same, for another transaction.
    pub fn again(&mut self) -> Env<'_> {
        Env { now: self.now, zone: self.zone, dice: Box::new(&mut self.dice) }
    }
}
