//! Placement: a few questions that find where a new learner starts, without teaching or scolding.

use std::time::Duration;

use curriculum::course::Module;
use curriculum::id::{ExerciseId, SkillId};
use curriculum::interface::Saying;
use curriculum::placement::Placement;
use curriculum::question::Question;
use curriculum::schedule::{Candidate, Format};

use super::fact::Fact;
use super::lesson::can_be_keyed;
use super::machine::Dialogue;
use super::state::{Phase, Why};

/// Skills below which there is nothing to place between.
const LADDER_MIN: usize = 4;
/// The difficulty that tells most about having a skill.
const MIDDLE: u8 = 40;

impl Dialogue {
    /// A placement for a learner who has done nothing in this module yet.
    pub(super) fn placement(&self, module: Module) -> Option<Placement> {
        let learner = self.learner()?;
        let candidates = self.context.lessons.candidates(module, self.language());
        let asked_quickly = |c: &&Candidate| !matches!(c.format, Format::Story | Format::Open);
        let quick: Vec<&Candidate> = candidates.iter().filter(asked_quickly).collect();
        let begun = |c: &Candidate| learner.model.skill(&c.skill).is_some();
        if candidates.iter().any(begun) {
            return None;
        }
        let has = |skill: &SkillId| quick.iter().any(|candidate| candidate.skill == *skill);
        let in_order = self.context.lessons.graph().in_order();
        let ladder: Vec<SkillId> = in_order.map(|s| s.id.clone()).filter(has).collect();
        if ladder.len() < LADDER_MIN {
            return None;
        }
        Placement::new(ladder)
    }

    pub(super) fn is_placing(&self) -> bool {
        self.item()
            .is_some_and(|item| item.phase == Phase::Placement)
    }

    /// The next placement question, or the first lesson.
    pub(super) fn place(&mut self) {
        let Some(sitting) = self.state.sitting.as_ref() else {
            return self.ask_menu();
        };
        let first = sitting.tally.put == 0;
        let elapsed = Duration::from_millis(sitting.spent_ms) + self.now.since(sitting.since);
        let placement = sitting.placement.as_ref();
        let skill = placement
            .and_then(|placement| placement.next(elapsed))
            .cloned();
        if first {
            self.say(Saying::PlacementIntro, Vec::new());
        }
        let exercise = skill.and_then(|skill| self.placement_exercise(&skill));
        if let Some(exercise) = exercise
            && self.ask_exercise(&exercise, Phase::Placement, Why::New)
        {
            return;
        }
        self.end_placement();
        self.next();
    }

    /// The exercise of a skill nearest to the middle of difficulty, not yet asked.
    fn placement_exercise(&self, skill: &SkillId) -> Option<ExerciseId> {
        let sitting = self.state.sitting.as_ref()?;
        let candidates = self
            .context
            .lessons
            .candidates(sitting.module, self.language());
        let deaf = self.is_deaf();
        let quick = |c: &&Candidate| {
            (!deaf || can_be_keyed(c.format))
                && c.skill == *skill
                && !matches!(c.format, Format::Story | Format::Open)
                && !sitting.asked.asked.contains(&c.exercise)
        };
        let nearest = candidates
            .iter()
            .filter(quick)
            .min_by_key(|c| c.difficulty.abs_diff(MIDDLE));
        nearest.map(|candidate| candidate.exercise.clone())
    }

    fn end_placement(&mut self) {
        let Some(sitting) = self.state.sitting.as_mut() else {
            return;
        };
        let (placement, module) = (sitting.placement.take(), sitting.module);
        sitting.asked = curriculum::schedule::Sitting::default();
        sitting.tally.last_right = true;
        if let Some(found) = placement.filter(|found| found.answered() > 0) {
            self.note_placement(module, found.below().to_vec());
        }
        self.aside(Saying::PlacementDone, Vec::new());
    }

    /// What was found outlives the sitting: a second one starts above it too.
    fn note_placement(&mut self, module: Module, below: Vec<SkillId>) {
        let at = self.now;
        let Some(known) = self.learner_mut() else {
            return;
        };
        known.model.apply_placement(&below);
        let learner = known.id;
        self.record(Fact::PlacementMade {
            learner,
            module,
            below,
            at,
        });
    }

    /// Takes in one answer to a placement question.
    pub(super) fn placed(&mut self, question: &Question, right: bool) {
        let exercise = question.exercise();
        let luck = Candidate::new(exercise, 1).luck_percent;
        if let Some(sitting) = self.state.sitting.as_mut() {
            sitting.tally.right = sitting.tally.right.saturating_add(u16::from(right));
            if let Some(placement) = sitting.placement.as_mut() {
                placement.answer(&exercise.skill, right, luck);
            }
            sitting.item = None;
        }
        self.next();
    }
}
