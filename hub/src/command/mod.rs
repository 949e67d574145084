//! The verbs of `ishuri-hub`.
//!
//! In:      the command line.
//! Out:     text or JSON on standard output.
//! Touches: `curriculum`; the disk; the terminal.
//! Invariant: a verb that fails returns an error; only `main` prints it and sets the exit status.

mod pack;
mod verb;

pub(crate) use verb::Verb;
