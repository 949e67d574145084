//! All that must be remembered between two turns: small, versioned, the same on every channel.

use curriculum::attempt::Attempt;
use curriculum::course::Module;
use curriculum::id::{ExerciseId, LearnerId, SessionId, SkillId};
use curriculum::placement::Placement;
use curriculum::schedule;
use curriculum::{Language, Timestamp};
use serde::{Deserialize, Serialize};

use super::fact::Moment;
use super::piece::Piece;

/// The state of one telephone number: who is learning, at which step, and every learner's sitting.
///
/// It is kept as JSON so that a newer box can read an older one's; a state that cannot be read is
/// forgotten, and the learner's model alone says where to go on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DialogueState {
    pub(super) version: u16,
    pub(super) language: Option<Language>,
    pub(super) active: Option<LearnerId>,
    pub(super) step: Step,
    /// What was asked last, as pieces: said again, slower, or in another language.
    pub(super) last: Vec<Piece>,
    /// Times in a row that nothing usable came to the same request.
    pub(super) misses: u8,
    /// Times in a row that the learner asked to hear the same request again.
    pub(super) repeats: u8,
    /// "Take your time" has been said for this request.
    pub(super) thinking: bool,
    /// Turns taken, so that wordings alternate.
    pub(super) turn: u32,
    pub(super) sitting: Option<Sitting>,
    /// Sittings of the other learners of this telephone, at most [`LEARNERS_MAX`].
    pub(super) others: Vec<(LearnerId, Sitting)>,
    /// No messages are wanted.
    pub(super) stopped: bool,
    pub(super) last_contact: Timestamp,
}

/// The version written now. Older ones read as long as their fields keep their meaning.
pub const STATE_VERSION: u16 = 1;

/// Most learners of one telephone: more could not be read out as a menu.
pub const LEARNERS_MAX: usize = 6;

/// Attempts of one sitting that are kept for its evaluation.
pub(super) const ATTEMPTS_MAX: usize = 40;

/// Where the dialogue stands: what the next answer answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Step {
    /// Nothing has been said yet.
    #[default]
    Fresh,
    /// Which language?
    Language,
    /// Which name? Asked this many times before.
    Name { tries: u8 },
    /// Is this the name?
    NameCheck { name: String, tries: u8 },
    /// How old?
    Age { name: String },
    /// Consent of the learner, or of a guardian.
    Consent { name: String, age: Option<u8> },
    /// Who of this telephone's learners? Those from this one on.
    Who { from: u8 },
    /// The main menu.
    Menu,
    /// Which subject? `more` is the second half.
    Subjects { more: bool },
    /// How do you feel?
    Feeling { moment: Moment },
    /// An exercise waits for its answer: `sitting.item`.
    Exercise,
    /// One more, or stop?
    OneMore,
    /// What is your question?
    Asking,
    /// After the careful words: go on, or stop?
    Care,
    /// Really erase?
    ConfirmDelete,
    /// Change to this language?
    LanguageOffer { language: Language },
    /// Goodbye has been said.
    Over,
}

/// One learner's sitting: from the greeting to the close.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Sitting {
    pub session: SessionId,
    pub module: Module,
    /// Time spent in earlier calls of this sitting, in milliseconds.
    pub spent_ms: u64,
    /// When the present call or message began.
    pub since: Timestamp,
    pub paused: bool,
    pub paused_at: Timestamp,
    pub closed: bool,
    pub item: Option<Item>,
    /// The exercise to come back to after a warm-up.
    pub back_to: Option<ExerciseId>,
    /// The exercise that was told, to be asked once more with other numbers.
    pub twin: Option<ExerciseId>,
    /// Where to start, while it is being found out.
    pub placement: Option<Placement>,
    /// The skill to be tried alone after a guided try.
    pub alone: Option<SkillId>,
    /// The attempts of this sitting, for its evaluation; at most [`ATTEMPTS_MAX`].
    pub attempts: Vec<Attempt>,
    /// What `schedule` needs to know of this sitting.
    pub asked: schedule::Sitting,
    pub tally: Tally,
}

/// The exercise at hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Item {
    pub exercise: ExerciseId,
    pub numbers: Vec<i64>,
    /// The story it belongs to, and its place among the story's questions.
    pub story: Option<(ExerciseId, u8)>,
    /// The slot of an argument.
    pub slot: u8,
    /// Slots that were filled.
    pub filled: u8,
    pub phase: Phase,
    pub why: Why,
    pub review: bool,
    /// Tries made.
    pub tries: u8,
    /// Hints given.
    pub hints: u8,
    /// When the question was put.
    pub asked: Timestamp,
}

/// The part an exercise plays in a lesson (pedagogy: retrieve, one step, guided, alone, close).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    Placement,
    Retrieve,
    Guided,
    Alone,
    WarmUp,
    Back,
    Challenge,
    Twin,
}

/// Why this exercise was chosen, for "why this question?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Why {
    Due,
    New,
    Learning,
    Needed,
    Struggle,
}

/// What happened in a sitting so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Tally {
    /// Questions put.
    pub put: u16,
    /// Questions settled, placement apart.
    pub settled: u16,
    pub right: u16,
    pub in_row: u16,
    pub skipped: u16,
    pub unheard: u16,
    pub upset: u16,
    /// The part that the latest question played: what it is, is said only when it changes.
    pub phase: Option<Phase>,
    /// What the sitting is about has been said.
    pub named: bool,
    /// New steps worked aloud.
    pub new_steps: u8,
    /// The learner asked for one more.
    pub chose_more: bool,
    /// The latest question ended right.
    pub last_right: bool,
    /// Skills worked on, newest last.
    pub worked: Vec<SkillId>,
}

impl DialogueState {
    /// The state as bytes.
    ///
    /// # Errors
    /// Never for a state made by the machine; the encoder's error otherwise.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads a state back; `None` if it is not one, or is from a box too new to understand.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let state: Self = serde_json::from_slice(bytes).ok()?;
        (state.version <= STATE_VERSION).then_some(state)
    }

    /// The learner who is learning now, once known.
    pub fn active(&self) -> Option<LearnerId> {
        self.active
    }

    /// The language of the conversation, once chosen.
    pub fn language(&self) -> Option<Language> {
        self.language
    }

    /// True if this telephone wants no messages that it did not ask for.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_its_bytes_and_a_broken_one_is_forgotten() {
        let state = DialogueState {
            version: STATE_VERSION,
            active: Some(LearnerId(u128::MAX - 7)),
            step: Step::LanguageOffer {
                language: Language::SWAHILI,
            },
            ..DialogueState::default()
        };
        let bytes = state.to_bytes().unwrap();
        assert_eq!(DialogueState::from_bytes(&bytes), Some(state.clone()));
        assert_eq!(DialogueState::from_bytes(&bytes[..bytes.len() / 2]), None);
        let newer = DialogueState {
            version: STATE_VERSION + 1,
            ..state
        };
        assert_eq!(DialogueState::from_bytes(&newer.to_bytes().unwrap()), None);
        assert_eq!(
            DialogueState::from_bytes(b"{}"),
            Some(DialogueState::default())
        );
    }
}
