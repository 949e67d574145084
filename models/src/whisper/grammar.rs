//! Which texts can be an answer.
//!
//! The search extends a text token by token and asks here whether it can still become an answer.
//! Working on text rather than tokens lets Whisper write an answer in any way it knows: "4721",
//! "four, seven, two, one", "Forty-seven 21".

use std::collections::HashSet;

use crate::number::{DIGITS_MAX, Digits, WORDS};
use crate::transcribe::{Expectation, SpokenAnswer};

use super::bursts::Bursts;

/// Logarithm of the chance that a burst of voice was no digit of the number,
const MISSING_DIGIT: f32 = -3.0;
/// and that one burst held one more digit, as in "forty-seven" or hurried digits.
const EXTRA_DIGIT: f32 = -2.0;

/// What a finished text means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ending {
    Answer(SpokenAnswer),
    /// Something that people say instead of an answer. Without it, what sounds a little like an
    /// answer would be the likeliest of all answers.
    Other,
}

/// The closed set of answers behind an expectation.
pub(super) enum Grammar {
    Number {
        digits_min: usize,
        digits_max: usize,
        bursts: usize,
    },
    Phrases(Vec<(String, Ending)>),
}

/// What a text amounts to, so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// Texts with equal keys have the same future: "Four" and "4".
    pub key: Key,
    /// The answer, if the text may end here.
    pub answer: Option<Ending>,
    /// Digits or letters read: how far this text is on its way.
    pub progress: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Number {
        before: Digits,
        partial: String,
        parted: bool,
    },
    Phrase(String),
}

impl Grammar {
    /// `None` for free speech, which has no closed set of answers.
    ///
    /// A number of unknown length is bounded and weighed by the `bursts` it was said in.
    pub(super) fn of(expectation: &Expectation, bursts: Bursts) -> Option<Grammar> {
        match expectation {
            Expectation::Free => None,
            Expectation::Number {
                digits: Some(digits),
            } => {
                let count = usize::from(*digits).clamp(1, DIGITS_MAX);
                Some(Grammar::Number {
                    digits_min: count,
                    digits_max: count,
                    bursts: count,
                })
            }
            Expectation::Number { digits: None } => {
                let digits_max = bursts.digits_max.clamp(1, DIGITS_MAX);
                Some(Grammar::Number {
                    digits_min: 1,
                    digits_max,
                    bursts: bursts.count,
                })
            }
            Expectation::Choice(choices) => Some(Grammar::Phrases(super::phrases::choice(choices))),
            Expectation::YesNo => Some(Grammar::Phrases(super::phrases::yes_no())),
        }
    }

    /// What `text` amounts to, or `None` if it cannot become an answer.
    pub(super) fn read(&self, text: &str) -> Option<Reading> {
        match self {
            Grammar::Number {
                digits_min,
                digits_max,
                ..
            } => read_number(text, *digits_min, *digits_max),
            Grammar::Phrases(phrases) => read_phrase(text, phrases),
        }
    }

    /// What tells the few tokens that can be part of an answer from the fifty thousand others.
    pub(super) fn sieve(&self) -> Sieve<'_> {
        let (texts, digits_max): (Vec<&str>, usize) = match self {
            Grammar::Number { digits_max, .. } => {
                (WORDS.iter().map(|(name, _)| *name).collect(), *digits_max)
            }
            Grammar::Phrases(phrases) => (
                phrases.iter().map(|(phrase, _)| phrase.as_str()).collect(),
                0,
            ),
        };
        let pieces = texts.iter().flat_map(|text| pieces_of(text)).collect();
        Sieve { pieces, digits_max }
    }

    /// Chance, as a logarithm, of an answer of this length before anything is heard.
    pub(super) fn log_prior(&self, answer: &Ending) -> f32 {
        match (self, answer) {
            (Grammar::Number { bursts, .. }, Ending::Answer(SpokenAnswer::Number(digits))) => {
                let missing = bursts.saturating_sub(digits.len()) as f32;
                let extra = digits.len().saturating_sub(*bursts).min(3) as f32;
                MISSING_DIGIT * missing + EXTRA_DIGIT * extra
            }
            _ => 0.0,
        }
    }

    /// Chance, as a logarithm, that one unit of progress costs: makes long answers comparable
    /// with short ones while the search looks for the most likely.
    pub(super) fn progress_bonus(&self) -> f32 {
        match self {
            Grammar::Number { .. } => 0.7,
            Grammar::Phrases(_) => 0.1,
        }
    }
}

/// See [`Grammar::sieve`].
pub(super) struct Sieve<'a> {
    /// Everything that is part of an answer.
    pieces: HashSet<&'a str>,
    digits_max: usize,
}

impl Sieve<'_> {
    /// Whether a token can be part of an answer; `word` is its text normalised and trimmed.
    pub(super) fn admits(&self, piece: &str, word: &str) -> bool {
        if word.is_empty() {
            // Punctuation between the words of an answer.
            return matches!(piece, "," | "-");
        }
        let numeral =
            word.len() <= self.digits_max && word.bytes().all(|byte| byte.is_ascii_digit());
        numeral || self.pieces.contains(word)
    }
}

/// Every part of `text`.
fn pieces_of(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.char_indices().map(|(at, _)| at);
    starts.flat_map(move |start| {
        let rest = &text[start..];
        rest.char_indices()
            .map(move |(at, letter)| &rest[..at + letter.len_utf8()])
    })
}

fn read_number(text: &str, digits_min: usize, digits_max: usize) -> Option<Reading> {
    let lower = text.to_lowercase();
    let parted = lower.ends_with(|letter: char| !letter.is_alphanumeric());
    let mut words: Vec<&str> = lower
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let last = if parted { None } else { words.pop() };
    let mut before = Digits::default();
    for word in words {
        before.read(word)?;
    }
    let mut whole = before.clone();
    let complete = last.is_none_or(|last| whole.read(last).is_some());
    if complete {
        // "Oh" alone is what noise and hesitation sound like; among digits it is a zero.
        let oh = matches!(
            lower.trim_matches(|letter: char| !letter.is_alphanumeric()),
            "oh" | "o" | "nil"
        );
        let answer = whole
            .clone()
            .finish()
            .filter(|digits| digits.len() <= digits_max && !oh);
        let progress = whole.digits_so_far();
        if progress > digits_max {
            return None;
        }
        let answer = answer
            .filter(|digits| digits.len() >= digits_min)
            .map(|digits| Ending::Answer(SpokenAnswer::Number(digits)));
        let key = Key::Number {
            before: whole,
            partial: String::new(),
            parted,
        };
        return Some(Reading {
            key,
            answer,
            progress,
        });
    }
    let partial = last?;
    let starts_a_word = WORDS.iter().any(|(name, _)| name.starts_with(partial));
    let progress = before.digits_so_far();
    let key = Key::Number {
        before,
        partial: partial.to_owned(),
        parted,
    };
    starts_a_word.then_some(Reading {
        key,
        answer: None,
        progress,
    })
}

fn read_phrase(text: &str, phrases: &[(String, Ending)]) -> Option<Reading> {
    let normal = normalise(text);
    let normal = normal.trim_start();
    let whole = normal.trim_end();
    let alive = phrases
        .iter()
        .any(|(phrase, _)| phrase.starts_with(normal) || phrase == whole);
    if !alive {
        return None;
    }
    let answer = phrases
        .iter()
        .find(|(phrase, _)| phrase == whole)
        .map(|(_, answer)| answer.clone());
    Some(Reading {
        key: Key::Phrase(normal.to_owned()),
        answer,
        progress: whole.len(),
    })
}

/// Lower case, everything but letters and digits as single spaces, apostrophes dropped.
pub(super) fn normalise(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    for letter in text.chars().filter(|letter| !matches!(letter, '\'' | '’')) {
        if letter.is_alphanumeric() {
            normal.extend(letter.to_lowercase());
        } else if !normal.ends_with(' ') {
            normal.push(' ');
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcribe::Choices;

    const EIGHT: Bursts = Bursts {
        count: 1,
        digits_max: 8,
    };

    fn number(digits: Option<u8>) -> Grammar {
        Grammar::of(&Expectation::Number { digits }, EIGHT).unwrap()
    }

    #[track_caller]
    fn check(grammar: &Grammar, text: &str, expected: &str) {
        let read = grammar.read(text).map(|reading| reading.answer);
        let said = match read {
            None => "never".to_owned(),
            Some(None) => "go on".to_owned(),
            Some(Some(Ending::Other)) => "other".to_owned(),
            Some(Some(Ending::Answer(SpokenAnswer::Number(digits)))) => digits,
            Some(Some(Ending::Answer(SpokenAnswer::Choice(index)))) => index.to_string(),
            Some(Some(Ending::Answer(answer))) => format!("{answer:?}"),
        };
        assert_eq!(said, expected, "{text}");
    }

    #[test]
    fn a_number_grows_word_by_word() {
        let any = number(None);
        check(&any, " Four", "4");
        check(&any, " Four,", "4");
        check(&any, " Four, sev", "go on");
        check(&any, " Four, seven", "47");
        check(&any, " Four, seventeen", "417");
        check(&any, " 47", "47");
        check(&any, " double", "go on");
        check(&any, " double four", "44");
        check(&any, " Fourth", "never");
        check(&any, " Oh", "go on");
        check(&any, " Oh seven", "07");
        check(&any, " Bye", "never");
        check(&any, " twenty-th", "go on");
        check(&any, " 123456789", "never");
    }

    #[test]
    fn a_known_count_of_digits_is_kept() {
        let four = number(Some(4));
        check(&four, " 472", "go on");
        check(&four, " 4721", "4721");
        check(&four, " 47215", "never");
    }

    #[test]
    fn equal_numbers_in_different_spelling_are_one() {
        let any = number(None);
        let key = |text: &str| any.read(text).unwrap().key;
        assert_eq!(key(" Four"), key(" 4"));
        assert_eq!(key("twenty three"), key("Twenty-three"));
        assert_ne!(key(" 4"), key(" 4,"));
    }

    #[test]
    fn a_choice_is_a_phrase_a_place_or_a_letter() {
        let choices = |phrases: &[&str]| {
            let choices = Choices::new(phrases.iter().map(|&phrase| phrase.to_owned()).collect());
            Grammar::of(&Expectation::Choice(choices.unwrap()), EIGHT).unwrap()
        };
        let places = choices(&["the river", "a lake"]);
        check(&places, " The river", "0");
        check(&places, " River.", "0");
        check(&places, " Lake", "1");
        check(&places, " the first one", "0");
        check(&places, " number two", "1");
        check(&places, " the", "go on");
        check(&places, " sea", "never");
        let letters = choices(&["A", "B", "C"]);
        check(&letters, " Bee", "1");
        check(&letters, " see", "2");
        check(&letters, " B.", "1");
    }

    #[test]
    fn yes_and_no_come_in_many_words() {
        let yes_no = Grammar::of(&Expectation::YesNo, EIGHT).unwrap();
        check(&yes_no, " Yeah", "Yes");
        check(&yes_no, " Nope.", "No");
        check(&yes_no, " N", "go on");
        check(&yes_no, " Nine.", "other");
        check(&yes_no, " Number three", "other");
        check(&yes_no, " Nina", "never");
    }
}
