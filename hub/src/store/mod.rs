//! Store: the hub's database, one file per table or group of tables.
//!
//! In:      values of `sync` and `curriculum`, inside one transaction.
//! Out:     the same, read back.
//! Touches: `curriculum`, `sync`. The disk or the network, through sqlx alone.
//! Invariant: what was committed survives a power cut, and no row of a chain is ever replaced.

pub(crate) mod boxes;
pub(crate) mod chain;
mod database;
pub(crate) mod figures;
pub(crate) mod life;
mod migration;
pub(crate) mod progress;
pub(crate) mod records;
pub(crate) mod rows;
mod write;

pub use database::{Database, DatabaseError, Engine};
pub(crate) use write::Reads;
pub use write::{Connection, Planned, StoreError};
