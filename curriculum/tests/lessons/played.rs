//! Plays sittings: placement, then what `schedule` proposes, with the hint ladder.

use std::collections::BTreeMap;
use std::time::Duration;

use curriculum::answer::Channel;
use curriculum::attempt::Attempt;
use curriculum::grade::Outcome;
use curriculum::id::{AttemptId, ExerciseId, LearnerId, SessionId, SkillId};
use curriculum::learner::LearnerModel;
use curriculum::mastery::Band;
use curriculum::placement::Placement;
use curriculum::rubric::{
    Asked, Heard, LearnerTurn, LessonTranscript, Scores, Turn, TutorMove, TutorTurn, score,
};
use curriculum::schedule::{Candidate, Method, Request, Sitting, next};
use curriculum::time::{Timestamp, UtcOffset};

use crate::pupil::{Character, Pupil};
use crate::world::{World, world};

const QUESTIONS_PER_SITTING: usize = 9;
const TRIES_MAX: u8 = 3;
/// Answers whose recognition is not sure.
const DOUBTFUL: f64 = 0.06;
/// Seconds per word at 110 words a minute.
const WORD_SECONDS: f64 = 60.0 / 110.0;
/// A question this hard is a challenge.
const CHALLENGE: f64 = 0.85;

pub struct Outcomes {
    pub scores: Vec<Scores>,
    pub first_try_success: f64,
    /// Distance of mean mastery from its true value at the end, over skills with three answers.
    pub mean_off: f64,
    /// Mean distance per skill.
    pub mean_off_per_skill: f64,
    /// Mean chance of success of the questions asked, as predicted and in truth.
    pub predicted: f64,
    pub truly: f64,
    /// Number of the first question after placement with a true chance of at most [`CHALLENGE`].
    pub challenge_at: usize,
}

struct Stage {
    world: World,
    pupil: Pupil,
    model: LearnerModel,
    sitting: Sitting,
    lesson: LessonTranscript,
    start: usize,
    now: Timestamp,
    seed: u64,
    attempts: u128,
    drawn: i64,
    first_tries: (u32, u32),
    asked: usize,
    challenge_at: Option<usize>,
    /// Sums over planned questions: chance predicted, true chance, one each.
    predicted: f64,
    truly: f64,
    planned: f64,
}

pub fn play(character: Character, sittings: usize, seed: u64) -> Outcomes {
    let mut stage = Stage {
        world: world(),
        pupil: Pupil::new(character, seed),
        model: LearnerModel::new(UtcOffset::KIGALI),
        sitting: Sitting::default(),
        lesson: LessonTranscript::default(),
        start: 0,
        now: Timestamp(8 * 3_600_000),
        seed,
        attempts: 0,
        drawn: 0,
        first_tries: (0, 0),
        asked: 0,
        challenge_at: None,
        predicted: 0.0,
        truly: 0.0,
        planned: 0.0,
    };
    stage.place();
    let scores = (0..sittings).map(|n| stage.sit(n)).collect();
    stage.outcomes(scores)
}

impl Stage {
    fn say(&mut self, words: usize, text: &str, moves: Vec<TutorMove>) {
        let seconds = words as f64 * WORD_SECONDS;
        self.lesson.turns.push(Turn::Tutor(TutorTurn {
            text: text.to_owned(),
            seconds,
            moves,
        }));
        self.pass(seconds);
    }

    fn pass(&mut self, seconds: f64) {
        self.now = self.now.after(Duration::from_secs_f64(seconds));
    }

    fn place(&mut self) {
        let mut placement = Placement::new(self.world.ladder.clone()).expect("thirty skills");
        let begun = self.now;
        while let Some(skill) = placement.next(self.now.since(begun)).cloned() {
            let mut own = self
                .world
                .candidates
                .iter()
                .filter(|candidate| candidate.skill == skill);
            let candidate = own.nth(1).expect("four exercises").clone();
            let reply = self.pupil.answer(&candidate, 0, self.now);
            placement.answer(&skill, reply.right, candidate.luck_percent);
            self.record(&candidate, reply.right, (1, 0), reply.latency_ms, false);
            self.pass(8.0);
        }
        assert!(self.now.since(begun) <= Duration::from_secs(90));
        self.model.apply_placement(placement.below());
        self.start = crate::world::rank(placement.start());
    }

    fn sit(&mut self, n: usize) -> Scores {
        // Every second day, with a week off in the middle.
        let days = if n == SITTINGS_BEFORE_HOLIDAY {
            7
        } else {
            1 + n as i64 % 2
        };
        self.now = Timestamp(self.now.0 + days * 86_400_000);
        self.sitting = Sitting::default();
        self.lesson = LessonTranscript {
            had_earlier_days: n > 0,
            ..LessonTranscript::default()
        };
        self.say(
            10,
            "Hello. Today we go on with numbers.",
            vec![TutorMove::NamesObjective],
        );
        for _ in 0..QUESTIONS_PER_SITTING {
            self.question();
        }
        let close = vec![
            TutorMove::Recaps,
            TutorMove::NamesNext,
            TutorMove::OffersEscape,
        ];
        self.say(
            18,
            "You worked well. Tomorrow we go on. Press zero for help.",
            close,
        );
        score(&self.lesson)
    }

    fn question(&mut self) {
        let relevance = self.relevance();
        let plan = next(&Request {
            model: &self.model,
            graph: &self.world.graph,
            candidates: &self.world.candidates,
            sitting: &self.sitting,
            relevance: &relevance,
            alike: &BTreeMap::new(),
            channel: Channel::Voice,
            now: self.now,
            seed: self.seed ^ self.attempts as u64,
        });
        let choice = plan
            .expect("a course of this size always has a question")
            .choices
            .remove(0);
        let candidate = self.candidate(&choice.exercise);
        self.note_challenge(&candidate);
        self.predicted += choice.chance;
        self.truly += self.pupil.succeeds(&candidate, 0, self.now);
        self.planned += 1.0;
        if matches!(choice.method, Method::Show | Method::Together) {
            self.say(
                14,
                "Look how it goes. First the tens. Then the rest.",
                Vec::new(),
            );
        }
        let asked = Asked {
            content_true: true,
            arithmetic: true,
            review: choice.review,
        };
        self.say(8, "How much is it together?", vec![TutorMove::Asks(asked)]);
        self.drawn += 1;
        for attempt_number in 1..=TRIES_MAX {
            if self.hear(&candidate, attempt_number, choice.review) {
                return;
            }
        }
    }

    /// One try; true if the question is settled.
    fn hear(&mut self, candidate: &Candidate, attempt_number: u8, review: bool) -> bool {
        let hints = attempt_number - 1;
        let reply = self.pupil.answer(candidate, hints, self.now);
        let waited = f64::from(reply.latency_ms) / 1000.0;
        self.pass(waited + 1.5);
        if self.pupil.uniform() < DOUBTFUL {
            self.heard(waited, Heard::Doubtful, attempt_number);
            self.say(
                8,
                "Please say it again, or use the keys.",
                vec![TutorMove::Repairs],
            );
        }
        let heard = if reply.right {
            Heard::Right
        } else {
            Heard::NotYet
        };
        self.heard(waited, heard, attempt_number);
        self.record(
            candidate,
            reply.right,
            (attempt_number, hints),
            reply.latency_ms,
            review,
        );
        let feedback = |praises_process| TutorMove::GivesFeedback {
            elaborated: true,
            praises_process,
        };
        if reply.right {
            self.pupil.learn(&candidate.skill, true, hints, self.now);
            self.say(7, "Yes. You went by tens first.", vec![feedback(true)]);
            return true;
        }
        if attempt_number < TRIES_MAX {
            let hint = TutorMove::Hints { fits: true };
            self.say(
                9,
                "Not yet. Look at the tens first.",
                vec![feedback(false), hint],
            );
            return false;
        }
        self.pupil.learn(&candidate.skill, false, hints, self.now);
        let told = vec![feedback(false), TutorMove::TellsAnswer];
        self.say(12, "It is this much. The tens go together first.", told);
        true
    }

    fn heard(&mut self, waited_seconds: f64, heard: Heard, attempt_number: u8) {
        let turn = LearnerTurn {
            waited_seconds,
            seconds: 1.5,
            heard,
            attempt_number,
        };
        self.lesson.turns.push(Turn::Learner(turn));
    }

    /// `tries` is the number of this try and the hints before it.
    fn record(
        &mut self,
        candidate: &Candidate,
        right: bool,
        tries: (u8, u8),
        latency_ms: u32,
        review: bool,
    ) {
        self.attempts += 1;
        if tries.0 == 1 {
            self.first_tries.0 += u32::from(right);
            self.first_tries.1 += 1;
        }
        let attempt = Attempt {
            id: AttemptId(self.attempts),
            learner: LearnerId(1),
            session: SessionId(1),
            exercise: candidate.exercise.clone(),
            skill: candidate.skill.clone(),
            numbers: vec![self.drawn],
            at: self.now,
            channel: Channel::Voice,
            outcome: if right {
                Outcome::Right
            } else {
                Outcome::NotYet
            },
            difficulty: candidate.difficulty,
            attempt_number: tries.0,
            hints: tries.1,
            latency_ms,
            misconception: None,
            review,
            luck_percent: candidate.luck_percent,
        };
        self.model.apply(&attempt);
        self.sitting.note(&attempt, candidate.format);
    }

    /// The three lowest skills from the start that are not yet mastered are the lesson.
    fn relevance(&self) -> BTreeMap<SkillId, f64> {
        let from = self.world.ladder.iter().skip(self.start);
        let open =
            from.filter(|skill| self.model.mastery(skill, self.now).band() != Band::Mastered);
        open.take(3).map(|skill| (skill.clone(), 1.0)).collect()
    }

    fn candidate(&self, exercise: &ExerciseId) -> Candidate {
        let mut all = self.world.candidates.iter();
        all.find(|candidate| candidate.exercise == *exercise)
            .expect("a plan names candidates")
            .clone()
    }

    fn note_challenge(&mut self, candidate: &Candidate) {
        self.asked += 1;
        let chance = self.pupil.succeeds(candidate, 0, self.now);
        if chance <= CHALLENGE && self.challenge_at.is_none() {
            self.challenge_at = Some(self.asked);
        }
    }

    fn outcomes(self, scores: Vec<Scores>) -> Outcomes {
        let known: Vec<(f64, f64)> = self
            .model
            .skills()
            .filter(|(_, record)| record.answers() >= 3)
            .map(|(skill, record)| {
                let truth = self
                    .pupil
                    .true_mastery(skill, &self.world.candidates, self.now);
                (record.mastery.believed().chance() * 100.0, truth)
            })
            .collect();
        let n = known.len().max(1) as f64;
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| known.iter().map(of).sum::<f64>() / n;
        Outcomes {
            scores,
            first_try_success: f64::from(self.first_tries.0) / f64::from(self.first_tries.1),
            mean_off: mean(&|(held, truth)| held - truth).abs(),
            mean_off_per_skill: mean(&|(held, truth)| (held - truth).abs()),
            predicted: self.predicted / self.planned,
            truly: self.truly / self.planned,
            challenge_at: self.challenge_at.unwrap_or(usize::MAX),
        }
    }
}

const SITTINGS_BEFORE_HOLIDAY: usize = 10;
