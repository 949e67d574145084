//! The grader's own opinion: it takes every right answer and no known wrong one.

use crate::Language;
use crate::answer::{Answer, Manner};
use crate::exercise::{GradedExample, Output, Rubric};
use crate::grade::{Evidence, Outcome, grade, grade_slot};
use crate::number_words::spell;
use crate::question::Question;

use super::desk::Desk;
use super::exercise::{answer_languages, named};

/// Draws whose answers are graded.
const GRADED_MAX: usize = 24;

pub(super) fn check_graded(desk: &mut Desk<'_>, part: &str, questions: &[Question]) {
    for question in questions.iter().take(GRADED_MAX) {
        for language in answer_languages(desk, question.exercise()) {
            let rights = right_answers(question, language);
            let rights = rights
                .into_iter()
                .filter(|(_, text)| !text.trim().is_empty());
            for (key, text) in rights {
                expect_right(desk, &format!("{part}/{key}"), question, (language, &text));
            }
            for (key, text, misconception) in wrong_answers(question, language) {
                let part = format!("{part}/{key}");
                expect_wrong(desk, &part, question, (language, &text), misconception);
            }
            check_examples(desk, part, question, language);
        }
    }
}

/// An example may wait for more evidence, but is never judged against its own mark.
///
/// In an argument only what is turned down counts: any part on the topic passes there.
fn check_examples(desk: &mut Desk<'_>, part: &str, question: &Question, language: Language) {
    match &question.exercise().output {
        Output::Open(rubric) => {
            for (part, example) in examples(part, rubric, language) {
                let answer = texted(&example.answer, language);
                let outcome = grade(question, &answer, Evidence::default()).outcome;
                if outcome == Some(Outcome::Right) && !example.correct {
                    let message = format!("the grader takes \"{}\" as right", example.answer);
                    desk.error(&part, "accepted-error", message);
                }
                expect_not_turned_down(desk, &part, example, outcome);
            }
        }
        Output::Argument { slots, .. } => {
            for (index, slot) in slots.iter().enumerate() {
                let part = format!("{part}/slot/{index}");
                for (part, example) in examples(&part, &slot.rubric, language) {
                    let answer = texted(&example.answer, language);
                    let grade = grade_slot(question, slot, &answer, Evidence::default());
                    let outcome = grade.outcome;
                    expect_not_turned_down(desk, &part, example, outcome);
                }
            }
        }
        _ => {}
    }
}

fn examples<'a>(
    part: &str,
    rubric: &'a Rubric,
    language: Language,
) -> impl Iterator<Item = (String, &'a GradedExample)> {
    let graded = rubric.graded.iter();
    let graded = graded.filter(move |example| example.language == language);
    let part = format!("{part}/graded/{language}");
    let graded = graded.enumerate();
    graded.map(move |(index, example)| (format!("{part}/{index}"), example))
}

fn expect_not_turned_down(
    desk: &mut Desk<'_>,
    part: &str,
    example: &GradedExample,
    outcome: Option<Outcome>,
) {
    if outcome == Some(Outcome::NotYet) && example.correct {
        let message = format!("the grader turns down \"{}\"", example.answer);
        desk.error(part, "rejected-answer", message);
    }
}

/// Each part that holds a right answer, with ways to give it.
fn right_answers(question: &Question, language: Language) -> Vec<(String, String)> {
    let mut answers = Vec::new();
    let mut add = |key: &str, text: String| answers.push((key.to_owned(), text));
    match &question.exercise().output {
        Output::Number { .. } => {
            let also = question.number_also().iter().enumerate();
            let also = also.map(|(index, value)| (format!("also/{index}"), *value));
            let answer = question
                .number_answer()
                .map(|value| ("answer".to_owned(), value));
            for (key, value) in answer.into_iter().chain(also) {
                add(&key, value.to_string());
                add(&key, value.decimal().unwrap_or_default());
                let words = value.as_whole().and_then(|whole| spell(whole, language));
                add(&key, words.clone().unwrap_or_default());
                if let (Some(unit), true) = (question.unit(), key == "answer") {
                    add("unit", format!("{value} {unit}"));
                }
            }
        }
        Output::Choice { right, .. } => {
            add("right", question.right_letters().unwrap_or_default());
            for wording in question.option_wordings(language, *right) {
                add(&format!("options/{language}/{right}"), wording.clone());
            }
        }
        Output::Phrase { .. } | Output::FillIn { .. } | Output::Line { .. } => {
            for (index, wording) in question.accepted(language).iter().enumerate() {
                add(&format!("answers/{language}/{index}"), wording.clone());
            }
        }
        Output::Order { .. } => {
            add(
                &format!("items/{language}"),
                question.right_letters().unwrap_or_default(),
            );
            let mut items = question.offered(language);
            items.sort_by_key(|item| item.index);
            let items: Vec<&str> = items.iter().map(|item| item.text).collect();
            add(&format!("items/{language}"), items.join(", "));
        }
        Output::Open(rubric) => {
            let references = rubric.references.exact(language).into_iter().flatten();
            for (index, reference) in references.enumerate() {
                add(&format!("references/{language}/{index}"), reference.clone());
            }
        }
        Output::Story { .. } | Output::Argument { .. } => {}
    }
    answers
}

/// Each part that holds a known wrong answer, with the misconception it shows.
fn wrong_answers(question: &Question, language: Language) -> Vec<(String, String, Option<usize>)> {
    let mut answers = Vec::new();
    for (index, value) in question.misconception_values() {
        let key = format!("misconception/{index}/value");
        answers.push((key, value.to_string(), Some(index)));
    }
    // What shows a misconception in an argument belongs to one slot, which is not told.
    let is_argument = matches!(question.exercise().output, Output::Argument { .. });
    let phrases = question.misconception_phrases(language);
    for (index, phrases) in phrases.filter(|_| !is_argument) {
        for (place, phrase) in phrases.iter().enumerate() {
            let key = format!("misconception/{index}/phrase/{language}/{place}");
            answers.push((key, phrase.clone(), Some(index)));
        }
    }
    if let Some(right) = question.right_option() {
        for offered in question
            .offered(language)
            .iter()
            .filter(|o| o.index != right)
        {
            let mut seen = question.misconception_options();
            let shown = seen
                .find(|(_, option)| *option == offered.index)
                .map(|(index, _)| index);
            let key = format!("options/{language}/{}", offered.index);
            answers.push((key.clone(), offered.letter.to_string(), shown));
            answers.push((key, offered.text.to_owned(), shown));
        }
    }
    answers
}

fn expect_right(
    desk: &mut Desk<'_>,
    part: &str,
    question: &Question,
    (language, text): (Language, &str),
) {
    let grade = grade(question, &texted(text, language), Evidence::default());
    let is_open = matches!(question.exercise().output, Output::Open(_));
    // An open answer may wait for more evidence; nothing right may be turned down.
    let taken = match grade.outcome {
        Some(Outcome::Right) => true,
        Some(Outcome::Deferred) | None => is_open,
        Some(Outcome::NotYet) => false,
    };
    if !taken {
        let drawn = named(question.exercise(), question.numbers());
        let message = format!(
            "the grader does not take \"{text}\" as right ({:?}) {drawn}",
            grade.reason
        );
        desk.error(part, "rejected-answer", message);
    }
}

fn expect_wrong(
    desk: &mut Desk<'_>,
    part: &str,
    question: &Question,
    (language, text): (Language, &str),
    misconception: Option<usize>,
) {
    let grade = grade(question, &texted(text, language), Evidence::default());
    let drawn = named(question.exercise(), question.numbers());
    if grade.outcome == Some(Outcome::Right) {
        let message = format!(
            "the grader takes \"{text}\" as right ({:?}) {drawn}",
            grade.reason
        );
        desk.error(part, "accepted-error", message);
    } else if let Some(index) = misconception
        && grade.outcome == Some(Outcome::NotYet)
        && grade.misconception.map(usize::from) != Some(index)
    {
        let shown = grade
            .misconception
            .map_or("none".to_owned(), |i| (i + 1).to_string());
        let message = format!(
            "the grader sees misconception {shown} in \"{text}\", not {} {drawn}",
            index + 1
        );
        desk.warn(part, "other-misconception", message);
    }
}

fn texted(text: &str, language: Language) -> Answer {
    Answer {
        text: text.to_owned(),
        manner: Manner::Texted,
        language,
    }
}
