//! Exercises that could be asked.

use serde::{Deserialize, Serialize};

use crate::answer::Channel;
use crate::exercise::{Exercise, Output};
use crate::id::{ExerciseId, SkillId};

/// What `schedule` needs to know of an exercise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The exercise.
    pub exercise: ExerciseId,
    /// The skill it counts for.
    pub skill: SkillId,
    /// 0..=100.
    pub difficulty: u8,
    /// How it is answered.
    pub format: Format,
    /// Chance of being right by luck, in percent, 0..=50.
    pub luck_percent: u8,
    /// How many different questions it can draw; 1 without a generator.
    pub draws: u32,
}

/// How an exercise is answered, as far as the choice of the next one cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A number.
    Number,
    /// One of two to four options.
    Choice,
    /// A word or phrase.
    Words,
    /// Things put in order.
    Order,
    /// A sentence or more of one's own.
    Open,
    /// A story to listen to.
    Story,
}

impl Candidate {
    /// `draws` is how many different questions the exercise can draw, 1 without a generator.
    pub fn new(exercise: &Exercise, draws: u32) -> Self {
        Self {
            exercise: exercise.id.clone(),
            skill: exercise.skill.clone(),
            difficulty: exercise.difficulty,
            format: Format::of(&exercise.output),
            luck_percent: luck_percent(&exercise.output),
            draws: draws.max(1),
        }
    }
}

impl Format {
    /// The format of a kind of exercise.
    pub fn of(output: &Output) -> Self {
        match output {
            Output::Number { .. } => Self::Number,
            Output::Choice { .. } => Self::Choice,
            Output::Phrase { .. } | Output::FillIn { .. } | Output::Line { .. } => Self::Words,
            Output::Order { .. } => Self::Order,
            Output::Open(_) | Output::Argument { .. } => Self::Open,
            Output::Story { .. } => Self::Story,
        }
    }

    /// How well it suits a channel, 0.0..=1.0: keys and short words by text, stories by voice.
    pub fn suits(self, channel: Channel) -> f64 {
        match (self, channel) {
            (Self::Number | Self::Choice, _) => 1.0,
            (Self::Story, Channel::Voice | Channel::Terminal) => 1.0,
            (Self::Story, _) => 0.2,
            (Self::Order, Channel::Voice) => 0.5,
            (Self::Open, Channel::Sms | Channel::Ussd) => 0.4,
            (Self::Words | Self::Order | Self::Open, _) => 0.8,
        }
    }
}

/// Chance of being right by luck, in percent: for an exercise of this kind, at most 50.
pub fn luck_percent(output: &Output) -> u8 {
    match output {
        Output::Choice { options, .. } => u8::try_from(100 / options.len().max(2)).unwrap_or(0),
        Output::Order { items } => {
            let shortest = items
                .iter()
                .map(|(_, items)| items.len())
                .min()
                .unwrap_or(3);
            if shortest <= 3 { 17 } else { 4 }
        }
        _ => 0,
    }
}
