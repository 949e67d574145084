//! Priority: which course to go on with, over all a learner has.

use serde::{Deserialize, Serialize};

use crate::id::{CourseId, SkillId};
use crate::learner::LearnerModel;
use crate::time::Timestamp;

/// A course a learner is enrolled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The course.
    pub course: CourseId,
    /// Its skills.
    pub skills: Vec<SkillId>,
    /// Its next test, if one is set.
    pub test_at: Option<Timestamp>,
}

/// How urgent a course is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Priority {
    /// The course.
    pub course: CourseId,
    /// Greater is more urgent; 0.0..=3.5.
    pub score: f64,
    /// Why, strongest first.
    pub reasons: Vec<Urgency>,
}

/// Why a course is urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// A test is near.
    Test {
        /// Whole days until then.
        days: u16,
    },
    /// What was begun is weak.
    Weak {
        /// Mean mastery of what was begun, 0..=100.
        percent: u8,
    },
    /// Not practised for days.
    Neglected {
        /// Whole days since.
        days: u16,
    },
    /// Reviews have fallen due.
    Due {
        /// How many skills.
        skills: u16,
    },
    /// Never begun.
    New,
}

/// A test counts fully when it is this near, half a week before that, a third two weeks before.
const TEST_NEAR_DAYS: f64 = 2.0;
/// Not practised for so long is fully neglected.
const NEGLECT_DAYS: f64 = 14.0;

/// Courses, the most urgent first; ties by code.
pub fn priorities(model: &LearnerModel, courses: &[Enrolment], now: Timestamp) -> Vec<Priority> {
    let mut ranked: Vec<Priority> = courses
        .iter()
        .map(|course| priority(model, course, now))
        .collect();
    ranked.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.course.cmp(&b.course))
    });
    ranked
}

fn priority(model: &LearnerModel, course: &Enrolment, now: Timestamp) -> Priority {
    let begun = || {
        course
            .skills
            .iter()
            .filter_map(|id| Some((id, model.skill(id)?)))
    };
    let mut weights: Vec<(f64, Urgency)> = Vec::new();
    if let Some(test_at) = course.test_at.filter(|test_at| *test_at >= now) {
        let days = test_at.days_since(now);
        let near = 1.5 / (1.0 + (days - TEST_NEAR_DAYS).max(0.0) / 7.0);
        weights.push((near, Urgency::Test { days: whole(days) }));
    }
    let count = begun().count();
    if count == 0 {
        weights.push((0.4, Urgency::New));
    } else {
        let sum: f64 = begun().map(|(id, _)| model.mastery(id, now).chance()).sum();
        let mean = sum / count as f64;
        let percent = libm::round(mean * 100.0) as u8;
        weights.push((0.8 * (1.0 - mean), Urgency::Weak { percent }));
        let latest = begun()
            .map(|(_, record)| record.practised_at)
            .max()
            .unwrap_or(now);
        let away = now.days_since(latest).max(0.0);
        let neglect = 0.7 * (away / NEGLECT_DAYS).min(1.0);
        weights.push((neglect, Urgency::Neglected { days: whole(away) }));
        let due = begun()
            .filter(|(id, _)| model.due_at(id).is_some_and(|at| at <= now))
            .count();
        let share = 0.5 * due as f64 / count as f64;
        weights.push((
            share,
            Urgency::Due {
                skills: u16::try_from(due).unwrap_or(u16::MAX),
            },
        ));
    }
    weights.retain(|(weight, _)| *weight > 0.05);
    weights.sort_by(|a, b| b.0.total_cmp(&a.0));
    Priority {
        course: course.course.clone(),
        score: weights.iter().map(|(weight, _)| weight).sum(),
        reasons: weights.into_iter().map(|(_, urgency)| urgency).collect(),
    }
}

fn whole(days: f64) -> u16 {
    libm::floor(days.clamp(0.0, 65_535.0)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::tests::attempt;
    use crate::grade::Outcome;
    use crate::time::UtcOffset;

    const DAY_MS: i64 = 86_400_000;

    /// `maths` strong and recent, `english` weak, `debate` strong and long ago, `general` new.
    fn ranked(test_in_days: Option<i64>) -> Vec<Priority> {
        let mut model = LearnerModel::new(UtcOffset::KIGALI);
        let mut id = 0;
        for (skill, day, outcome) in [
            ("debate", 0, Outcome::Right),
            ("english", 19, Outcome::NotYet),
            ("maths", 20, Outcome::Right),
        ] {
            for _ in 0..4 {
                id += 1;
                model.apply(&attempt(id, skill, day * DAY_MS, outcome));
            }
        }
        let now = Timestamp(20 * DAY_MS + 1);
        let courses: Vec<Enrolment> = ["debate", "english", "general", "maths"]
            .into_iter()
            .map(|code| Enrolment {
                course: CourseId::new(code).unwrap(),
                skills: vec![SkillId::new(code).unwrap()],
                test_at: test_in_days
                    .filter(|_| code == "maths")
                    .map(|days| Timestamp(now.0 + days * DAY_MS)),
            })
            .collect();
        priorities(&model, &courses, now)
    }

    #[test]
    fn neglect_and_weakness_come_before_what_goes_well() {
        let order: Vec<String> = ranked(None).iter().map(|p| p.course.to_string()).collect();
        assert_eq!(order, ["debate", "english", "general", "maths"]);
        assert!(matches!(ranked(None)[1].reasons[0], Urgency::Weak { .. }));
    }

    #[test]
    fn a_test_moves_its_course_up_as_it_comes_near() {
        let place = |days| {
            let ranked = ranked(Some(days));
            ranked
                .iter()
                .position(|p| p.course.as_str() == "maths")
                .unwrap()
        };
        assert_eq!(place(1), 0);
        assert_eq!(place(200), 3);
        assert!(
            ranked(Some(1))
                .iter()
                .any(|p| p.reasons[0] == Urgency::Test { days: 1 })
        );
    }
}
