//! Learners whose answers follow item response theory with learning and forgetting: another model
//! than the tutor's, with parameters the tutor does not know.

use curriculum::id::SkillId;
use curriculum::random::SplitMix64;
use curriculum::schedule::Candidate;
use curriculum::time::Timestamp;

use crate::world::{SKILLS, rank};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Character {
    Strong,
    Weak,
    Guessing,
}

pub struct Pupil {
    character: Character,
    chance: SplitMix64,
    seed: u64,
    /// Ability at each skill before and with what was learnt, and when it was last used.
    before: Vec<f64>,
    ability: Vec<f64>,
    used_at: Vec<Timestamp>,
}

/// How a learner came to an answer.
pub struct Reply {
    pub right: bool,
    pub latency_ms: u32,
}

impl Pupil {
    pub fn new(character: Character, seed: u64) -> Self {
        let mut chance = SplitMix64::new(seed ^ 0x5eed);
        let (mean, spread) = match character {
            Character::Strong => (1.6, 0.4),
            Character::Weak => (-0.9, 0.4),
            Character::Guessing => (-1.3, 0.4),
        };
        let before: Vec<f64> = (0..SKILLS)
            .map(|_| mean + spread * normal(&mut chance))
            .collect();
        Self {
            character,
            chance,
            seed,
            ability: before.clone(),
            before,
            used_at: vec![Timestamp(0); SKILLS],
        }
    }

    /// Chance of being right alone, luck apart, on an exercise of this difficulty: the two-parameter
    /// logistic with the constant 1.7, an upper asymptote for slips, and power-law forgetting.
    pub fn knows(&self, skill: &SkillId, candidate: &str, difficulty: u8, now: Timestamp) -> f64 {
        let n = rank(skill);
        let days = now.days_since(self.used_at[n]).max(0.0);
        let kept = (1.0 + days / 4.0).powf(-0.25);
        let ability = self.before[n] + (self.ability[n] - self.before[n]) * kept;
        // Every exercise is a little harder or easier, and sharper or duller, than its label.
        let mut item = SplitMix64::new(self.seed ^ fnv(candidate));
        let position = (f64::from(difficulty) - 50.0) / 26.0 - 0.3 + 0.3 * normal(&mut item);
        let slope = 0.7 + 0.4 * uniform(&mut item);
        0.97 / (1.0 + (-1.7 * slope * (ability - position)).exp())
    }

    /// What the learner would get right of an ordinary exercise of this skill, 0..=100.
    pub fn true_mastery(&self, skill: &SkillId, candidates: &[Candidate], now: Timestamp) -> f64 {
        let own: Vec<f64> = candidates
            .iter()
            .filter(|candidate| candidate.skill == *skill)
            .map(|c| self.knows(skill, c.exercise.as_str(), c.difficulty, now))
            .collect();
        100.0 * own.iter().sum::<f64>() / own.len() as f64
    }

    /// Chance of a right answer, luck counted, after so many hints.
    pub fn succeeds(&self, candidate: &Candidate, hints: u8, now: Timestamp) -> f64 {
        let plain = self.knows(
            &candidate.skill,
            candidate.exercise.as_str(),
            candidate.difficulty,
            now,
        );
        // A hint opens half of what was closed, a third of that for one who does not listen.
        let opens = if self.character == Character::Guessing {
            0.2
        } else {
            0.5
        };
        let knows = 1.0 - (1.0 - plain) * (1.0_f64 - opens).powi(i32::from(hints));
        let luck = f64::from(candidate.luck_percent) / 100.0;
        // One who guesses also hits small numbers now and then.
        let luck = if self.character == Character::Guessing {
            luck.max(0.08)
        } else {
            luck
        };
        luck + (1.0 - luck) * knows
    }

    pub fn answer(&mut self, candidate: &Candidate, hints: u8, now: Timestamp) -> Reply {
        let right = uniform(&mut self.chance) < self.succeeds(candidate, hints, now);
        let typical: u32 = match self.character {
            Character::Strong => 3_000,
            Character::Weak => 7_000,
            Character::Guessing => 1_200,
        };
        let latency_ms =
            typical / 2 + u32::try_from(self.chance.below(u64::from(typical))).unwrap_or(0);
        Reply { right, latency_ms }
    }

    /// After a question with its feedback: more is learnt from what was not quite known.
    pub fn learn(&mut self, skill: &SkillId, right: bool, hints: u8, now: Timestamp) {
        let n = rank(skill);
        let days = now.days_since(self.used_at[n]).max(0.0);
        let kept = (1.0 + days / 4.0).powf(-0.25);
        self.ability[n] = self.before[n] + (self.ability[n] - self.before[n]) * kept;
        let rate = match self.character {
            Character::Strong => 0.12,
            Character::Weak => 0.10,
            Character::Guessing => 0.05,
        };
        let share = if right && hints == 0 { 0.6 } else { 1.0 };
        let room = (3.0 - self.ability[n]).max(0.0) / 3.0;
        self.ability[n] += rate * share * room;
        self.used_at[n] = now;
        // Practice carries over a little to what rests on it.
        if n + 3 < SKILLS {
            self.before[n + 3] += rate * 0.2;
            self.ability[n + 3] += rate * 0.2;
        }
    }

    pub fn uniform(&mut self) -> f64 {
        uniform(&mut self.chance)
    }
}

fn uniform(chance: &mut SplitMix64) -> f64 {
    chance.below(1 << 32) as f64 / (1_u64 << 32) as f64
}

/// Sum of twelve even chances less six: near enough to normal.
fn normal(chance: &mut SplitMix64) -> f64 {
    (0..12).map(|_| uniform(chance)).sum::<f64>() - 6.0
}

fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
