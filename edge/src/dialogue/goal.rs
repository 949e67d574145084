//! What a sitting works towards: the lesson at hand, the subject most in need, a test, a badge.

use std::collections::BTreeMap;

use curriculum::course::{Lesson, Module};
use curriculum::id::SkillId;
use curriculum::interface::Saying;
use curriculum::learner::LearnerModel;
use curriculum::mastery::Band;
use curriculum::priority::{Enrolment, priorities};
use curriculum::readiness::{Demand, Readiness, readiness};
use curriculum::reward::Badge;

use super::machine::Dialogue;
use super::piece::Fill;
use super::state::Sitting;

/// Believed mastery from which a skill is no longer what a lesson is about. Forgetting is left out:
/// what fades comes back as a review, not as the lesson.
const LEARNT: f64 = 0.80;
/// Share of a test that is enough.
const PASS_PERCENT: u8 = 70;
/// So many days in a row are worth saying.
const STREAK_SAID: u32 = 2;

impl Dialogue {
    /// How much each skill is wanted in a sitting: those of the lesson at hand that are left.
    pub(super) fn relevance(&self, module: Module) -> BTreeMap<SkillId, f64> {
        let Some(learner) = self.learner() else {
            return BTreeMap::new();
        };
        let skills = self
            .lesson_at_hand(module)
            .map_or(&[][..], |lesson| lesson.skills.as_slice());
        let left = skills
            .iter()
            .filter(|skill| self.is_left(&learner.model, &skill.id));
        left.map(|skill| (skill.id.clone(), 1.0)).collect()
    }

    /// The first lesson of a module with something left to learn.
    fn lesson_at_hand(&self, module: Module) -> Option<&Lesson> {
        let (model, language) = (&self.learner()?.model, self.language());
        let mut lessons = self.context.lessons.of_module(module, language);
        lessons.find(|lesson| {
            let mut skills = lesson.skills.iter();
            skills.any(|skill| self.is_left(model, &skill.id))
        })
    }

    fn is_left(&self, model: &LearnerModel, skill: &SkillId) -> bool {
        let believed = |skill| {
            let record = model.skill(skill)?;
            Some(record.mastery.believed().chance())
        };
        !model.is_assumed(skill)
            && believed(skill).is_none_or(|chance| chance < LEARNT)
            && model.mastery(skill, self.now).band() != Band::Mastered
    }

    /// The subject of a new sitting: of those begun the one most in need; the last one if it was
    /// only just chosen.
    pub(super) fn subject_due(&self) -> Option<Module> {
        let taught = self.context.lessons.modules(self.language());
        let last = self.state.sitting.as_ref().map(|sitting| sitting.module);
        let last = last.filter(|module| taught.contains(module));
        let Some(learner) = self.learner() else {
            return last;
        };
        let begun: Vec<(Module, Enrolment)> = taught
            .iter()
            .filter_map(|module| Some((*module, self.enrolment(*module)?)))
            .filter(|(_, course)| {
                let mut skills = course.skills.iter();
                skills.any(|skill| learner.model.skill(skill).is_some())
            })
            .collect();
        if last.is_some_and(|last| begun.iter().all(|(module, _)| *module != last)) {
            return last;
        }
        let courses: Vec<Enrolment> = begun.iter().map(|(_, course)| course.clone()).collect();
        let first = priorities(&learner.model, &courses, self.now)
            .into_iter()
            .next();
        let of = |first: &curriculum::priority::Priority| {
            let mut begun = begun.iter();
            begun.find(|(_, course)| course.course == first.course)
        };
        let due = first.as_ref().and_then(of).map(|(module, _)| *module);
        due.or(last).or(taught.first().copied())
    }

    fn enrolment(&self, module: Module) -> Option<Enrolment> {
        let lessons = self.context.lessons.of_module(module, self.language());
        let skills = lessons.flat_map(|lesson| lesson.skills.iter().map(|skill| skill.id.clone()));
        Some(Enrolment {
            course: self.context.lessons.course_of(module)?.clone(),
            skills: skills.collect(),
            test_at: None,
        })
    }

    /// Once in a sitting: what it is about.
    pub(super) fn say_objective(&mut self) {
        let sitting = self.state.sitting.as_ref();
        let Some(module) = sitting.filter(|s| !s.tally.named).map(|s| s.module) else {
            return;
        };
        if let Some(sitting) = self.state.sitting.as_mut() {
            sitting.tally.named = true;
        }
        match self.objective(module) {
            Some(skill) => self.say(Saying::Objective, vec![Fill::Skill(skill)]),
            None => self.say(Saying::ObjectiveKeep, Vec::new()),
        }
    }

    /// The skill that the next sitting of a module is about.
    pub(super) fn objective(&self, module: Module) -> Option<SkillId> {
        let model = &self.learner()?.model;
        let mut skills = self.lesson_at_hand(module)?.skills.iter();
        let first = skills.find(|skill| self.is_left(model, &skill.id));
        first.map(|skill| skill.id.clone())
    }

    /// How a test of the lesson at hand would go today; nothing before any of it was tried.
    pub(super) fn say_readiness(&mut self, module: Module) {
        let Some(found) = self.readiness(module) else {
            return;
        };
        match found.gaps.into_iter().next() {
            Some(gap) if !found.ready => {
                self.aside(Saying::TestGap, vec![Fill::Skill(gap.skill)]);
            }
            _ if found.ready => self.aside(Saying::TestReady, Vec::new()),
            _ => {}
        }
    }

    fn readiness(&self, module: Module) -> Option<Readiness> {
        let model = &self.learner()?.model;
        let lesson = self.lesson_at_hand(module)?;
        let demands: Vec<Demand> = lesson
            .test
            .iter()
            .filter_map(|id| self.context.lessons.exercise(id))
            .map(|exercise| Demand {
                skill: exercise.skill.clone(),
                weight: 1,
                difficulty: exercise.difficulty,
            })
            .collect();
        let tried = |demand: &Demand| model.skill(&demand.skill).is_some();
        let begun = demands.iter().any(tried);
        let now = self.now;
        begun.then(|| readiness(model, &demands, now, now, PASS_PERCENT))
    }

    /// At the close: a badge earned in this sitting, else days in a row.
    pub(super) fn say_earned(&mut self, sitting: &Sitting) {
        let Some(learner) = self.learner() else {
            return;
        };
        let Some(began) = sitting.attempts.first().map(|attempt| attempt.at) else {
            return;
        };
        let badges = learner.model.rewards().badges();
        let earned = badges
            .filter(|(_, at)| *at >= began)
            .map(|(badge, _)| badge);
        let (latest, streak) = (earned.max(), learner.model.streak(self.now).days);
        match latest {
            Some(badge) => self.say(Saying::Badge, vec![Fill::Saying(badge_name(badge))]),
            None if streak >= STREAK_SAID => {
                self.say(Saying::Streak, vec![Fill::Number(streak)]);
            }
            None => {
                let count = u32::from(sitting.tally.settled);
                self.say(Saying::CloseTried, vec![Fill::Number(count)]);
            }
        }
    }
}

fn badge_name(badge: Badge) -> Saying {
    match badge {
        Badge::FirstAnswer => Saying::BadgeFirstAnswer,
        Badge::HundredAnswers => Saying::BadgeHundredAnswers,
        Badge::ThousandAnswers => Saying::BadgeThousandAnswers,
        Badge::TriesAgain => Saying::BadgeTriesAgain,
        Badge::GoodMemory => Saying::BadgeGoodMemory,
        Badge::ThreeDays => Saying::BadgeThreeDays,
        Badge::SevenDays => Saying::BadgeSevenDays,
        Badge::ThirtyDays => Saying::BadgeThirtyDays,
        Badge::FirstSkill => Saying::BadgeFirstSkill,
        Badge::TenSkills => Saying::BadgeTenSkills,
        Badge::CameBack => Saying::BadgeCameBack,
    }
}
