//! Number words: a whole number as it is said aloud in a language.
//!
//! In:      a number and a `Language`.
//! Out:     its words, lower case, to prompts, tests and `models/spoken`.
//! Touches: `language`. Pure tables and rules.
//! Invariant: within one language two different numbers never have the same words.

mod english;
mod kinyarwanda;
mod spell;
mod swahili;

pub use spell::{NounClass, SPELLED_BELOW, spell, spell_agreeing, spell_digits, spell_ordinal};
