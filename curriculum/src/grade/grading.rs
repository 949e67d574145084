//! The grade, and which judge grades which kind.

use super::evidence::{Evidence, GrammarFinding};
use super::{argument, choice, grammar, number, open, order, outcome::Outcome, phrase};
use crate::answer::Answer;
use crate::exercise::Output;
use crate::number::Number;
use crate::question::Question;

/// The judgement of one answer, with what is needed to tell the learner.
#[derive(Clone, Debug, PartialEq)]
pub struct Grade {
    /// Right, not yet or deferred; `None` if the answer was not clear and is asked for again.
    pub outcome: Option<Outcome>,
    /// Why.
    pub reason: Reason,
    /// What was understood: said back before it is judged.
    pub understood: Understood,
    /// Index of the exercise's misconception that the answer shows.
    pub misconception: Option<u8>,
    /// Probability that the answer is right, 0.0..=1.0; given whatever the outcome.
    pub probability: f64,
}

/// What was understood of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Understood {
    /// Nothing.
    Nothing,
    /// A number.
    Number(Number),
    /// A time of day, in minutes after twelve, 0..720.
    Time(i64),
    /// An option: its index in the source.
    Option(usize),
    /// An order of the offered letters, such as `BAC`.
    Order(String),
    /// Words.
    Words(String),
}

/// Why an answer got its grade.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// It is what was asked for.
    Matches,
    /// It is what was asked for but for its spelling: the right spelling is given.
    Spelled(String),
    /// It sounds like what was asked for.
    SoundsAlike(String),
    /// It is something else.
    Differs,
    /// The number is right but it counts something else: the unit that was said.
    OtherUnit(String),
    /// The form being taught is not right yet.
    Grammar(GrammarFinding),
    /// There was nothing in it.
    Empty,
    /// No number, option or order could be made out.
    NotFound,
    /// It names several things, so it does not answer.
    Several,
    /// It could be taken for a right and for a wrong answer.
    Ambiguous,
    /// It would be wrong, but it may have been misheard.
    Doubtful,
    /// Judged by evidence.
    Evidence(open::Findings),
    /// An argument: what each slot got.
    Slots(Vec<argument::SlotGrade>),
    /// Nothing is asked here.
    NotAsked,
}

/// Probability of being right for an answer understood exactly.
pub(super) const SURE: f64 = 0.98;
/// The same when a less likely reading or spelling had to be taken.
pub(super) const LIKELY: f64 = 0.9;

impl Grade {
    pub(super) fn right(probability: f64, reason: Reason, understood: Understood) -> Self {
        Self {
            outcome: Some(Outcome::Right),
            reason,
            understood,
            misconception: None,
            probability,
        }
    }

    pub(super) fn not_yet(
        reason: Reason,
        understood: Understood,
        misconception: Option<usize>,
    ) -> Self {
        Self {
            outcome: Some(Outcome::NotYet),
            reason,
            understood,
            misconception: misconception.and_then(|index| u8::try_from(index).ok()),
            probability: 1.0 - SURE,
        }
    }

    pub(super) fn unclear(reason: Reason, understood: Understood) -> Self {
        Self {
            outcome: None,
            reason,
            understood,
            misconception: None,
            probability: 0.5,
        }
    }
}

/// Grades `answer` to `question` with whatever `evidence` there is.
///
/// An answer that may have been misheard can be right, but is never `NotYet`: it comes back unclear
/// with [`Reason::Doubtful`].
pub fn grade(question: &Question, answer: &Answer, evidence: Evidence<'_>) -> Grade {
    if answer.text.trim().is_empty() {
        return Grade::unclear(Reason::Empty, Understood::Nothing);
    }
    let grade = match &question.exercise().output {
        Output::Number { .. } => number::grade(question, answer),
        Output::Choice { .. } => choice::grade(question, answer),
        Output::Phrase { .. } => phrase::grade(question, answer),
        Output::FillIn { .. } => phrase::grade_fill_in(question, answer),
        Output::Line { .. } => phrase::grade_line(question, answer),
        Output::Order { .. } => order::grade(question, answer),
        Output::Open(rubric) => open::grade(question, rubric, answer, evidence),
        Output::Argument { slots, .. } => argument::grade(slots, answer, evidence),
        Output::Story { .. } => Grade::unclear(Reason::NotAsked, Understood::Nothing),
    };
    fairly(
        grammar::with_reason(grade, question, answer, evidence.grammar),
        answer,
    )
}

/// What may have been misheard is asked again, not judged wrong.
pub(super) fn fairly(grade: Grade, answer: &Answer) -> Grade {
    if grade.outcome == Some(Outcome::NotYet) && answer.manner.is_doubtful() {
        return Grade {
            outcome: None,
            reason: Reason::Doubtful,
            misconception: None,
            probability: 0.5,
            understood: grade.understood,
        };
    }
    grade
}
