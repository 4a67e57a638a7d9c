//! The sequencer over real databases of both engines.

mod pushing;
