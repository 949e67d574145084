//! Events: every fact that leaves a box, each in a form that is frozen once it has shipped.
//!
//! In:      values of `curriculum` and sealed bytes.
//! Out:     `Frame`s, and events read back from frames.
//! Touches: `envelope`, `lane`, `limits`, `curriculum`. No clock, disk or network.
//! Invariant: what a released box has written can be read for ever; what is not known is kept raw.

mod attempt;
mod body;
mod sealed;

pub use attempt::{AttemptError, channel_number};
pub use body::*;
pub use sealed::Sealed;
