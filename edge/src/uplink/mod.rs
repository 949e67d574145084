//! Uplink: the journal goes up to the hub whenever there is a link.
//!
//! In:      the record's journal; the box's certificate.
//! Out:     entries, durable at the hub; what the hub's welcome changes, durable here.
//! Touches: `conversation`, `sync`. The network; the clock.
//! Invariant: nothing a learner waits for waits for the hub.

mod backoff;
mod keep;
mod plan;
mod send;

pub use backoff::{FIRST, LONGEST, wait};
pub(crate) use keep::random;
pub use keep::{Uplink, UplinkCounts, identity_folder, keep_sending};
pub use plan::{Plan, Waiting};
pub use send::{Sent, UplinkError, send};
