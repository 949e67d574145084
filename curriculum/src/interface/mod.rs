//! Interface: what the tutor says outside lessons, and the words learners use with it, as data.
//!
//! In:      one text file per language.
//! Out:     `Interface`: sayings by language and form, words by meaning; findings.
//! Touches: `language`. No disk: the files are handed in as text.
//! Invariant: every language has every saying and every meaning.

mod check;
mod meaning;
mod saying;
mod wording;

pub use check::{Finding, GSM7_BASIC, SENTENCE_WORDS_MAX, check, sentences};
pub use meaning::Meaning;
pub use saying::Saying;
pub use wording::{Form, Interface, InterfaceError, Wording};
