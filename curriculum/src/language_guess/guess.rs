//! The guess itself: a log-linear sum of what the features say.

use super::features::features;
use super::profile::{GUESSED, Profile, shipped};
use crate::Language;

/// The likeliest language of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guess {
    /// The language.
    pub language: Language,
    /// How sure, 0.0..=1.0, among the languages considered.
    pub probability: f64,
}

/// The language of `text`, or nothing if it has no letters.
///
/// About 0.98 right from three words and 0.99 from five; a single word is often not enough.
pub fn guess(text: &str) -> Option<Guess> {
    guess_among(text, &GUESSED, shipped())
}

/// As [`guess`], only among `languages` and by the weights of `profile`.
pub fn guess_among(text: &str, languages: &[Language], profile: &Profile) -> Option<Guess> {
    let found = features(text);
    if found.is_empty() {
        return None;
    }
    let mut sums = [0.0_f64; 3];
    for (feature, weight) in &found {
        for (sum, evidence) in sums.iter_mut().zip(profile.weights(feature)) {
            *sum += f64::from(weight * evidence);
        }
    }
    let considered = GUESSED
        .iter()
        .zip(sums)
        .filter(|(language, _)| languages.contains(language));
    let (best, top) = considered.clone().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let total: f64 = considered.map(|(_, sum)| libm::exp(sum - top)).sum();
    Some(Guess {
        language: *best,
        probability: 1.0 / total,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let got = guess(text).map(|guess| guess.language.to_string());
        assert_eq!(got.as_deref(), Some(expected), "{text:?}");
    }

    #[test]
    fn everyday_sentences_are_known() {
        check("where is the market", "en");
        check("I do not know", "en");
        check("muraho neza", "rw");
        check("ndashaka kwiga imibare", "rw");
        check("nataka kusoma hisabati", "sw");
        check("habari za asubuhi", "sw");
        check("WHAT IS YOUR NAME", "en");
    }

    #[test]
    fn a_name_does_not_decide() {
        check("my friend Uwimana Nyiramana is here", "en");
        check("rafiki yangu John Smith yuko hapa", "sw");
    }

    #[test]
    fn a_text_without_letters_has_no_language() {
        assert_eq!(guess("350 = 7?"), None);
        assert_eq!(guess(""), None);
    }

    #[test]
    fn only_the_languages_considered_are_guessed() {
        let only = guess_among("where is it", &[Language::SWAHILI], shipped()).unwrap();
        assert_eq!((only.language, only.probability), (Language::SWAHILI, 1.0));
        assert_eq!(guess_among("where", &[], shipped()), None);
    }

    proptest! {
        #[test]
        fn any_text_is_guessed_with_a_probability(text: String) {
            if let Some(guess) = guess(&text) {
                prop_assert!((0.33..=1.0).contains(&guess.probability));
            }
        }
    }
}
