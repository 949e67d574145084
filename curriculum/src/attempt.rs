//! Attempts: facts about what a learner did, never edited.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::answer::Channel;
use crate::grade::Outcome;
use crate::id::{AttemptId, ExerciseId, LearnerId, SessionId, SkillId};

/// One answer to one exercise, as recorded. A fact: corrections are new facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its own identifier.
    pub id: AttemptId,
    /// Who answered.
    pub learner: LearnerId,
    /// In which sitting.
    pub session: SessionId,
    /// What was asked.
    pub exercise: ExerciseId,
    /// The skill it counts for.
    pub skill: SkillId,
    /// [`Question::numbers`](crate::question::Question::numbers), which bring the question back.
    pub numbers: Vec<i64>,
    /// When the answer came.
    pub at: Timestamp,
    /// By voice or text.
    pub channel: Channel,
    /// Right, not yet, or deferred to the hub.
    pub outcome: Outcome,
    /// Difficulty of the exercise, 0..=100.
    pub difficulty: u8,
    /// Which try at this question this was, from 1.
    pub attempt_number: u8,
    /// Hints given before it.
    pub hints: u8,
    /// From the end of the question to the start of the answer, in milliseconds.
    pub latency_ms: u32,
    /// Index of the misconception it showed.
    pub misconception: Option<u8>,
    /// True for an item given because it was due for review.
    pub review: bool,
    /// Chance of being right by luck, in percent, 0..=50: 33 for a choice of three, 0 for a number.
    pub luck_percent: u8,
}

/// The hub's judgement of an attempt that was deferred. A fact of its own: the attempt stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The attempt it judges.
    pub attempt: AttemptId,
    /// When it took effect.
    pub at: Timestamp,
    /// True if the answer was right.
    pub right: bool,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A first try without help at an ordinary exercise.
    pub(crate) fn attempt(id: u128, skill: &str, at: i64, outcome: Outcome) -> Attempt {
        Attempt {
            id: AttemptId(id),
            learner: LearnerId(1),
            session: SessionId(1),
            exercise: ExerciseId::new(&format!("{skill}.e")).unwrap(),
            skill: SkillId::new(skill).unwrap(),
            numbers: Vec::new(),
            at: Timestamp(at),
            channel: Channel::Voice,
            outcome,
            difficulty: 50,
            attempt_number: 1,
            hints: 0,
            latency_ms: 4_000,
            misconception: None,
            review: false,
            luck_percent: 0,
        }
    }
}
