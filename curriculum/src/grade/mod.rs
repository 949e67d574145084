//! Grading: an answer to a question becomes a grade.
//!
//! In:      `Question`, `Answer`, and evidence (likeness, grammar findings) as values.
//! Out:     `Grade`: right, not yet or deferred, with the reason; or unclear, to be asked again.
//! Touches: `exercise`, `answer`. No engine, clock or randomness.
//! Invariant: a doubtful recognition is never graded wrong; likeness alone never fails anybody.

mod outcome;

pub use outcome::Outcome;
