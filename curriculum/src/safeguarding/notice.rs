//! Looking through the phrase sets.

use serde::{Deserialize, Serialize};

use super::pattern::Pattern;
use super::watch::{SignPatterns, Watch};
use super::words::words;

/// What a sign is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Concern {
    /// Wanting to die, or hurting oneself.
    SelfHarm,
    /// Touched or used sexually.
    Abuse,
    /// Beaten, threatened, locked in, or afraid to go home.
    Violence,
    /// Forced to work or marry, sold, or left without food.
    Exploitation,
}

/// A sign noticed in somebody's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// What it is about.
    pub concern: Concern,
    /// About somebody else than the speaker.
    pub other: bool,
}

/// Words looked at; a longer text is looked at from its beginning.
const WORDS_MAX: usize = 200;

/// Words before a match in which a negation counts.
const NEGATION_WORDS: usize = 4;

/// The gravest sign in `text`, looked for in every language: a child may change language for this.
///
/// The speaker's own danger comes before somebody else's, then in the order of [`Concern`].
pub fn notice(text: &str, watches: &[Watch]) -> Option<Sign> {
    watches
        .iter()
        .flat_map(|watch| signs(text, watch))
        .min_by_key(|sign| (sign.other, sign.concern))
}

fn signs(text: &str, watch: &Watch) -> Vec<Sign> {
    let mut plain = Vec::new();
    for word in words(text).into_iter().take(WORDS_MAX) {
        match watch.same.get(&word) {
            Some(is) => plain.extend(is.iter().cloned()),
            None => plain.push(word),
        }
    }
    // Most words are in no pattern; they are passed over once instead of in every pattern.
    let looked_for = |word: &String| {
        let known = watch.looks_for(word);
        if known { word.clone() } else { String::new() }
    };
    let known: Vec<String> = plain.iter().map(looked_for).collect();
    let is_quiet = |pattern: &Pattern| !pattern.places(&known, &watch.slips).is_empty();
    if watch.quiet.iter().any(is_quiet) {
        return Vec::new();
    }
    let shows = |sign: &&SignPatterns| {
        let fits = sign
            .any
            .iter()
            .flat_map(|pattern| pattern.places(&known, &watch.slips))
            .any(|(start, end)| sign.negated || !is_negated(&plain, start, end, watch));
        fits && !sign.unless.iter().any(is_quiet)
    };
    watch.signs.iter().filter(shows).map(|s| s.sign).collect()
}

/// True if a negation stands inside the match or before it within the same clause.
fn is_negated(words: &[String], start: usize, end: usize, watch: &Watch) -> bool {
    let negates = |word: &String| watch.negators.contains(word);
    if words[start..end.min(words.len())].iter().any(negates) {
        return true;
    }
    words[..start]
        .iter()
        .rev()
        .take(NEGATION_WORDS)
        .take_while(|word| !watch.stops.contains(word))
        .any(negates)
}
