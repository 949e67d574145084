//! Placement: where on the ladder of skills a new learner starts, from four to six questions.
//!
//! The learner is taken to have every skill below some rung and none above it. Each answer moves a
//! belief over the rungs; the next question stands where that belief is halved. It starts a learner
//! a little low rather than too high: a first call should begin with success.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::SkillId;
use crate::mastery::logistic;

/// Fewest questions asked, if the ladder has as many rungs.
pub const QUESTIONS_MIN: usize = 4;
/// Most questions asked.
pub const QUESTIONS_MAX: usize = 6;
/// No question is begun later than this, so that all is over in 90 s.
pub const LAST_QUESTION: Duration = Duration::from_secs(75);

/// Chance that someone who has a skill misses one question all the same.
const SLIP: f64 = 0.10;
/// Share of the belief that may stand below the rung a learner starts on.
const CAUTION: f64 = 0.3;

/// A placement going on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    ladder: Vec<SkillId>,
    /// Chance that the learner has exactly the first `n` skills, for n from 0 to all.
    belief: Vec<f64>,
    asked: Vec<usize>,
}

impl Placement {
    /// `ladder` holds the skills of a module in teaching order; `None` if it is empty.
    pub fn new(ladder: Vec<SkillId>) -> Option<Self> {
        let places = ladder.len() + 1;
        let belief = vec![1.0 / places as f64; places];
        (!ladder.is_empty()).then_some(Self {
            ladder,
            belief,
            asked: Vec::new(),
        })
    }

    /// The skill to ask about next, `None` once enough is known or time is up. `elapsed` counts
    /// from the first question.
    pub fn next(&self, elapsed: Duration) -> Option<&SkillId> {
        let enough = self.asked.len() >= QUESTIONS_MIN && self.spread() <= self.scale();
        if enough || self.asked.len() >= QUESTIONS_MAX || elapsed > LAST_QUESTION {
            return None;
        }
        let middle = self.quantile(0.5).saturating_sub(1);
        let open = (0..self.ladder.len()).filter(|rung| !self.asked.contains(rung));
        open.min_by_key(|rung| (rung.abs_diff(middle), *rung))
            .map(|rung| &self.ladder[rung])
    }

    /// Takes in the answer to a question about `skill`; `luck_percent` as in an attempt. A skill
    /// that is not on the ladder changes nothing.
    pub fn answer(&mut self, skill: &SkillId, right: bool, luck_percent: u8) {
        let Some(rung) = self.ladder.iter().position(|on| on == skill) else {
            return;
        };
        let luck = f64::from(luck_percent.min(50)) / 100.0;
        let scale = self.scale();
        for (has, chance) in self.belief.iter_mut().enumerate() {
            let above = has as f64 - rung as f64 - 0.5;
            let knows = (1.0 - SLIP) * logistic(2.0 * above / scale);
            let succeeds = luck + (1.0 - luck) * knows;
            *chance *= if right { succeeds } else { 1.0 - succeeds };
        }
        let sum: f64 = self.belief.iter().sum();
        for chance in &mut self.belief {
            *chance /= sum;
        }
        self.asked.push(rung);
    }

    /// The skill to start with.
    pub fn start(&self) -> &SkillId {
        let rung = self.quantile(CAUTION).min(self.ladder.len() - 1);
        &self.ladder[rung]
    }

    /// The skills below the one to start with, for [`crate::learner::LearnerModel::apply_placement`].
    pub fn below(&self) -> &[SkillId] {
        &self.ladder[..self.quantile(CAUTION).min(self.ladder.len() - 1)]
    }

    /// Questions answered.
    pub fn answered(&self) -> usize {
        self.asked.len()
    }

    fn quantile(&self, share: f64) -> usize {
        let mut sum = 0.0;
        for (has, chance) in self.belief.iter().enumerate() {
            sum += chance;
            if sum >= share {
                return has;
            }
        }
        self.belief.len() - 1
    }

    /// Standard deviation of the belief, in rungs.
    fn spread(&self) -> f64 {
        let places = || {
            self.belief
                .iter()
                .enumerate()
                .map(|(n, chance)| (n as f64, *chance))
        };
        let mean: f64 = places().map(|(n, chance)| n * chance).sum();
        let variance: f64 = places()
            .map(|(n, chance)| (n - mean) * (n - mean) * chance)
            .sum();
        libm::sqrt(variance.max(0.0))
    }

    /// How many rungs blur into each other: real learners have gaps below and islands above.
    fn scale(&self) -> f64 {
        (self.ladder.len() as f64 / 12.0).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    const SECONDS_PER_QUESTION: u64 = 14;

    /// Places a learner who has the first `has` of `rungs` skills, and slips now and then.
    fn place(rungs: usize, has: usize, slip_percent: u64, seed: u64) -> (usize, usize) {
        let skill = |n: usize| SkillId::new(&format!("s.{n}")).unwrap();
        let mut placement = Placement::new((0..rungs).map(skill).collect()).unwrap();
        let mut random = SplitMix64::new(seed);
        let mut elapsed = Duration::ZERO;
        while let Some(asked) = placement.next(elapsed).cloned() {
            let rung: usize = asked.as_str()[2..].parse().unwrap();
            let right = rung < has && random.below(100) >= slip_percent;
            placement.answer(&asked, right, 0);
            elapsed += Duration::from_secs(SECONDS_PER_QUESTION);
        }
        let start = placement.start().as_str()[2..].parse().unwrap();
        assert!(elapsed <= Duration::from_secs(90));
        (start, placement.answered())
    }

    #[test]
    fn four_to_six_questions_find_the_rung_of_any_learner() {
        for rungs in [10, 40, 60] {
            for has in 0..=rungs {
                let (start, asked) = place(rungs, has, 0, 1);
                let off = start.abs_diff(has.min(rungs - 1));
                assert!(
                    off <= rungs / 10 + 1,
                    "{has} of {rungs}: started at {start}"
                );
                assert!((QUESTIONS_MIN..=QUESTIONS_MAX).contains(&asked));
            }
        }
    }

    #[test]
    fn learners_who_slip_start_low_rather_than_high() {
        let starts: Vec<(usize, usize)> = (0..400)
            .map(|seed| (seed % 41, place(40, seed % 41, 10, seed as u64).0))
            .collect();
        let too_high = starts
            .iter()
            .filter(|(has, start)| *start > has + 5)
            .count();
        let near = starts
            .iter()
            .filter(|(has, start)| has.abs_diff(*start) <= 8)
            .count();
        println!("placement: {near} of 400 within 8 of 40 rungs, {too_high} more than 5 too high");
        assert!(too_high <= 8 && near >= 300);
    }

    #[test]
    fn a_short_ladder_ends_when_every_rung_was_asked() {
        assert_eq!(place(2, 2, 0, 1), (1, 2));
        assert_eq!(Placement::new(Vec::new()), None);
    }
}
