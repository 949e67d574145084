//! Memory: how well a skill is still remembered, by FSRS-6.
//!
//! The algorithm is the Free Spaced Repetition Scheduler, version 6, with its published default
//! parameters (<https://github.com/open-spaced-repetition/fsrs4anki/wiki/The-Algorithm>). It is
//! written here, in `f64` through `libm`, because the state of a memory must have the same bytes on
//! every processor; the README says why the crate `fsrs` does not serve.

use serde::{Deserialize, Serialize};

use crate::answer::Channel;
use crate::attempt::Attempt;
use crate::grade::Outcome;
use crate::time::Timestamp;

/// How a retrieval went. Derived from what the learner did, never asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Recall {
    /// Not retrieved.
    Failed,
    /// Retrieved with a hint, or slowly.
    Hard,
    /// Retrieved alone.
    Good,
    /// Retrieved at once. Not derived from attempts, because a quick answer may be a guess.
    Easy,
}

/// Stability and difficulty of one memory after its latest retrieval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Days until the chance of recall falls to 90 %, at least 0.001.
    pub stability: f64,
    /// How slowly stability grows, 1.0..=10.0.
    pub difficulty: f64,
    /// The latest retrieval.
    pub at: Timestamp,
}

/// FSRS-6 defaults, `w[0]..w[20]`: published by the authors, fitted on reviews of many people.
pub const DEFAULT_WEIGHTS: [f64; 21] = [
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796, 1.4835,
    0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
];

/// Days between reviews that are given at the least, by the number of days recalled in a row.
pub const REVIEW_FLOOR_DAYS: [f64; 5] = [1.0, 3.0, 7.0, 14.0, 30.0];

/// No interval is longer: a school year has terms, and a phone may change hands.
pub const REVIEW_CEILING_DAYS: f64 = 180.0;

/// The chance of recall at which a review is due, as the fitted defaults assume.
pub const RETENTION: f64 = 0.9;

/// Slower than this a spoken answer was worked out, not recalled: twice the longest thinking time.
const SLOW_MS: u32 = 20_000;

const STABILITY_MIN: f64 = 0.001;

impl Recall {
    /// What an attempt says about memory; `None` if nothing: not yet judged, or a second try, which
    /// follows help and is no retrieval of its own.
    pub fn of(attempt: &Attempt) -> Option<Self> {
        if attempt.attempt_number > 1 {
            return None;
        }
        let timed = matches!(attempt.channel, Channel::Voice | Channel::Terminal);
        let slow = timed && attempt.latency_ms > SLOW_MS;
        match (attempt.outcome, attempt.hints) {
            (Outcome::Deferred, _) => None,
            (Outcome::NotYet, _) | (Outcome::Right, 2..) => Some(Self::Failed),
            (Outcome::Right, 1) => Some(Self::Hard),
            (Outcome::Right, 0) if slow => Some(Self::Hard),
            (Outcome::Right, 0) => Some(Self::Good),
        }
    }

    fn rating(self) -> f64 {
        match self {
            Self::Failed => 1.0,
            Self::Hard => 2.0,
            Self::Good => 3.0,
            Self::Easy => 4.0,
        }
    }
}

impl Memory {
    /// The memory after its first retrieval.
    pub fn first(recall: Recall, at: Timestamp, w: &[f64; 21]) -> Self {
        let stability = w[recall.rating() as usize - 1].max(STABILITY_MIN);
        let difficulty = initial_difficulty(recall, w).clamp(1.0, 10.0);
        Self {
            stability,
            difficulty,
            at,
        }
    }

    /// The memory after one more retrieval. Elapsed time counts in whole days, as in the reference.
    #[must_use]
    pub fn after(self, recall: Recall, at: Timestamp, w: &[f64; 21]) -> Self {
        let days = libm::floor(at.days_since(self.at));
        let stability = if days < 1.0 {
            same_day_stability(self.stability, recall, w)
        } else {
            let chance = chance_of_recall(self.stability, days, w);
            match recall {
                Recall::Failed => forgotten_stability(self, chance, w),
                _ => recalled_stability(self, chance, recall, w),
            }
        };
        Self {
            stability: stability.max(STABILITY_MIN),
            difficulty: next_difficulty(self.difficulty, recall, w),
            at,
        }
    }

    /// The chance, 0.0..=1.0, that the skill is remembered at `now`.
    pub fn retrievability(&self, now: Timestamp) -> f64 {
        let days = now.days_since(self.at).max(0.0);
        chance_of_recall(self.stability, days, &DEFAULT_WEIGHTS)
    }

    /// Days from the latest retrieval until the next is due.
    ///
    /// `recalled_days` is how many days in a row it was recalled: it sets the floor.
    pub fn interval_days(&self, recalled_days: u8) -> f64 {
        let step = usize::from(recalled_days.max(1)) - 1;
        let floor = REVIEW_FLOOR_DAYS[step.min(REVIEW_FLOOR_DAYS.len() - 1)];
        let modelled = interval_days(self.stability, RETENTION, &DEFAULT_WEIGHTS);
        if recalled_days == 0 {
            return REVIEW_FLOOR_DAYS[0];
        }
        modelled.clamp(floor, REVIEW_CEILING_DAYS)
    }
}

/// The forgetting curve: chance of recall `days` after the latest retrieval.
pub fn chance_of_recall(stability: f64, days: f64, w: &[f64; 21]) -> f64 {
    libm::pow(1.0 + factor(w) * days / stability, -w[20])
}

/// Days until the chance of recall falls to `retention`, not rounded.
pub fn interval_days(stability: f64, retention: f64, w: &[f64; 21]) -> f64 {
    stability / factor(w) * (libm::pow(retention, -1.0 / w[20]) - 1.0)
}

fn factor(w: &[f64; 21]) -> f64 {
    libm::pow(0.9, -1.0 / w[20]) - 1.0
}

fn initial_difficulty(recall: Recall, w: &[f64; 21]) -> f64 {
    w[4] - libm::exp(w[5] * (recall.rating() - 1.0)) + 1.0
}

fn next_difficulty(difficulty: f64, recall: Recall, w: &[f64; 21]) -> f64 {
    let change = -w[6] * (recall.rating() - 3.0);
    let damped = difficulty + (10.0 - difficulty) * change / 9.0;
    let reverted = w[7] * initial_difficulty(Recall::Easy, w) + (1.0 - w[7]) * damped;
    reverted.clamp(1.0, 10.0)
}

fn same_day_stability(stability: f64, recall: Recall, w: &[f64; 21]) -> f64 {
    let growth = libm::exp(w[17] * (recall.rating() - 3.0 + w[18])) * libm::pow(stability, -w[19]);
    match recall {
        Recall::Failed => stability * growth,
        _ => stability * growth.max(1.0),
    }
}

fn recalled_stability(memory: Memory, chance: f64, recall: Recall, w: &[f64; 21]) -> f64 {
    let weight = match recall {
        Recall::Hard => w[15],
        Recall::Easy => w[16],
        _ => 1.0,
    };
    let growth = libm::exp(w[8])
        * (11.0 - memory.difficulty)
        * libm::pow(memory.stability, -w[9])
        * (libm::exp((1.0 - chance) * w[10]) - 1.0)
        * weight;
    memory.stability * (1.0 + growth)
}

fn forgotten_stability(memory: Memory, chance: f64, w: &[f64; 21]) -> f64 {
    let long = w[11]
        * libm::pow(memory.difficulty, -w[12])
        * (libm::pow(memory.stability + 1.0, w[13]) - 1.0)
        * libm::exp((1.0 - chance) * w[14]);
    let short = memory.stability / libm::exp(w[17] * w[18]);
    long.min(short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR_MS: i64 = 3_600_000;

    /// Histories and what the Python package `fsrs` 6.3.2 makes of them (fuzzing off, defaults).
    const GOLDEN: &str = include_str!("../fixtures/memory/fsrs-6.3.2.csv");

    fn replay(history: &str) -> Memory {
        let mut at = Timestamp(0);
        let mut memory = None;
        for step in history.split(';') {
            let (hours, rating) = step.split_once(' ').unwrap();
            at = Timestamp(at.0 + hours.parse::<i64>().unwrap() * HOUR_MS);
            let recall = [Recall::Failed, Recall::Hard, Recall::Good, Recall::Easy]
                [rating.parse::<usize>().unwrap() - 1];
            memory = Some(match memory {
                None => Memory::first(recall, at, &DEFAULT_WEIGHTS),
                Some(memory) => Memory::after(memory, recall, at, &DEFAULT_WEIGHTS),
            });
        }
        memory.unwrap()
    }

    #[test]
    fn a_thousand_histories_agree_with_the_independent_package() {
        let mut worst = 0.0_f64;
        let mut count = 0;
        for line in GOLDEN.lines().filter(|line| !line.starts_with('#')) {
            let (history, expected) = line.split_once('|').unwrap();
            let expected: Vec<f64> = expected.split(' ').map(|n| n.parse().unwrap()).collect();
            let memory = replay(history);
            let chance = chance_of_recall(memory.stability, expected[3], &DEFAULT_WEIGHTS);
            let days = interval_days(memory.stability, RETENTION, &DEFAULT_WEIGHTS);
            let rounded = libm::rint(days).clamp(1.0, 36_500.0);
            for (got, want) in [
                (memory.stability, expected[0]),
                (memory.difficulty, expected[1]),
                (chance, expected[2]),
                (rounded, expected[4]),
            ] {
                let off = (got - want).abs() / want.abs().max(1.0);
                assert!(off <= 1e-4, "{history}: {got} is not {want}");
                worst = worst.max(off);
            }
            count += 1;
        }
        println!("memory: {count} histories, largest difference {worst:.1e}");
        assert_eq!(count, 1000);
    }

    #[test]
    fn reviews_come_no_earlier_than_the_fixed_list() {
        let memory = |stability| Memory {
            stability,
            difficulty: 5.0,
            at: Timestamp(0),
        };
        for (recalled, floor) in (1..).zip(REVIEW_FLOOR_DAYS) {
            assert_eq!(memory(0.1).interval_days(recalled), floor);
        }
        assert_eq!(memory(20.0).interval_days(0), 1.0, "forgotten: tomorrow");
        assert!(
            (memory(50.0).interval_days(2) - 50.0).abs() < 1e-9,
            "the model may wait longer"
        );
        assert_eq!(memory(5_000.0).interval_days(9), REVIEW_CEILING_DAYS);
    }

    proptest! {
        #[test]
        fn remembering_never_shortens_and_forgetting_never_lengthens(
            stability in 0.01..400.0_f64, difficulty in 1.0..10.0_f64, hours in 0..20_000_i64,
        ) {
            let memory = Memory { stability, difficulty, at: Timestamp(0) };
            let at = Timestamp(hours * HOUR_MS);
            let good = memory.after(Recall::Good, at, &DEFAULT_WEIGHTS);
            let failed = memory.after(Recall::Failed, at, &DEFAULT_WEIGHTS);
            prop_assert!(good.stability >= stability);
            prop_assert!(failed.stability <= good.stability);
            prop_assert!(good.difficulty <= failed.difficulty);
            prop_assert!((0.0..=1.0).contains(&good.retrievability(at)));
        }
    }
}
