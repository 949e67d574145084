//! Hint ladders: three steps, and never the answer.

use crate::Language;
use crate::exercise::Output;
use crate::number_words::spell;
use crate::question::Question;

use super::desk::Desk;
use super::wording::{contains_words, plain};

/// Point, teach, first step done together.
const STEPS: usize = 3;

/// Shortest word whose mention counts: hints cannot do without `a`, `is` or `at`.
const WORD_BYTES_MIN: usize = 3;

/// Draws whose hints are read.
const READ_MAX: usize = 40;

pub(super) fn check_hints(desk: &mut Desk<'_>, part: &str, questions: &[Question]) {
    let questions = &questions[..questions.len().min(READ_MAX)];
    let Some(first) = questions.first() else {
        return;
    };
    let exercise = first.exercise();
    if matches!(exercise.output, Output::Story { .. }) {
        return;
    }
    for &language in desk.languages {
        let Some(hints) = exercise.hints.exact(language) else {
            continue;
        };
        let part = format!("{part}/hints/{language}");
        if hints.len() != STEPS {
            let count = hints.len();
            let message = format!("{count} hints: expected point, teach, first step together");
            desk.error(&part, "hint-ladder", message);
        }
        for step in 0..hints.len() {
            let given = questions
                .iter()
                .filter(|question| gives_away(question, language, step))
                .count();
            // Drawn numbers may meet the answer by chance; a hint that tells it does so mostly.
            if given * 2 > questions.len() {
                let hint = first.hint(language, step).unwrap_or_default();
                let message = format!("hint tells the answer: \"{hint}\"");
                let part = format!("{part}/{step}");
                if is_little_word(first, language) {
                    desk.warn(&part, "hint-tells", message);
                } else {
                    desk.error(&part, "hint-tells", message);
                }
            } else if given * 4 > questions.len() {
                let message = format!(
                    "hint holds the answer in {given} of {} draws",
                    questions.len()
                );
                desk.warn(&format!("{part}/{step}"), "hint-tells", message);
            }
        }
    }
}

/// True if the answer is a word such as `are`, which a hint may use in passing.
fn is_little_word(question: &Question, language: Language) -> bool {
    let accepted = question.accepted(language);
    !accepted.is_empty() && accepted.iter().all(|wording| wording.len() <= 3)
}

fn gives_away(question: &Question, language: Language, step: usize) -> bool {
    let hint = plain(question.hint(language, step).unwrap_or_default());
    let asked = plain(&format!(
        "{} {}",
        question.introduction(language),
        question.input(language)
    ));
    let tells = |wording: &str| {
        let wording = plain(wording);
        contains_words(&hint, &wording) && !contains_words(&asked, &wording)
    };
    match &question.exercise().output {
        Output::Number { .. } => {
            let Some(answer) = question.number_answer() else {
                return false;
            };
            let spelled = answer.as_whole().and_then(|whole| spell(whole, language));
            // Small numbers double as words of every language: `one`, `rimwe`.
            let spelled = spelled.filter(|_| answer.to_f64().abs() > 2.0);
            tells(&answer.to_string())
                || answer.decimal().is_some_and(|decimal| tells(&decimal))
                || spelled.is_some_and(|words| tells(&words))
        }
        Output::Choice { right, .. } => {
            let long_and_told = |option: usize| {
                // The wording read out: others are bare words that hints cannot do without.
                let wording = question.option_wordings(language, option).first();
                wording.is_some_and(|w| w.len() >= WORD_BYTES_MIN && tells(w))
            };
            let others = (0..question.offered(language).len()).filter(|option| option != right);
            long_and_told(*right) && !others.into_iter().any(long_and_told)
        }
        Output::Phrase { .. } | Output::FillIn { .. } | Output::Line { .. } => question
            .accepted(language)
            .iter()
            .any(|w| w.len() >= WORD_BYTES_MIN && tells(w)),
        _ => false,
    }
}
