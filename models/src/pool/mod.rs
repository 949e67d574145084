//! The pool: a few speech workers shared fairly by all calls.
//!
//! In:      jobs, each of one call, with a deadline.
//! Out:     a ticket that resolves to the result; overload as a value, at once.
//! Touches: `transcribe`. Threads and the monotonic clock. No engine: workers are handed in.
//! Invariant: a call waits for at most one job of every other call between two of its own.

mod fair;
mod ticket;
mod workers;

pub use fair::{CallKey, Limits, Overload};
pub use ticket::{Ticket, Unfinished};
pub use workers::{Load, Pool};
