//! Pieces: what the tutor says, before it has a language and a form.
//!
//! A prompt is kept as pieces so that it can be said again in another language, slower, or as a
//! message, without being kept as text.

use curriculum::Language;
use curriculum::course::Module;
use curriculum::id::{ExerciseId, LessonId, SkillId};
use curriculum::interface::Saying;
use serde::{Deserialize, Serialize};

/// One thing to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Piece {
    /// A saying with its holes filled.
    Say {
        saying: Saying,
        fills: Vec<Fill>,
        /// Chooses among wordings; kept so that a repeat is the same.
        turn: u32,
        /// Said in this language whatever the language of the conversation.
        language: Option<Language>,
    },
    /// Content of an exercise.
    Content {
        part: Part,
        exercise: ExerciseId,
        numbers: Vec<i64>,
    },
    /// The answer to a question a learner may ask.
    Known { lesson: LessonId, question: u16 },
    /// Words as they are.
    Words { text: String, language: Language },
    /// Options of a menu: what is said for 1, 2, …
    Options(Vec<Fill>),
}

/// What fills one hole, in the order of the saying's holes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Fill {
    Text(String),
    Number(u32),
    Skill(SkillId),
    Module(Module),
    Language(Language),
    Saying(Saying),
}

/// Which text of an exercise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Part {
    Theory,
    Introduction,
    /// The question with its options.
    Question,
    /// As short as it can be asked again: the options alone, where there are some; else the last
    /// sentence of the question. All of it comes back at "repeat".
    #[serde(alias = "Options")]
    Short,
    Hint(u8),
    Explain,
    Repair(u8),
    Story(u8),
    Slot(u8),
    Counter,
}

impl Piece {
    /// True for the same words every time: worth keeping rendered.
    pub(super) fn is_fixed(&self) -> bool {
        matches!(self, Self::Say { fills, .. } if fills.is_empty())
    }

    pub(super) fn is_content(&self) -> bool {
        matches!(self, Self::Content { .. } | Self::Known { .. })
    }
}
