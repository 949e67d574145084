//! Commissioning: a box joins, by a claim that is good once.
//!
//! In:      a claim's making; a box's request with its proof; its receipt.
//! Out:     certificates; rows of boxes with a name and a place.
//! Touches: `store`, `people`, `sync`. The network; the clock.
//! Invariant: of two boxes with one claim, one joins, also when two hubs are asked at once.

mod claims;
mod door;

pub use claims::{ClaimMade, JoinError, make_claim};
pub use door::{Door, router};
