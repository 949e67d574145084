//! Schedule: what to ask next, and why.
//!
//! In:      the learner model, the skill graph, exercises that could be asked, the sitting so far,
//!          the time and a seed.
//! Out:     `Plan`: the best three to five exercises with their reasons; the first one is asked.
//! Touches: `answer`, `attempt`, `exercise`, `grade`, `id`, `learner`, `mastery`, `random`, `skill`,
//!          `time`. No clock.
//! Invariant: the same request gives the same plan; nothing blocked or asked too lately is in it.

mod candidate;
mod plan;
mod rank;
mod sitting;
mod standing;

pub use candidate::{Candidate, Format, luck_percent};
pub use plan::{Aim, Choice, Method, Plan, Reason};
pub use rank::{Request, next};
pub use sitting::{REVIEWS_PER_SITTING, Sitting};
pub use standing::{Foundation, Standing, standing};
