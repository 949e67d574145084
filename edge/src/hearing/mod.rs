//! Hearing: audio frames become utterances, utterances become what the dialogue can use.
//!
//! In:      `AudioFrame`, one per 20 ms, and keys, from a line; what the box sends, for its echo.
//! Out:     `HearingEvent`s, then `Hearing`, to `conversation`.
//! Touches: `dialogue`, `curriculum`, `models`. Speech workers' threads; no clock, disk or network.
//! Invariant: no utterance is longer than `UTTERANCE_MAX`; the box's own echo is no speech.

mod echo;
mod endpointer;
mod keypad;
mod transcribe;

pub use endpointer::{Endpointer, HearingEvent, UTTERANCE_MAX, Utterance, Verdict};
pub use keypad::Keypad;
pub use transcribe::{Ears, Hearing, Listener, expectation};
