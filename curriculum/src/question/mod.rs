//! Questions: an exercise with its numbers drawn and its texts filled.
//!
//! In:      `Exercise`, a seed, and the numbers a learner has had lately.
//! Out:     `Question`: texts per language, the right answer, what known errors look like.
//! Touches: `exercise`, `formula`, `id`, `template`, `number`, `random`. No clock.
//! Invariant: once made, every text and value of a question is there; nothing can fail later.

mod asked;
mod draw;
mod fault;
mod filled;
mod order;

pub use asked::{Offered, Question};
pub use draw::{count_draws, draws};
pub use fault::DrawError;
