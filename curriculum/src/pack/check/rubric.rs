//! Open answers and arguments: enough graded examples, on both sides, that agree.

use std::collections::BTreeMap;

use crate::exercise::{ArgumentSlot, Exercise, GradedExample, Rubric, SlotRole};
use crate::{Language, Localised};

use super::desk::Desk;
use super::exercise::answer_languages;
use super::text::{Limits, check_text};
use super::wording::plain;

/// Graded examples wanted in English, in which meaning is compared.
const GRADED_WANTED: usize = 20;

/// Fewer than this cannot show how children err.
const GRADED_NEEDED: usize = 12;

/// Graded examples wanted in another language.
const GRADED_OTHER: usize = 6;

/// Graded examples wanted for one slot of an argument, which has four.
const GRADED_SLOT: usize = 4;

pub(super) fn check_open(desk: &mut Desk<'_>, part: &str, exercise: &Exercise, rubric: &Rubric) {
    let languages = answer_languages(desk, exercise);
    check_rubric(desk, part, rubric, &languages);
    for language in languages {
        let graded: Vec<_> = of(rubric, language).collect();
        let right = graded.iter().filter(|example| example.correct).count();
        let part = format!("{part}/graded/{language}");
        let count = graded.len();
        let (wanted, needed) = if language == Language::ENGLISH {
            (GRADED_WANTED, GRADED_NEEDED)
        } else {
            (GRADED_OTHER, 0)
        };
        let message = format!("{count} graded examples in `{language}`, {wanted} wanted");
        if count < needed {
            desk.error(&part, "few-graded", message);
        } else if count < wanted {
            desk.warn(&part, "few-graded", message);
        }
        let lesser = right.min(count - right);
        if count >= GRADED_OTHER && lesser * 4 < count {
            let message = format!("one-sided: {right} of {count} graded examples are right");
            desk.error(&part, "one-sided", message);
        }
    }
}

pub(super) fn check_argument(
    desk: &mut Desk<'_>,
    part: &str,
    slots: &[ArgumentSlot],
    counter: &Localised<String>,
) {
    let languages = desk.languages.to_vec();
    desk.translated(&format!("{part}/counter"), "`counter`", counter, &languages);
    for (language, text) in counter.iter() {
        let part = format!("{part}/counter/{language}");
        check_text(desk, &part, text, Limits::COUNTER);
    }
    let roles: Vec<SlotRole> = slots.iter().map(|slot| slot.role).collect();
    let frame = [
        SlotRole::Claim,
        SlotRole::Because,
        SlotRole::Example,
        SlotRole::Yet,
    ];
    if roles.len() < 2 || !frame.starts_with(&roles) {
        let message = "slots: expected claim, because, then example and yet".to_owned();
        desk.error(&format!("{part}/slot"), "slots", message);
    }
    for (index, slot) in slots.iter().enumerate() {
        let part = format!("{part}/slot/{index}");
        desk.translated(&format!("{part}/cue"), "`cue`", &slot.cue, &languages);
        for (language, cue) in slot.cue.iter() {
            check_text(desk, &format!("{part}/cue/{language}"), cue, Limits::CUE);
        }
        check_rubric(desk, &part, &slot.rubric, &languages);
        let count = of(&slot.rubric, Language::ENGLISH).count();
        if count < GRADED_SLOT {
            let message = format!("{count} graded examples, {GRADED_SLOT} wanted");
            desk.warn(&format!("{part}/graded"), "few-graded", message);
        }
    }
}

fn check_rubric(desk: &mut Desk<'_>, part: &str, rubric: &Rubric, languages: &[Language]) {
    let references = format!("{part}/references");
    desk.translated(&references, "`references`", &rubric.references, languages);
    for (language, texts) in rubric.references.iter() {
        if texts.is_empty() {
            let message = "no model answer".to_owned();
            desk.error(&format!("{references}/{language}"), "empty-text", message);
        }
        for (index, text) in texts.iter().enumerate() {
            let part = format!("{references}/{language}/{index}");
            check_text(desk, &part, text, Limits::WORDING);
        }
    }
    desk.translated(
        &format!("{part}/ideas"),
        "`ideas`",
        &rubric.ideas,
        languages,
    );
    for (language, ideas) in rubric.ideas.iter() {
        let empty = ideas.is_empty() || ideas.iter().any(Vec::is_empty);
        if empty {
            let message = "an idea needs at least one word".to_owned();
            desk.error(&format!("{part}/ideas/{language}"), "empty-text", message);
        }
    }
    check_agreement(desk, part, rubric);
}

/// The same answer is not right in one place and wrong in another.
fn check_agreement(desk: &mut Desk<'_>, part: &str, rubric: &Rubric) {
    let mut judged: BTreeMap<(Language, String), bool> = BTreeMap::new();
    for (language, references) in rubric.references.iter() {
        for reference in references {
            judged.insert((language, plain(reference)), true);
        }
    }
    let mut index: BTreeMap<Language, usize> = BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    for example in &rubric.graded {
        let language = example.language;
        let place = index.entry(language).or_default();
        let part = format!("{part}/graded/{language}/{place}");
        *place += 1;
        let key = (language, plain(&example.answer));
        if !seen.insert(key.clone()) {
            let message = format!("\"{}\" is graded twice", example.answer);
            desk.error(&part, "duplicate-graded", message);
        }
        let other = judged.insert(key, example.correct);
        if other.is_some_and(|other| other != example.correct) {
            let message = format!("\"{}\" is judged both right and wrong", example.answer);
            desk.error(&part, "ambiguous-answer", message);
        }
        if !desk.languages.contains(&language) {
            let message = format!("graded in `{language}`, which `languages` does not list");
            desk.error(&part, "unlisted-language", message);
        }
    }
}

fn of(rubric: &Rubric, language: Language) -> impl Iterator<Item = &GradedExample> {
    let graded = rubric.graded.iter();
    graded.filter(move |example| example.language == language)
}
