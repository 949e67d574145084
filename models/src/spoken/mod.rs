//! Spoken form: what is written becomes what is said. Numbers, money, times, units, signs and
//! abbreviations turn into the words of the text's language; everything else stays.
//!
//! In:      text as a pack, a prompt or a person wrote it, and its `Language`.
//! Out:     text without digits, to `clause`.
//! Touches: `curriculum` for number words. Pure.
//! Invariant: no text is refused, and one that is all words comes out as it went in.

mod english;
mod kinyarwanda;
mod phrases;
mod piece;
mod say;
mod scan;
mod swahili;

pub use say::say;
