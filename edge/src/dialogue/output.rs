//! What the turn machine asks of the shell.

use std::time::Duration;

use curriculum::Language;

use super::fact::Fact;
use super::state::DialogueState;

/// One thing for the shell to do. After each input the outputs come in this order: `Weigh` alone,
/// or `Record`, `Save`, then `Say` or `Text` any number of times, then `Expect` or `End` once.
/// What is recorded and saved is durable before anything is said.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Append these facts, in one transaction with the `Save` that follows.
    Record(Vec<Fact>),
    /// Keep this as the telephone's state.
    Save(Box<DialogueState>),
    /// Speak. Only on the voice channel.
    Say(Prompt),
    /// Send one message of at most [`TEXT_SEPTETS_MAX`] GSM-7 septets. Never on the voice channel.
    Text(String),
    /// Wait for the learner; the turn is over.
    Expect(Expectation),
    /// Ask the sentence encoder, then call `handle_evidence`. Until then nothing is said.
    Weigh(Weigh),
    /// Hang up, or close the menu; the turn is over. What was learnt is saved.
    End(End),
}

/// One GSM-7 message part (3GPP TS 23.038).
pub const TEXT_SEPTETS_MAX: usize = 160;

/// Something to speak, of one language and pace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Sentences of at most twelve words.
    pub text: String,
    /// The language of `text`.
    pub language: Language,
    /// How to speak it.
    pub pace: Pace,
    /// What it is for: fixed prompts are worth keeping rendered.
    pub kind: PromptKind,
}

/// How fast to speak. Slower means longer pauses, not stretched vowels.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Pace {
    /// As a teacher speaks.
    #[default]
    Usual,
    /// With a pause after each clause.
    Slow,
}

/// What a prompt is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptKind {
    /// The same words every time: rendered once and kept.
    Fixed,
    /// Words with a name, a number or a learner's answer in them.
    Filled,
    /// Course content.
    Content,
}

/// What the learner is expected to do next.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// What kind of answer satisfies.
    pub kind: Expected,
    /// Silence after the prompt before `handle_silence` is due.
    pub wait: Duration,
}

/// What kind of answer satisfies: the recogniser and the endpointer are tuned by it.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// A number; `digits` is the length of the likeliest answer, for the endpointer.
    Number {
        /// Digits of the expected answer, if known.
        digits: Option<u8>,
    },
    /// One of this many options: by key, number, letter or wording.
    Choice {
        /// How many.
        options: u8,
        /// The wordings, for the recogniser's logits filter.
        words: Vec<String>,
    },
    /// Yes or no.
    YesNo,
    /// A word or short phrase.
    Phrase {
        /// The language it should be in.
        language: Language,
    },
    /// Free speech, up to about twenty seconds.
    Free {
        /// The language it should be in.
        language: Language,
    },
    /// Keys only: two hearings have failed, or nothing spoken may decide.
    Keys(Keyed),
}

/// Which keys are an answer where nothing else is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyed {
    /// The first key decides.
    One,
    /// A number; `digits` as for one that may be spoken.
    Number {
        /// Digits of the expected answer, if known.
        digits: Option<u8>,
    },
}

/// A request to the engines: sentence vectors of `text` and of each text it is compared with, and
/// what a grammar checker finds in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weigh {
    /// The learner's words.
    pub text: String,
    /// What to compare them with, at most [`WEIGH_TEXTS_MAX`]; nothing if no vector is needed.
    pub against: Vec<String>,
    /// True if the words are English whose form is taught: findings are wanted.
    pub grammar: bool,
}

/// Most texts of one request: every question a learner may ask, in one language.
pub const WEIGH_TEXTS_MAX: usize = 4_000;

/// Why the dialogue ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The learner said goodbye or the lesson is done.
    Goodbye,
    /// Nobody answered; all is saved.
    Silence,
    /// The learner hung up; nothing more can be said.
    HungUp,
    /// The learner wants no more messages.
    Stopped,
    /// The learner's data is being deleted.
    Deleted,
    /// No consent was given: nothing was kept.
    NoConsent,
}
