//! Open answers: judged by words, meaning and the graded examples of the question.
//!
//! In:      a question with references and graded answers, the answer, and sentence vectors.
//! Out:     the probability that the answer is right, what it rests on, and a grade.
//! Touches: `answer`, `exercise`, `question`, `language`, and the rest of `grade`.
//! Invariant: without graded examples nobody is failed but for a wrong answer that the teacher wrote
//!            down, and nobody on likeness alone.

mod examples;
mod heads;
mod judging;
mod likeness;
mod reference;
mod ridge;
mod vocabulary;

pub use examples::{Example, Examples, Findings, Judged};
pub use judging::{ACCEPT_AT, REJECT_AT, decide, prepare};
pub(super) use judging::{grade, names_idea};
pub(super) use vocabulary::content;
