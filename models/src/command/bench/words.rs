//! Free speech for the bench: sentences said by a voice, and how many words were mistaken.

use curriculum::Language;
use models::audio::Samples;
use models::piper::PiperVoice;
use models::synthesise::{SpeakingStyle, speak};
use models::telephone::telephone_line;

pub(super) const JFK: &str = "And so my fellow Americans ask not what your country can do for you \
    ask what you can do for your country";

/// What learners say in answer to open questions, of one to twenty-four words.
const SENTENCES: &str = include_str!("sentences.txt");

/// The first `count` sentences, spoken through a telephone line.
pub(super) fn sentences(count: usize) -> anyhow::Result<Vec<(String, Samples)>> {
    let mut voice = PiperVoice::installed(Language::ENGLISH)?;
    let mut spoken = Vec::with_capacity(count);
    for text in SENTENCES.lines().take(count) {
        let parts: Result<Vec<Samples>, _> =
            speak(&mut voice, text, Language::ENGLISH, SpeakingStyle::NATURAL)?.collect();
        let parts = parts?;
        let values: Vec<f32> = parts
            .iter()
            .flat_map(|part| part.values().iter().copied())
            .collect();
        let Some(first) = parts.first() else { continue };
        spoken.push((
            text.to_owned(),
            telephone_line(&Samples::new(first.rate(), values)),
        ));
    }
    Ok(spoken)
}

/// Substituted, missing and added words over all that were said.
#[derive(Default)]
pub(super) struct WordErrors {
    errors: usize,
    words: usize,
}

impl WordErrors {
    pub(super) fn add(&mut self, said: &str, heard: &str) {
        let (said, heard) = (plain(said), plain(heard));
        self.errors += edits(&said, &heard);
        self.words += said.len();
    }

    pub(super) fn percent(&self) -> f64 {
        100.0 * self.errors as f64 / self.words.max(1) as f64
    }
}

/// Words in lower case, without punctuation.
fn plain(text: &str) -> Vec<String> {
    let bare = |word: &str| {
        word.chars()
            .filter(|letter| letter.is_alphanumeric())
            .collect::<String>()
            .to_lowercase()
    };
    text.split([' ', '-'])
        .map(bare)
        .filter(|word| !word.is_empty())
        .collect()
}

/// Levenshtein distance in words.
fn edits(a: &[String], b: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let changed = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, heard: &str, errors: usize) {
        assert_eq!(
            edits(&plain(said), &plain(heard)),
            errors,
            "{said} / {heard}"
        );
    }

    #[test]
    fn words_are_counted_without_case_or_marks() {
        check("The cow eats grass.", "the cow, eats GRASS", 0);
        check("the cow eats grass", "a cow eats", 2);
        check("yes", "", 1);
        check("", "thank you", 2);
    }

    #[test]
    fn there_are_sixty_sentences() {
        assert_eq!(SENTENCES.lines().count(), 60);
    }
}
