//! Language guess: which taught language a text is in.
//!
//! In:      text as heard or texted, from three words up.
//! Out:     a `Guess` with its probability, to the dialogue and the grader.
//! Touches: `language`. Its weights are data beside it, made by the example `language_profile`.
//! Invariant: never panics on any text; a text without letters has no language.

mod features;
mod guess;
mod profile;

pub use features::features;
pub use guess::{Guess, guess, guess_among};
pub use profile::{GUESSED, Profile, ProfileError, shipped};
