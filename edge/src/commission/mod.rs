//! Commission: a new box joins a hub, by a claim that is good once.
//!
//! In:      a hub's address and a claim, as a technician types them.
//! Out:     the box's certificate; a receipt at the hub.
//! Touches: `conversation`, `curriculum`, `doctor`, `sync`. The disk; the network; the clock.
//! Invariant: the box's key never leaves it, and a step that was done is not done again otherwise.

mod errand;
mod hub;
mod joined;

pub use errand::{CommissionError, commission};
pub use joined::Joined;
