//! `ishuri-hub pack`: content as text becomes a signed file.
//!
//! In:      a folder of sources, a key file, a pack file.
//! Out:     findings, counts, a pack file.
//! Touches: `curriculum`; the disk; the terminal.
//! Invariant: no pack is written while its sources have an error.

mod build;
mod check;
mod folder;
mod key_file;
mod print;
mod show;
mod verb;

pub(crate) use verb::Verb;
