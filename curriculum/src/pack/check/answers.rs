//! Answers in words: told apart from each other and from known errors.

use std::collections::BTreeMap;

use crate::exercise::Output;
use crate::question::Question;
use crate::{Language, gsm7};

use super::desk::Desk;
use super::exercise::answer_languages;
use super::text::{Limits, check_text};
use super::wording::plain;

/// Draws whose wordings are compared.
const COMPARED_MAX: usize = 40;

pub(super) fn check_answers(desk: &mut Desk<'_>, part: &str, questions: &[Question]) {
    for question in questions.iter().take(COMPARED_MAX) {
        for language in answer_languages(desk, question.exercise()) {
            match &question.exercise().output {
                Output::Choice { options, right } => {
                    check_choice(desk, part, question, language, options.len(), *right);
                }
                Output::Order { .. } => check_order(desk, part, question, language),
                Output::Phrase { .. } | Output::FillIn { .. } | Output::Line { .. } => {
                    check_accepted(desk, part, question, language);
                }
                _ => {}
            }
            check_phrases(desk, part, question, language);
        }
        if matches!(question.exercise().output, Output::FillIn { .. }) {
            check_gap(desk, part, question);
        }
        check_message(desk, part, question);
    }
}

fn check_choice(
    desk: &mut Desk<'_>,
    part: &str,
    question: &Question,
    language: Language,
    count: usize,
    right: usize,
) {
    let options = format!("{part}/options/{language}");
    if !(2..=4).contains(&count) {
        let message = format!("{count} options: expected two to four");
        desk.error(&options, "options", message);
    }
    if right >= count {
        let message = format!("right option {} of {count}", right + 1);
        desk.error(&format!("{part}/right"), "options", message);
    }
    let mut wordings: BTreeMap<String, usize> = BTreeMap::new();
    for option in 0..count {
        for wording in question.option_wordings(language, option) {
            let part = format!("{options}/{option}");
            check_text(desk, &part, wording, Limits::WORDING);
            let other = wordings.insert(plain(wording), option);
            if other.is_some_and(|other| other != option) {
                let message = format!("\"{wording}\" is a wording of two options");
                desk.error(&part, "ambiguous-answer", message);
            }
        }
    }
    for (index, option) in question.misconception_options() {
        let part = format!("{part}/misconception/{index}/option");
        if option == right {
            desk.error(
                &part,
                "ambiguous-answer",
                "this is the right option".to_owned(),
            );
        } else if option >= count {
            let message = format!("option {} of {count}", option + 1);
            desk.error(&part, "options", message);
        }
    }
}

fn check_order(desk: &mut Desk<'_>, part: &str, question: &Question, language: Language) {
    let items = format!("{part}/items/{language}");
    let offered = question.offered(language);
    if !(3..=5).contains(&offered.len()) {
        let message = format!("{} items: expected three to five", offered.len());
        desk.error(&items, "options", message);
    }
    let mut wordings: BTreeMap<String, usize> = BTreeMap::new();
    for item in &offered {
        let part = format!("{items}/{}", item.index);
        check_text(desk, &part, item.text, Limits::WORDING);
        if wordings.insert(plain(item.text), item.index).is_some() {
            let message = format!("\"{}\" is there twice", item.text);
            desk.error(&part, "ambiguous-answer", message);
        }
    }
}

fn check_accepted(desk: &mut Desk<'_>, part: &str, question: &Question, language: Language) {
    let answers = format!("{part}/answers/{language}");
    let accepted = question.accepted(language);
    if accepted.is_empty() {
        desk.error(&answers, "empty-text", "no answer is accepted".to_owned());
    }
    for (index, wording) in accepted.iter().enumerate() {
        check_text(
            desk,
            &format!("{answers}/{index}"),
            wording,
            Limits::WORDING,
        );
    }
}

/// Known wrong wordings are neither right nor a sign of two misconceptions.
fn check_phrases(desk: &mut Desk<'_>, part: &str, question: &Question, language: Language) {
    let right: Vec<String> = match &question.exercise().output {
        Output::Open(rubric) => {
            let references = rubric.references.exact(language);
            references
                .into_iter()
                .flatten()
                .map(|text| plain(text))
                .collect()
        }
        _ => question
            .accepted(language)
            .iter()
            .map(|text| plain(text))
            .collect(),
    };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (index, phrases) in question.misconception_phrases(language) {
        for (place, phrase) in phrases.iter().enumerate() {
            let part = format!("{part}/misconception/{index}/phrase/{language}/{place}");
            let wording = plain(phrase);
            if right.contains(&wording) {
                let message = format!("\"{phrase}\" is also accepted as right");
                desk.error(&part, "ambiguous-answer", message);
            }
            if seen
                .insert(wording, index)
                .is_some_and(|other| other != index)
            {
                let message = format!("\"{phrase}\" shows two misconceptions");
                desk.error(&part, "ambiguous-answer", message);
            }
        }
    }
}

fn check_gap(desk: &mut Desk<'_>, part: &str, question: &Question) {
    for &language in desk.languages {
        for (key, text) in [
            ("input", question.input(language)),
            ("sms", question.sms(language)),
        ] {
            if !text.contains("___") {
                let message = format!("no gap `___` in \"{text}\"");
                desk.error(&format!("{part}/{key}/{language}"), "no-gap", message);
            }
        }
    }
}

/// The text form with its options fits one message.
fn check_message(desk: &mut Desk<'_>, part: &str, question: &Question) {
    for &language in desk.languages {
        let offered = question.offered(language);
        if offered.is_empty() {
            continue;
        }
        let mut message = question.sms(language).to_owned();
        for option in &offered {
            message.push_str(&format!(" {}) {}", option.letter, option.text));
        }
        let septets = gsm7::septets(&message).unwrap_or(0);
        if septets > gsm7::MESSAGE_SEPTETS {
            let max = gsm7::MESSAGE_SEPTETS;
            let note = format!("{septets} characters with options, at most {max}: \"{message}\"");
            desk.error(&format!("{part}/sms/{language}"), "too-long", note);
        }
    }
}
