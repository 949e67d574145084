//! Tests: what more than one room is needed for.
//!
//! In:      the binaries and the public parts of every crate.
//! Out:     passed or failed, with the place.
//! Touches: `curriculum`, `models`, `sync`, `edge`, `hub`.
//! Invariant: a test waits on events, never on time.

mod binary;
mod hub;

pub use binary::{binary, output};
pub use hub::HubProcess;
