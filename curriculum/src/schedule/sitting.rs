//! The sitting so far, as far as the choice of the next exercise cares.

use serde::{Deserialize, Serialize};

use crate::attempt::Attempt;
use crate::grade::Outcome;
use crate::id::{ExerciseId, SkillId};
use crate::schedule::Format;

/// Old things remembered in each sitting (pedagogy: two in every call).
pub const REVIEWS_PER_SITTING: u8 = 2;

/// Exercises kept, newest last: a sitting of two hours has fewer.
const ASKED_MAX: usize = 400;

/// What was asked in this sitting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sitting {
    /// Exercises asked, in order.
    pub asked: Vec<ExerciseId>,
    /// How many of them were reviews.
    pub reviews: u8,
    /// Format of the latest.
    pub format: Option<Format>,
    /// Skill of the latest.
    pub skill: Option<SkillId>,
    /// Questions in a row at that skill whose first try was not right.
    pub missed_in_row: u8,
}

impl Sitting {
    /// Notes the first answer to a question; later tries at it change nothing.
    pub fn note(&mut self, attempt: &Attempt, format: Format) {
        if attempt.attempt_number > 1 {
            return;
        }
        if self.asked.len() >= ASKED_MAX {
            self.asked.remove(0);
        }
        self.asked.push(attempt.exercise.clone());
        self.reviews = self.reviews.saturating_add(u8::from(attempt.review));
        self.format = Some(format);
        let same = self.skill.as_ref() == Some(&attempt.skill);
        let missed = attempt.outcome == Outcome::NotYet;
        let before = if same { self.missed_in_row } else { 0 };
        self.missed_in_row = if missed { before.saturating_add(1) } else { 0 };
        self.skill = Some(attempt.skill.clone());
    }

    /// True if the next question should bring back something old: first, and again as fourth.
    pub fn wants_review(&self) -> bool {
        let due_by_now = match self.asked.len() {
            0..=2 => 1,
            _ => REVIEWS_PER_SITTING,
        };
        self.reviews < due_by_now
    }
}
