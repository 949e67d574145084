//! Codes of lessons and exercises: each is unique, and an exercise's starts with its skill's.

use std::collections::{BTreeMap, BTreeSet};

use crate::exercise::{Exercise, Output};
use crate::finding::{Finding, Severity};
use crate::id::{CourseId, ExerciseId, LessonId, SkillId};
use crate::source::{LessonSource, Source};

use super::wording::plain;

pub(super) fn check_codes(source: &Source, findings: &mut Vec<Finding>) {
    let mut courses: BTreeSet<&CourseId> = BTreeSet::new();
    let mut lessons: BTreeSet<&LessonId> = BTreeSet::new();
    let mut seen = Seen::default();
    let skills: BTreeSet<&SkillId> = source
        .courses
        .iter()
        .flat_map(|course| &course.lessons)
        .flat_map(|lesson| &lesson.lesson.skills)
        .map(|skill| &skill.id)
        .collect();
    for course in &source.courses {
        if !courses.insert(&course.id) {
            let message = format!("course `{}` is defined twice", course.id);
            let finding = course
                .places
                .finding("course", Severity::Error, "duplicate-id", message);
            findings.push(finding);
        }
        for lesson in &course.lessons {
            if !lessons.insert(&lesson.lesson.id) {
                let message = format!("lesson `{}` is defined twice", lesson.lesson.id);
                note(
                    lesson,
                    "lesson",
                    Severity::Error,
                    "duplicate-id",
                    message,
                    findings,
                );
            }
            let exercises = lesson.lesson.exercises.iter().zip(&lesson.exercise_parts);
            for (exercise, part) in exercises {
                check_exercise(lesson, exercise, part, &skills, &mut seen, findings);
                if let Output::Story { questions, .. } = &exercise.output {
                    for (index, question) in questions.iter().enumerate() {
                        let part = format!("{part}/question/{index}");
                        let exercise = &question.exercise;
                        check_exercise(lesson, exercise, &part, &skills, &mut seen, findings);
                    }
                }
            }
            check_questions(lesson, &mut seen, findings);
        }
    }
}

#[derive(Default)]
struct Seen<'a> {
    exercises: BTreeSet<&'a ExerciseId>,
    /// What was asked by which exercise, to find the same question under two codes.
    inputs: BTreeMap<String, &'a ExerciseId>,
    questions: BTreeSet<String>,
}

fn check_exercise<'a>(
    lesson: &LessonSource,
    exercise: &'a Exercise,
    part: &str,
    skills: &BTreeSet<&SkillId>,
    seen: &mut Seen<'a>,
    findings: &mut Vec<Finding>,
) {
    let (id, skill) = (&exercise.id, &exercise.skill);
    if !seen.exercises.insert(id) {
        let message = format!("exercise `{id}` is defined twice");
        let part = format!("{part}/id");
        note(
            lesson,
            &part,
            Severity::Error,
            "duplicate-id",
            message,
            findings,
        );
    }
    let after = id.as_str().strip_prefix(skill.as_str());
    if !after.is_some_and(|after| after.len() > 1 && after.starts_with('.')) {
        let message = format!("exercise `{id}` should start with its skill: `{skill}.`");
        let part = format!("{part}/id");
        note(
            lesson,
            &part,
            Severity::Error,
            "code-form",
            message,
            findings,
        );
    }
    if !skills.contains(skill) {
        let message = format!("skill `{skill}` is nowhere defined");
        let part = format!("{part}/skill");
        note(
            lesson,
            &part,
            Severity::Error,
            "unknown-skill",
            message,
            findings,
        );
    }
    let asked = exercise.input.iter().find(|(_, text)| !text.is_empty());
    if let Some((language, text)) = asked {
        // Exercises may share an instruction: what they offer or draw tells them apart.
        let told_apart = format!(
            "{language} {} {:?} {:?} {:?}",
            plain(text),
            exercise.introduction,
            exercise.output,
            exercise.generator
        );
        if let Some(other) = seen.inputs.insert(told_apart, id) {
            let message = format!("asks the same as `{other}`");
            let part = format!("{part}/input");
            note(
                lesson,
                &part,
                Severity::Error,
                "same-question",
                message,
                findings,
            );
        }
    }
}

/// The same wording under two answers could be answered by either.
fn check_questions(lesson: &LessonSource, seen: &mut Seen<'_>, findings: &mut Vec<Finding>) {
    for (index, question) in lesson.lesson.questions.iter().enumerate() {
        for (language, wordings) in question.question.iter() {
            for (place, wording) in wordings.iter().enumerate() {
                if !seen
                    .questions
                    .insert(format!("{language} {}", plain(wording)))
                {
                    let part = format!("question/{index}/question/{language}/{place}");
                    let message = format!("\"{wording}\" is asked twice");
                    note(
                        lesson,
                        &part,
                        Severity::Error,
                        "same-question",
                        message,
                        findings,
                    );
                }
            }
        }
    }
}

fn note(
    lesson: &LessonSource,
    part: &str,
    severity: Severity,
    rule: &'static str,
    message: String,
    findings: &mut Vec<Finding>,
) {
    findings.push(lesson.places.finding(part, severity, rule, message));
}
