//! Doctor: what is wrong with this box, and what to do, in plain words.
//!
//! In:      the box's folders, its clock, its memory, what the hub said.
//! Out:     findings, each with a code and a remedy.
//! Touches: `conversation`, `curriculum`, `models`. The disk; the clock; the network.
//! Invariant: looking changes nothing on the box.

mod finding;
mod look;

pub use finding::{Finding, Weight};
pub use look::{Looked, look};
