//! What is proposed, with the reasons a learner or teacher may ask for.

use serde::{Deserialize, Serialize};

use crate::id::{ExerciseId, SkillId};

/// The best few exercises to ask next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Best first, at least one, at most five. The first is asked; the others answer "why this?".
    pub choices: Vec<Choice>,
    /// Where difficulty is going.
    pub aim: Aim,
    /// The chance of success looked for, 0.0..=1.0: 0.80, less after more
    /// success than that, more after less.
    pub target: f64,
}

/// One exercise proposed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The exercise.
    pub exercise: ExerciseId,
    /// Its skill.
    pub skill: SkillId,
    /// Chance, 0.0..=1.0, that this learner is right at the first try.
    pub chance: f64,
    /// What it was ranked by; only its order means anything.
    pub score: f64,
    /// True if it brings back something learnt on an earlier day.
    pub review: bool,
    /// How to present it.
    pub method: Method,
    /// Why, strongest first.
    pub reasons: Vec<Reason>,
}

/// Where difficulty is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// Under 70 % right lately, or many wrong in a row: back to basics.
    Easier,
    /// Between: about 80 % should succeed.
    Steady,
    /// Over 85 % right lately: harder.
    Harder,
}

/// How an exercise is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Asked straight away.
    Ask,
    /// The step is worked aloud first.
    Show,
    /// The first step is done together, then the rest is asked.
    Together,
    /// Asked in another format than the one that did not help.
    Otherwise,
    /// An easier skill it rests on, framed as a warm-up.
    WarmUp,
}

/// Why an exercise was proposed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It is due to be remembered, since so many days.
    Due {
        /// Whole days since it fell due.
        days: u16,
    },
    /// It was mastered a while ago; remembering it now keeps it.
    LongAgo {
        /// Whole days since it was practised.
        days: u16,
    },
    /// Another skill needs it first.
    NeededFor(SkillId),
    /// It was hard lately.
    Struggle,
    /// Begun and not yet mastered.
    InProgress,
    /// New, and all it needs is there.
    New,
    /// The learner chose it, or a test asks for it soon.
    Relevant,
    /// It helped learners like this one.
    HelpedOthers,
    /// Another way of answering than just before.
    Variety,
    /// Things went well: something harder.
    Challenge,
    /// Things were hard: something surer.
    Surer,
    /// Neither too easy nor too hard.
    RightLevel,
}

/// Observed success above which things become harder.
pub(crate) const HARDER_ABOVE: f64 = 0.85;
/// Observed success below which it is back to basics.
pub(crate) const EASIER_BELOW: f64 = 0.70;
