//! Learners whose answers follow item response theory with learning and forgetting: another model
//! than the tutor's, with parameters the tutor does not know.

#![cfg(test)]

use std::collections::BTreeMap;

use curriculum::Timestamp;
use curriculum::id::SkillId;
use curriculum::random::SplitMix64;
use curriculum::schedule::{Candidate, Format};
use curriculum::skill::SkillGraph;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Character {
    Strong,
    Weak,
    Guessing,
}

pub(super) struct Pupil {
    character: Character,
    chance: SplitMix64,
    seed: u64,
    skills: BTreeMap<SkillId, Ability>,
}

/// Ability at one skill, in the logits of the response model.
#[derive(Clone, Copy)]
struct Ability {
    /// What the learner came with: it is not forgotten.
    before: f64,
    /// With what was learnt here.
    now: f64,
    used_at: Timestamp,
}

impl Pupil {
    pub(super) fn new(character: Character, seed: u64) -> Self {
        Self {
            character,
            chance: SplitMix64::new(seed ^ 0x0051_7715),
            seed,
            skills: BTreeMap::new(),
        }
    }

    /// Each skill starts around the learner's level, with a chance of its own.
    fn ability(&self, skill: &SkillId) -> Ability {
        if let Some(ability) = self.skills.get(skill) {
            return *ability;
        }
        let mean = match self.character {
            Character::Strong => 1.6,
            Character::Weak => -0.9,
            Character::Guessing => -1.3,
        };
        let mut own = SplitMix64::new(self.seed.rotate_left(17) ^ fnv(skill.as_str()));
        let before = mean + 0.4 * normal(&mut own);
        Ability {
            before,
            now: before,
            used_at: Timestamp(0),
        }
    }

    /// Chance of being right alone, luck apart: the two-parameter logistic with the constant 1.7, an
    /// upper asymptote for slips, and power-law forgetting of what was learnt here.
    fn knows(&self, candidate: &Candidate, now: Timestamp) -> f64 {
        let ability = kept(self.ability(&candidate.skill), now);
        // Every exercise is a little harder or easier, and sharper or duller, than its label.
        let mut item = SplitMix64::new(self.seed ^ fnv(candidate.exercise.as_str()));
        let label = (f64::from(candidate.difficulty) - 50.0) / 26.0 - 0.3;
        let position = label + 0.3 * normal(&mut item);
        let slope = 0.7 + 0.4 * uniform(&mut item);
        0.97 / (1.0 + (-1.7 * slope * (ability - position)).exp())
    }

    /// What the learner would get right of a skill's exercises alone, 0..=100.
    pub(super) fn true_mastery(
        &self,
        skill: &SkillId,
        candidates: &[Candidate],
        now: Timestamp,
    ) -> Option<f64> {
        let own = candidates.iter().filter(|c| c.skill == *skill);
        let own: Vec<f64> = own.map(|candidate| self.knows(candidate, now)).collect();
        (!own.is_empty()).then(|| 100.0 * own.iter().sum::<f64>() / own.len() as f64)
    }

    /// Chance of a right answer, luck counted, after so many hints.
    pub(super) fn succeeds(&self, candidate: &Candidate, hints: u8, now: Timestamp) -> f64 {
        let guesses = self.character == Character::Guessing;
        // A hint opens half of what was closed, a fifth for one who does not listen.
        let opens = if guesses { 0.2 } else { 0.5 };
        let closed = 1.0 - self.knows(candidate, now);
        let knows = 1.0 - closed * (1.0_f64 - opens).powi(i32::from(hints));
        let luck = f64::from(candidate.luck_percent) / 100.0;
        // One who guesses also hits small numbers now and then.
        let hits = guesses && candidate.format == Format::Number;
        let luck = if hits { luck.max(0.08) } else { luck };
        luck + (1.0 - luck) * knows
    }

    /// Whether the next answer is right, and how long it takes to begin, in seconds.
    pub(super) fn answer(
        &mut self,
        candidate: &Candidate,
        hints: u8,
        now: Timestamp,
    ) -> (bool, f64) {
        let right = self.uniform() < self.succeeds(candidate, hints, now);
        let typical = match self.character {
            Character::Strong => 3.0,
            Character::Weak => 6.0,
            Character::Guessing => 1.2,
        };
        (right, typical * (0.5 + self.uniform()))
    }

    /// After a question with its feedback: more is learnt from what was not quite known, and a
    /// little of it carries over to what rests on the skill.
    pub(super) fn learn(
        &mut self,
        skill: &SkillId,
        alone: bool,
        graph: &SkillGraph,
        now: Timestamp,
    ) {
        let rate = match self.character {
            Character::Strong => 0.12,
            Character::Weak => 0.10,
            Character::Guessing => 0.05,
        };
        let was = self.ability(skill);
        let at = kept(was, now);
        let share = if alone { 0.6 } else { 1.0 };
        let room = (3.0 - at).max(0.0) / 3.0;
        let learnt = Ability {
            before: was.before,
            now: at + rate * share * room,
            used_at: now,
        };
        self.skills.insert(skill.clone(), learnt);
        let resting = graph.in_order().filter(|above| above.needs.contains(skill));
        for above in resting {
            let mut ability = self.ability(&above.id);
            ability.before += rate * 0.2;
            ability.now += rate * 0.2;
            self.skills.insert(above.id.clone(), ability);
        }
    }

    pub(super) fn uniform(&mut self) -> f64 {
        uniform(&mut self.chance)
    }
}

fn kept(ability: Ability, now: Timestamp) -> f64 {
    let days = now.days_since(ability.used_at).max(0.0);
    ability.before + (ability.now - ability.before) * (1.0 + days / 4.0).powf(-0.25)
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
