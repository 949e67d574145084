//! Stories: parts cut for the ear, a source that is named, questions after them.

use crate::Localised;
use crate::exercise::{Exercise, StoryQuestion};

use super::desk::Desk;
use super::exercise::{answer_languages, check_exercise};
use super::text::{Limits, check_text};

pub(super) fn check_story(
    desk: &mut Desk<'_>,
    part: &str,
    exercise: &Exercise,
    (parts, attribution): (&Localised<Vec<String>>, &str),
    questions: &[StoryQuestion],
) {
    let languages = answer_languages(desk, exercise);
    desk.translated(&format!("{part}/parts"), "`parts`", parts, &languages);
    let count = parts
        .iter()
        .map(|(_, parts)| parts.len())
        .max()
        .unwrap_or(0);
    for (language, texts) in parts.iter() {
        let part = format!("{part}/parts/{language}");
        if texts.is_empty() || texts.len() != count {
            let message = format!("{} parts where another language has {count}", texts.len());
            desk.error(&part, "story-parts", message);
        }
        for (index, text) in texts.iter().enumerate() {
            check_text(desk, &format!("{part}/{index}"), text, Limits::STORY_PART);
        }
    }
    if attribution.trim().len() < 8 {
        let message = "attribution: name who wrote the story and under which licence".to_owned();
        desk.error(&format!("{part}/attribution"), "no-attribution", message);
    }
    if questions.is_empty() {
        desk.error(part, "no-questions", "story has no question".to_owned());
    }
    for (index, question) in questions.iter().enumerate() {
        let part = format!("{part}/question/{index}");
        if question.after_part > count {
            let after = question.after_part;
            let message = format!("after part {after} of a story in {count}");
            desk.error(&format!("{part}/after_part"), "story-parts", message);
        }
        if question.exercise.kind() == "story" {
            desk.error(&part, "story-parts", "a story inside a story".to_owned());
        } else {
            check_exercise(desk, &part, &question.exercise);
        }
    }
}
