//! Sync: how facts travel from a box to the hub, exactly once.
//!
//! In:      `Event`s, in the same transaction as what they describe.
//! Out:     framed, hash-chained entries of six lanes.
//! Touches: `curriculum`. SQLite only through the caller's transaction.
//! Invariant: an entry once written is never re-encoded, altered or renumbered.

pub mod batch;
mod bookmark;
pub mod box_id;
pub mod chain;
pub mod claim;
pub mod contact;
pub mod cursor;
pub mod envelope;
pub mod event;
pub mod hlc;
pub mod journal;
pub mod lane;
pub mod limits;
pub mod message;
pub mod quic;
pub mod receiver;
pub mod sender;
mod spending;
