//! Hub: the central server, and the tools of those who make content.
//!
//! In:      content as text files; facts of boxes.
//! Out:     signed packs; rows that are the fold of those facts; pages.
//! Touches: `curriculum`, `sync`.
//! Invariant: nothing unsigned leaves the hub, and nothing is acknowledged before it is durable.

pub mod backup;
pub mod commissioning;
pub mod config;
pub mod daemon;
pub mod dashboard;
pub mod ingest;
mod metrics;
pub mod people;
pub mod store;
