//! Pack: the signed file that carries courses.
//!
//! In:      `Source`, or the bytes of a file from anywhere.
//! Out:     the bytes of a pack, its contents once verified, and `Finding`s.
//! Touches: `course`, `exercise`, `finding`, `formula`, `gsm7`, `id`, `number`, `number_words`,
//!          `question`, `skill`, `source`. No clock, disk or network.
//! Invariant: nothing of a pack is used before its signature and hashes are verified.

mod census;
mod check;

pub use census::{Census, ModuleCensus, census};
pub use check::check;
