//! Exercises: the closed set of things a learner can be asked.

use serde::{Deserialize, Deserializer, Serialize};

use crate::id::{ExerciseId, SkillId};
use crate::{Language, Localised};

/// Text with `{expression}` holes that a generator's numbers fill.
pub type Template = String;

/// An integer expression over a generator's numbers, such as `a*100 - b`.
pub type Formula = String;

/// One thing that can be asked, with all that is needed to teach it.
///
/// The four fields every exercise type has are theory, introduction, input and output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exercise {
    /// Stable code, never reused for another question.
    pub id: ExerciseId,
    /// The skill an attempt at it counts for.
    pub skill: SkillId,
    /// 0 (nearly everybody can) to 100 (hardest of its course).
    pub difficulty: u8,
    /// One new step worked aloud, at most 40 words.
    pub theory: Localised<Template>,
    /// Said before the question, may be empty.
    pub introduction: Localised<Template>,
    /// The question in its voice form.
    pub input: Localised<Template>,
    /// The question in its text form: part of one GSM-7 message.
    pub sms: Localised<Template>,
    /// What counts as an answer.
    pub output: Output,
    /// Language an answer must be in, where it is the thing being taught.
    pub answer_language: Option<Language>,
    /// Hint ladder: point, teach, first step done together.
    pub hints: Localised<Vec<Template>>,
    /// Why the right answer is right, at most 15 words: said after every error.
    pub explain: Localised<Template>,
    /// Known wrong ways and their repairs.
    pub misconceptions: Vec<Misconception>,
    /// Numbers to draw afresh for each learner.
    pub generator: Option<Generator>,
}

/// What counts as an answer: one variant for each kind of exercise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Output {
    /// A number, said or keyed.
    Number {
        /// The right value.
        answer: Formula,
        /// Other right values, such as the same amount in another unit.
        also: Vec<Formula>,
        /// `RWF`, `litres`, `minutes`: may be said or left out, never another one.
        unit: Option<String>,
    },
    /// One of two to four options.
    Choice {
        /// Each option's wordings, the one read out first.
        options: Vec<Localised<Vec<Template>>>,
        /// Index of the right option.
        right: usize,
    },
    /// A word or short phrase.
    Phrase {
        /// Accepted wordings, the model one first.
        accepted: Localised<Vec<Template>>,
    },
    /// The word that fills `___` in the input.
    FillIn {
        /// Accepted words, the model one first.
        accepted: Localised<Vec<Template>>,
    },
    /// Things to put in order; offered in another order with letters.
    Order {
        /// The things in the right order, three to five.
        items: Localised<Vec<Template>>,
    },
    /// A free answer judged by evidence.
    Open(Rubric),
    /// A story in parts with questions after them.
    Story {
        /// Parts to read aloud, each at most 90 words.
        parts: Localised<Vec<String>>,
        /// Who wrote and translated it, and under which licence; kept with every copy.
        attribution: String,
        /// Questions in the order asked.
        questions: Vec<StoryQuestion>,
    },
    /// A line of a dialogue to say aloud or write.
    Line {
        /// Accepted lines, the model one first.
        accepted: Localised<Vec<String>>,
    },
    /// An argument built slot by slot.
    Argument {
        /// The frame, in order: claim, because, example, yet.
        slots: Vec<ArgumentSlot>,
        /// A fair answer from the other side, said after the learner's argument.
        counter: Localised<String>,
    },
}

/// How an open answer is judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rubric {
    /// Model answers.
    pub references: Localised<Vec<String>>,
    /// Ideas that a right answer contains; each lists words of which one must appear.
    pub ideas: Localised<Vec<Vec<String>>>,
    /// Real answers with our judgement.
    pub graded: Vec<GradedExample>,
}

/// An answer with our judgement of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradedExample {
    /// Language of the answer.
    pub language: Language,
    /// The answer as heard or texted.
    pub answer: String,
    /// Whether it is right.
    pub correct: bool,
}

/// A question of a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryQuestion {
    /// Asked after this many parts have been read, at least one.
    pub after_part: usize,
    /// The question itself; never a story.
    #[serde(deserialize_with = "deserialize_leaf")]
    pub exercise: Exercise,
}

/// One slot of an argument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArgumentSlot {
    /// Which slot.
    pub role: SlotRole,
    /// What the tutor asks for.
    pub cue: Localised<String>,
    /// How it is judged: ideas are the words that mark relevance.
    pub rubric: Rubric,
}

/// The parts of a claim-because-example-yet argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlotRole {
    /// What one thinks.
    Claim,
    /// The reason.
    Because,
    /// A case one knows.
    Example,
    /// What another may say, and the reply to it.
    Yet,
}

/// A known wrong way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misconception {
    /// What the learner's answer looks like.
    pub seen: Seen,
    /// What it shows, for teachers' reports.
    pub diagnosis: String,
    /// Said to the learner: what was right, then the contrast; at most 12 words.
    pub repair: Localised<Template>,
}

/// The answer that gives a misconception away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Seen {
    /// A number.
    Value(Formula),
    /// The index of a wrong option.
    Option(usize),
    /// A word or phrase, as said in a language.
    Phrase(Localised<Vec<Template>>),
}

/// Numbers drawn afresh each time, within checked ranges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generator {
    /// Each number's name and range.
    pub numbers: Vec<NumberRange>,
    /// A condition such as `a + b <= 10`; draws that fail it are drawn again.
    pub condition: Option<Formula>,
}

/// A number to draw: `low`, `low + step`, … up to `high`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberRange {
    /// One lower-case word.
    pub name: String,
    /// Smallest value.
    pub low: i64,
    /// Largest value.
    pub high: i64,
    /// Distance between values, at least 1.
    pub step: i64,
}

/// Reads an exercise that is no story. Stories inside stories would let a short hostile file nest
/// deeper than the stack holds.
fn deserialize_leaf<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Exercise, D::Error> {
    LeafExercise::deserialize(deserializer)
}

/// [`Exercise`] with a [`LeafOutput`]; the compiler keeps the fields the same.
#[derive(Deserialize)]
#[serde(remote = "Exercise")]
struct LeafExercise {
    id: ExerciseId,
    skill: SkillId,
    difficulty: u8,
    theory: Localised<Template>,
    introduction: Localised<Template>,
    input: Localised<Template>,
    sms: Localised<Template>,
    #[serde(deserialize_with = "LeafOutput::deserialize")]
    output: Output,
    answer_language: Option<Language>,
    hints: Localised<Vec<Template>>,
    explain: Localised<Template>,
    misconceptions: Vec<Misconception>,
    generator: Option<Generator>,
}

/// [`Output`] whose story has no questions.
#[derive(Deserialize)]
#[serde(remote = "Output")]
enum LeafOutput {
    Number {
        answer: Formula,
        also: Vec<Formula>,
        unit: Option<String>,
    },
    Choice {
        options: Vec<Localised<Vec<Template>>>,
        right: usize,
    },
    Phrase {
        accepted: Localised<Vec<Template>>,
    },
    FillIn {
        accepted: Localised<Vec<Template>>,
    },
    Order {
        items: Localised<Vec<Template>>,
    },
    Open(Rubric),
    Story {
        parts: Localised<Vec<String>>,
        attribution: String,
        #[serde(deserialize_with = "refuse")]
        questions: Vec<StoryQuestion>,
    },
    Line {
        accepted: Localised<Vec<String>>,
    },
    Argument {
        slots: Vec<ArgumentSlot>,
        counter: Localised<String>,
    },
}

fn refuse<'de, D: Deserializer<'de>, T>(_: D) -> Result<T, D::Error> {
    Err(serde::de::Error::custom("a story inside a story"))
}

impl Exercise {
    /// The kind's name in sources, reports and events.
    pub fn kind(&self) -> &'static str {
        match self.output {
            Output::Number { .. } => "number",
            Output::Choice { .. } => "choice",
            Output::Phrase { .. } => "phrase",
            Output::FillIn { .. } => "fill-in",
            Output::Order { .. } => "order",
            Output::Open(_) => "open",
            Output::Story { .. } => "story",
            Output::Line { .. } => "line",
            Output::Argument { .. } => "argument",
        }
    }
}
