//! Store: the hub's database, one file per table or group of tables.
//!
//! In:      values of `sync` and `curriculum`, inside one transaction.
//! Out:     the same, read back.
//! Touches: `curriculum`, `sync`. The disk, through SQLite alone: what replaces it replaces this room.
//! Invariant: what was committed survives a power cut, and no row of a chain is ever replaced.

pub(crate) mod boxes;
pub(crate) mod chain;
mod database;
pub(crate) mod life;
pub(crate) mod progress;
mod writer;

pub use database::{DatabaseError, open};
pub use writer::{WriteError, Writer};
