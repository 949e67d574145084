//! What a text looks like: its words and the letter sequences in them.

/// Words looked at: the first hundred say enough.
const WORDS_MAX: usize = 100;

/// Letters of a word looked at.
const LETTERS_MAX: usize = 24;

/// Longest letter sequence.
const SEQUENCE_MAX: usize = 4;

/// Each feature of `text` with its weight: words as `=word`, letter sequences with `_` at the ends
/// of words.
///
/// A word that begins with a capital inside a sentence is half as heavy: names travel between
/// languages.
pub fn features(text: &str) -> Vec<(String, f32)> {
    let mut found = Vec::new();
    let is_word = |c: char| c.is_alphabetic() || matches!(c, '\'' | '\u{2019}');
    let words = text
        .split(|c| !is_word(c))
        .filter(|word| word.chars().any(char::is_alphabetic));
    for (index, word) in words.take(WORDS_MAX).enumerate() {
        let capital = word.chars().next().is_some_and(char::is_uppercase);
        let shouted = word.chars().skip(1).any(char::is_uppercase);
        let weight = if capital && !shouted && index > 0 {
            0.5
        } else {
            1.0
        };
        let plain: Vec<char> = word
            .chars()
            .map(|c| if c == '\u{2019}' { '\'' } else { c })
            .flat_map(char::to_lowercase)
            .take(LETTERS_MAX)
            .collect();
        found.push((format!("={}", plain.iter().collect::<String>()), weight));
        let padded: Vec<char> = ['_'].into_iter().chain(plain).chain(['_']).collect();
        for length in 1..=SEQUENCE_MAX {
            found.extend(
                padded
                    .windows(length)
                    .map(|run| (run.iter().collect(), weight)),
            );
        }
    }
    found
}
