//! Mastery of one skill: what one more answer changes.
//!
//! Ability at a skill is a normal belief in log-odds, moved by each answer as in an extended Kalman
//! filter on the three-parameter logistic model (Glickman 1999, "Parameter estimation in large
//! dynamic paired comparison experiments", with a guessing floor). The variance grows a little with
//! every answer and every day, so that the newest answers weigh most.

use serde::{Deserialize, Serialize};

use crate::attempt::Attempt;
use crate::grade::Outcome;
use crate::time::Timestamp;

/// Chance that the learner answers an ordinary exercise of the skill alone (shown to people as an
/// integer percent, 0 to 100).
///
/// Invariant: finite and within `0.0..=1.0`. [`Mastery::new`] is the only way in.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mastery(f64);

/// Where a skill stands for the choice of what is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Band {
    /// Below 40: not begun, or still at its beginning.
    Untouched,
    /// 40 to 80.
    InProgress,
    /// Above 80.
    Mastered,
}

/// Log-odds of success by difficulty of an exercise, before anything is known about the learner.
///
/// Difficulty 0 is answered by 93 in 100 learners who have met the skill, 50 by 65, 100 by 20.
pub fn easiness(difficulty: u8) -> f64 {
    2.6 - 0.04 * f64::from(difficulty.min(100))
}

/// Difficulty of an ordinary exercise, where none is known yet.
pub const REFERENCE_DIFFICULTY: u8 = 50;

/// What one judged answer says about ability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Whether it was right.
    pub right: bool,
    /// Log-odds that an average learner is right.
    pub easiness: f64,
    /// Chance of being right by luck, 0.0..=0.5.
    pub luck: f64,
    /// Hints given before it.
    pub hints: u8,
    /// Which try at this question, from 1.
    pub attempt_number: u8,
}

/// A normal belief about ability at one skill, in log-odds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Belief {
    /// Most likely ability.
    pub mean: f64,
    /// Its variance.
    pub variance: f64,
}

/// Mastery of one skill as kept: the belief, the value shown, and the rule of three in a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SkillMastery {
    /// Ability.
    pub belief: Belief,
    /// Easiness of an ordinary exercise of this skill: a mean of those answered, newest most.
    ordinary: f64,
    /// Value right after the latest judged answer, before forgetting.
    value: Mastery,
    /// When that was.
    at: Timestamp,
    /// Scores of 85 or more in a row.
    high_in_row: u8,
    /// Chance that this row came by luck.
    row_by_luck: f64,
    /// Held at 100 until then.
    held_until: Option<Timestamp>,
    /// Percent after each of the latest answers, oldest first, at most [`STRUGGLE_TRIES`] + 1.
    trail: Vec<u8>,
    /// Answers since the struggle began, 0 without one.
    stuck: u16,
}

/// A score from here on counts towards holding mastery.
pub const HIGH_SCORE: u8 = 85;
/// High scores in a row that hold mastery at 100.
pub const HIGH_SCORES_TO_HOLD: u8 = 3;
/// For so long.
pub const HOLD_DAYS: i64 = 7;
/// Tries without gain after which another method is due.
pub const STRUGGLE_TRIES: usize = 6;

/// A skill never tried counts as untouched however able the learner is elsewhere.
pub const UNTRIED_MAX: f64 = 0.39;

/// A row of right choices holds mastery only if luck alone would give it this rarely: three
/// answers to open numbers, five choices of three.
const ROW_BY_LUCK_MAX: f64 = 0.01;
/// Belief about a learner nobody has heard yet: from 30 % to 90 % at the reference difficulty.
const VARIANCE_FIRST: f64 = 1.2;
const VARIANCE_MAX: f64 = 2.0;
/// Learning moves ability: so much variance per answer and per day.
const VARIANCE_PER_ANSWER: f64 = 0.06;
const VARIANCE_PER_DAY: f64 = 0.01;
/// Each hint or earlier try makes a right answer this much likelier without the skill.
const HELP_LUCK: f64 = 0.25;
const LUCK_MAX: f64 = 0.9;
/// How much the newest exercise says about what is ordinary for its skill.
const ORDINARY_SHARE: f64 = 0.2;
/// No belief leaves the range in which percent still differ.
const MEAN_MAX: f64 = 6.0;

impl Mastery {
    /// `None` unless finite and within `0.0..=1.0`.
    pub fn new(chance: f64) -> Option<Self> {
        (0.0..=1.0).contains(&chance).then_some(Self(chance))
    }

    /// Held: the learner has shown it three times in a row.
    pub const FULL: Self = Self(1.0);

    /// 0.0..=1.0.
    pub fn chance(self) -> f64 {
        self.0
    }

    /// 0 to 100.
    pub fn percent(self) -> u8 {
        libm::round(self.0 * 100.0) as u8
    }

    /// The band it falls in.
    pub fn band(self) -> Band {
        match self.0 {
            chance if chance < 0.40 => Band::Untouched,
            chance if chance > 0.80 => Band::Mastered,
            _ => Band::InProgress,
        }
    }
}

impl Evidence {
    /// `None` while the answer waits for a verdict.
    pub fn of(attempt: &Attempt, easiness: f64) -> Option<Self> {
        let right = match attempt.outcome {
            Outcome::Right => true,
            Outcome::NotYet => false,
            Outcome::Deferred => return None,
        };
        Some(Self {
            right,
            easiness,
            luck: f64::from(attempt.luck_percent.min(50)) / 100.0,
            hints: attempt.hints,
            attempt_number: attempt.attempt_number.max(1),
        })
    }

    /// 0 to 100: right alone is 100, each hint or earlier try takes 20, help never takes all.
    pub fn score(&self) -> u8 {
        if self.right {
            100_u8
                .saturating_sub(self.help().saturating_mul(20))
                .max(30)
        } else {
            0
        }
    }

    fn help(&self) -> u8 {
        self.hints.saturating_add(self.attempt_number - 1).min(4)
    }
}

impl Belief {
    /// About a learner whose ability elsewhere is `mean`.
    pub fn first(mean: f64) -> Self {
        Self {
            mean: mean.clamp(-MEAN_MAX, MEAN_MAX),
            variance: VARIANCE_FIRST,
        }
    }

    /// Chance of knowing the answer to an exercise, luck apart.
    pub fn chance(&self, easiness: f64) -> f64 {
        logistic(self.mean + easiness)
    }

    /// The belief `days` later, with nothing heard.
    #[must_use]
    pub fn aged(self, days: f64) -> Self {
        let variance = (self.variance + VARIANCE_PER_DAY * days.max(0.0)).min(VARIANCE_MAX);
        Self { variance, ..self }
    }

    /// The belief after one more answer: a right one never lowers it, a wrong one never raises it.
    #[must_use]
    pub fn after(self, evidence: &Evidence) -> Self {
        let help = f64::from(evidence.help());
        let luck = (evidence.luck + HELP_LUCK * help).min(LUCK_MAX);
        let knows = self.chance(evidence.easiness);
        let succeeds = luck + (1.0 - luck) * knows;
        // Slope and curvature of the log-likelihood of the three-parameter logistic model.
        let slope_right = (1.0 - luck) * knows * (1.0 - knows) / succeeds;
        let slope = if evidence.right { slope_right } else { -knows };
        let information = slope_right * knows;
        let prior = (self.variance + VARIANCE_PER_ANSWER).min(VARIANCE_MAX);
        let variance = 1.0 / (1.0 / prior + information);
        // A further wrong try at the same question says little that the first did not.
        let weight = if evidence.right {
            1.0
        } else {
            1.0 / f64::from(evidence.attempt_number)
        };
        let mean = (self.mean + variance * slope * weight).clamp(-MEAN_MAX, MEAN_MAX);
        Self { mean, variance }
    }
}

impl SkillMastery {
    /// Nothing heard of this skill yet; `prior` comes from the learner's other skills.
    pub fn first(prior: f64, at: Timestamp) -> Self {
        let belief = Belief::first(prior);
        Self {
            belief,
            ordinary: easiness(REFERENCE_DIFFICULTY),
            value: Mastery(
                belief
                    .chance(easiness(REFERENCE_DIFFICULTY))
                    .min(UNTRIED_MAX),
            ),
            at,
            high_in_row: 0,
            row_by_luck: 1.0,
            held_until: None,
            trail: Vec::new(),
            stuck: 0,
        }
    }

    /// Mastery at `now`: held at 100, or the latest value worn down by forgetting.
    ///
    /// `retained` gives the chance, 0.0..=1.0, of remembering after so many days.
    pub fn at(&self, now: Timestamp, retained: impl Fn(f64) -> f64) -> Mastery {
        let from = match self.held_until {
            Some(until) if now < until => return Mastery::FULL,
            Some(until) => until.max(self.at),
            None => self.at,
        };
        let days = now.days_since(from).max(0.0);
        Mastery((self.value.0 * retained(days)).clamp(0.0, 1.0))
    }

    /// Takes in one judged answer; `retained` as for [`SkillMastery::at`].
    pub fn apply(&mut self, evidence: &Evidence, now: Timestamp, retained: impl Fn(f64) -> f64) {
        let before = self.at(now, retained);
        let days = now.days_since(self.at);
        self.belief = self.belief.aged(days).after(evidence);
        self.count_row(evidence, now);
        let share = if self.trail.is_empty() {
            1.0
        } else {
            ORDINARY_SHARE
        };
        self.ordinary += share * (evidence.easiness - self.ordinary);
        let believed = self.belief.chance(self.ordinary);
        self.value = Mastery(if self.held_until.is_some_and(|until| now < until) {
            1.0
        } else if evidence.right {
            believed.max(before.0)
        } else {
            believed.min(before.0)
        });
        self.at = now;
        if self.trail.len() > STRUGGLE_TRIES {
            self.trail.remove(0);
        }
        self.trail.push(self.value.percent());
        self.stuck = if self.has_stalled() {
            self.stuck.saturating_add(1)
        } else {
            0
        };
    }

    fn count_row(&mut self, evidence: &Evidence, now: Timestamp) {
        if evidence.score() >= HIGH_SCORE {
            self.high_in_row = self.high_in_row.saturating_add(1);
            self.row_by_luck *= evidence.luck;
        } else {
            self.high_in_row = 0;
            self.row_by_luck = 1.0;
        }
        if self.high_in_row >= HIGH_SCORES_TO_HOLD && self.row_by_luck <= ROW_BY_LUCK_MAX {
            self.held_until = Some(Timestamp(now.0.saturating_add(HOLD_DAYS * 86_400_000)));
        } else if !evidence.right {
            self.held_until = None;
        }
    }

    /// Mastery as believed, without the rule of three in a row and without forgetting.
    pub fn believed(&self) -> Mastery {
        Mastery(self.belief.chance(self.ordinary))
    }

    /// One standard deviation of what is believed at `now`, 0.0..=0.5.
    pub fn uncertainty(&self, now: Timestamp) -> f64 {
        let belief = self.belief.aged(now.days_since(self.at));
        let chance = belief.chance(self.ordinary);
        (libm::sqrt(belief.variance) * chance * (1.0 - chance)).min(0.5)
    }

    /// True while mastery is held at 100.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.held_until.is_some_and(|until| now < until)
    }

    /// True after six tries without gain, short of mastery: the method must change.
    pub fn is_struggling(&self) -> bool {
        self.stuck > 0
    }

    /// Answers since the sixth try without gain, 0 while there is gain.
    pub fn stuck(&self) -> u16 {
        self.stuck
    }

    fn has_stalled(&self) -> bool {
        let Some(newest) = self.trail.last() else {
            return false;
        };
        self.trail.len() > STRUGGLE_TRIES && *newest <= 80 && *newest <= self.trail[0] + 1
    }
}

/// 1 / (1 + e^-x).
pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY_MS: i64 = 86_400_000;

    fn evidence(right: bool) -> Evidence {
        Evidence {
            right,
            easiness: easiness(50),
            luck: 0.0,
            hints: 0,
            attempt_number: 1,
        }
    }

    /// `answers`: `+` right alone, `h` right with a hint, `-` wrong, `.` a week passes.
    fn fold(answers: &str) -> (SkillMastery, Timestamp) {
        let mut mastery = SkillMastery::first(-0.6, Timestamp(0));
        let mut now = Timestamp(0);
        let slow = |days: f64| {
            crate::memory::chance_of_recall(10.0, days, &crate::memory::DEFAULT_WEIGHTS)
        };
        for answer in answers.chars() {
            now = Timestamp(now.0 + 20_000);
            match answer {
                '+' => mastery.apply(&evidence(true), now, slow),
                '-' => mastery.apply(&evidence(false), now, slow),
                'h' => mastery.apply(
                    &Evidence {
                        hints: 1,
                        ..evidence(true)
                    },
                    now,
                    slow,
                ),
                '.' => now = Timestamp(now.0 + 7 * DAY_MS),
                other => panic!("unknown answer {other}"),
            }
        }
        (mastery, now)
    }

    #[track_caller]
    fn check(answers: &str, expected: u8) {
        let (mastery, now) = fold(answers);
        let slow = |days: f64| {
            crate::memory::chance_of_recall(10.0, days, &crate::memory::DEFAULT_WEIGHTS)
        };
        assert_eq!(mastery.at(now, slow).percent(), expected, "after {answers}");
    }

    #[test]
    fn newest_answers_weigh_most() {
        check("", 39);
        check("+", 62);
        check("-+", 51);
        check("+-", 49);
        check("----++", 43);
        check("++----", 35);
    }

    #[test]
    fn three_high_scores_hold_mastery_for_a_week_and_then_it_fades() {
        check("+++", 100);
        check("+++.", 100);
        check("+++..", 92);
        check("+++.....", 82);
        check("hhh", 69);
        check("+++-", 63);
    }
    #[test]
    fn a_row_of_lucky_choices_must_be_longer() {
        let mut mastery = SkillMastery::first(0.0, Timestamp(0));
        let choice = Evidence {
            luck: 1.0 / 3.0,
            ..evidence(true)
        };
        for n in 1..=5 {
            mastery.apply(&choice, Timestamp(n), |_| 1.0);
            assert_eq!(mastery.is_held(Timestamp(n)), n == 5, "after {n}");
        }
    }

    #[test]
    fn six_tries_without_gain_are_a_struggle() {
        assert!(!fold("-----").0.is_struggling());
        assert!(fold("-------").0.is_struggling());
        assert!(!fold("----+++").0.is_struggling());
    }

    proptest! {
        #[test]
        fn a_right_answer_never_lowers_and_a_wrong_one_never_raises(
            answers in "[+h.-]{0,30}", easy in -3.0..4.0_f64, luck in 0.0..0.5_f64,
            hints in 0..4_u8, attempt_number in 1..5_u8, days in 0..60_i64, right: bool,
        ) {
            let (mut mastery, now) = fold(&answers);
            let now = Timestamp(now.0 + days * DAY_MS);
            let slow = |days: f64| 1.0 / (1.0 + days / 30.0);
            let (before, belief) = (mastery.at(now, slow), mastery.belief);
            mastery.apply(&Evidence { right, easiness: easy, luck, hints, attempt_number }, now, slow);
            let after = mastery.at(now, slow);
            if right {
                prop_assert!(after >= before && mastery.belief.mean >= belief.mean);
            } else {
                prop_assert!(after <= before && mastery.belief.mean <= belief.mean);
            }
            prop_assert!((0.0..=1.0).contains(&after.chance()));
            prop_assert!(mastery.belief.variance > 0.0 && mastery.belief.variance <= VARIANCE_MAX);
        }
    }
}
