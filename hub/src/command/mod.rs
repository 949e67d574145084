//! The verbs of `ishuri-hub`.
//!
//! In:      the command line.
//! Out:     text or JSON on standard output.
//! Touches: `curriculum`, `hub`, `sync`; the disk; the terminal.
//! Invariant: a verb that fails returns an error; only `main` prints it and sets the exit status.

mod audit;
mod backup;
mod boxes;
mod data;
mod pack;
mod place;
mod qr;
mod restored;
mod serve;
mod user;
mod verb;

pub(crate) use verb::Verb;
