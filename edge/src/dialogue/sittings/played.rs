//! Twenty sittings each of strong, weak and guessing learners, by voice, and their figures.

#![cfg(test)]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use curriculum::answer::Channel;
use curriculum::attempt::Attempt;
use curriculum::course::Module;
use curriculum::grade::Outcome;
use curriculum::id::LearnerId;
use curriculum::learner::LearnerModel;
use curriculum::question::Question;
use curriculum::rubric::{
    Heard as RubricHeard, LessonTranscript, ROWS, Scores, Turn, TutorMove, score,
};
use curriculum::schedule::Candidate;
use curriculum::{Language, Timestamp};

use super::super::state::{Phase, Step};
use super::pupil::{Character, Pupil};
use super::transcript::{Reply, WORD_SECONDS, is_true, note_reply, note_tutor, worked_out};
use crate::dialogue::plays::stage::{at_hand, context, misconception, right, wrong};
use crate::dialogue::{
    Context, Dialogue, DialogueState, Evidence, Fact, Heard, KnownLearner, Line, Output, Pace,
};

const SITTINGS: usize = 20;
/// Learners of each character. Nothing was chosen while looking at these; 7000 to 7009 were
/// looked at.
const SEEDS: std::ops::Range<u64> = 31_000..31_010;
/// Answers that are heard with doubt.
const DOUBTFUL: f64 = 0.06;
/// Questions at which a learner says nothing at first.
const SILENT: f64 = 0.03;
/// Errors that show a misconception the exercise knows, where it knows one.
const KNOWN_ERRORS: f64 = 0.5;
/// How long an answer takes, with the silence that ends it and its recognition (reach: 1.5 s).
const ANSWER_SECONDS: f64 = 1.5 + 1.2;
/// A question this hard is a challenge.
const CHALLENGE: f64 = 0.85;
const DAY: Duration = Duration::from_secs(86_400);
/// Friday 20 November 2026, 16:00 in Kigali.
const BEGINS: Timestamp = Timestamp(1_795_183_200_000);

static MATHEMATICS: LazyLock<Arc<Context>> =
    LazyLock::new(|| Arc::new(context(&|lesson| lesson.starts_with("ma"))));

/// What twenty sittings of one learner came to.
struct Outcomes {
    scores: Vec<Scores>,
    /// First tries, right and all, placement left out.
    first_tries: (u32, u32),
    /// Mean mastery believed and true, over skills with three answers.
    mastery: (f64, f64),
    /// Number of the first question after placement with a true chance of at most [`CHALLENGE`].
    challenge_at: Option<usize>,
    lessons: Vec<LessonTranscript>,
}

struct Play {
    context: Arc<Context>,
    candidates: Vec<Candidate>,
    pupil: Pupil,
    learners: Vec<KnownLearner>,
    saved: Option<DialogueState>,
    now: Timestamp,
    lesson: LessonTranscript,
    asked: usize,
    challenge_at: Option<usize>,
    first_tries: (u32, u32),
}

fn play(character: Character, seed: u64) -> Outcomes {
    let context = Arc::clone(&MATHEMATICS);
    let learner = KnownLearner {
        id: LearnerId(u128::from(seed)),
        name: "Aline".to_owned(),
        language: Language::ENGLISH,
        pace: Pace::Usual,
        model: LearnerModel::new(context.offset),
    };
    let mut play = Play {
        candidates: context
            .lessons
            .candidates(Module::Mathematics, Language::ENGLISH),
        context,
        pupil: Pupil::new(character, seed),
        learners: vec![learner],
        saved: None,
        now: BEGINS,
        lesson: LessonTranscript::default(),
        asked: 0,
        challenge_at: None,
        first_tries: (0, 0),
    };
    let mut lessons = Vec::new();
    for n in 0..SITTINGS {
        play.sit(n, seed);
        lessons.push(std::mem::take(&mut play.lesson));
        // Every second day, with a week off in the middle.
        let days = if n == SITTINGS / 2 {
            7
        } else {
            1 + n as u32 % 2
        };
        play.now = play.now.after(DAY * days);
    }
    play.outcomes(lessons)
}

impl Play {
    fn sit(&mut self, n: usize, seed: u64) {
        self.lesson = LessonTranscript {
            name: Some("Aline".to_owned()),
            turns: Vec::new(),
            had_earlier_days: n > 0,
        };
        let seed = u128::from(seed) << 64 | n as u128;
        let line = Line::of(Channel::Voice);
        let learners = self.learners.clone();
        let mut dialogue = Dialogue::new(
            Arc::clone(&self.context),
            line,
            learners,
            self.saved.clone(),
            seed,
        );
        let before = dialogue.state().clone();
        dialogue.handle_begin(self.now);
        let mut over = self.take(&mut dialogue, &before, None);
        for _ in 0..120 {
            if over {
                break;
            }
            over = self.answer(&mut dialogue);
        }
        assert!(over, "a sitting of 120 turns: {:?}", dialogue.state().step);
        self.learners = dialogue.learners().to_vec();
    }

    /// One answer of the learner and what the tutor makes of it; true if the call is over.
    fn answer(&mut self, dialogue: &mut Dialogue) -> bool {
        let before = dialogue.state().clone();
        let at_hand = at_hand(&self.context, &before);
        let key = match (&before.step, at_hand) {
            (Step::Exercise, Some((question, slot))) => {
                return self.try_question(dialogue, &before, &question, slot);
            }
            (Step::OneMore, _) => "2",
            _ => "1",
        };
        self.pass(2.0);
        dialogue.handle_answer(Heard::keys(key), self.now);
        self.take(dialogue, &before, None)
    }

    fn try_question(
        &mut self,
        dialogue: &mut Dialogue,
        before: &DialogueState,
        question: &Question,
        slot: u8,
    ) -> bool {
        let candidate = Candidate::new(question.exercise(), 1);
        let item = before.sitting.as_ref().and_then(|s| s.item.as_ref());
        let (phase, tries, hints) = item.map_or((Phase::Alone, 0, 0), |item| {
            (item.phase, item.tries, item.hints)
        });
        if phase != Phase::Placement && tries == 0 && !before.thinking {
            self.note_challenge(&candidate);
        }
        if tries == 0 && !before.thinking && self.pupil.uniform() < SILENT {
            let waited = dialogue.expectation().wait;
            self.pass(waited.as_secs_f64());
            let reply = reply(waited.as_secs_f64(), 0.0, true, false);
            note_reply(&mut self.lesson, &reply, true);
            dialogue.handle_silence(self.now);
            return self.take(dialogue, before, None);
        }
        let (is_right, waited) = self.pupil.answer(&candidate, hints, self.now);
        let known = self.pupil.uniform() < KNOWN_ERRORS;
        let words = self.words(question, slot, is_right, known);
        self.pass(waited);
        let doubtful = self.pupil.uniform() < DOUBTFUL;
        let confidence = if doubtful { 0.3 } else { 0.92 };
        dialogue.handle_answer(Heard::speech(&words, confidence, None), self.now);
        self.pass(ANSWER_SECONDS);
        let reply = reply(waited, ANSWER_SECONDS, false, doubtful);
        self.take(dialogue, before, Some(&reply))
    }

    fn words(&self, question: &Question, slot: u8, is_right: bool, known: bool) -> String {
        let language = Language::ENGLISH;
        let shown = misconception(question).filter(|_| known);
        let words = if is_right {
            right(question, slot, language)
        } else {
            shown.or_else(|| wrong(question, language))
        };
        words.expect("every exercise has a right and a wrong answer")
    }

    fn note_challenge(&mut self, candidate: &Candidate) {
        self.asked += 1;
        let chance = self.pupil.succeeds(candidate, 0, self.now);
        if chance <= CHALLENGE && self.challenge_at.is_none() {
            self.challenge_at = Some(self.asked);
        }
    }

    /// Everything that came out; true if the call is over.
    fn take(
        &mut self,
        dialogue: &mut Dialogue,
        before: &DialogueState,
        reply: Option<&Reply<'_>>,
    ) -> bool {
        let (mut prompts, mut attempts, mut over) = (Vec::new(), Vec::new(), false);
        while let Some(output) = dialogue.poll_output() {
            match output {
                Output::Record(facts) => attempts.extend(facts.into_iter().filter_map(made)),
                Output::Save(state) => self.saved = Some(*state),
                Output::Say(prompt) => prompts.push((prompt.text, prompt.language)),
                Output::End(_) => over = true,
                Output::Weigh(_) => dialogue.handle_evidence(&Evidence::default(), self.now),
                Output::Text(_) | Output::Expect(_) => {}
            }
        }
        let attempt = attempts.first();
        let placing = |state: &DialogueState| {
            let sitting = state.sitting.as_ref();
            sitting.is_some_and(|sitting| sitting.placement.is_some())
        };
        if let Some(reply) = reply {
            let reply = Reply { attempt, ..*reply };
            note_reply(&mut self.lesson, &reply, true);
        }
        if placing(before) {
            // Finding where to start is no lesson: nothing is taught or explained in it.
            self.lesson.turns.clear();
        }
        if let Some(attempt) = attempt {
            self.note_attempt(before, attempt);
        }
        let states = (before, dialogue.state());
        note_tutor(&mut self.lesson, &self.context, &prompts, states, attempt);
        let words = prompts
            .iter()
            .map(|(text, _)| text.split_whitespace().count());
        self.pass(words.sum::<usize>() as f64 * WORD_SECONDS);
        dialogue.handle_said(self.now);
        over
    }

    fn note_attempt(&mut self, before: &DialogueState, attempt: &Attempt) {
        let item = before.sitting.as_ref().and_then(|s| s.item.as_ref());
        let placing = item.is_some_and(|item| item.phase == Phase::Placement);
        let right = attempt.outcome == Outcome::Right;
        if attempt.attempt_number == 1 && !placing {
            self.first_tries.0 += u32::from(right);
            self.first_tries.1 += 1;
        }
        let settled = right || attempt.attempt_number >= 3;
        if settled && !placing {
            let alone = attempt.attempt_number == 1 && attempt.hints == 0;
            let graph = self.context.lessons.graph();
            self.pupil
                .learn(&attempt.skill, right && alone, graph, self.now);
        }
    }

    fn pass(&mut self, seconds: f64) {
        self.now = self.now.after(Duration::from_secs_f64(seconds));
    }

    fn outcomes(self, lessons: Vec<LessonTranscript>) -> Outcomes {
        let model = &self.learners[0].model;
        let known: Vec<(f64, f64)> = model
            .skills()
            .filter(|(_, record)| record.answers() >= 3)
            .filter_map(|(skill, record)| {
                let truth = self.pupil.true_mastery(skill, &self.candidates, self.now)?;
                Some((record.mastery.believed().chance() * 100.0, truth))
            })
            .collect();
        let n = known.len().max(1) as f64;
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| known.iter().map(of).sum::<f64>() / n;
        Outcomes {
            scores: lessons.iter().map(score).collect(),
            first_tries: self.first_tries,
            mastery: (mean(&|pair| pair.0), mean(&|pair| pair.1)),
            challenge_at: self.challenge_at,
            lessons,
        }
    }
}

fn reply<'a>(waited_seconds: f64, seconds: f64, silent: bool, doubtful: bool) -> Reply<'a> {
    Reply {
        waited_seconds,
        seconds,
        doubtful,
        silent,
        attempt: None,
    }
}

fn made(fact: Fact) -> Option<Attempt> {
    match fact {
        Fact::AttemptMade(attempt) => Some(attempt),
        _ => None,
    }
}

fn played(character: Character) -> Vec<Outcomes> {
    let outcomes: Vec<Outcomes> = SEEDS.map(|seed| play(character, seed)).collect();
    let all = || outcomes.iter().flat_map(|outcome| &outcome.scores);
    let n = all().count();
    let mean = all().map(|scores| f64::from(scores.total())).sum::<f64>() / n as f64;
    let lowest = all().map(|scores| scores.total()).min().unwrap_or(0);
    let passing = all().filter(|scores| scores.passes()).count();
    let tries = outcomes.iter().fold((0, 0), |sum, outcome| {
        (sum.0 + outcome.first_tries.0, sum.1 + outcome.first_tries.1)
    });
    let off: Vec<String> = outcomes
        .iter()
        .map(|outcome| format!("{:.0} for {:.0}", outcome.mastery.0, outcome.mastery.1))
        .collect();
    let challenges: Vec<Option<usize>> = outcomes
        .iter()
        .map(|outcome| outcome.challenge_at)
        .collect();
    println!(
        "{character:?}: {n} lessons, rubric mean {mean:.1}/24, lowest {lowest}, passing {passing}; \
         right at first try {:.0} %; mastery believed for true {}; challenge at question {challenges:?}",
        100.0 * f64::from(tries.0) / f64::from(tries.1.max(1)),
        off.join(", "),
    );
    let rows: Vec<String> = (0..ROWS.len())
        .map(|row| {
            let zero = all().filter(|scores| scores.0[row] == 0).count();
            let sum: u32 = all().map(|scores| u32::from(scores.0[row])).sum();
            format!(
                "{} {:.2} ({zero} zero)",
                ROWS[row],
                f64::from(sum) / n as f64
            )
        })
        .collect();
    println!("  {}", rows.join(", "));
    for fault in outcomes
        .iter()
        .flat_map(|o| &o.lessons)
        .flat_map(faults)
        .take(8)
    {
        println!("  ? {fault}");
    }
    outcomes
}

/// What in a lesson a person should look at: long sentences, errors without a why or how, long turns.
fn faults(lesson: &LessonTranscript) -> Vec<String> {
    let mut faults = Vec::new();
    let mut missed = false;
    for turn in &lesson.turns {
        let Turn::Tutor(turn) = turn else {
            missed = matches!(turn, Turn::Learner(turn) if turn.heard == RubricHeard::NotYet);
            continue;
        };
        let sentences = turn.text.split(['.', '!', '?', ':']);
        let long = sentences.filter(|sentence| sentence.split_whitespace().count() > 12);
        faults.extend(long.map(|sentence| format!("long: {sentence}")));
        let helps = turn.moves.iter().any(|step| {
            matches!(
                step,
                TutorMove::Hints { .. }
                    | TutorMove::GivesFeedback {
                        elaborated: true,
                        ..
                    }
            )
        });
        if missed && !helps {
            faults.push(format!("no why: {}", turn.text));
        }
        if turn.seconds > 20.0 {
            faults.push(format!("{:.0} s: {}", turn.seconds, turn.text));
        }
        missed = false;
    }
    faults
}

fn print(lesson: &LessonTranscript) {
    println!("{}", score(lesson));
    for turn in &lesson.turns {
        match turn {
            Turn::Tutor(turn) => println!("T: {}\n   {:?}", turn.text, turn.moves),
            Turn::Learner(turn) => {
                println!("L: {:?} after {:.0} s", turn.heard, turn.waited_seconds);
            }
        }
    }
}

/// Every lesson reaches the bar of a release, without a zero in a row that may have none.
#[track_caller]
fn check_rubric(outcomes: &[Outcomes]) {
    let mut below = 0;
    let lessons = outcomes.iter().flat_map(|outcome| {
        let lessons = outcome.lessons.iter();
        lessons.zip(&outcome.scores)
    });
    for (lesson, scores) in lessons {
        if !scores.passes() {
            below += 1;
            print(lesson);
        }
    }
    let all = outcomes.len() * SITTINGS;
    assert!(below == 0, "{below} of {all} lessons below the bar");
}

#[test]
fn a_strong_learner_is_taught_well_and_not_bored() {
    let outcomes = played(Character::Strong);
    // One in ten is found too low, by slips in placement, and climbs longer.
    let in_time = |outcome: &&Outcomes| outcome.challenge_at.is_some_and(|at| at <= 10);
    let in_time = outcomes.iter().filter(in_time).count();
    assert!(in_time * 10 >= outcomes.len() * 9, "{in_time} in time");
    check_rubric(&outcomes);
}

#[test]
fn a_weak_learner_is_taught_well_and_known() {
    let outcomes = played(Character::Weak);
    print(&outcomes[0].lessons[4]);
    let off = |outcome: &Outcomes| (outcome.mastery.0 - outcome.mastery.1).abs();
    let mean = outcomes.iter().map(off).sum::<f64>() / outcomes.len() as f64;
    let worst = outcomes.iter().map(off).fold(0.0, f64::max);
    println!("  weak learners: mastery off by {mean:.1} points, worst {worst:.1}");
    assert!(worst <= 12.0, "{worst}");
    check_rubric(&outcomes);
}

#[test]
fn a_guessing_learner_is_taught_well_and_not_taken_for_a_strong_one() {
    let outcomes = played(Character::Guessing);
    let above = |outcome: &Outcomes| outcome.mastery.0 - outcome.mastery.1;
    let mean = outcomes.iter().map(above).sum::<f64>() / outcomes.len() as f64;
    assert!(mean <= 12.0, "believed {mean} points above the truth");
    check_rubric(&outcomes);
}

/// Every key of mathematics, of several draws each, by another way than the one that made it where
/// the words alone allow it.
#[test]
fn keys_hold_when_worked_out_from_the_words() {
    let lessons = &MATHEMATICS.lessons;
    let (mut all, mut worked) = (0, 0);
    for candidate in lessons.candidates(Module::Mathematics, Language::ENGLISH) {
        let exercise = lessons.exercise(&candidate.exercise).expect("a candidate");
        for seed in 0..8 {
            let question = Question::draw(exercise, seed, &[]).expect("numbers to draw");
            let text = question.input(Language::ENGLISH);
            assert!(
                is_true(&question, text, Language::ENGLISH),
                "{}: {text}",
                candidate.exercise
            );
            all += 1;
            worked += usize::from(worked_out(text).is_some());
        }
    }
    println!("keys: {all} hold, {worked} of them worked out from the words alone");
    assert!(worked > 0);
}
