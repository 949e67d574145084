//! Prediction: the chance that a learner answers the next exercise right.
//!
//! A logistic model over what a learner's record shows, in the family of performance factors
//! analysis (Pavlik, Cen and Koedinger 2009) with several decay rates (Galyardt and Goldin 2015,
//! R-PFA) and an Elo-like ability (Pelánek 2016). Everything it needs is kept in small traces that
//! each answer updates; nothing looks back over history.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::SkillId;
use crate::mastery::{Evidence, easiness, logistic};

/// Number of features, the constant included: global coefficients fitted on data stay at most 30.
pub const FEATURES: usize = 29;

/// How fast the counts of right and wrong at a skill fade, per answer at that skill.
const SKILL_DECAY: [f64; 3] = [0.5, 0.8, 0.95];
/// How fast the learner's surplus over expectation fades, per answer at any skill.
const OVERALL_DECAY: [f64; 4] = [0.7, 0.9, 0.97, 0.99];
/// How far one surprise moves overall ability, in log-odds, once much is known.
const ABILITY_STEP: f64 = 0.12;
/// At first it moves so many times further, and half of that after so many answers.
const ABILITY_STEP_FIRST: f64 = 5.0;
const ABILITY_SETTLES: f64 = 5.0;

/// Coefficients of the prediction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// One weight per feature, in log-odds.
    pub weights: [f64; FEATURES],
    /// Easiness of skills in log-odds, where it was learnt from many learners; other skills take
    /// theirs from the difficulty of each exercise.
    pub easiness: BTreeMap<SkillId, f64>,
}

/// What is kept of the answers at one skill.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SkillTrace {
    right: [f64; 3],
    wrong: [f64; 3],
    rights: u32,
    wrongs: u32,
    /// Latest outcomes, newest first: 1 right, -1 wrong, 0 none yet.
    latest: [i8; 3],
    step: u32,
}

/// What is kept of the answers at all skills together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OverallTrace {
    surplus: [f64; 4],
    weight: [f64; 4],
    /// Ability over all skills, in log-odds against the average learner.
    pub ability: f64,
    latest: [i8; 3],
    latest_skill: Option<SkillId>,
    steps: u32,
}

/// What the next answer is predicted from.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The skill asked.
    pub skill: &'a SkillId,
    /// Log-odds that an average learner is right.
    pub easiness: f64,
    /// Ability at this skill, in log-odds.
    pub ability: f64,
    /// Its trace, if anything was answered there.
    pub trace: Option<&'a SkillTrace>,
    /// The learner's other answers.
    pub overall: &'a OverallTrace,
}

impl Parameters {
    /// Log-odds that an average learner answers an exercise of `skill` right.
    pub fn easiness(&self, skill: &SkillId, difficulty: u8) -> f64 {
        self.easiness
            .get(skill)
            .copied()
            .unwrap_or_else(|| easiness(difficulty))
    }

    /// Log-odds of a right answer.
    pub fn log_odds(&self, features: &[f64; FEATURES]) -> f64 {
        self.weights.iter().zip(features).map(|(w, x)| w * x).sum()
    }
}

impl Default for Parameters {
    /// Coefficients of the README's section "Learner model", which says how they were fitted.
    fn default() -> Self {
        Self {
            weights: DEFAULT_WEIGHTS,
            easiness: BTreeMap::new(),
        }
    }
}

/// Fitted on the ASSISTments 2009 training file (see NOTICE) by `examples/mastery.rs --fit --plain`.
const DEFAULT_WEIGHTS: [f64; FEATURES] = [
    0.1391, 1.0725, 0.5000, 0.0000, -0.0857, 0.0809, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000,
    0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, -0.0731, -0.6992, 2.4534, 0.0000, 0.0000,
    -0.1168, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000,
];

/// Features that say what the learner did just before at another skill. In the data the defaults
/// come from, one question often counts for several skills in a row, which a box never does.
pub const JUST_BEFORE: std::ops::Range<usize> = 23..FEATURES;

/// The feature that is ability at the skill itself.
pub const SKILL_ABILITY: usize = 2;

/// The sign each weight must have for a right answer to count for the learner and a wrong one
/// against; 0 where either may be.
pub const SIGNS: [f64; FEATURES] = [
    0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, 1.0, -1.0, 1.0, 1.0, 1.0, 1.0, -1.0,
    0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0,
];

/// What the record shows, in the order of [`Parameters::weights`].
pub fn features(context: &Context<'_>) -> [f64; FEATURES] {
    let unseen = SkillTrace::default();
    let trace = context.trace.unwrap_or(&unseen);
    let overall = context.overall;
    let seen = f64::from(trace.rights + trace.wrongs);
    let since = overall.steps.saturating_sub(trace.step);
    let log_since = if seen > 0.0 {
        libm::log(f64::from(since.max(1)))
    } else {
        0.0
    };
    let expected = logistic(context.easiness);
    let shrunk = (f64::from(trace.rights) + 2.0 * expected) / (seen + 2.0);
    let surplus = |n: usize| overall.surplus[n] / (overall.weight[n] + 1.0);
    let latest = trace.latest.map(f64::from);
    let before = overall.latest.map(f64::from);
    let same = f64::from(u8::from(
        overall.latest_skill.as_ref() == Some(context.skill),
    ));
    [
        1.0,
        context.easiness,
        context.ability,
        overall.ability,
        context.easiness * overall.ability,
        trace.right[0],
        trace.right[1],
        trace.right[2],
        trace.wrong[0],
        trace.wrong[1],
        trace.wrong[2],
        libm::log1p(f64::from(trace.rights)),
        libm::log1p(f64::from(trace.wrongs)),
        shrunk,
        latest[0],
        latest[1],
        latest[2],
        log_since,
        f64::from(u8::from(seen == 0.0)),
        surplus(1),
        surplus(2),
        surplus(3),
        latest[0] * latest[1],
        surplus(0),
        before[0],
        before[1],
        before[2],
        same,
        same * before[0],
    ]
}

impl SkillTrace {
    /// Judged answers at this skill.
    pub fn answers(&self) -> u32 {
        self.rights.saturating_add(self.wrongs)
    }
}

/// Takes one judged answer at `skill` into both traces.
pub fn record(
    skill: &SkillId,
    evidence: &Evidence,
    trace: &mut SkillTrace,
    overall: &mut OverallTrace,
) {
    let right = f64::from(u8::from(evidence.right));
    for (n, decay) in SKILL_DECAY.into_iter().enumerate() {
        trace.right[n] = trace.right[n] * decay + right;
        trace.wrong[n] = trace.wrong[n] * decay + 1.0 - right;
    }
    if evidence.right {
        trace.rights = trace.rights.saturating_add(1);
    } else {
        trace.wrongs = trace.wrongs.saturating_add(1);
    }
    let outcome = if evidence.right { 1 } else { -1 };
    trace.latest = [outcome, trace.latest[0], trace.latest[1]];
    trace.step = overall.steps;

    let succeeds = |log_odds: f64| evidence.luck + (1.0 - evidence.luck) * logistic(log_odds);
    let surplus = right - succeeds(evidence.easiness);
    for (n, decay) in OVERALL_DECAY.into_iter().enumerate() {
        overall.surplus[n] = overall.surplus[n] * decay + surplus;
        overall.weight[n] = overall.weight[n] * decay + 1.0;
    }
    let surprise = right - succeeds(evidence.easiness + overall.ability);
    let more = (ABILITY_STEP_FIRST - 1.0) / (1.0 + f64::from(overall.steps) / ABILITY_SETTLES);
    let step = ABILITY_STEP * (1.0 + more);
    overall.ability = (overall.ability + step * surprise).clamp(-4.0, 4.0);
    overall.latest = [outcome, overall.latest[0], overall.latest[1]];
    overall.latest_skill = Some(skill.clone());
    overall.steps = overall.steps.saturating_add(1);
}
