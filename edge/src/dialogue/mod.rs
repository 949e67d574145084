//! Dialogue: what the learner does becomes what the tutor says and what is recorded.
//!
//! In:      `Heard`, silence, unclear speech, sentence vectors, hang-up; each with the time.
//! Out:     `Output`: facts and state to keep, prompts or messages, what to expect, the end.
//! Touches: `curriculum`. No clock, disk, network or randomness: time and seed are handed in.
//! Invariant: after every input there is something to say, or the state is saved and it ends.
//!
//! The shell drives it: after each input, poll until there is nothing left.

mod asking;
mod care;
mod commands;
mod compose;
mod evaluate;
mod expect;
mod fact;
mod feeling;
mod goal;
mod hear;
mod input;
mod judge;
mod lesson;
mod lessons;
mod machine;
mod menu;
mod output;
mod phone;
mod piece;
mod placing;
#[cfg(test)]
pub(crate) mod plays;
mod render;
mod repair;
#[cfg(test)]
mod sittings;
mod state;
mod story;
mod tries;
mod understand;
mod welcome;

#[cfg(test)]
pub(crate) use asking::{SAME_QUESTION, same_question};
pub use fact::{
    ConsentBy, ControlFact, EnrolmentFact, Fact, Feeling, Moment, Preference, SittingFact,
    WordsFact,
};
pub use input::{Evidence, Heard, KEYS_MAX, Unclear};
pub use lessons::Lessons;
pub use machine::Dialogue;
pub use output::{
    End, Expectation, Expected, Keyed, Output, Pace, Prompt, PromptKind, TEXT_SEPTETS_MAX,
    WEIGH_TEXTS_MAX, Weigh,
};
pub use phone::{Context, KnownLearner, Line};
pub use state::{DialogueState, LEARNERS_MAX, STATE_VERSION};
