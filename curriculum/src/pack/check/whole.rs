//! The whole check, course by course.

use crate::finding::Finding;
use crate::source::Source;

use super::codes::check_codes;
use super::desk::Desk;
use super::lesson::{check_course, check_lesson};
use super::plan::check_plan;
use super::skills::check_skills;

/// Every fault of the courses.
///
/// Work grows with the exercises: each is drawn up to 200 times.
pub fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for course in &source.courses {
        check_course(course, &mut findings);
        for lesson in &course.lessons {
            let mut desk = Desk::new(&lesson.places, &lesson.lesson.languages);
            check_lesson(lesson, &mut desk);
            findings.append(&mut desk.findings);
        }
    }
    check_skills(source, &mut findings);
    check_codes(source, &mut findings);
    if let Some(plan) = &source.plan {
        check_plan(plan, source, &mut findings);
    }
    findings.sort();
    findings.dedup();
    findings
}
