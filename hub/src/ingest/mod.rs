//! Ingest: what boxes bring becomes rows, each fact once.
//!
//! In:      sessions over QUIC, and parcels from wherever else.
//! Out:     rows; acknowledgements after the commit.
//! Touches: `store`, `curriculum`, `sync`. The network; the clock.
//! Invariant: nothing is acknowledged that a power cut could take back.

mod apply;
mod keep;
mod listener;
mod park;

pub use keep::keep;
pub use listener::{Ingest, listen};
