//! Sittings: scripted learners taught by the real machine over the real packs, and what of it a
//! rubric counts.
//!
//! In:      the packs of the repository, and learners whose answers follow another model of
//!          learning than the tutor's.
//! Out:     tests only. `cargo test -p edge --lib sittings -- --nocapture` prints the figures and
//!          one whole lesson.
//! Touches: `curriculum`, `dialogue`, `lessons`, `machine`, `plays`, `state`.
//! Invariant: a pupil's skill is never shown to the tutor, nor the tutor's belief to a pupil.

mod played;
mod pupil;
mod transcript;
