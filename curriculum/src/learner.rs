//! The learner model: everything known about one learner, as a fold over attempts.
//!
//! The same facts in the same order give the same bytes on every processor. A box folds its own
//! facts as they happen; the hub folds all of them, ordered, and ships the outcome back.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::attempt::{Attempt, Verdict};
use crate::grade::Outcome;
use crate::id::{AttemptId, ExerciseId, SkillId};
use crate::mastery::{Evidence, Mastery, SkillMastery, logistic};
use crate::memory::{DEFAULT_WEIGHTS, Memory, Recall, chance_of_recall};
use crate::prediction::{self, Context, OverallTrace, Parameters, SkillTrace};
use crate::reward::Rewards;
use crate::streak::{Streak, streak};
use crate::time::{LocalDay, Timestamp, UtcOffset};

/// What is known of one skill of one learner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SkillRecord {
    /// Mastery.
    pub mastery: SkillMastery,
    /// Memory, once there was a retrieval.
    pub memory: Option<Memory>,
    /// Days in a row on which it was recalled.
    recalled_days: u8,
    recalled_on: Option<LocalDay>,
    practised_on: Option<LocalDay>,
    trace: SkillTrace,
    /// When it was last practised.
    pub practised_at: Timestamp,
    /// Days on which it was practised, counted.
    pub practised_days: u16,
}

/// What was asked of one exercise in the last [`DRAW_DAYS`] days.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct ExerciseRecord {
    at: Timestamp,
    draws: Vec<(Timestamp, Vec<i64>)>,
}

/// Everything known about one learner. It holds no text and no name. Serialise it whole and in a
/// binary form: decimal text, such as JSON as it is usually read, loses the last bit of a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearnerModel {
    offset: UtcOffset,
    now: Timestamp,
    skills: BTreeMap<SkillId, SkillRecord>,
    /// Skills never tried here that a placement took as had.
    assumed: BTreeSet<SkillId>,
    overall: OverallTrace,
    exercises: BTreeMap<ExerciseId, ExerciseRecord>,
    waiting: BTreeMap<AttemptId, Attempt>,
    /// First tries, newest last, at most [`OBSERVED_TRIES`].
    first_tries: Vec<bool>,
    wrong_in_row: u8,
    days: BTreeSet<LocalDay>,
    down: BTreeSet<LocalDay>,
    rewards: Rewards,
}

/// What one attempt or verdict changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The skill it counted for.
    pub skill: SkillId,
    /// Mastery just before.
    pub before: Mastery,
    /// Mastery just after; the same while a verdict is awaited.
    pub after: Mastery,
    /// Points it earned.
    pub points: u32,
    /// Badges it earned.
    pub badges: Vec<crate::reward::Badge>,
}

/// Signs that a learner has had enough of difficulty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frustration {
    /// None seen.
    Calm,
    /// Three wrong in a row: something easier next, and a word about strategy.
    Rising,
    /// Five wrong in a row: end on a success, offer to stop.
    High,
}

/// The same numbers of an exercise do not come again within so many days.
pub const DRAW_DAYS: i64 = 30;
/// First tries from which the observed rate of success is taken.
pub const OBSERVED_TRIES: usize = 10;
/// Share of first tries right above which a learner is in full stride.
const IN_STRIDE: f64 = 0.85;
/// First tries right in a row that show it as well, whatever was missed before them.
pub(crate) const STRIDE_ROW: usize = 4;

const DRAWS_MAX: usize = 400;
const WAITING_MAX: usize = 200;
const DAYS_MAX: usize = 800;
const DAY_MS: i64 = 86_400_000;
/// How much of overall ability a new skill starts with.
const PRIOR_SHARE: f64 = 0.9;
/// Below 90 % recall, log-odds of success fall by this share of the fall in log-odds of recall: part
/// of a skill is worked out afresh. Our own choice; no data with dates was at hand to fit it.
const FORGETTING_SHARE: f64 = 0.5;

impl LearnerModel {
    /// A learner nobody has heard yet, at a place whose clocks are `offset` from UTC.
    pub fn new(offset: UtcOffset) -> Self {
        Self {
            offset,
            now: Timestamp(i64::MIN),
            skills: BTreeMap::new(),
            assumed: BTreeSet::new(),
            overall: OverallTrace::default(),
            exercises: BTreeMap::new(),
            waiting: BTreeMap::new(),
            first_tries: Vec::new(),
            wrong_in_row: 0,
            days: BTreeSet::new(),
            down: BTreeSet::new(),
            rewards: Rewards::default(),
        }
    }

    /// Folds a set of attempts given in any order: they are taken by time, then identifier, each
    /// once. Where boxes keep hybrid clocks, order by those instead and call [`Self::apply`].
    pub fn fold<'a>(offset: UtcOffset, attempts: impl IntoIterator<Item = &'a Attempt>) -> Self {
        let mut attempts: Vec<&Attempt> = attempts.into_iter().collect();
        attempts.sort_by_key(|attempt| (attempt.at, attempt.id));
        attempts.dedup_by_key(|attempt| attempt.id);
        let mut model = Self::new(offset);
        for attempt in attempts {
            model.apply(attempt);
        }
        model
    }

    /// Takes in the next attempt. A time before the latest one counts as the latest: clocks are set
    /// back, but learning is not.
    pub fn apply(&mut self, attempt: &Attempt) -> Change {
        self.apply_with(attempt, &Parameters::default())
    }

    /// As [`Self::apply`], with fitted parameters.
    pub fn apply_with(&mut self, attempt: &Attempt, parameters: &Parameters) -> Change {
        let now = self.advance(attempt.at);
        self.remember_draw(attempt, now);
        let today = now.local_day(self.offset);
        let back_after = self
            .days
            .last()
            .map_or(0, |last| today.0.saturating_sub(last.0));
        self.days.insert(today);
        if self.days.len() > DAYS_MAX {
            self.days.pop_first();
        }
        let change = self.judge(attempt, now, parameters);
        let run = streak(&self.days, &self.down, today);
        let mastered = self.mastered(now);
        let (points, badges) = self
            .rewards
            .apply(attempt, now, back_after, run.days, mastered);
        Change {
            points,
            badges,
            ..change
        }
    }

    /// Takes in the hub's verdict on a deferred attempt; `None` if no such attempt waits here.
    pub fn apply_verdict(&mut self, verdict: &Verdict) -> Option<Change> {
        let waiting = self.waiting.remove(&verdict.attempt)?;
        let outcome = if verdict.right {
            Outcome::Right
        } else {
            Outcome::NotYet
        };
        let now = self.advance(verdict.at);
        Some(self.judge(&Attempt { outcome, ..waiting }, now, &Parameters::default()))
    }

    /// Takes in a day on which the box could not be reached: it breaks no streak.
    pub fn apply_outage(&mut self, day: LocalDay) {
        self.down.insert(day);
        if self.down.len() > DAYS_MAX {
            self.down.pop_first();
        }
    }

    /// Takes in that a placement found these skills below the learner's level: until one of them is
    /// tried, what rests on it is not blocked. See [`crate::placement::Placement::below`].
    pub fn apply_placement<'a>(&mut self, below: impl IntoIterator<Item = &'a SkillId>) {
        self.assumed.extend(below.into_iter().cloned());
        // Placement asks what only half can answer: that says nothing about the pace of a lesson.
        self.first_tries.clear();
        self.wrong_in_row = 0;
    }

    fn advance(&mut self, at: Timestamp) -> Timestamp {
        let before = self.now;
        self.now = self.now.max(at);
        if self.now.local_day(self.offset) != before.local_day(self.offset) {
            self.forget_draws();
        }
        self.now
    }

    fn judge(&mut self, attempt: &Attempt, now: Timestamp, parameters: &Parameters) -> Change {
        let easiness = parameters.easiness(&attempt.skill, attempt.difficulty);
        let before = self.mastery(&attempt.skill, now);
        let unchanged = |after| Change {
            skill: attempt.skill.clone(),
            before,
            after,
            points: 0,
            badges: Vec::new(),
        };
        let Some(evidence) = Evidence::of(attempt, easiness) else {
            self.wait_for_verdict(attempt);
            return unchanged(before);
        };
        self.observe(attempt, evidence.right);
        let prior = PRIOR_SHARE * self.overall.ability;
        let today = now.local_day(self.offset);
        let record = self
            .skills
            .entry(attempt.skill.clone())
            .or_insert_with(|| SkillRecord::new(prior, now));
        let memory = record.memory;
        record
            .mastery
            .apply(&evidence, now, |days| retained(memory, days));
        record.practise(today, now);
        if let Some(recall) = Recall::of(attempt) {
            record.recall(recall, today, now);
        }
        prediction::record(
            &attempt.skill,
            &evidence,
            &mut record.trace,
            &mut self.overall,
        );
        unchanged(self.mastery(&attempt.skill, now))
    }

    fn wait_for_verdict(&mut self, attempt: &Attempt) {
        if self.waiting.len() >= WAITING_MAX {
            let oldest = self.waiting.values().map(|a| (a.at, a.id)).min();
            if let Some((_, id)) = oldest {
                self.waiting.remove(&id);
            }
        }
        self.waiting.insert(attempt.id, attempt.clone());
    }

    fn observe(&mut self, attempt: &Attempt, right: bool) {
        self.wrong_in_row = if right {
            0
        } else {
            self.wrong_in_row.saturating_add(1)
        };
        if attempt.attempt_number <= 1 {
            if self.first_tries.len() >= OBSERVED_TRIES {
                self.first_tries.remove(0);
            }
            self.first_tries.push(right && attempt.hints == 0);
        }
    }

    fn remember_draw(&mut self, attempt: &Attempt, now: Timestamp) {
        let record = self.exercises.entry(attempt.exercise.clone()).or_default();
        record.at = now;
        let known = record
            .draws
            .iter()
            .any(|(_, numbers)| *numbers == attempt.numbers);
        if attempt.numbers.is_empty() || (known && attempt.attempt_number > 1) {
            return;
        }
        if record.draws.len() >= DRAWS_MAX {
            record.draws.remove(0);
        }
        record.draws.push((now, attempt.numbers.clone()));
    }

    fn forget_draws(&mut self) {
        let oldest = Timestamp(self.now.0.saturating_sub(DRAW_DAYS * DAY_MS));
        self.exercises.retain(|_, record| {
            record.draws.retain(|(at, _)| *at > oldest);
            record.at > oldest
        });
    }
}

/// What the model can be asked.
impl LearnerModel {
    /// Mastery of a skill at `now`; a skill never tried has what other skills and luck suggest,
    /// but never more than [`crate::mastery::UNTRIED_MAX`].
    pub fn mastery(&self, skill: &SkillId, now: Timestamp) -> Mastery {
        match self.skills.get(skill) {
            Some(record) => record.mastery.at(now, |days| retained(record.memory, days)),
            None => SkillMastery::first(PRIOR_SHARE * self.overall.ability, now).at(now, |_| 1.0),
        }
    }

    /// One standard deviation of mastery, in percent points, 0..=50.
    pub fn uncertainty(&self, skill: &SkillId, now: Timestamp) -> f64 {
        let untried = || SkillMastery::first(PRIOR_SHARE * self.overall.ability, now);
        let uncertainty = match self.skills.get(skill) {
            Some(record) => record.mastery.uncertainty(now),
            None => untried().uncertainty(now),
        };
        uncertainty * 100.0
    }

    /// Chance, 0.0..=1.0, that the learner would be right alone at an exercise of this difficulty
    /// (0..=100) at `now`, luck apart.
    pub fn predict(&self, skill: &SkillId, difficulty: u8, now: Timestamp) -> f64 {
        self.predict_with(skill, difficulty, now, &Parameters::default())
    }

    /// As [`Self::predict`], with fitted parameters.
    pub fn predict_with(
        &self,
        skill: &SkillId,
        difficulty: u8,
        now: Timestamp,
        parameters: &Parameters,
    ) -> f64 {
        let features = self.features(skill, parameters.easiness(skill, difficulty));
        let recalled = self.skills.get(skill).and_then(|record| record.memory);
        let recalled = recalled.map_or(1.0, |memory| memory.retrievability(now));
        logistic(parameters.log_odds(&features) - forgetting(recalled))
    }

    /// What the prediction is made from, in the order of [`Parameters::weights`].
    pub fn features(&self, skill: &SkillId, easiness: f64) -> [f64; prediction::FEATURES] {
        let record = self.skills.get(skill);
        let prior = PRIOR_SHARE * self.overall.ability;
        prediction::features(&Context {
            skill,
            easiness,
            ability: record.map_or(prior, |record| record.mastery.belief.mean),
            trace: record.map(|record| &record.trace),
            overall: &self.overall,
        })
    }

    /// Chance, 0.0..=1.0, that the skill is remembered; `None` if it was never retrieved.
    pub fn retrievability(&self, skill: &SkillId, now: Timestamp) -> Option<f64> {
        Some(self.skills.get(skill)?.memory?.retrievability(now))
    }

    /// When the skill is next due for review; `None` if it was never retrieved.
    pub fn due_at(&self, skill: &SkillId) -> Option<Timestamp> {
        let record = self.skills.get(skill)?;
        let memory = record.memory?;
        let wait_ms = memory.interval_days(record.recalled_days) * DAY_MS as f64;
        Some(Timestamp(memory.at.0.saturating_add(wait_ms as i64)))
    }

    /// The record of a skill, if anything was answered there.
    pub fn skill(&self, skill: &SkillId) -> Option<&SkillRecord> {
        self.skills.get(skill)
    }

    /// True for a skill never tried that a placement took as had.
    pub fn is_assumed(&self, skill: &SkillId) -> bool {
        self.assumed.contains(skill) && !self.skills.contains_key(skill)
    }

    /// Every skill with a judged answer, in order of code.
    pub fn skills(&self) -> impl Iterator<Item = (&SkillId, &SkillRecord)> {
        self.skills.iter()
    }

    /// Number of skills above 80 at `now`.
    pub fn mastered(&self, now: Timestamp) -> usize {
        let band = |skill| self.mastery(skill, now).band();
        self.skills
            .keys()
            .filter(|skill| band(skill) == crate::mastery::Band::Mastered)
            .count()
    }

    /// Share of the latest first tries that were right alone, once there are five.
    pub fn observed_success(&self) -> Option<f64> {
        let right = self.first_tries.iter().filter(|right| **right).count();
        (self.first_tries.len() >= 5).then(|| right as f64 / self.first_tries.len() as f64)
    }

    /// First tries right without a hint since the last that was not.
    pub fn right_in_row(&self) -> usize {
        let latest = self.first_tries.iter().rev();
        latest.take_while(|right| **right).count()
    }

    /// True if nearly everything goes right, lately or in a row: steps may be skipped.
    pub fn is_in_stride(&self) -> bool {
        let observed = self.observed_success();
        observed.is_some_and(|rate| rate > IN_STRIDE) || self.right_in_row() >= STRIDE_ROW
    }

    /// Signs that it is too much.
    pub fn frustration(&self) -> Frustration {
        match self.wrong_in_row {
            0..=2 => Frustration::Calm,
            3..=4 => Frustration::Rising,
            _ => Frustration::High,
        }
    }

    /// True unless these numbers of this exercise came within [`DRAW_DAYS`] days before `now`.
    pub fn is_fresh(&self, exercise: &ExerciseId, numbers: &[i64], now: Timestamp) -> bool {
        self.recent_draws(exercise, now)
            .all(|drawn| drawn != numbers)
    }

    /// Numbers that came with this exercise within [`DRAW_DAYS`] days before `now`.
    pub fn recent_draws<'a>(
        &'a self,
        exercise: &ExerciseId,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a [i64]> + use<'a> {
        let oldest = Timestamp(now.0.saturating_sub(DRAW_DAYS * DAY_MS));
        let draws = self
            .exercises
            .get(exercise)
            .map_or(&[][..], |record| &record.draws);
        draws
            .iter()
            .filter(move |(at, _)| *at > oldest)
            .map(|(_, numbers)| numbers.as_slice())
    }

    /// When an exercise was last asked, if within [`DRAW_DAYS`] days of the latest attempt.
    pub fn asked_at(&self, exercise: &ExerciseId) -> Option<Timestamp> {
        self.exercises.get(exercise).map(|record| record.at)
    }

    /// Local days on which something was answered, the latest 800.
    pub fn days(&self) -> &BTreeSet<LocalDay> {
        &self.days
    }

    /// Days practised in a row, as of `now`.
    pub fn streak(&self, now: Timestamp) -> Streak {
        streak(&self.days, &self.down, now.local_day(self.offset))
    }

    /// Points, badges and level.
    pub fn rewards(&self) -> &Rewards {
        &self.rewards
    }

    /// How the place's clocks differ from UTC.
    pub fn offset(&self) -> UtcOffset {
        self.offset
    }

    /// Deferred attempts that wait for a verdict.
    pub fn waiting(&self) -> impl Iterator<Item = &Attempt> {
        self.waiting.values()
    }
}

impl SkillRecord {
    fn new(prior: f64, now: Timestamp) -> Self {
        Self {
            mastery: SkillMastery::first(prior, now),
            memory: None,
            recalled_days: 0,
            recalled_on: None,
            practised_on: None,
            trace: SkillTrace::default(),
            practised_at: now,
            practised_days: 0,
        }
    }

    fn practise(&mut self, today: LocalDay, now: Timestamp) {
        if self.practised_on != Some(today) {
            self.practised_days = self.practised_days.saturating_add(1);
        }
        self.practised_on = Some(today);
        self.practised_at = now;
    }

    fn recall(&mut self, recall: Recall, today: LocalDay, now: Timestamp) {
        self.memory = Some(match self.memory {
            None => Memory::first(recall, now, &DEFAULT_WEIGHTS),
            Some(memory) => memory.after(recall, now, &DEFAULT_WEIGHTS),
        });
        if recall == Recall::Failed {
            self.recalled_days = 0;
            self.recalled_on = None;
        } else if self.recalled_on != Some(today) {
            self.recalled_days = self.recalled_days.saturating_add(1);
            self.recalled_on = Some(today);
        }
    }

    /// Judged answers at this skill.
    pub fn answers(&self) -> u32 {
        self.trace.answers()
    }
}

fn retained(memory: Option<Memory>, days: f64) -> f64 {
    memory.map_or(1.0, |memory| {
        chance_of_recall(memory.stability, days, &DEFAULT_WEIGHTS)
    })
}

/// Log-odds lost to forgetting when the chance of recall is `recalled`.
fn forgetting(recalled: f64) -> f64 {
    let recalled = recalled.clamp(0.05, 0.9);
    FORGETTING_SHARE * (libm::log(9.0) - libm::log(recalled / (1.0 - recalled)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE_MS: i64 = 60_000;

    fn skill(n: u8) -> SkillId {
        SkillId::new(&format!("s.{n}")).unwrap()
    }

    fn attempt(id: u128, at: i64, n: u8, outcome: Outcome) -> Attempt {
        crate::attempt::tests::attempt(id, &format!("s.{n}"), at, outcome)
    }

    prop_compose! {
        fn any_attempt()(
            id in 0..1_000_u128, minutes in 0..80_000_i64, n in 0..4_u8, outcome in 0..5_u8,
            difficulty in 0..=100_u8, attempt_number in 1..4_u8, hints in 0..3_u8,
            numbers in prop::collection::vec(1..9_i64, 0..3), luck_percent in 0..=50_u8,
        ) -> Attempt {
            let outcome = match outcome {
                0 => Outcome::Deferred,
                1 | 2 => Outcome::NotYet,
                _ => Outcome::Right,
            };
            let plain = attempt(id, minutes * MINUTE_MS, n, outcome);
            Attempt { difficulty, attempt_number, hints, numbers, luck_percent, ..plain }
        }
    }

    fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
        prop::collection::vec(any_attempt(), 0..60).prop_map(|mut attempts| {
            attempts.sort_by_key(|attempt| attempt.id);
            attempts.dedup_by_key(|attempt| attempt.id);
            attempts
        })
    }

    fn bytes(model: &LearnerModel) -> Vec<u8> {
        bincode::serde::encode_to_vec(model, bincode::config::standard()).unwrap()
    }

    proptest! {
        #[test]
        fn a_set_of_attempts_folds_to_the_same_bytes_in_any_order(
            attempts in attempts(), by in 0..60_usize,
        ) {
            let mut turned = attempts.clone();
            turned.reverse();
            let middle = by % turned.len().max(1);
            turned.rotate_left(middle);
            turned.extend(attempts.iter().take(by).cloned());
            let model = LearnerModel::fold(UtcOffset::KIGALI, &attempts);
            prop_assert_eq!(bytes(&model), bytes(&LearnerModel::fold(UtcOffset::KIGALI, &turned)));
        }

        #[test]
        fn a_model_stored_and_read_again_goes_on_as_if_never_stored(
            attempts in attempts(), cut in 0..60_usize,
        ) {
            let mut sorted = attempts;
            sorted.sort_by_key(|attempt| (attempt.at, attempt.id));
            let at_once = LearnerModel::fold(UtcOffset::KIGALI, &sorted);
            let (first, rest) = sorted.split_at(cut.min(sorted.len()));
            let stored = bytes(&LearnerModel::fold(UtcOffset::KIGALI, first));
            let (mut model, _): (LearnerModel, usize) =
                bincode::serde::decode_from_slice(&stored, bincode::config::standard()).unwrap();
            for attempt in rest {
                model.apply(attempt);
            }
            prop_assert_eq!(bytes(&model), bytes(&at_once));
        }

        #[test]
        fn a_right_answer_never_lowers_mastery_and_a_wrong_one_never_raises_it(
            attempts in attempts(), next in any_attempt(),
        ) {
            let mut model = LearnerModel::fold(UtcOffset::KIGALI, &attempts);
            let change = model.apply(&Attempt { id: AttemptId(5_000), ..next.clone() });
            match next.outcome {
                Outcome::Right => prop_assert!(change.after >= change.before),
                Outcome::NotYet => prop_assert!(change.after <= change.before),
                Outcome::Deferred => prop_assert_eq!(change.after, change.before),
            }
            let chance = model.predict(&next.skill, next.difficulty, next.at);
            prop_assert!((0.0..=1.0).contains(&chance));
        }
    }

    #[test]
    fn the_state_has_these_bytes_on_every_processor() {
        let mut model = LearnerModel::new(UtcOffset::KIGALI);
        for n in 0..200_u32 {
            let outcome = if n % 7 < 5 {
                Outcome::Right
            } else {
                Outcome::NotYet
            };
            let at = i64::from(n) * 7 * 60 * MINUTE_MS;
            let plain = attempt(u128::from(n), at, (n % 5) as u8, outcome);
            model.apply(&Attempt {
                hints: (n % 3) as u8,
                difficulty: (n % 101) as u8,
                ..plain
            });
        }
        let hash = blake3::hash(&bytes(&model));
        assert_eq!(&hash.to_hex()[..16], "f4100ca62bb91ebf");
    }

    #[test]
    fn a_deferred_answer_counts_only_once_its_verdict_is_here() {
        let mut model = LearnerModel::new(UtcOffset::KIGALI);
        let at = Timestamp(0);
        let untouched = model.mastery(&skill(1), at);
        model.apply(&attempt(9, 0, 1, Outcome::Deferred));
        assert_eq!(model.mastery(&skill(1), at), untouched);
        let verdict = Verdict {
            attempt: AttemptId(9),
            at: Timestamp(5),
            right: true,
        };
        assert!(model.apply_verdict(&verdict).is_some());
        assert!(model.mastery(&skill(1), at) > untouched);
        assert!(
            model.apply_verdict(&verdict).is_none(),
            "a verdict counts once"
        );
    }

    #[test]
    fn numbers_are_remembered_for_thirty_days() {
        let day = 24 * 60 * MINUTE_MS;
        let mut model = LearnerModel::new(UtcOffset::KIGALI);
        let drawn = Attempt {
            numbers: vec![3, 4],
            ..attempt(1, 0, 1, Outcome::Right)
        };
        model.apply(&drawn);
        let fresh = |model: &LearnerModel, days| {
            model.is_fresh(&drawn.exercise, &[3, 4], Timestamp(days * day))
        };
        assert!(!fresh(&model, 0) && !fresh(&model, 29) && fresh(&model, 30));
        assert!(model.is_fresh(&drawn.exercise, &[4, 3], Timestamp(0)));
        model.apply(&attempt(2, 31 * day, 2, Outcome::Right));
        assert!(
            !model.exercises.contains_key(&drawn.exercise),
            "what is old is forgotten"
        );
    }

    #[test]
    fn a_clock_set_back_loses_nothing() {
        let mut model = LearnerModel::new(UtcOffset::KIGALI);
        model.apply(&attempt(1, 90 * MINUTE_MS, 1, Outcome::Right));
        let change = model.apply(&attempt(2, 0, 1, Outcome::Right));
        assert!(change.after >= change.before);
        assert_eq!(
            model.skill(&skill(1)).unwrap().practised_at,
            Timestamp(90 * MINUTE_MS)
        );
    }

    #[test]
    fn points_come_from_effort_and_memory_and_a_streak_survives_an_outage() {
        let day = 24 * 60 * MINUTE_MS;
        let mut model = LearnerModel::new(UtcOffset::KIGALI);
        let wrong = model.apply(&attempt(1, 0, 1, Outcome::NotYet));
        let right = model.apply(&attempt(2, day, 1, Outcome::Right));
        let review = Attempt {
            review: true,
            ..attempt(3, 3 * day, 1, Outcome::Right)
        };
        model.apply_outage(LocalDay(2));
        let review = model.apply(&review);
        assert_eq!((wrong.points, right.points, review.points), (2, 5, 8));
        assert_eq!(model.streak(Timestamp(3 * day)).days, 3);
        assert!(review.badges.contains(&crate::reward::Badge::ThreeDays));
        assert_eq!(model.rewards().points(), 15);
    }
}
