//! Safeguarding: words that a person must see within a minute.
//!
//! In:      what a learner said or wrote, and the phrase sets of all languages.
//! Out:     `Sign`: which concern, and whether it is about somebody else.
//! Touches: `language`. Phrase sets are data, bounded, read by officers; no learned model decides.
//! Invariant: the answer depends on the words alone, never on who says them.

mod notice;
mod pattern;
mod watch;
mod words;

pub use notice::{Concern, Sign, notice};
pub use watch::{Watch, WatchError};
