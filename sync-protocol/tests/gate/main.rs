//! The merge gate, attacked and worked with.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod beginnings;
mod bombs;
mod change_attacks;
mod encoding_attacks;
mod equivocation;
mod fuzz_findings;
mod hidden_attacks;
mod honest_work;
mod javascript;
mod mutations;
mod operation_attacks;
mod order;
mod schema_rules;
mod support;
