//! Courses: lessons in order, with questions a learner may ask and tests.

use serde::{Deserialize, Serialize};

use crate::exercise::Exercise;
use crate::id::{CourseId, ExerciseId, LessonId};
use crate::skill::Skill;
use crate::{Language, Localised};

/// One of the five modules a learner can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Module {
    /// Numbers and word problems, five levels.
    Mathematics,
    /// English as a second language.
    English,
    /// Stories read aloud, with questions.
    Comprehension,
    /// Arguments on local topics.
    Debate,
    /// General knowledge, entry and help.
    General,
}

/// A course of lessons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Stable code.
    pub id: CourseId,
    /// Which module it belongs to.
    pub module: Module,
    /// Its name as said to the learner.
    pub title: Localised<String>,
    /// Lessons in teaching order.
    pub lessons: Vec<Lesson>,
}

/// A learning unit: a few skills taught together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    /// Stable code.
    pub id: LessonId,
    /// Its name as said to the learner.
    pub title: Localised<String>,
    /// 1 (first) to 5.
    pub level: u8,
    /// Share of the course, 1 to 10.
    pub weight: u8,
    /// Estimated time of study, 1 to 60 minutes.
    pub minutes: u8,
    /// Languages it can be taught in: every text has all of them.
    pub languages: Vec<Language>,
    /// Languages whose wording a native speaker has not yet reviewed.
    pub draft: Vec<Language>,
    /// Skills it brings.
    pub skills: Vec<Skill>,
    /// Exercises, easiest first within a skill.
    pub exercises: Vec<Exercise>,
    /// Questions a learner may ask, with answers.
    pub questions: Vec<QuestionAnswer>,
    /// Exercises that make its test, empty if there is none.
    pub test: Vec<ExerciseId>,
}

/// A question a learner may ask and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionAnswer {
    /// Wordings of the question.
    pub question: Localised<Vec<String>>,
    /// The answer as spoken, at most 40 words, and short enough for one message.
    pub answer: Localised<String>,
}
