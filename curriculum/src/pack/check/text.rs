//! Texts: long enough to say something, short enough for an ear and a message.

use crate::gsm7;

use super::desk::Desk;
use super::wording::{longest_sentence, words};

/// Words between two pauses: what a listener holds in mind.
const SENTENCE_WORDS_MAX: usize = 12;

/// How long a text may be.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) words_max: usize,
    pub(super) septets_max: usize,
    /// False for texts in the learner's words or a story's, whose sentences are only looked at.
    pub(super) strict: bool,
}

impl Limits {
    pub(super) const THEORY: Self = Self::of(40, 306);
    pub(super) const INTRODUCTION: Self = Self::of(40, 306);
    pub(super) const INPUT: Self = Self::of(40, 306);
    pub(super) const SMS: Self = Self::of(40, 100);
    pub(super) const EXPLAIN: Self = Self::of(15, 60);
    pub(super) const REPAIR: Self = Self::of(12, 100);
    pub(super) const HINT: Self = Self::of(25, 160);
    pub(super) const TITLE: Self = Self::of(12, 80);
    pub(super) const QUESTION_ANSWER: Self = Self::of(40, 160);
    pub(super) const CUE: Self = Self::of(25, 160);
    pub(super) const COUNTER: Self = Self::of(40, 306);
    pub(super) const WORDING: Self = Self {
        words_max: 30,
        septets_max: 160,
        strict: false,
    };
    pub(super) const STORY_PART: Self = Self {
        words_max: 90,
        septets_max: 900,
        strict: false,
    };

    const fn of(words_max: usize, septets_max: usize) -> Self {
        Self {
            words_max,
            septets_max,
            strict: true,
        }
    }
}

/// Checks a text whose holes are filled.
pub(super) fn check_text(desk: &mut Desk<'_>, part: &str, text: &str, limits: Limits) {
    if text.trim().is_empty() {
        desk.error(part, "empty-text", "text is empty".to_owned());
        return;
    }
    let count = words(text);
    if count > limits.words_max {
        let message = format!(
            "{count} words, at most {} allowed: \"{text}\"",
            limits.words_max
        );
        desk.error(part, "too-many-words", message);
    }
    let longest = longest_sentence(text);
    if longest > SENTENCE_WORDS_MAX {
        let message = format!(
            "sentence of {longest} words, at most {SENTENCE_WORDS_MAX} allowed: \"{text}\""
        );
        if limits.strict {
            desk.error(part, "long-sentence", message);
        } else {
            desk.warn(part, "long-sentence", message);
        }
    }
    match gsm7::septets(text) {
        None => {
            let foreign = gsm7::foreign(text);
            let message = format!("{foreign:?} cannot be sent by SMS: use GSM-7 letters");
            desk.error(part, "outside-gsm7", message);
        }
        Some(septets) if septets > limits.septets_max => {
            let max = limits.septets_max;
            let message = format!("{septets} characters, at most {max} allowed: \"{text}\"");
            desk.error(part, "too-long", message);
        }
        Some(_) => {}
    }
}
