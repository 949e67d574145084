//! A course's and a lesson's own keys, then each exercise.

use std::collections::BTreeSet;

use crate::Language;
use crate::finding::{Finding, Severity};
use crate::source::{CourseSource, LessonSource};

use super::desk::Desk;
use super::exercise::check_exercise;
use super::text::{Limits, check_text};

pub(super) fn check_course(course: &CourseSource, findings: &mut Vec<Finding>) {
    let taught: BTreeSet<Language> = course
        .lessons
        .iter()
        .flat_map(|lesson| lesson.lesson.languages.iter().copied())
        .collect();
    let taught: Vec<Language> = taught.into_iter().collect();
    let mut desk = Desk::new(&course.places, &taught);
    for &language in &taught {
        if course.title.exact(language).is_none() {
            let message = format!("no title in `{language}`, in which lessons are taught");
            desk.error(&format!("title/{language}"), "missing-translation", message);
        }
    }
    for (language, title) in course.title.iter() {
        check_text(
            &mut desk,
            &format!("title/{language}"),
            title,
            Limits::TITLE,
        );
    }
    if course.lessons.is_empty() {
        let message = "course has no lesson that can be read".to_owned();
        findings.push(
            course
                .places
                .finding("lessons", Severity::Error, "empty", message),
        );
    }
    findings.append(&mut desk.findings);
}

pub(super) fn check_lesson(source: &LessonSource, desk: &mut Desk<'_>) {
    let lesson = &source.lesson;
    check_languages(source, desk);
    let languages = &lesson.languages;
    desk.translated("title", "title", &lesson.title, languages);
    for (language, title) in lesson.title.iter() {
        check_text(desk, &format!("title/{language}"), title, Limits::TITLE);
    }
    for (skill, part) in lesson.skills.iter().zip(&source.skill_parts) {
        let part = format!("{part}/title");
        desk.translated(&part, "title", &skill.title, languages);
        for (language, title) in skill.title.iter() {
            check_text(desk, &format!("{part}/{language}"), title, Limits::TITLE);
        }
        let mut own = lesson
            .exercises
            .iter()
            .filter(|exercise| exercise.skill == skill.id);
        let has_theory = own.any(|exercise| !exercise.theory.is_empty());
        let exercised = lesson
            .exercises
            .iter()
            .any(|exercise| exercise.skill == skill.id);
        if exercised && !has_theory {
            let message = format!(
                "no exercise of `{}` has a `theory` to teach it with",
                skill.id
            );
            desk.warn(&part, "no-theory", message);
        }
    }
    check_questions(source, desk);
    for (index, id) in lesson.test.iter().enumerate() {
        if !lesson.exercises.iter().any(|exercise| exercise.id == *id) {
            let message = format!("`{id}` is not an exercise of this lesson");
            desk.error(&format!("test/{index}"), "unknown-exercise", message);
        }
    }
    if lesson.exercises.is_empty() && lesson.questions.is_empty() {
        let message = "lesson has neither exercises nor questions".to_owned();
        desk.error("", "empty", message);
    }
    for (exercise, part) in lesson.exercises.iter().zip(&source.exercise_parts) {
        check_exercise(desk, part, exercise);
    }
}

fn check_languages(source: &LessonSource, desk: &mut Desk<'_>) {
    let lesson = &source.lesson;
    if !lesson.languages.contains(&Language::ENGLISH) {
        let message = "`languages` needs \"en\": it stands in where another is missing".to_owned();
        desk.error("languages", "missing-translation", message);
    }
    for (index, language) in lesson.languages.iter().enumerate() {
        if lesson.languages[..index].contains(language) {
            let message = format!("`{language}` is listed twice");
            desk.error(&format!("languages/{index}"), "duplicate-id", message);
        }
    }
    for (index, language) in lesson.draft.iter().enumerate() {
        if !lesson.languages.contains(language) {
            let message = format!("draft `{language}` is not among `languages`");
            desk.error(&format!("draft/{index}"), "unlisted-language", message);
        }
    }
}

fn check_questions(source: &LessonSource, desk: &mut Desk<'_>) {
    let lesson = &source.lesson;
    for (index, question) in lesson.questions.iter().enumerate() {
        let part = format!("question/{index}");
        let asked = format!("{part}/question");
        desk.translated(&asked, "question", &question.question, &lesson.languages);
        for (language, wordings) in question.question.iter() {
            if wordings.is_empty() {
                let message = "no wording".to_owned();
                desk.error(&format!("{asked}/{language}"), "empty-text", message);
            }
            for (place, wording) in wordings.iter().enumerate() {
                let part = format!("{asked}/{language}/{place}");
                check_text(desk, &part, wording, Limits::WORDING);
            }
        }
        let answer = format!("{part}/answer");
        desk.translated(&answer, "answer", &question.answer, &lesson.languages);
        for (language, text) in question.answer.iter() {
            let part = format!("{answer}/{language}");
            check_text(desk, &part, text, Limits::QUESTION_ANSWER);
        }
    }
}
