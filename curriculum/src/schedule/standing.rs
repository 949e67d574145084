//! Where one skill of one learner stands.

use std::collections::BTreeSet;

use crate::id::SkillId;
use crate::learner::LearnerModel;
use crate::mastery::{Band, REFERENCE_DIFFICULTY};
use crate::skill::SkillGraph;
use crate::time::Timestamp;

/// Where a skill stands for the choice of what is next.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Untouched, in progress or mastered.
    pub band: Band,
    /// Days since it fell due for review; `None` if it is not due.
    pub due_days: Option<f64>,
    /// Days since it was practised; `None` if never.
    pub days_away: Option<f64>,
    /// The first skill it needs that the learner does not have yet.
    pub blocked_by: Option<SkillId>,
    /// True after six tries without gain.
    pub struggling: bool,
}

/// A skill mastered and not practised for so long is due whatever the memory model says.
const MASTERED_DUE_DAYS: f64 = 14.0;
/// What a skill rests on must be at least here.
const NEEDED: f64 = 0.60;
/// A needed skill never tried is taken as had if success there is this likely.
const TAKEN_AS_HAD: f64 = 0.85;
/// The same for a learner who does well at nearly everything: steps are skipped, and two misses lead
/// back to them.
const TAKEN_AS_HAD_IN_STRIDE: f64 = 0.65;

/// Skills a learner has well enough to build on: shown, or implied by a harder one that was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foundation(BTreeSet<SkillId>);

impl Foundation {
    /// What the learner has at `now`.
    pub fn of(model: &LearnerModel, graph: &SkillGraph, now: Timestamp) -> Self {
        let shown = model.skills().map(|(skill, _)| skill);
        let shown = shown.filter(|skill| model.mastery(skill, now).chance() >= NEEDED);
        let mut had: BTreeSet<SkillId> = shown.cloned().collect();
        // From the top down, so that what a shown skill rests on is reached in one pass.
        let order: Vec<_> = graph.in_order().collect();
        let mut covered: BTreeSet<&SkillId> = BTreeSet::new();
        for skill in order.iter().rev() {
            if covered.contains(&skill.id) || had.contains(&skill.id) {
                covered.extend(&skill.needs);
            }
        }
        let implied = covered
            .into_iter()
            .filter(|skill| model.skill(skill).is_none());
        had.extend(implied.cloned());
        let untried = graph.in_order().map(|skill| &skill.id);
        let untried = untried.filter(|skill| model.skill(skill).is_none());
        let likely = |skill: &SkillId| model.predict(skill, REFERENCE_DIFFICULTY, now);
        let enough = if model.is_in_stride() {
            TAKEN_AS_HAD_IN_STRIDE
        } else {
            TAKEN_AS_HAD
        };
        let taken = |skill: &&SkillId| model.is_assumed(skill) || likely(skill) >= enough;
        had.extend(untried.filter(taken).cloned());
        Self(had)
    }

    /// The skill to learn before `skill`, `None` if all it needs is there. What is missing may
    /// itself be blocked: the learner is led to where learning can start.
    pub fn blocked_by(&self, graph: &SkillGraph, skill: &SkillId) -> Option<SkillId> {
        let mut lowest = None;
        let mut at = skill;
        // The graph has no cycle, so that each step goes strictly down.
        while let Some(missing) = graph
            .skill(at)
            .and_then(|skill| skill.needs.iter().find(|need| !self.0.contains(*need)))
        {
            lowest = Some(missing);
            at = missing;
        }
        lowest.cloned()
    }
}

/// The standing of `skill` at `now`.
pub fn standing(
    model: &LearnerModel,
    graph: &SkillGraph,
    foundation: &Foundation,
    skill: &SkillId,
    now: Timestamp,
) -> Standing {
    let record = model.skill(skill);
    let band = model.mastery(skill, now).band();
    let days_away = record.map(|record| now.days_since(record.practised_at).max(0.0));
    let over = model
        .due_at(skill)
        .map(|due| now.days_since(due))
        .filter(|days| *days >= 0.0 && band != Band::Untouched);
    let long_ago = days_away.map(|days| days - MASTERED_DUE_DAYS);
    let long_ago = long_ago.filter(|days| *days >= 0.0 && band == Band::Mastered);
    Standing {
        band,
        due_days: over.or(long_ago),
        days_away,
        blocked_by: foundation.blocked_by(graph, skill),
        struggling: record.is_some_and(|record| record.mastery.is_struggling()),
    }
}
