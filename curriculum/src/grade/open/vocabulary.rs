//! Words of an answer as evidence: one spelling, one stem, numbers and negations marked.

use std::collections::HashMap;

use crate::grade::spelling;

/// A negation, whatever word carried it.
pub(super) const NOT: &str = "NOT";

/// Words of an answer looked at.
const WORDS_MAX: usize = 120;

/// The words that answers to one question are expected to use, with how often they were.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary(HashMap<String, u32>);

/// A graded answer's word must be this frequent to be a model for spelling.
const MODEL_MIN: u32 = 3;
/// A word of the question or a reference counts as this frequent.
const GIVEN: u32 = 50;
/// Shortest word whose spelling is mended.
const MENDED_MIN: usize = 5;

impl Vocabulary {
    pub(super) fn new<'a>(
        given: impl Iterator<Item = &'a str>,
        graded: impl Iterator<Item = &'a str>,
    ) -> Self {
        let mut seen: HashMap<String, u32> = HashMap::new();
        for text in graded {
            for word in words(text) {
                *seen.entry(word).or_default() += 1;
            }
        }
        seen.retain(|_, count| *count >= MODEL_MIN);
        for text in given {
            for word in words(text) {
                *seen.entry(word).or_default() += GIVEN;
            }
        }
        Self(seen)
    }

    /// The words of `text`, each one slip away from a known word replaced by it.
    pub(super) fn mended(&self, text: &str) -> Vec<String> {
        words(text)
            .into_iter()
            .map(|word| self.mend(word))
            .collect()
    }

    fn mend(&self, word: String) -> String {
        if word.len() < MENDED_MIN || self.0.contains_key(&word) {
            return word;
        }
        let first = word.chars().next();
        let near = self.0.iter().filter(|(known, _)| {
            known.len() >= MENDED_MIN
                && known.len().abs_diff(word.len()) <= 1
                && known.chars().next() == first
                && spelling::slips(&word, known) <= 1
        });
        // Of two as near, the more frequent; then by the alphabet, so that the order never matters.
        let best = near.max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
        best.map_or(word, |(known, _)| known.clone())
    }
}

/// Lower-case words and numbers; `n't` becomes `not`, number words become digits.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in crate::grade::wording::words(text)
        .into_iter()
        .take(WORDS_MAX)
    {
        match word.as_str() {
            "isnt" | "doesnt" | "dont" | "didnt" | "wasnt" | "wont" | "cant" | "arent"
            | "hasnt" | "werent" => {
                found.push("not".to_owned());
            }
            "one" => found.push("1".to_owned()),
            "two" => found.push("2".to_owned()),
            "three" => found.push("3".to_owned()),
            "four" => found.push("4".to_owned()),
            "five" => found.push("5".to_owned()),
            "six" => found.push("6".to_owned()),
            "zero" => found.push("0".to_owned()),
            _ => found.extend(letters_and_digits(&word)),
        }
    }
    found
}

/// `bulb2` is `bulb` and `2`.
fn letters_and_digits(word: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut last_is_digit = None;
    for c in word.chars() {
        let is_digit = c.is_ascii_digit();
        match parts.last_mut() {
            Some(part) if last_is_digit == Some(is_digit) => part.push(c),
            _ => parts.push(c.to_string()),
        }
        last_is_digit = Some(is_digit);
    }
    parts
}

const NEGATIONS: [&str; 19] = [
    "not", "no", "never", "nor", "without", "none", "neither", "nothing", "nobody", "ntabwo",
    "nta", "oya", "si", "siyo", "sio", "hapana", "bila", "hakuna", "kamwe",
];

/// Words too common to say anything.
const COMMON: [&str; 92] = [
    "the", "a", "an", "is", "are", "was", "were", "be", "been", "to", "of", "and", "in", "on",
    "at", "that", "this", "it", "its", "for", "because", "there", "as", "by", "with", "from",
    "which", "so", "then", "they", "them", "their", "has", "have", "had", "will", "would", "does",
    "do", "did", "i", "you", "he", "she", "we", "his", "her", "ni", "na", "mu", "ku", "no", "cya",
    "ya", "wa", "ba", "za", "by", "bya", "cy", "ko", "kuri", "kuko", "kubera", "aho", "iyo", "uyu",
    "iki", "kwa", "katika", "la", "cha", "vya", "kuwa", "hii", "hiyo", "huyo", "yake", "wake",
    "kwamba", "ili", "kama", "am", "my", "me", "our", "us", "your", "when", "what", "who", "if",
];

pub(super) fn is_negation(word: &str) -> bool {
    NEGATIONS.contains(&word)
}

pub(super) fn is_common(word: &str) -> bool {
    !is_negation(word) && COMMON.contains(&word)
}

/// The words that carry meaning, stemmed, with every negation as [`NOT`].
pub(in crate::grade) fn content(words: &[String]) -> Vec<String> {
    let kept = words.iter().filter(|word| !is_common(word));
    kept.map(|word| {
        if is_negation(word) {
            NOT.to_owned()
        } else {
            stem(word)
        }
    })
    .collect()
}

/// English endings off; crude, but the same for every answer.
pub(super) fn stem(word: &str) -> String {
    const ENDINGS: [&str; 11] = [
        "ations", "ation", "ings", "ing", "edly", "ed", "ies", "es", "s", "ly", "ion",
    ];
    if !word.is_ascii() {
        return word.to_owned();
    }
    let ending = ENDINGS
        .iter()
        .find(|ending| word.len() >= ending.len() + 3 && word.ends_with(**ending));
    let mut stem = ending.map_or(word, |ending| &word[..word.len() - ending.len()]);
    if stem.len() > 3 {
        stem = stem.strip_suffix('e').unwrap_or(stem);
    }
    let bytes = stem.as_bytes();
    if bytes.len() > 4 && bytes[bytes.len() - 1] == bytes[bytes.len() - 2] {
        stem = &stem[..stem.len() - 1];
    }
    stem.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_negations_have_one_form() {
        assert_eq!(
            words("Terminal one isn't bulb2."),
            ["terminal", "1", "is", "not", "bulb", "2"]
        );
        assert_eq!(
            content(&words("the gaps were not connected")),
            ["gap", NOT, "connect"]
        );
    }

    #[test]
    fn a_misspelled_word_is_mended_by_what_others_wrote() {
        let known = Vocabulary::new(["the terminal"].into_iter(), ["connected"; 3].into_iter());
        assert_eq!(known.mended("termnal conected"), ["terminal", "connected"]);
        assert_eq!(known.mended("thermal bulbs"), ["thermal", "bulbs"]);
    }
}
