//! Curriculum: what is taught and how answers are judged.
//!
//! In:      answers, evidence and time, handed in as values.
//! Out:     packs, grades, mastery, what to ask next.
//! Touches: nothing. No clock, disk, network or randomness of its own.
//! Invariant: the same inputs give the same bytes on every processor.

pub mod answer;
pub mod attempt;
pub mod combination;
pub mod course;
pub mod evaluation;
pub mod exercise;
pub mod finding;
pub mod formula;
pub mod grade;
pub mod gsm7;
pub mod id;
pub mod interface;
pub mod language;
pub mod language_guess;
pub mod learner;
pub mod library;
pub mod localised;
pub mod mastery;
pub mod memory;
pub mod number;
pub mod number_reading;
pub mod number_words;
pub mod pack;
pub mod placement;
pub mod prediction;
pub mod priority;
pub mod question;
pub mod random;
pub mod readiness;
pub mod reward;
pub mod rubric;
pub mod safeguarding;
pub mod schedule;
pub mod session;
pub mod skill;
pub mod source;
pub mod streak;
pub mod template;
pub mod time;
pub mod tutor;

pub use language::Language;
pub use localised::Localised;
pub use time::Timestamp;
