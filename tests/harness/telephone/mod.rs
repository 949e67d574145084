//! Telephone: a learner's telephone, to call a box with and to measure it from the far end.
//!
//! In:      where to call, what to say and to press, and when.
//! Out:     what was heard, each packet with the time it came.
//! Touches: none. Threads, the clock, the loopback network, and `espeak-ng` and `sox` for a voice;
//! the standard library alone, so that it shares no code with the box.
//! Invariant: nothing here waits without an end.

mod call;
mod dialog;
mod ear;
mod faults;
mod sound;
mod stream;

pub use call::{Call, Dial, Echo};
pub use ear::LOUD;
pub use faults::{Chance, Faults};
pub use sound::{Frame, espeak, loudness, recording, trimmed, write_wav};
