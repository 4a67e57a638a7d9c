//! Bytes from a peer, as a change at the gate.
#![no_main]

#[path = "../checks/gate.rs"]
mod gate;

libfuzzer_sys::fuzz_target!(|data: &[u8]| gate::check(data));
