//! Evaluation: two provisional numbers after a sitting, each with the observations behind it.
//!
//! Anchors are those of the teaching conventions: proficiency by how much help a right answer
//! needed, investment by behaviour only. Silence that was ours (a dropped call, speech that was not
//! recognised) never lowers investment. The hub's judge may replace both numbers; these are kept.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::attempt::Attempt;
use crate::grade::Outcome;
use crate::id::{ExerciseId, SkillId};
use crate::session::{Cause, Session};

/// What a learner did in one sitting, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Questions asked.
    pub asked: u16,
    /// Questions that got at least one answer.
    pub answered: u16,
    /// Questions that got none because nothing could be heard or the call dropped.
    pub not_heard: u16,
    /// Questions whose first try was not right.
    pub missed: u16,
    /// Of these, tried again.
    pub retried: u16,
    /// Right answers that came right after a hint.
    pub hints_used_well: u16,
    /// The learner chose something harder, or did homework.
    pub chose_more: bool,
    /// The learner called without a reminder.
    pub came_unprompted: bool,
    /// The learner explained it back, or to somebody.
    pub taught_back: bool,
    /// How the sitting ended early, if it did.
    pub left: Option<Cause>,
}

/// The two numbers of one sitting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// 1 to 10; `None` without a judged answer.
    pub proficiency: Option<Proficiency>,
    /// 1 to 10; `None` if the sitting broke off before an answer and it was not the learner.
    pub investment: Option<Investment>,
}

/// How well it was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proficiency {
    /// 1 to 10, over all skills of the sitting.
    pub value: u8,
    /// Each skill practised and its number.
    pub skills: Vec<(SkillId, u8)>,
    /// Questions by the help they needed.
    pub help: HelpNeeded,
}

/// Questions by the help they needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelpNeeded {
    /// Right alone.
    pub alone: u16,
    /// Right with one hint or at the second try.
    pub one_hint: u16,
    /// Right with more help.
    pub first_step: u16,
    /// Not right with all help.
    pub not_yet: u16,
}

/// How much effort was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Investment {
    /// 1 to 10.
    pub value: u8,
    /// What it rests on.
    pub observed: Observed,
}

/// What the proficiency of one skill rests on beyond the sitting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Background {
    /// Whole days since the skill was practised before this sitting; `None` if never.
    pub days_away: Option<u16>,
    /// The learner used it in a new context and said why.
    pub explained: bool,
}

impl Observed {
    /// Counts what the attempts of one sitting show. `asked` and `not_heard` come from the session,
    /// for an unanswered question leaves no attempt.
    pub fn of(attempts: &[Attempt], session: &Session, not_heard: u16) -> Self {
        let mut questions: Vec<Question<'_>> = Vec::new();
        for attempt in attempts {
            Question::add(&mut questions, attempt);
        }
        let count = |keep: &dyn Fn(&Question<'_>) -> bool| {
            u16::try_from(questions.iter().filter(|question| keep(question)).count())
                .unwrap_or(u16::MAX)
        };
        let answered = count(&|_| true);
        let missed = |question: &Question<'_>| question.first == Outcome::NotYet;
        Self {
            asked: session.step.number.max(answered.saturating_add(not_heard)),
            answered,
            not_heard,
            missed: count(&missed),
            retried: count(&|question| missed(question) && question.tries > 1),
            hints_used_well: count(&|question| question.right_with_help()),
            left: session
                .cause
                .filter(|_| session.state() == crate::session::State::Cancelled),
            ..Self::default()
        }
    }
}

/// Evaluates a sitting from its attempts, oldest first, and what else was observed. `background`
/// is asked for each skill.
pub fn evaluate(
    attempts: &[Attempt],
    observed: Observed,
    background: impl Fn(&SkillId) -> Background,
) -> Evaluation {
    Evaluation {
        proficiency: proficiency(attempts, background),
        investment: invested(observed),
    }
}

fn invested(observed: Observed) -> Option<Investment> {
    let ours = matches!(
        observed.left,
        Some(Cause::Dropped | Cause::NotHeard | Cause::Time)
    );
    let heard = observed.asked.saturating_sub(observed.not_heard);
    let value = if observed.answered == 0 {
        if ours || observed.not_heard > 0 {
            return None;
        }
        if observed.asked == 0 { 1 } else { 2 }
    } else if observed.came_unprompted && observed.taught_back {
        10
    } else if observed.chose_more {
        9
    } else if observed.retried > 0 || observed.hints_used_well > 0 {
        7 + u8::from(observed.hints_used_well > 0 && observed.retried == observed.missed)
    } else if observed.answered >= heard || ours {
        // All that could be answered was. Nothing missed means nothing to retry.
        5 + u8::from(observed.missed == 0)
    } else {
        3 + u8::from(observed.answered * 2 >= heard)
    };
    Some(Investment { value, observed })
}

fn proficiency(
    attempts: &[Attempt],
    background: impl Fn(&SkillId) -> Background,
) -> Option<Proficiency> {
    let mut questions: Vec<Question<'_>> = Vec::new();
    for attempt in attempts
        .iter()
        .filter(|attempt| attempt.outcome != Outcome::Deferred)
    {
        Question::add(&mut questions, attempt);
    }
    let mut help = HelpNeeded::default();
    for question in &questions {
        match question.help() {
            Help::Alone => help.alone += 1,
            Help::OneHint => help.one_hint += 1,
            Help::FirstStep => help.first_step += 1,
            Help::NotYet => help.not_yet += 1,
        }
    }
    let mut ids: Vec<&SkillId> = questions.iter().map(|question| question.skill).collect();
    ids.sort();
    ids.dedup();
    let of = |id: &SkillId| {
        let own: Vec<&Question<'_>> = questions
            .iter()
            .filter(|question| question.skill == id)
            .collect();
        skill_value(&own, background(id))
    };
    let skills: Vec<(SkillId, u8)> = ids.into_iter().map(|id| (id.clone(), of(id))).collect();
    let mut by_question: Vec<u8> = questions
        .iter()
        .filter_map(|question| skills.iter().find(|(id, _)| id == question.skill))
        .map(|(_, value)| *value)
        .collect();
    by_question.sort_unstable();
    let value = *by_question.get(by_question.len().checked_sub(1)? / 2)?;
    Some(Proficiency {
        value,
        skills,
        help,
    })
}

/// The anchors, from the middle one of the skill's questions.
fn skill_value(questions: &[&Question<'_>], background: Background) -> u8 {
    let mut help: Vec<Help> = questions.iter().map(|question| question.help()).collect();
    help.sort_unstable();
    let middle = help[(help.len() - 1) / 2];
    let alone = questions
        .iter()
        .filter(|question| question.help() == Help::Alone);
    let mut forms: Vec<(&ExerciseId, &[i64])> = alone
        .map(|question| (question.exercise, question.numbers))
        .collect();
    forms.sort_unstable();
    forms.dedup();
    let better = |this: Help| u8::from(help.last().is_some_and(|best| *best > this));
    match middle {
        Help::NotYet => 1 + better(Help::NotYet),
        Help::FirstStep => 3 + better(Help::FirstStep),
        Help::OneHint => 5 + better(Help::OneHint),
        Help::Alone if background.explained => 10,
        Help::Alone if background.days_away.is_some_and(|days| days >= 7) => 9,
        Help::Alone if forms.len() >= 2 => 8,
        Help::Alone => 7,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Help {
    NotYet,
    FirstStep,
    OneHint,
    Alone,
}

/// The tries at one question.
struct Question<'a> {
    exercise: &'a ExerciseId,
    skill: &'a SkillId,
    numbers: &'a [i64],
    first: Outcome,
    last: Outcome,
    tries: u8,
    hints: u8,
}

impl<'a> Question<'a> {
    fn add(questions: &mut Vec<Self>, attempt: &'a Attempt) {
        match questions.last_mut() {
            Some(question)
                if attempt.attempt_number > 1
                    && *question.exercise == attempt.exercise
                    && question.numbers == attempt.numbers =>
            {
                question.last = attempt.outcome;
                question.tries = question.tries.max(attempt.attempt_number);
                question.hints = question.hints.max(attempt.hints);
            }
            _ => questions.push(Self {
                exercise: &attempt.exercise,
                skill: &attempt.skill,
                numbers: &attempt.numbers,
                first: attempt.outcome,
                last: attempt.outcome,
                tries: attempt.attempt_number.max(1),
                hints: attempt.hints,
            }),
        }
    }

    fn right_with_help(&self) -> bool {
        self.last == Outcome::Right && self.hints > 0
    }

    fn help(&self) -> Help {
        match (self.last, self.hints.max(self.tries - 1)) {
            (Outcome::Right, 0) => Help::Alone,
            (Outcome::Right, 1) => Help::OneHint,
            (Outcome::Right, _) => Help::FirstStep,
            _ => Help::NotYet,
        }
    }
}

impl fmt::Display for Proficiency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HelpNeeded {
            alone,
            one_hint,
            first_step,
            not_yet,
        } = self.help;
        write!(
            f,
            "{}: {alone} right alone, {one_hint} with one hint, {first_step} with more help, \
             {not_yet} not yet",
            self.value
        )
    }
}

impl fmt::Display for Investment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = &self.observed;
        write!(
            f,
            "{}: answered {} of {}, tried again {} of {}, used {} hints well",
            self.value, seen.answered, seen.asked, seen.retried, seen.missed, seen.hints_used_well
        )?;
        if seen.not_heard > 0 {
            write!(f, "; {} not heard, not counted", seen.not_heard)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::tests::attempt;

    /// Questions separated by spaces, tries as `+` right, `-` not yet; a hint is given after each
    /// try that was not right. A number in front of a question draws other numbers.
    fn attempts(text: &str) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        for question in text.split_whitespace() {
            let numbers: Vec<i64> = question
                .chars()
                .filter_map(|c| c.to_digit(10))
                .map(i64::from)
                .collect();
            let tries = question.chars().filter(|c| !c.is_ascii_digit());
            for (n, try_) in (0_u8..).zip(tries) {
                let outcome = if try_ == '+' {
                    Outcome::Right
                } else {
                    Outcome::NotYet
                };
                let plain = attempt(attempts.len() as u128, "s", 0, outcome);
                let numbers = numbers.clone();
                attempts.push(Attempt {
                    numbers,
                    attempt_number: n + 1,
                    hints: n,
                    ..plain
                });
            }
        }
        attempts
    }

    #[track_caller]
    fn check(text: &str, background: Background, expected: u8) {
        let got = proficiency(&attempts(text), |_| background).map(|p| p.value);
        assert_eq!(got, Some(expected), "{text}");
    }

    #[test]
    fn proficiency_follows_the_help_that_was_needed() {
        let none = Background::default();
        check("1---", none, 1);
        check("1--- 2--- 3--+", none, 2);
        check("1--+", none, 3);
        check("1-+", none, 5);
        check("1-+ 2-+ 3+", none, 6);
        check("1+", none, 7);
        check("1+ 2+", none, 8);
        check(
            "1+ 2+",
            Background {
                days_away: Some(8),
                ..none
            },
            9,
        );
        check(
            "1+",
            Background {
                explained: true,
                ..none
            },
            10,
        );
        assert_eq!(proficiency(&[], |_| none), None);
    }

    #[test]
    fn investment_follows_behaviour() {
        let seen = Observed {
            asked: 4,
            answered: 4,
            missed: 1,
            ..Observed::default()
        };
        let value = |observed: Observed| invested(observed).map(|investment| investment.value);
        let left = Some(Cause::Learner);
        assert_eq!(
            value(Observed {
                left,
                ..Observed::default()
            }),
            Some(1)
        );
        assert_eq!(
            value(Observed {
                asked: 1,
                left,
                ..Observed::default()
            }),
            Some(2)
        );
        assert_eq!(
            value(Observed {
                answered: 1,
                ..seen.clone()
            }),
            Some(3)
        );
        assert_eq!(
            value(Observed {
                answered: 3,
                ..seen.clone()
            }),
            Some(4)
        );
        assert_eq!(value(seen), Some(5));
    }

    #[test]
    fn investment_grows_with_trying_again_and_doing_more() {
        let seen = Observed {
            asked: 4,
            answered: 4,
            missed: 1,
            ..Observed::default()
        };
        let value = |observed: Observed| invested(observed).map(|investment| investment.value);
        assert_eq!(
            value(Observed {
                missed: 0,
                ..seen.clone()
            }),
            Some(6)
        );
        assert_eq!(
            value(Observed {
                retried: 1,
                ..seen.clone()
            }),
            Some(7)
        );
        let well = Observed {
            retried: 1,
            hints_used_well: 1,
            ..seen.clone()
        };
        assert_eq!(value(well), Some(8));
        assert_eq!(
            value(Observed {
                chose_more: true,
                ..seen.clone()
            }),
            Some(9)
        );
        let taught = Observed {
            came_unprompted: true,
            taught_back: true,
            ..seen
        };
        assert_eq!(value(taught), Some(10));
    }

    #[test]
    fn silence_that_was_ours_never_lowers_investment() {
        let base = Observed {
            asked: 4,
            answered: 4,
            missed: 1,
            ..Observed::default()
        };
        let value = |observed: Observed| invested(observed).map(|investment| investment.value);
        let unheard = Observed {
            answered: 2,
            not_heard: 2,
            ..base.clone()
        };
        assert_eq!(value(unheard), value(base.clone()));
        for ours in [Cause::Dropped, Cause::NotHeard, Cause::Time] {
            let left = Some(ours);
            assert_eq!(
                value(Observed {
                    answered: 2,
                    left,
                    ..base.clone()
                }),
                value(base.clone())
            );
            assert_eq!(
                value(Observed {
                    left,
                    ..Observed::default()
                }),
                None
            );
        }
    }

    #[test]
    fn the_reason_names_what_was_seen() {
        let attempts = attempts("1+ 2-+ 3--- 4+");
        let observed = Observed {
            asked: 5,
            answered: 4,
            not_heard: 1,
            missed: 2,
            retried: 2,
            hints_used_well: 1,
            ..Observed::default()
        };
        let evaluation = evaluate(&attempts, observed, |_| Background::default());
        assert_eq!(
            evaluation.proficiency.unwrap().to_string(),
            "6: 2 right alone, 1 with one hint, 0 with more help, 1 not yet"
        );
        assert_eq!(
            evaluation.investment.unwrap().to_string(),
            "8: answered 4 of 5, tried again 2 of 2, used 1 hints well; 1 not heard, not counted"
        );
    }
}
