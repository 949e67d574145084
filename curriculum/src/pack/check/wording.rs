//! Wordings compared as a listener would: without case, punctuation or double spaces.

/// `text` in lower case with its words parted by single spaces.
///
/// Letters, digits and signs of arithmetic stay, so that `5 + 2` and `5 - 2` differ.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(|&c| is_kept(c)).collect();
        if !word.is_empty() {
            if !plain.is_empty() {
                plain.push(' ');
            }
            plain.push_str(&word.to_lowercase());
        }
    }
    // A point or comma between digits is part of a number, at the end of a sentence it is not.
    plain
        .split(' ')
        .map(|word| word.trim_matches(['.', ',']))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// True if `words` occurs in `text` as whole words; both plain.
pub(super) fn contains_words(text: &str, words: &str) -> bool {
    !words.is_empty() && format!(" {text} ").contains(&format!(" {words} "))
}

/// Words that are spoken: tokens with a letter or a digit.
pub(super) fn words(text: &str) -> usize {
    text.split_whitespace()
        .filter(|token| token.chars().any(char::is_alphanumeric))
        .count()
}

/// The most words between two pauses.
pub(super) fn longest_sentence(text: &str) -> usize {
    let mut longest = 0;
    let mut current = 0;
    for token in text.split_whitespace() {
        current += usize::from(token.chars().any(char::is_alphanumeric));
        if ends_sentence(token) {
            longest = longest.max(current);
            current = 0;
        }
    }
    longest.max(current)
}

fn ends_sentence(token: &str) -> bool {
    token
        .trim_end_matches(['"', '\'', ')', '»', '”', '’'])
        .ends_with(['.', '!', '?', ':', ';'])
}

fn is_kept(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '+' | '-' | '*' | '/' | '=' | '<' | '>' | '%' | '.' | ',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wordings_that_sound_alike_are_alike() {
        assert_eq!(plain("  The HEN. "), plain("the hen"));
        assert_eq!(plain("don't"), "dont");
        assert_eq!(plain("2.5 kg."), "2.5 kg");
        assert_ne!(plain("5 + 2"), plain("5 - 2"));
    }

    #[test]
    fn words_are_found_whole() {
        assert!(contains_words("add the ten", "ten"));
        assert!(!contains_words("often", "ten"));
        assert!(!contains_words("any", ""));
    }

    #[test]
    fn sentences_end_at_pauses() {
        assert_eq!(words("2 + 3 = 5"), 3);
        assert_eq!(longest_sentence("One two. Three four five! Six"), 3);
        assert_eq!(
            longest_sentence("It costs 2.5 francs. \"Go.\" He went away now"),
            4
        );
        assert_eq!(longest_sentence(""), 0);
    }
}
