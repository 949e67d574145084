//! The plan: every combination once, its codes known, its status as the lessons show it.

use std::collections::BTreeSet;

use crate::Language;
use crate::combination::{Code, Combination, Combinations, Status};
use crate::course::Module;
use crate::exercise::{Exercise, Output};
use crate::finding::{Finding, Severity};
use crate::source::{PlanSource, Source};

pub(super) fn check_plan(plan: &PlanSource, source: &Source, findings: &mut Vec<Finding>) {
    let mut note = |part: &str, severity, rule, message| {
        findings.push(plan.places.finding(part, severity, rule, message));
    };
    let all = &plan.combinations;
    for (table, codes) in tables(all) {
        let mut seen = BTreeSet::new();
        for (index, code) in codes.into_iter().enumerate() {
            if !seen.insert(code) {
                let message = format!("`{code}` is defined twice");
                note(
                    &format!("{table}/{index}/id"),
                    Severity::Error,
                    "duplicate-id",
                    message,
                );
            }
        }
    }
    let mut seen = BTreeSet::new();
    for (index, combination) in all.combinations.iter().enumerate() {
        let part = format!("combination/{index}");
        let expected = format!("COMBO_{:03}", index + 1);
        if combination.id.as_str() != expected {
            let message = format!("`{}` should be `{expected}`: codes follow", combination.id);
            note(&format!("{part}/id"), Severity::Error, "code-form", message);
        }
        let key = (
            &combination.language,
            &combination.level,
            &combination.category,
        );
        if !seen.insert(key) {
            let message = "language, level and category are there already".to_owned();
            note(&part, Severity::Error, "duplicate-combination", message);
        }
        match resolve(all, combination) {
            Err(unknown) => {
                let message = format!("`{unknown}` is nowhere defined");
                note(&part, Severity::Error, "unknown-code", message);
            }
            Ok(wanted) => {
                let found = found(source, &wanted);
                let status = combination.status;
                let too_much =
                    status > found && !(status == Status::Published && found == Status::Ready);
                let message = format!("status is {status}, the lessons show {found}");
                let part = format!("{part}/status");
                if too_much {
                    note(&part, Severity::Error, "status", message);
                } else if status < found {
                    note(&part, Severity::Warning, "status", message);
                }
            }
        }
    }
    let expected = all.languages.len() * all.levels.len() * all.categories.len();
    if seen.len() != expected {
        let count = seen.len();
        let message = format!("{count} of {expected} pairings of language, level and category");
        note("combination", Severity::Error, "incomplete", message);
    }
}

/// What a combination stands for.
struct Wanted<'a> {
    language: Language,
    levels: &'a [u8],
    module: Module,
    kind: &'a str,
}

fn tables(all: &Combinations) -> [(&'static str, Vec<&Code>); 5] {
    [
        ("language", all.languages.iter().map(|row| &row.0).collect()),
        ("level", all.levels.iter().map(|row| &row.0).collect()),
        (
            "category",
            all.categories.iter().map(|row| &row.0).collect(),
        ),
        ("type", all.types.iter().map(|row| &row.0).collect()),
        ("topic", all.topics.iter().map(|row| &row.0).collect()),
    ]
}

fn resolve<'a>(all: &'a Combinations, one: &'a Combination) -> Result<Wanted<'a>, &'a Code> {
    fn row<'a, T>(rows: &'a [(Code, T)], code: &'a Code) -> Result<&'a T, &'a Code> {
        let found = rows.iter().find(|(known, _)| known == code);
        found.map(|(_, value)| value).ok_or(code)
    }
    row(&all.topics, &one.topic)?;
    Ok(Wanted {
        language: *row(&all.languages, &one.language)?,
        levels: row(&all.levels, &one.level)?,
        module: *row(&all.categories, &one.category)?,
        kind: row(&all.types, &one.kind)?,
    })
}

/// How far the lessons are for a combination.
fn found(source: &Source, wanted: &Wanted<'_>) -> Status {
    let courses = source.courses.iter().filter(|c| c.module == wanted.module);
    let lessons = courses
        .flat_map(|course| &course.lessons)
        .map(|source| &source.lesson);
    let mut status = Status::Planned;
    for lesson in lessons {
        let taught = wanted.levels.contains(&lesson.level)
            && lesson.languages.contains(&wanted.language)
            && lesson
                .exercises
                .iter()
                .any(|exercise| is_kind(exercise, wanted.kind));
        if taught {
            let is_draft = lesson.draft.contains(&wanted.language);
            status = status.max(if is_draft {
                Status::Draft
            } else {
                Status::Ready
            });
        }
    }
    status
}

fn is_kind(exercise: &Exercise, kind: &str) -> bool {
    let asked = match &exercise.output {
        Output::Story { questions, .. } => questions.as_slice(),
        _ => &[],
    };
    exercise.kind() == kind
        || asked
            .iter()
            .any(|question| question.exercise.kind() == kind)
}
