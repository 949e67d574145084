//! Grammar with its reason: only the form being taught, never right English.

use super::Outcome;
use super::evidence::GrammarFinding;
use super::grading::{Grade, Reason};
use super::wording::words;
use crate::answer::Answer;
use crate::language::Language;
use crate::question::Question;

/// Kinds of findings that are about a form that lessons teach.
///
/// Style, spelling, capitals, marks and word choice are left out: a learner on a telephone has no
/// capitals, and another word is not a fault of form.
const FORMS: [&str; 3] = ["Agreement", "Grammar", "WordOrder"];

/// True if a finding of this kind may be told to a learner at all.
pub fn counts(finding: &GrammarFinding) -> bool {
    FORMS.contains(&finding.kind.as_str()) && !finding.replacements.is_empty()
}

/// Adds the reason to an answer in English that is not right yet: the finding whose mending makes
/// it an accepted answer. No finding changes an outcome, so right English is never corrected.
pub(super) fn with_reason(
    grade: Grade,
    question: &Question,
    answer: &Answer,
    findings: &[GrammarFinding],
) -> Grade {
    let teaches_english = question.exercise().answer_language == Some(Language::ENGLISH);
    if !teaches_english || grade.outcome != Some(Outcome::NotYet) {
        return grade;
    }
    let accepted = question.accepted(answer.language);
    let mends = |finding: &&GrammarFinding| {
        finding.replacements.iter().any(|replacement| {
            let mended = mended(&answer.text, finding, replacement).map(|text| words(&text));
            mended.is_some_and(|mended| accepted.iter().any(|wording| words(wording) == mended))
        })
    };
    match findings
        .iter()
        .filter(|finding| counts(finding))
        .find(mends)
    {
        Some(finding) => Grade {
            reason: Reason::Grammar(finding.clone()),
            ..grade
        },
        None => grade,
    }
}

/// The answer with the replacement in its place; `None` if the span is not one of this text.
fn mended(text: &str, finding: &GrammarFinding, replacement: &str) -> Option<String> {
    let before = text.get(..finding.span.start)?;
    let after = text.get(finding.span.end..)?;
    Some(format!("{before}{replacement}{after}"))
}
