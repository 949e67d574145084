//! Number reading: what a learner said or wrote becomes the numbers it can mean.
//!
//! In:      text in any mixture of the taught languages, and a `Hint` of what is asked for.
//! Out:     `Reading`s, best first, to `grade` and the dialogue; none when no one number was said.
//! Touches: `number`, `language`. Pure tables and rules.
//! Invariant: never panics on any text; work is bounded by `TOKENS_MAX`.

mod clock;
mod expression;
mod lexicon;
mod reading;
mod token;
mod words;

pub use reading::{Hint, Reading, Role, read};
