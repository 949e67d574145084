//! The verbs of `ishuri-models`: one file each, arguments and `run` together.
//!
//! In:      the command line.
//! Out:     text or JSON on standard output, progress on standard error.
//! Touches: everything in `models`, `curriculum`; the terminal.
//! Invariant: a verb that fails returns an error; only `main` prints it and sets the exit status.

mod bench;
mod fetch;
mod list;
mod meaning;
mod progress;
mod source;
mod speak;
mod transcribe;
mod verb;
mod verify;

pub(crate) use verb::Verb;
