//! One exercise: its texts, then what its kind asks for.

use std::sync::Arc;

use crate::exercise::{Exercise, Output, Seen};
use crate::question::{DrawError, Question, draws};
use crate::{Language, Localised};

use super::answers::check_answers;
use super::desk::Desk;
use super::graded::check_graded;
use super::hints::check_hints;
use super::numbers::check_numbers;
use super::rubric::{check_argument, check_open};
use super::story::check_story;
use super::text::{Limits, check_text};
use super::wording::words;

/// Draws whose values are worked out.
const DRAWS_MAX: usize = 200;

/// Draws whose texts are read.
const READ_MAX: usize = 24;

pub(super) fn check_exercise(desk: &mut Desk<'_>, part: &str, exercise: &Exercise) {
    check_translations(desk, part, exercise);
    check_kinds_of_misconception(desk, part, exercise);
    match &exercise.output {
        Output::Open(rubric) => check_open(desk, part, exercise, rubric),
        Output::Argument { slots, counter } => check_argument(desk, part, slots, counter),
        Output::Story {
            parts,
            attribution,
            questions,
        } => check_story(desk, part, exercise, (parts, attribution), questions),
        _ => {}
    }
    let exercise = Arc::new(exercise.clone());
    let questions = draw_all(desk, part, &exercise);
    for question in questions.iter().take(READ_MAX) {
        check_texts(desk, part, question);
    }
    check_numbers(desk, part, &exercise, &questions);
    check_answers(desk, part, &questions);
    check_graded(desk, part, &questions);
    check_hints(desk, part, &questions);
}

/// Languages an answer, an option or a story must be in.
pub(super) fn answer_languages(desk: &Desk<'_>, exercise: &Exercise) -> Vec<Language> {
    match exercise.answer_language {
        Some(language) => vec![language],
        None => desk.languages.to_vec(),
    }
}

/// Up to [`DRAWS_MAX`] questions; those that cannot be made are findings.
fn draw_all(desk: &mut Desk<'_>, part: &str, exercise: &Arc<Exercise>) -> Vec<Question> {
    let drawn = match draws(exercise, DRAWS_MAX) {
        Ok(drawn) => drawn,
        Err(error) => {
            let message = explain(&error);
            desk.error(&format!("{part}/where"), "formula", message);
            return Vec::new();
        }
    };
    let mut questions = Vec::with_capacity(drawn.len());
    for numbers in drawn {
        match Question::restore(exercise, &numbers) {
            Ok(question) => questions.push(question),
            Err(error) => {
                let message = format!("{} with {}", explain(&error), named(exercise, &numbers));
                let part = match &error {
                    DrawError::Text { part: inner, .. } | DrawError::Value { part: inner, .. } => {
                        format!("{part}/{inner}")
                    }
                    _ => part.to_owned(),
                };
                desk.error(&part, "formula", message);
            }
        }
    }
    questions
}

/// `a = 2, b = 5`.
pub(super) fn named(exercise: &Exercise, numbers: &[i64]) -> String {
    let ranges = exercise
        .generator
        .iter()
        .flat_map(|generator| &generator.numbers);
    ranges
        .zip(numbers)
        .map(|(range, number)| format!("{} = {number}", range.name))
        .collect::<Vec<_>>()
        .join(", ")
}

fn explain(error: &DrawError) -> String {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        message = format!("{message}: {inner}");
        source = inner.source();
    }
    message
}

fn check_translations(desk: &mut Desk<'_>, part: &str, exercise: &Exercise) {
    let languages = desk.languages.to_vec();
    let in_all = |desk: &mut Desk<'_>, key: &str, texts: &Localised<String>| {
        desk.translated(
            &format!("{part}/{key}"),
            &format!("`{key}`"),
            texts,
            &languages,
        );
    };
    let is_story = matches!(exercise.output, Output::Story { .. });
    let is_argument = matches!(exercise.output, Output::Argument { .. });
    if !is_story || !exercise.input.is_empty() {
        in_all(desk, "input", &exercise.input);
    }
    if !is_story || !exercise.sms.is_empty() {
        in_all(desk, "sms", &exercise.sms);
    }
    if !(is_story || is_argument) || !exercise.explain.is_empty() {
        in_all(desk, "explain", &exercise.explain);
    }
    for (key, texts) in [
        ("theory", &exercise.theory),
        ("introduction", &exercise.introduction),
    ] {
        if !texts.is_empty() {
            in_all(desk, key, texts);
        }
    }
    if !is_story {
        let part = format!("{part}/hints");
        desk.translated(&part, "`hints`", &exercise.hints, &languages);
    }
    let answers = answer_languages(desk, exercise);
    let (key, lists) = match &exercise.output {
        Output::Phrase { accepted } | Output::FillIn { accepted } | Output::Line { accepted } => {
            ("answers", vec![accepted])
        }
        Output::Choice { options, .. } => ("options", options.iter().collect()),
        Output::Order { items } => ("items", vec![items]),
        _ => ("", Vec::new()),
    };
    for list in lists {
        let part = format!("{part}/{key}");
        desk.translated(&part, &format!("`{key}`"), list, &answers);
    }
    for (index, misconception) in exercise.misconceptions.iter().enumerate() {
        let part = format!("{part}/misconception/{index}");
        let repair = &misconception.repair;
        desk.translated(&format!("{part}/repair"), "`repair`", repair, &languages);
        if let Seen::Phrase(phrases) = &misconception.seen {
            desk.translated(&format!("{part}/phrase"), "`phrase`", phrases, &answers);
        }
    }
}

fn check_kinds_of_misconception(desk: &mut Desk<'_>, part: &str, exercise: &Exercise) {
    let is_story = matches!(exercise.output, Output::Story { .. });
    if exercise.misconceptions.is_empty() && !is_story {
        let message = "no misconception: name at least one wrong way and its repair".to_owned();
        desk.error(part, "no-misconception", message);
    }
    for (index, misconception) in exercise.misconceptions.iter().enumerate() {
        let expected = match exercise.output {
            Output::Number { .. } => "value",
            Output::Choice { .. } => "option",
            _ => "phrase",
        };
        let found = match misconception.seen {
            Seen::Value(_) => "value",
            Seen::Option(_) => "option",
            Seen::Phrase(_) => "phrase",
        };
        if found != expected {
            let kind = exercise.kind();
            let message = format!("`{found}` never shows in a {kind}: use `{expected}`");
            desk.error(
                &format!("{part}/misconception/{index}"),
                "misconception",
                message,
            );
        }
        if misconception.diagnosis.trim().is_empty() {
            let part = format!("{part}/misconception/{index}/diagnosis");
            desk.error(&part, "empty-text", "diagnosis is empty".to_owned());
        }
    }
}

/// Words of the step worked aloud and its question, said in one turn: with a word of praise before
/// them it takes 20 s, the longest that a child should only listen.
const TURN_WORDS_MAX: usize = 34;

fn check_turn(desk: &mut Desk<'_>, part: &str, question: &Question, language: Language) {
    let at_own_pace = matches!(
        question.exercise().output,
        Output::Open(_) | Output::Story { .. } | Output::Argument { .. }
    );
    // A question of a story comes after a part of it, without its theory.
    if at_own_pace || part.contains("/question/") {
        return;
    }
    let offered = question.offered(language);
    // Each option is said after its number.
    let options = offered.iter().map(|offered| words(offered.text) + 1);
    let said = [
        question.theory(language),
        question.introduction(language),
        question.input(language),
    ];
    let count = said.map(words).iter().sum::<usize>() + options.sum::<usize>();
    if count > TURN_WORDS_MAX {
        let message = format!(
            "theory, question and options have {count} words, said in one turn: at most \
             {TURN_WORDS_MAX}"
        );
        desk.error(&format!("{part}/theory/{language}"), "long-turn", message);
    }
}

fn check_texts(desk: &mut Desk<'_>, part: &str, question: &Question) {
    let exercise = question.exercise();
    for &language in desk.languages {
        check_turn(desk, part, question, language);
        for (key, texts, text, limits) in [
            (
                "theory",
                &exercise.theory,
                question.theory(language),
                Limits::THEORY,
            ),
            (
                "input",
                &exercise.input,
                question.input(language),
                Limits::INPUT,
            ),
            ("sms", &exercise.sms, question.sms(language), Limits::SMS),
            (
                "explain",
                &exercise.explain,
                question.explain(language),
                Limits::EXPLAIN,
            ),
        ] {
            if texts.exact(language).is_some() {
                check_text(desk, &format!("{part}/{key}/{language}"), text, limits);
            }
        }
        let introduction = question.introduction(language);
        if !introduction.is_empty() && exercise.introduction.exact(language).is_some() {
            let part = format!("{part}/introduction/{language}");
            check_text(desk, &part, introduction, Limits::INTRODUCTION);
        }
        if exercise.hints.exact(language).is_some() {
            for step in 0.. {
                let Some(hint) = question.hint(language, step) else {
                    break;
                };
                let part = format!("{part}/hints/{language}/{step}");
                check_text(desk, &part, hint, Limits::HINT);
            }
        }
        for (index, misconception) in exercise.misconceptions.iter().enumerate() {
            if misconception.repair.exact(language).is_some() {
                let part = format!("{part}/misconception/{index}/repair/{language}");
                let repair = question.repair(language, index).unwrap_or_default();
                check_text(desk, &part, repair, Limits::REPAIR);
            }
        }
    }
}
