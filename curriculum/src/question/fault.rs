//! Why a question cannot be made.

use crate::formula::FormulaError;
use crate::id::ExerciseId;
use crate::template::TemplateError;

/// Why an exercise gave no question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// The learner has had every draw lately: ask something else.
    #[error("draw numbers for `{0}`: every draw was used lately")]
    UsedUp(ExerciseId),
    /// No numbers meet the condition at all, or a range is empty.
    #[error("draw numbers for `{0}`: no numbers within the ranges meet the condition")]
    Empty(ExerciseId),
    /// Recorded numbers that this exercise does not draw.
    #[error("restore `{exercise}` from {numbers:?}: not numbers that it draws")]
    Restore {
        /// The exercise.
        exercise: ExerciseId,
        /// The recorded numbers.
        numbers: Vec<i64>,
    },
    /// A text that cannot be filled.
    #[error("fill `{part}` of `{exercise}`")]
    Text {
        /// The exercise.
        exercise: ExerciseId,
        /// Which text, such as `hints/en/1`.
        part: String,
        /// What is not right in it.
        source: TemplateError,
    },
    /// A value or condition that cannot be worked out.
    #[error("work out `{part}` of `{exercise}`")]
    Value {
        /// The exercise.
        exercise: ExerciseId,
        /// Which value, such as `misconception/0/value`.
        part: String,
        /// What is not right in it.
        source: FormulaError,
    },
}
