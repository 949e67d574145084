//! Readiness: would the learner pass this test, and what is missing.

use serde::{Deserialize, Serialize};

use crate::id::SkillId;
use crate::learner::LearnerModel;
use crate::mastery::Band;
use crate::time::Timestamp;

/// One skill a test asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// The skill.
    pub skill: SkillId,
    /// Its share of the test against the other skills, at least 1.
    pub weight: u16,
    /// Difficulty of its questions, 0..=100.
    pub difficulty: u8,
}

/// Whether a learner is ready for a test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Readiness {
    /// Score expected on the day of the test, 0..=100.
    pub expected_percent: u8,
    /// True if that is at least the mark to pass.
    pub ready: bool,
    /// What is missing, what would add most first.
    pub gaps: Vec<Gap>,
}

/// A skill that is missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The skill.
    pub skill: SkillId,
    /// In which way.
    pub kind: GapKind,
    /// Chance of success on the day of the test, 0..=100.
    pub expected_percent: u8,
    /// Points of the whole test that it costs.
    pub cost_percent: f64,
}

/// In which way a skill is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    /// Never practised.
    Untried,
    /// Practised and not yet had.
    Weak,
    /// Had now, but it will have faded by then: one review is enough.
    Fading,
}

/// A skill below this chance of success on the day is a gap.
const SURE: f64 = 0.75;

/// Expects the learner's score at `test_at` if nothing more is practised; `pass_percent` is the
/// mark. A test that demands nothing is passed.
pub fn readiness(
    model: &LearnerModel,
    demands: &[Demand],
    now: Timestamp,
    test_at: Timestamp,
    pass_percent: u8,
) -> Readiness {
    let total: f64 = demands
        .iter()
        .map(|demand| f64::from(demand.weight.max(1)))
        .sum();
    let mut expected = if demands.is_empty() { 1.0 } else { 0.0 };
    let mut gaps = Vec::new();
    for demand in demands {
        let share = f64::from(demand.weight.max(1)) / total;
        let then = model.predict(&demand.skill, demand.difficulty, test_at.max(now));
        expected += share * then;
        if then < SURE {
            gaps.push(Gap {
                skill: demand.skill.clone(),
                kind: kind(model, demand, now),
                expected_percent: libm::round(then * 100.0) as u8,
                cost_percent: share * (1.0 - then) * 100.0,
            });
        }
    }
    gaps.sort_by(|a, b| {
        b.cost_percent
            .total_cmp(&a.cost_percent)
            .then_with(|| a.skill.cmp(&b.skill))
    });
    let expected_percent = libm::round(expected * 100.0) as u8;
    Readiness {
        expected_percent,
        ready: expected_percent >= pass_percent,
        gaps,
    }
}

fn kind(model: &LearnerModel, demand: &Demand, now: Timestamp) -> GapKind {
    if model.skill(&demand.skill).is_none() {
        return GapKind::Untried;
    }
    let had = model.predict(&demand.skill, demand.difficulty, now) >= SURE
        || model.mastery(&demand.skill, now).band() == Band::Mastered;
    if had { GapKind::Fading } else { GapKind::Weak }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::{Attempt, tests::attempt};
    use crate::grade::Outcome;
    use crate::time::UtcOffset;

    const DAY_MS: i64 = 86_400_000;

    fn demand(skill: &str) -> Demand {
        Demand {
            skill: SkillId::new(skill).unwrap(),
            weight: 1,
            difficulty: 50,
        }
    }

    #[test]
    fn gaps_are_named_by_what_would_close_them() {
        let mut model = LearnerModel::new(UtcOffset::KIGALI);
        for (n, outcome) in [
            (1, Outcome::Right),
            (2, Outcome::Right),
            (3, Outcome::Right),
        ] {
            model.apply(&attempt(n, "had", i64::try_from(n).unwrap(), outcome));
        }
        for n in 4..8 {
            let later = i64::try_from(n).unwrap();
            model.apply(&attempt(n, "weak", later, Outcome::NotYet));
        }
        let more: Vec<Attempt> = (8..20)
            .map(|n| attempt(n, "other", 20, Outcome::Right))
            .collect();
        for attempt in &more {
            model.apply(attempt);
        }
        let demands = [demand("had"), demand("weak"), demand("untried")];
        let kinds = |days: i64| {
            let test_at = Timestamp(days * DAY_MS);
            let readiness = readiness(&model, &demands, Timestamp(20), test_at, 75);
            let kinds: Vec<String> = readiness
                .gaps
                .iter()
                .map(|gap| format!("{} {:?}", gap.skill, gap.kind))
                .collect();
            (kinds.join(", "), readiness)
        };
        let (soon, first) = kinds(0);
        let (late, then) = kinds(120);
        assert_eq!(soon, "weak Weak, untried Untried");
        assert_eq!(late, "weak Weak, had Fading, untried Untried");
        assert!(first.expected_percent > then.expected_percent);
        assert!(!first.ready);
    }

    #[test]
    fn a_test_that_demands_nothing_is_passed() {
        let model = LearnerModel::new(UtcOffset::KIGALI);
        assert!(readiness(&model, &[], Timestamp(0), Timestamp(0), 100).ready);
    }
}
