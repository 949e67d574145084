//! Grading: an answer to a question becomes a grade.
//!
//! In:      `Question`, `Answer`, and evidence (sentence vectors, grammar findings) as values.
//! Out:     `Grade`: right, not yet or deferred, with the reason; or unclear, to be asked again.
//! Touches: `question`, `exercise`, `answer`, `number`, `number_reading`, `language`,
//!          `mastery`. No engine, clock or randomness.
//! Invariant: a doubtful recognition is never graded wrong; likeness alone never fails anybody.

mod argument;
mod choice;
mod evidence;
mod grading;
mod grammar;
mod number;
pub mod open;
mod order;
mod outcome;
mod part;
mod phrase;
mod sound;
mod spelling;
mod unit;
mod wording;

pub use argument::{SlotGrade, grade_slot};
pub use evidence::{Evidence, GrammarFinding, Meaning};
pub use grading::{Grade, Reason, Understood, grade};
pub use grammar::counts as finding_counts;
pub use outcome::Outcome;
