//! Dialogue: what the learner does becomes what the tutor says and what is recorded.
//!
//! In:      `Heard`, silence, unclear speech, likeness values, hang-up; each with the time.
//! Out:     `Output`: facts and state to keep, prompts or messages, what to expect, the end.
//! Touches: `curriculum`. No clock, disk, network or randomness: time and seed are handed in.
//! Invariant: after every input there is something to say, or the state is saved and it ends.
//!
//! The shell drives it: after each input, poll until there is nothing left.

mod fact;
mod input;
mod output;
mod state;

pub use fact::{ConsentBy, Fact, Feeling, Moment, Preference, SessionMove};
pub use input::{Evidence, Heard, KEYS_MAX, Unclear};
pub use output::{
    End, Expectation, Expected, Output, Pace, Prompt, PromptKind, TEXT_SEPTETS_MAX,
    WEIGH_TEXTS_MAX, Weigh,
};
pub use state::{DialogueState, STATE_VERSION};
