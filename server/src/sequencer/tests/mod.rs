//! The sequencer over real databases of both engines.

mod accounts;
mod atomic;
mod folding;
mod governance;
mod handover;
mod keeping;
mod nodes;
mod order;
mod privacy;
mod pushing;
mod recovery;
mod refusals;
