//! What the machine gave out becomes the transcript that the rubric counts.
//!
//! Moves are read off the very words that were said: a prompt is what it is because its text is a
//! wording of the interface or a text of the exercise at hand, not because the machine claims so.

#![cfg(test)]

use curriculum::Language;
use curriculum::attempt::Attempt;
use curriculum::exercise::Output as Kind;
use curriculum::grade::Outcome;
use curriculum::interface::{Form, Saying};
use curriculum::question::Question;
use curriculum::rubric::{Asked, Heard, LearnerTurn, LessonTranscript, Turn, TutorMove, TutorTurn};

use super::super::state::{DialogueState, Phase};
use crate::dialogue::Context;
use crate::dialogue::plays::stage::at_hand;

/// Seconds a word takes at 110 words a minute (pedagogy: 110 to 125 for instructions).
pub(super) const WORD_SECONDS: f64 = 60.0 / 110.0;

/// What came back to the latest turn of the tutor.
pub(super) struct Reply<'a> {
    pub(super) waited_seconds: f64,
    pub(super) seconds: f64,
    pub(super) doubtful: bool,
    pub(super) silent: bool,
    /// The attempt it became, if it did.
    pub(super) attempt: Option<&'a Attempt>,
}

/// Adds the learner's side, if it belongs to the lesson: a key to "how are you?" does not.
pub(super) fn note_reply(lesson: &mut LessonTranscript, reply: &Reply<'_>, in_exercise: bool) {
    let heard = match reply.attempt.map(|attempt| attempt.outcome) {
        Some(Outcome::NotYet) if reply.doubtful => Heard::DoubtfulScoredWrong,
        Some(Outcome::Right) => Heard::Right,
        Some(Outcome::NotYet) => Heard::NotYet,
        Some(Outcome::Deferred) => Heard::Deferred,
        None if reply.silent => Heard::Silence,
        None => Heard::Doubtful,
    };
    if in_exercise {
        lesson.turns.push(Turn::Learner(LearnerTurn {
            waited_seconds: reply.waited_seconds,
            seconds: reply.seconds,
            heard,
            attempt_number: reply.attempt.map_or(1, |attempt| attempt.attempt_number),
        }));
    }
}

/// Adds what the tutor said: `before` and `after` are the states around it, `attempt` the answer it
/// follows.
pub(super) fn note_tutor(
    lesson: &mut LessonTranscript,
    context: &Context,
    prompts: &[(String, Language)],
    (before, after): (&DialogueState, &DialogueState),
    attempt: Option<&Attempt>,
) {
    if prompts.is_empty() {
        return;
    }
    let mut moves = Vec::new();
    for (text, language) in prompts {
        let seen = Seen {
            context,
            text,
            language: *language,
        };
        seen.sayings(&mut moves);
        seen.of_old_question(before, attempt, &mut moves);
        seen.of_new_question(after, &mut moves);
    }
    elaborate(&mut moves);
    let text: Vec<&str> = prompts.iter().map(|(text, _)| text.as_str()).collect();
    let text = text.join(" ");
    let seconds = text.split_whitespace().count() as f64 * WORD_SECONDS;
    lesson.turns.push(Turn::Tutor(TutorTurn {
        text,
        seconds,
        moves,
    }));
}

/// Feedback with a hint, a repair or an explanation in the same breath says why or how.
fn elaborate(moves: &mut Vec<TutorMove>) {
    let explained = moves.iter().any(|step| {
        let explains = TutorMove::GivesFeedback {
            elaborated: true,
            praises_process: false,
        };
        matches!(step, TutorMove::Hints { .. }) || *step == explains
    });
    for step in moves {
        if let TutorMove::GivesFeedback { elaborated, .. } = step {
            *elaborated |= explained;
        }
    }
}

struct Seen<'a> {
    context: &'a Context,
    text: &'a str,
    language: Language,
}

impl Seen<'_> {
    fn is(&self, saying: Saying) -> bool {
        let wording = self.context.interface.wording(self.language);
        let variants = wording.variants(saying, Form::Voice);
        variants.iter().any(|variant| fits(variant, self.text))
    }

    fn sayings(&self, moves: &mut Vec<TutorMove>) {
        let feedback = |praises_process| TutorMove::GivesFeedback {
            elaborated: false,
            praises_process,
        };
        let table: [(&[Saying], TutorMove); 10] = [
            (
                &[
                    Saying::Praise,
                    Saying::NotYet,
                    Saying::HeardBack,
                    Saying::Deferred,
                ],
                feedback(false),
            ),
            (
                &[Saying::WiseNotYet, Saying::PlacementNotYet],
                feedback(false),
            ),
            (
                &[
                    Saying::PraiseRetry,
                    Saying::PraiseHint,
                    Saying::PraiseStreak,
                    Saying::CloseTried,
                    Saying::Badge,
                    Saying::Streak,
                ],
                feedback(true),
            ),
            (
                &[Saying::WarmUpFor],
                TutorMove::GivesFeedback {
                    elaborated: true,
                    praises_process: false,
                },
            ),
            (
                &[Saying::Objective, Saying::ObjectiveKeep],
                TutorMove::NamesObjective,
            ),
            (&[Saying::NewIntro], TutorMove::NewTerm),
            (&[Saying::Tell], TutorMove::TellsAnswer),
            (&[Saying::CloseCan, Saying::CloseWorked], TutorMove::Recaps),
            (&[Saying::Homework], TutorMove::NamesNext),
            (&[Saying::OneMore, Saying::Help], TutorMove::OffersEscape),
        ];
        for (sayings, step) in table {
            if sayings.iter().any(|saying| self.is(*saying)) {
                moves.push(step);
            }
        }
        let repairs = [
            Saying::Unclear,
            Saying::Doubt,
            Saying::Noise,
            Saying::SayNumber,
            Saying::SayOption,
            Saying::KeysNumber,
            Saying::KeysOption,
            Saying::KeysOther,
            Saying::MoveOn,
        ];
        if repairs.iter().any(|saying| self.is(*saying)) {
            moves.push(TutorMove::Repairs);
        }
    }

    /// Texts of the question that was answered: its hints, repairs and its explanation.
    fn of_old_question(
        &self,
        before: &DialogueState,
        attempt: Option<&Attempt>,
        moves: &mut Vec<TutorMove>,
    ) {
        let Some((question, _)) = at_hand(self.context, before) else {
            return;
        };
        let hints = before.sitting.as_ref().and_then(|s| s.item.as_ref());
        let given = hints.map_or(0, |item| usize::from(item.hints));
        let shown = attempt.and_then(|attempt| attempt.misconception);
        let missed = attempt.is_some_and(|attempt| attempt.outcome == Outcome::NotYet);
        for step in 0..3 {
            if question.hint(self.language, step) == Some(self.text) {
                // A hint answers an error without a name, or one whose repair did not help.
                let second = attempt.is_some_and(|attempt| attempt.attempt_number > 1);
                let fits = step >= given && (shown.is_none() || second || !missed);
                moves.push(TutorMove::Hints { fits });
            }
        }
        for index in 0..8_u8 {
            if question.repair(self.language, usize::from(index)) == Some(self.text) {
                let fits = shown == Some(index);
                moves.push(TutorMove::Hints { fits });
            }
        }
        if question.explain(self.language) == self.text {
            moves.push(TutorMove::GivesFeedback {
                elaborated: true,
                praises_process: false,
            });
        }
    }

    /// The question that now waits for its answer.
    fn of_new_question(&self, after: &DialogueState, moves: &mut Vec<TutorMove>) {
        let Some((question, _)) = at_hand(self.context, after) else {
            return;
        };
        let blank = self.context.interface.wording(self.language);
        let blank = blank.say(Saying::Blank, Form::Voice, 0);
        let stem = question.input(self.language).replace("___", blank);
        if !self.text.starts_with(&stem) {
            return;
        }
        let item = after.sitting.as_ref().and_then(|s| s.item.as_ref());
        if item.is_some_and(|item| item.tries > 0) {
            // The same question again is no new one.
            return;
        }
        moves.push(TutorMove::Asks(Asked {
            content_true: is_true(&question, self.text, self.language),
            arithmetic: matches!(question.exercise().output, Kind::Number { .. }),
            review: item.is_some_and(|item| item.phase == Phase::Retrieve),
        }));
    }
}

/// True if the text is this wording with something in its holes.
fn fits(wording: &str, text: &str) -> bool {
    let mut parts = wording.split('{');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or("")) else {
        return false;
    };
    let mut holes = false;
    for part in parts {
        holes = true;
        let after = part.split_once('}').map_or("", |(_, after)| after);
        if after.is_empty() {
            rest = "";
            continue;
        }
        let Some(at) = rest.find(after) else {
            return false;
        };
        rest = &rest[at + after.len()..];
    }
    holes || rest.is_empty()
}

/// Whether the key holds: plain sums, differences, products and quotients are worked out here from
/// the words of the question; of the rest every option but one must be graded as not right.
pub(super) fn is_true(question: &Question, text: &str, language: Language) -> bool {
    if let Some(expected) = worked_out(text) {
        let answer = question
            .number_answer()
            .and_then(|answer| answer.as_whole());
        return answer == Some(expected);
    }
    let slot = 0;
    let Some(right) = crate::dialogue::plays::stage::right(question, slot, language) else {
        return false;
    };
    let outcome = |answer: &str| {
        let answer = curriculum::answer::Answer {
            text: answer.to_owned(),
            manner: curriculum::answer::Manner::Texted,
            language,
        };
        let evidence = curriculum::grade::Evidence {
            meaning: None,
            grammar: &[],
        };
        curriculum::grade::grade(question, &answer, evidence).outcome
    };
    let others = question.offered(language);
    let key = question.right_option();
    let mut others = others.iter().filter(|offered| Some(offered.index) != key);
    outcome(&right).is_some_and(|outcome| outcome != Outcome::NotYet)
        && (key.is_none() || others.all(|other| outcome(other.text) == Some(Outcome::NotYet)))
}

/// The answer to "What is 6 plus 5?" and its like, from the words alone.
pub(super) fn worked_out(text: &str) -> Option<i64> {
    let inner = text.strip_prefix("What is ")?.strip_suffix('?')?;
    let words: Vec<&str> = inner.split(' ').collect();
    let (a, by, b) = match words.as_slice() {
        [a, "divided", "by", b] => (a, "divided", b),
        [a, "take", "away", b] => (a, "minus", b),
        [a, by, b] => (a, *by, b),
        _ => return None,
    };
    let (a, b): (i64, i64) = (a.parse().ok()?, b.parse().ok()?);
    match by {
        "plus" | "and" => Some(a + b),
        "minus" => Some(a - b),
        "times" => Some(a * b),
        "divided" if b != 0 && a % b == 0 => Some(a / b),
        _ => None,
    }
}

#[test]
fn a_wording_is_known_whatever_fills_it() {
    assert!(fits("I heard {what}.", "I heard 15."));
    assert!(fits(
        "Yes! That is {n} in a row.",
        "Yes! That is 4 in a row."
    ));
    assert!(!fits("Yes!", "Yes! You used the hint well."));
    assert!(!fits("I heard {what}.", "Right!"));
    assert_eq!(worked_out("What is 16 take away 7?"), Some(9));
    assert_eq!(worked_out("What is it?"), None);
}
