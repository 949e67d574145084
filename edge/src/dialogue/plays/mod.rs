//! Plays: whole conversations as text, driven through the real machine over the real packs.
//!
//! In:      plays (`README.md` describes the form) and the packs of the repository.
//! Out:     tests only. `ISHURI_PLAYS=write cargo test -p edge plays` writes the plays anew.
//! Touches: `curriculum`, `dialogue`, `state`, the disk: files of the repository.
//! Invariant: what the tutor says in a play is what it would say to a learner.

mod explore;
mod script;
pub(crate) mod stage;
mod written;
