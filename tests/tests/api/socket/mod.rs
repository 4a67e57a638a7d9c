//! `/sync` over real sockets.

mod admission;
mod bad_frames;
mod ending;
mod fan_out;
mod presence;
mod streams;
