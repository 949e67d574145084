//! Command: what can be asked of `ishuri-edge` from a terminal, one verb per file.
//!
//! In:      arguments and standard input.
//! Out:     standard output; an error that reads after "failed to".
//! Touches: `commission`, `config`, `daemon`, `conversation`, `curriculum`, `dialogue`, `doctor`,
//! `phone_number`, `models`, `sync`, `telephony`, `uplink`, and whatever of this crate a verb is about.
//! Invariant: a verb that fails exits non-zero with one line that says what to do.

pub mod bench;
mod bench_text;
pub mod chat;
pub mod commission;
pub mod doctor;
pub mod grade;
pub mod run;
pub mod uplink;
mod verb;

pub use verb::Verb;
