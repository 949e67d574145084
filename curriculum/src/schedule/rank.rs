//! Ranking: which of the exercises that could be asked serves this learner best now.

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::Channel;
use crate::id::{ExerciseId, SkillId};
use crate::learner::{Frustration, LearnerModel, STRIDE_ROW};
use crate::mastery::Band;
use crate::random::SplitMix64;
use crate::schedule::plan::{EASIER_BELOW, HARDER_ABOVE};
use crate::schedule::{
    Aim, Candidate, Choice, Foundation, Method, Plan, Reason, Sitting, Standing, standing,
};
use crate::skill::SkillGraph;
use crate::time::Timestamp;

/// Everything the choice depends on.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The learner.
    pub model: &'a LearnerModel,
    /// All skills, so that what is missing below can be named.
    pub graph: &'a SkillGraph,
    /// Exercises that could be asked: of the modules, language and channel in question.
    pub candidates: &'a [Candidate],
    /// What was asked in this sitting.
    pub sitting: &'a Sitting,
    /// How much each skill is wanted, 0.0..=1.0: the lesson chosen, a test that is near. Skills left
    /// out count 0.
    pub relevance: &'a BTreeMap<SkillId, f64>,
    /// How much each exercise helped learners alike, -1.0..=1.0. Exercises left out count 0.
    pub alike: &'a BTreeMap<ExerciseId, f64>,
    /// How the learner will answer.
    pub channel: Channel,
    /// Now.
    pub now: Timestamp,
    /// Chance, for a small variation; the same seed gives the same plan.
    pub seed: u64,
}

/// Choices kept in a plan.
const CHOICES_MAX: usize = 5;
/// Exercises of one skill kept in a plan, so that "why this?" has other skills to compare.
const CHOICES_PER_SKILL: usize = 2;

/// Between 75 and 85 % of first tries should succeed.
const TARGET: f64 = 0.80;
const TARGET_MIN: f64 = 0.45;
/// How strongly what was observed corrects the target.
const CORRECTION: f64 = 1.5;
const TARGET_MAX: f64 = 0.95;
/// From a row that shows full stride on, the target falls with each one more.
const ROW_STEP: f64 = 0.08;

/// What to ask next; `None` if no exercise can be asked: every one is blocked or came too lately.
pub fn next(request: &Request<'_>) -> Option<Plan> {
    let aim = aim(request.model);
    let target = target(request.model);
    let foundation = Foundation::of(request.model, request.graph, request.now);
    let fresh: Vec<&Candidate> = request
        .candidates
        .iter()
        .filter(|candidate| is_fresh(request, candidate))
        .collect();
    let skills: BTreeSet<&SkillId> = fresh.iter().map(|candidate| &candidate.skill).collect();
    let stand = |skill: &&SkillId| {
        standing(
            request.model,
            request.graph,
            &foundation,
            skill,
            request.now,
        )
    };
    let standings: BTreeMap<&SkillId, Standing> =
        skills.iter().map(|skill| (*skill, stand(skill))).collect();
    let helps = helps(request, &standings);
    let reviews = reviews(request, &standings);

    let assumed = |skill: &SkillId| request.model.is_assumed(skill);
    let above = standings
        .iter()
        .any(|(skill, standing)| standing.blocked_by.is_none() && !assumed(skill));

    let mut choices: Vec<Choice> = Vec::new();
    for candidate in fresh {
        let standing = &standings[&candidate.skill];
        let review = reviews.contains(&candidate.skill);
        let in_turn = reviews.is_empty() || review;
        let help = helps.get(&candidate.skill).copied();
        // What a placement took as had is taught only where something else turns out to need it.
        let taken = help.is_none() && request.model.is_assumed(&candidate.skill) && above;
        if in_turn && !taken && standing.blocked_by.is_none() {
            choices.push(weigh(
                request,
                candidate,
                standing,
                (aim, target),
                help,
                review,
            ));
        }
    }
    choices.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.exercise.cmp(&b.exercise))
    });
    let mut of_skill: BTreeMap<SkillId, usize> = BTreeMap::new();
    choices.retain(|choice| {
        let count = of_skill.entry(choice.skill.clone()).or_default();
        *count += 1;
        *count <= CHOICES_PER_SKILL
    });
    choices.truncate(CHOICES_MAX);
    (!choices.is_empty()).then_some(Plan {
        choices,
        aim,
        target,
    })
}

fn aim(model: &LearnerModel) -> Aim {
    match (model.frustration(), model.observed_success()) {
        (Frustration::Rising | Frustration::High, _) => Aim::Easier,
        (Frustration::Calm, Some(rate)) if rate < EASIER_BELOW => Aim::Easier,
        (Frustration::Calm, Some(rate)) if rate > HARDER_ABOVE => Aim::Harder,
        (Frustration::Calm, _) if model.right_in_row() >= STRIDE_ROW => Aim::Harder,
        (Frustration::Calm, _) => Aim::Steady,
    }
}

/// The chance of success to look for. It corrects itself: a learner who does better than 80 % gets
/// less, whatever the prediction made of it.
fn target(model: &LearnerModel) -> f64 {
    if model.frustration() != Frustration::Calm {
        return TARGET_MAX;
    }
    let observed = model.observed_success().unwrap_or(TARGET);
    let target = TARGET - CORRECTION * (observed - TARGET);
    let beyond = (model.right_in_row() + 1).saturating_sub(STRIDE_ROW);
    let in_row = TARGET - ROW_STEP * beyond as f64;
    let sought = if beyond > 0 {
        target.min(in_row)
    } else {
        target
    };
    sought.clamp(TARGET_MIN, TARGET_MAX)
}

/// A question without a generator comes once in a sitting; one with a generator while it has
/// numbers that did not come within 30 days.
fn is_fresh(request: &Request<'_>, candidate: &Candidate) -> bool {
    if candidate.draws <= 1 {
        return !request.sitting.asked.contains(&candidate.exercise);
    }
    let drawn = request
        .model
        .recent_draws(&candidate.exercise, request.now)
        .count();
    u32::try_from(drawn).is_ok_and(|drawn| drawn < candidate.draws)
}

/// Skills that open the way to a blocked one that is wanted, or to one just missed twice.
fn helps<'a>(
    request: &Request<'a>,
    standings: &'a BTreeMap<&'a SkillId, Standing>,
) -> BTreeMap<&'a SkillId, &'a SkillId> {
    let mut helps = BTreeMap::new();
    for (skill, standing) in standings {
        let wanted = request
            .relevance
            .get(*skill)
            .is_some_and(|wanted| *wanted > 0.0);
        if let Some(missing) = standing.blocked_by.as_ref().filter(|_| wanted) {
            helps.entry(missing).or_insert(*skill);
        }
    }
    let missed = request
        .sitting
        .skill
        .as_ref()
        .filter(|_| request.sitting.missed_in_row >= 2);
    if let Some(skill) = missed.and_then(|skill| request.graph.skill(skill)) {
        for need in &skill.needs {
            helps.insert(need, &skill.id);
        }
    }
    helps
}

/// Skills to bring back now: those due, else the one most faded since an earlier day. Empty unless
/// it is the turn of a review.
fn reviews<'a>(
    request: &Request<'_>,
    standings: &BTreeMap<&'a SkillId, Standing>,
) -> BTreeSet<&'a SkillId> {
    if !request.sitting.wants_review() || request.model.frustration() != Frustration::Calm {
        return BTreeSet::new();
    }
    let open = || {
        standings
            .iter()
            .filter(|(_, standing)| standing.blocked_by.is_none())
    };
    let due: BTreeSet<&SkillId> = open()
        .filter(|(_, standing)| standing.due_days.is_some())
        .map(|(skill, _)| *skill)
        .collect();
    if !due.is_empty() {
        return due;
    }
    let today = request.now.local_day(request.model.offset());
    let earlier = open().filter(|(skill, _)| {
        let practised = request.model.skill(skill).map(|record| record.practised_at);
        practised.is_some_and(|at| at.local_day(request.model.offset()) < today)
    });
    let kept = |skill: &SkillId| {
        request
            .model
            .retrievability(skill, request.now)
            .unwrap_or(1.0)
    };
    let faded = earlier
        .map(|(skill, _)| *skill)
        .min_by(|a, b| kept(a).total_cmp(&kept(b)));
    faded.into_iter().collect()
}

fn weigh(
    request: &Request<'_>,
    candidate: &Candidate,
    standing: &Standing,
    (aim, target): (Aim, f64),
    help_for: Option<&SkillId>,
    review: bool,
) -> Choice {
    let (model, now) = (request.model, request.now);
    let knows = model.predict(&candidate.skill, candidate.difficulty, now);
    let luck = f64::from(candidate.luck_percent) / 100.0;
    let chance = luck + (1.0 - luck) * knows;
    let level = 1.0 - ((chance - target).abs() / 0.5).min(1.0);
    // Back to basics, or harder, means that level comes before everything else.
    let pull = match aim {
        Aim::Easier => 3.0,
        Aim::Steady => 1.5,
        Aim::Harder => 2.5,
    };
    let mut weights = vec![(pull * level, level_reason(aim))];
    if let Some(upper) = help_for {
        weights.push((1.2, Reason::NeededFor(upper.clone())));
    }
    weights.extend(from_standing(standing, review));
    weights.extend(from_request(request, candidate, standing, aim));
    weights.retain(|(weight, _)| *weight > 0.0);
    weights.sort_by(|a, b| b.0.total_cmp(&a.0));

    let strength: f64 = weights.iter().map(|(weight, _)| weight).sum();
    let score = strength + 0.2 * candidate.format.suits(request.channel)
        - 0.3 * (-alike(request, candidate)).max(0.0)
        - repetition(request, candidate)
        + variation(request.seed, &candidate.exercise);
    let usual = method(request, candidate, standing);
    Choice {
        exercise: candidate.exercise.clone(),
        skill: candidate.skill.clone(),
        chance,
        score,
        review,
        method: if help_for.is_some() {
            Method::WarmUp
        } else {
            usual
        },
        reasons: weights.into_iter().map(|(_, reason)| reason).collect(),
    }
}

/// What speaks for a skill because of where it stands.
fn from_standing(standing: &Standing, review: bool) -> [(f64, Reason); 2] {
    let away = whole_days(standing.days_away.unwrap_or(0.0));
    let back = match standing.due_days {
        Some(due) => {
            // Beyond the reviews every sitting has, what is due competes with what is new.
            let turn = if review { 0.8 } else { 0.3 };
            let days = whole_days(due);
            (turn + 0.2 * (due / 30.0).min(1.0), Reason::Due { days })
        }
        None if review => (0.5, Reason::LongAgo { days: away }),
        None => (0.0, Reason::LongAgo { days: away }),
    };
    let band = match standing.band {
        Band::InProgress => (0.5, Reason::InProgress),
        Band::Untouched if standing.days_away.is_some() => (0.45, Reason::InProgress),
        Band::Untouched => (0.3, Reason::New),
        Band::Mastered => (0.0, Reason::InProgress),
    };
    [back, band]
}

/// What speaks for an exercise because of what is wanted, what came before and who it helped.
fn from_request(
    request: &Request<'_>,
    candidate: &Candidate,
    standing: &Standing,
    aim: Aim,
) -> [(f64, Reason); 4] {
    let wanted = request
        .relevance
        .get(&candidate.skill)
        .copied()
        .unwrap_or(0.0);
    // What is wanted may be too easy for a learner in full stride: let harder things compete.
    let pull = if aim == Aim::Harder { 0.3 } else { 0.6 };
    let varies = request.sitting.format != Some(candidate.format);
    // Struggle asks for attention, but not for the same again.
    let struggle = match (standing.struggling, varies) {
        (true, true) => 0.3,
        (true, false) => 0.05,
        (false, _) => 0.0,
    };
    [
        (pull * wanted.clamp(0.0, 1.0), Reason::Relevant),
        (struggle, Reason::Struggle),
        (0.3 * alike(request, candidate), Reason::HelpedOthers),
        (if varies { 0.1 } else { 0.0 }, Reason::Variety),
    ]
}

/// How much the exercise helped learners alike, -1.0..=1.0.
fn alike(request: &Request<'_>, candidate: &Candidate) -> f64 {
    let gain = request.alike.get(&candidate.exercise).copied();
    gain.unwrap_or(0.0).clamp(-1.0, 1.0)
}

fn level_reason(aim: Aim) -> Reason {
    match aim {
        Aim::Easier => Reason::Surer,
        Aim::Steady => Reason::RightLevel,
        Aim::Harder => Reason::Challenge,
    }
}

/// Another method for a skill that makes no progress, worked aloud for one that is new.
fn method(request: &Request<'_>, candidate: &Candidate, standing: &Standing) -> Method {
    let stuck = request
        .model
        .skill(&candidate.skill)
        .map_or(0, |record| record.mastery.stuck());
    match (stuck, standing.days_away) {
        (0, None) => Method::Show,
        (0, Some(_)) => Method::Ask,
        (1..=3, _) => Method::Show,
        (4..=6, _) => Method::Together,
        (7.., _) => Method::Otherwise,
    }
}

/// What speaks against an exercise that came lately.
fn repetition(request: &Request<'_>, candidate: &Candidate) -> f64 {
    let asked = &request.sitting.asked;
    let lately = asked
        .iter()
        .rev()
        .take(2)
        .any(|exercise| *exercise == candidate.exercise);
    let times = asked
        .iter()
        .filter(|exercise| **exercise == candidate.exercise)
        .count();
    let elsewhere = request.model.asked_at(&candidate.exercise);
    let days = elsewhere.map_or(30.0, |at| request.now.days_since(at).clamp(0.0, 30.0));
    // A fixed question heard a day ago is remembered as a sentence, not as a skill.
    let memory = if candidate.draws <= 1 {
        0.3 * (1.0 - days / 30.0)
    } else {
        0.0
    };
    let same_skill = request.sitting.skill.as_ref() == Some(&candidate.skill);
    let missed_twice = same_skill && request.sitting.missed_in_row >= 2;
    let often = 0.1 * times.min(5) as f64;
    let twice = if missed_twice { 0.6 } else { 0.0 };
    often + memory + twice + if lately { 0.4 } else { 0.0 }
}

/// Within 0.0..0.06: enough to break ties, not enough to overturn a reason.
fn variation(seed: u64, exercise: &ExerciseId) -> f64 {
    // FNV-1a, so that each exercise has its own chance whatever the order of the candidates.
    let hash = exercise
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let bits = SplitMix64::new(seed ^ hash).below(1 << 20);
    0.06 * bits as f64 / f64::from(1 << 20)
}

fn whole_days(days: f64) -> u16 {
    libm::floor(days.clamp(0.0, 65_535.0)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Localised;
    use crate::attempt::{Attempt, tests::attempt};
    use crate::grade::Outcome;
    use crate::schedule::Format;
    use crate::skill::{Skill, SkillKind};
    use crate::time::UtcOffset;
    use proptest::prelude::*;

    const DAY_MS: i64 = 86_400_000;

    /// Skills `a` < `b` < `c`, and `d` on its own; two generators and one fixed question each.
    struct World {
        graph: SkillGraph,
        candidates: Vec<Candidate>,
        model: LearnerModel,
        sitting: Sitting,
        relevance: BTreeMap<SkillId, f64>,
        now: Timestamp,
    }

    fn id(code: &str) -> SkillId {
        SkillId::new(code).unwrap()
    }

    fn world() -> World {
        let skill = |code: &str, needs: &[&str]| Skill {
            id: id(code),
            kind: SkillKind::Skill,
            title: Localised::default(),
            needs: needs.iter().map(|need| id(need)).collect(),
            standards: Vec::new(),
        };
        let skills = [
            skill("a", &[]),
            skill("b", &["a"]),
            skill("c", &["b"]),
            skill("d", &[]),
        ];
        let kinds = [("easy", 25, 40), ("hard", 60, 40), ("fixed", 40, 1)];
        let candidates = ["a", "b", "c", "d"].into_iter().flat_map(|code| {
            kinds.map(|(name, difficulty, draws)| Candidate {
                exercise: ExerciseId::new(&format!("{code}.{name}")).unwrap(),
                skill: id(code),
                difficulty,
                format: Format::Number,
                luck_percent: 0,
                draws,
            })
        });
        World {
            graph: SkillGraph::new(skills).unwrap(),
            candidates: candidates.collect(),
            model: LearnerModel::new(UtcOffset::KIGALI),
            sitting: Sitting::default(),
            relevance: BTreeMap::new(),
            now: Timestamp(0),
        }
    }

    impl World {
        fn plan(&self, seed: u64) -> Option<Plan> {
            next(&Request {
                model: &self.model,
                graph: &self.graph,
                candidates: &self.candidates,
                sitting: &self.sitting,
                relevance: &self.relevance,
                alike: &BTreeMap::new(),
                channel: Channel::Voice,
                now: self.now,
                seed,
            })
        }

        fn first(&self) -> Choice {
            self.plan(1).unwrap().choices.remove(0)
        }

        /// `+` and `-` at a skill, one a minute.
        fn answer(&mut self, skill: &str, answers: &str) {
            for answer in answers.chars() {
                self.now = Timestamp(self.now.0 + 60_000);
                let outcome = if answer == '+' {
                    Outcome::Right
                } else {
                    Outcome::NotYet
                };
                let n = u128::try_from(self.now.0).unwrap();
                let attempt = attempt(n, skill, self.now.0, outcome);
                self.model.apply(&attempt);
                self.sitting.note(&attempt, Format::Number);
            }
        }

        fn wait(&mut self, days: i64) {
            self.now = Timestamp(self.now.0 + days * DAY_MS);
            self.sitting = Sitting::default();
        }
    }

    fn has(choice: &Choice, wanted: &dyn Fn(&Reason) -> bool) -> bool {
        choice.reasons.iter().any(wanted)
    }

    #[test]
    fn a_new_learner_starts_where_nothing_is_needed_with_the_step_shown() {
        let plan = world().plan(1).unwrap();
        assert!(
            plan.choices
                .iter()
                .all(|choice| ["a", "d"].contains(&choice.skill.as_str()))
        );
        assert!((3..=5).contains(&plan.choices.len()));
        assert_eq!(plan.choices[0].method, Method::Show);
        assert!(has(&plan.choices[0], &|reason| *reason == Reason::New));
    }

    #[test]
    fn a_wanted_skill_that_is_blocked_leads_to_what_it_needs() {
        let mut world = world();
        world.relevance.insert(id("c"), 1.0);
        let first = world.first();
        assert_eq!((first.skill.as_str(), first.method), ("a", Method::WarmUp));
        assert!(has(&first, &|reason| *reason == Reason::NeededFor(id("c"))));
        world.answer("a", "+++");
        world.sitting = Sitting::default();
        assert_eq!(world.first().skill.as_str(), "b");
    }

    #[test]
    fn what_is_due_opens_the_next_sitting() {
        let mut world = world();
        world.answer("a", "+++");
        world.wait(5);
        let first = world.first();
        assert!(first.review && first.skill.as_str() == "a");
        assert!(has(&first, &|reason| matches!(reason, Reason::Due { .. })));
        world.wait(14);
        assert!(has(&world.first(), &|reason| matches!(
            reason,
            Reason::Due { days: 10.. }
        )));
    }

    #[test]
    fn two_misses_in_a_row_lead_back_to_what_the_skill_needs() {
        let mut world = world();
        world.answer("a", "+++");
        world.answer("b", "++--");
        let first = world.first();
        assert_eq!((first.skill.as_str(), first.method), ("a", Method::WarmUp));
    }

    #[test]
    fn difficulty_follows_what_was_observed() {
        let aim = |answers: &str| {
            let mut world = world();
            world.answer("a", answers);
            world.plan(1).unwrap().aim
        };
        assert_eq!(aim("++++++++++"), Aim::Harder);
        assert_eq!(aim("++++-++++-"), Aim::Steady);
        assert_eq!(aim("+-+-+-+++-"), Aim::Easier);
        assert_eq!(aim("+++++++---"), Aim::Easier);
    }

    #[test]
    fn six_tries_without_gain_change_the_method() {
        let mut world = world();
        world.answer("d", "-------");
        let plan = world.plan(1).unwrap();
        let stuck = plan
            .choices
            .iter()
            .find(|choice| choice.skill.as_str() == "d")
            .unwrap();
        assert_eq!(stuck.method, Method::Show);
        world.answer("d", "---");
        let plan = world.plan(1).unwrap();
        let stuck = plan
            .choices
            .iter()
            .find(|choice| choice.skill.as_str() == "d")
            .unwrap();
        assert_eq!(stuck.method, Method::Together);
    }

    #[test]
    fn the_seed_varies_the_order_a_little_and_nothing_else() {
        let world = world();
        let first = |seed| world.plan(seed).unwrap().choices.remove(0);
        let skills: BTreeSet<ExerciseId> = (0..40).map(|seed| first(seed).exercise).collect();
        assert!(skills.len() > 1, "no variation");
        assert_eq!(world.plan(3), world.plan(3));
    }

    #[test]
    fn nothing_left_to_ask_is_said_so() {
        let mut world = world();
        world
            .candidates
            .retain(|candidate| candidate.skill.as_str() == "c");
        assert_eq!(world.plan(1), None);
    }

    proptest! {
        /// Plays sittings by the plan's first choice, drawing numbers as a caller does.
        #[test]
        fn no_question_comes_twice_within_thirty_days_and_none_is_blocked(
            answers in prop::collection::vec((prop::bool::weighted(0.7), 0..3_i64), 1..150),
            seed: u64,
        ) {
            let mut world = world();
            world.candidates.retain(|candidate| candidate.draws > 1);
            let mut asked: Vec<(ExerciseId, Vec<i64>, Timestamp)> = Vec::new();
            for (n, (right, days)) in (0..).zip(answers) {
                if n % 8 == 0 {
                    world.wait(days);
                }
                world.now = Timestamp(world.now.0 + 60_000);
                let Some(plan) = world.plan(seed ^ n) else { continue };
                prop_assert!(plan.choices.len() <= CHOICES_MAX);
                prop_assert!(plan.choices.is_sorted_by(|a, b| a.score >= b.score));
                let choice = &plan.choices[0];
                let foundation = Foundation::of(&world.model, &world.graph, world.now);
                prop_assert_eq!(foundation.blocked_by(&world.graph, &choice.skill), None);
                let free = (0..40).map(|number| vec![number]);
                let mut free =
                    free.filter(|draw| world.model.is_fresh(&choice.exercise, draw, world.now));
                let numbers = free.next().unwrap();
                let month = Timestamp(world.now.0 - 30 * DAY_MS);
                let again = asked.iter().any(|(exercise, drawn, at)| {
                    *exercise == choice.exercise && *drawn == numbers && *at > month
                });
                prop_assert!(!again);
                asked.push((choice.exercise.clone(), numbers.clone(), world.now));
                let outcome = if right { Outcome::Right } else { Outcome::NotYet };
                let plain = attempt(u128::from(n), choice.skill.as_str(), world.now.0, outcome);
                let exercise = choice.exercise.clone();
                let attempt = Attempt { exercise, numbers, review: choice.review, ..plain };
                world.model.apply(&attempt);
                world.sitting.note(&attempt, Format::Number);
            }
        }
    }
}
