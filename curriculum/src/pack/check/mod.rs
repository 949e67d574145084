//! Check: what a careful editor would find in the sources of a pack.
//!
//! In:      `Source`: courses with the place of every text.
//! Out:     `Finding`s, each with file, line and column, in the order of files.
//! Touches: `answer`, `combination`, `course`, `exercise`, `finding`, `formula`, `grade`, `gsm7`, `id`, `number`, `number_words`,
//!          `question`, `skill`, `source`.
//! Invariant: every fault is found in one run; a fault in one exercise hides none in another.

mod answers;
mod codes;
mod desk;
mod exercise;
mod graded;
mod hints;
mod lesson;
mod numbers;
mod plan;
mod rubric;
mod skills;
mod story;
mod text;
mod whole;
mod wording;

pub use whole::check;
