//! Status: what the box says of itself, to programs and to a technician.
//!
//! In:      measurements of the other rooms, read when asked for.
//! Out:     `/healthz`, `/metrics` and a page, over HTTP on the box's own interface.
//! Touches: `conversation`, `telephony`. The network; no clock, disk or learner's data.
//! Invariant: nothing that is shown names a learner or a telephone.

mod page;

pub use page::{Status, router};
