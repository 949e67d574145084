//! Templates: texts with holes that a generator's numbers fill.

use crate::formula::{Drawn, Expression, FormulaError};

/// Longest template, in bytes: a story part of 90 words is under 1,000.
pub const TEMPLATE_BYTES_MAX: usize = 2_000;

/// Most words in a word hole.
pub const WORDS_MAX: usize = 32;

/// Why a text cannot be filled; `at` is a byte offset from the start of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It goes on past [`TEMPLATE_BYTES_MAX`].
    #[error("fill text `{0}…`: longer than {TEMPLATE_BYTES_MAX} bytes")]
    Long(String),
    /// A `{` without its `}`, a `}` without its `{`, or one hole inside another.
    #[error("fill text `{text}`: bracket at character {} has no partner", .at + 1)]
    Bracket {
        /// The text.
        text: String,
        /// Where in it.
        at: usize,
    },
    /// A formula in a hole.
    #[error("fill hole at character {}", .at + 1)]
    Formula {
        /// Where the hole begins.
        at: usize,
        /// What is not right in it.
        source: FormulaError,
    },
    /// A word hole without a word for the drawn number.
    #[error("fill hole `{hole}`: no word at position {position}, counted from 0")]
    Word {
        /// The hole.
        hole: String,
        /// The position asked for.
        position: i64,
    },
    /// A word hole with too many words.
    #[error("fill hole `{0}`: more than {WORDS_MAX} words")]
    Words(String),
}

/// Fills every `{formula}` with its whole value and every `{formula: one|two|three}` with the
/// word at that position.
///
/// # Errors
/// On an unclosed hole, a formula that cannot be worked out, a fraction, or a missing word.
pub fn fill(text: &str, drawn: &Drawn<'_>) -> Result<String, TemplateError> {
    if text.len() > TEMPLATE_BYTES_MAX {
        return Err(TemplateError::Long(text.chars().take(40).collect()));
    }
    let mut filled = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = text[at..].find(['{', '}']) {
        let open = at + found;
        let bracket = |at| TemplateError::Bracket {
            text: text.to_owned(),
            at,
        };
        filled.push_str(&text[at..open]);
        let after = &text[open + 1..];
        let length = after.find(['{', '}']).ok_or_else(|| bracket(open))?;
        let pair = text[open..].starts_with('{') && after[length..].starts_with('}');
        if !pair {
            return Err(bracket(open));
        }
        fill_hole(&after[..length], open, drawn, &mut filled)?;
        at = open + length + 2;
    }
    filled.push_str(&text[at..]);
    Ok(filled)
}

fn fill_hole(
    hole: &str,
    at: usize,
    drawn: &Drawn<'_>,
    filled: &mut String,
) -> Result<(), TemplateError> {
    let (formula, words) = match hole.split_once(':') {
        Some((formula, words)) => (formula, Some(words)),
        None => (hole, None),
    };
    let value = Expression::parse(formula)
        .and_then(|formula| formula.evaluate_whole(drawn))
        .map_err(|source| TemplateError::Formula { at, source })?;
    let Some(words) = words else {
        filled.push_str(&value.to_string());
        return Ok(());
    };
    if words.split('|').count() > WORDS_MAX {
        return Err(TemplateError::Words(hole.to_owned()));
    }
    let word = usize::try_from(value)
        .ok()
        .and_then(|position| words.split('|').nth(position));
    match word {
        Some(word) => filled.push_str(word.trim()),
        None => {
            return Err(TemplateError::Word {
                hole: hole.to_owned(),
                position: value,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::exercise::NumberRange;

    /// Fills `text` with a = 7, b = 3, who = 1.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let ranges = ["a", "b", "who"].map(|name| NumberRange {
            name: name.to_owned(),
            low: 0,
            high: 9,
            step: 1,
        });
        let got = fill(text, &Drawn::new(&ranges, &[7, 3, 1]));
        assert_eq!(got.unwrap_or_else(|error| error.to_string()), expected);
    }

    #[test]
    fn numbers_and_words_fill_holes() {
        check("What is {a} plus {b}?", "What is 7 plus 3?");
        check("{max(a, b)}, then {max(a, b) + 1}.", "7, then 8.");
        check("{who: Aline|Eric|Keza} has {a}.", "Eric has 7.");
        check("{ who - 1 : one egg | two eggs }", "one egg");
        check("no holes", "no holes");
        check("", "");
        check("umwéne {a} – {b}", "umwéne 7 – 3");
    }

    #[test]
    fn holes_that_cannot_be_filled_are_named() {
        check(
            "a { b",
            "fill text `a { b`: bracket at character 3 has no partner",
        );
        check(
            "a } b",
            "fill text `a } b`: bracket at character 3 has no partner",
        );
        check(
            "{a {b}}",
            "fill text `{a {b}}`: bracket at character 1 has no partner",
        );
        check("see {a / b}", "fill hole at character 5");
        check(
            "{a: x|y}",
            "fill hole `a: x|y`: no word at position 7, counted from 0",
        );
        check(
            "{b - a: x|y}",
            "fill hole `b - a: x|y`: no word at position -4, counted from 0",
        );
        check(
            &format!("{{b: {}}}", "|".repeat(40)),
            &format!("fill hole `b: {}`: more than 32 words", "|".repeat(40)),
        );
    }

    proptest! {
        #[test]
        fn text_without_holes_comes_back_unchanged(text in "[^{}]{0,80}") {
            prop_assert_eq!(fill(&text, &Drawn::NONE), Ok(text));
        }

        #[test]
        fn no_text_makes_filling_panic(text in "[{}:|a-c0-9 /é+-]{0,40}") {
            let _ = fill(&text, &Drawn::NONE);
        }
    }
}
