//! Skills of all courses: each can be reached and taught.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, Severity};
use crate::id::SkillId;
use crate::skill::{Skill, SkillGraph, SkillGraphError};
use crate::source::{LessonSource, Source};

pub(super) fn check_skills(source: &Source, findings: &mut Vec<Finding>) {
    let lessons = || source.courses.iter().flat_map(|course| &course.lessons);
    let mut defined: BTreeMap<&SkillId, usize> = BTreeMap::new();
    for (order, lesson) in lessons().enumerate() {
        for (skill, part) in parts(lesson) {
            if defined.insert(&skill.id, order).is_some() {
                let message = format!("skill `{}` is defined twice", skill.id);
                findings.push(error(
                    lesson,
                    &format!("{part}/id"),
                    "duplicate-id",
                    message,
                ));
            }
        }
    }
    let exercised: BTreeSet<&SkillId> = lessons()
        .flat_map(|lesson| &lesson.lesson.exercises)
        .map(|exercise| &exercise.skill)
        .collect();
    for (order, lesson) in lessons().enumerate() {
        for (skill, part) in parts(lesson) {
            if !exercised.contains(&skill.id) {
                let message = format!("skill `{}` has no exercise: it cannot be reached", skill.id);
                findings.push(error(lesson, part, "unreachable-skill", message));
            }
            for (index, needs) in skill.needs.iter().enumerate() {
                let part = format!("{part}/needs/{index}");
                match defined.get(needs) {
                    None => {
                        let message = format!("`{needs}` is needed but nowhere defined");
                        findings.push(error(lesson, &part, "unreachable-skill", message));
                    }
                    Some(&taught) if taught > order => {
                        let message = format!("`{needs}` is needed but taught in a later lesson");
                        findings.push(lesson.places.finding(
                            &part,
                            Severity::Warning,
                            "late-prerequisite",
                            message,
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    check_cycles(source, &defined, findings);
}

/// Skills that need each other, looked for among those that are otherwise sound.
fn check_cycles(source: &Source, defined: &BTreeMap<&SkillId, usize>, findings: &mut Vec<Finding>) {
    let mut sound: BTreeMap<&SkillId, Skill> = BTreeMap::new();
    for lesson in source.courses.iter().flat_map(|course| &course.lessons) {
        for skill in &lesson.lesson.skills {
            let mut skill_alone = skill.clone();
            skill_alone
                .needs
                .retain(|needs| defined.contains_key(needs));
            sound.insert(&skill.id, skill_alone);
        }
    }
    let Err(SkillGraphError::Cycle(cycle)) = SkillGraph::new(sound.into_values()) else {
        return;
    };
    for lesson in source.courses.iter().flat_map(|course| &course.lessons) {
        for (skill, part) in parts(lesson) {
            let waits = cycle.contains(&skill.id) && skill.needs.iter().any(|n| cycle.contains(n));
            if waits {
                let message = format!("skill `{}` needs skills that in the end need it", skill.id);
                let part = format!("{part}/needs");
                findings.push(error(lesson, &part, "unreachable-skill", message));
            }
        }
    }
}

fn parts(lesson: &LessonSource) -> impl Iterator<Item = (&Skill, &str)> {
    let parts = lesson.skill_parts.iter().map(String::as_str);
    lesson.lesson.skills.iter().zip(parts)
}

fn error(lesson: &LessonSource, part: &str, rule: &'static str, message: String) -> Finding {
    lesson.places.finding(part, Severity::Error, rule, message)
}
