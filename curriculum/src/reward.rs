//! Rewards: points for effort and retrieval, levels, badges. Never for speed or cleverness.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::attempt::Attempt;
use crate::grade::Outcome;
use crate::time::Timestamp;

/// Points, badges and what they are counted from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rewards {
    points: u32,
    badges: BTreeMap<Badge, Timestamp>,
    answers: u32,
    reviews: u32,
    retries: u32,
}

/// Something a learner can be proud of, given once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Badge {
    /// The first answer.
    FirstAnswer,
    /// A hundred answers.
    HundredAnswers,
    /// A thousand answers.
    ThousandAnswers,
    /// Ten questions got right after a first try that was not.
    TriesAgain,
    /// Twenty-five old skills remembered when they were due.
    GoodMemory,
    /// Three days in a row.
    ThreeDays,
    /// Seven days in a row.
    SevenDays,
    /// Thirty days in a row.
    ThirtyDays,
    /// The first skill mastered.
    FirstSkill,
    /// Ten skills mastered.
    TenSkills,
    /// Back after a week or more away.
    CameBack,
}

/// For trying a question at all, right or not yet.
const POINTS_TRY: u32 = 2;
/// More for being right alone.
const POINTS_ALONE: u32 = 3;
/// More for being right after a hint or another try.
const POINTS_AFTER_HELP: u32 = 2;
/// More for remembering something that was due.
const POINTS_RETRIEVAL: u32 = 3;
/// Level 2 needs so many points, level 3 four times as many, level 4 nine times.
const POINTS_PER_LEVEL: u32 = 50;

impl Rewards {
    /// Points in all.
    pub fn points(&self) -> u32 {
        self.points
    }

    /// From 1; each level takes longer than the one before.
    pub fn level(&self) -> u32 {
        1 + (self.points / POINTS_PER_LEVEL).isqrt()
    }

    /// Each badge and when it was earned.
    pub fn badges(&self) -> impl Iterator<Item = (Badge, Timestamp)> + '_ {
        self.badges.iter().map(|(badge, at)| (*badge, *at))
    }

    /// Counts one attempt; returns what it earned. Points once given are never taken back, and a
    /// verdict that comes later gives none: the try was rewarded when it was made.
    pub(crate) fn apply(
        &mut self,
        attempt: &Attempt,
        now: Timestamp,
        back_after_days: i32,
        streak_days: u32,
        skills_mastered: usize,
    ) -> (u32, Vec<Badge>) {
        let points = points(attempt);
        self.points = self.points.saturating_add(points);
        self.answers = self.answers.saturating_add(1);
        let right = attempt.outcome == Outcome::Right;
        if right && attempt.attempt_number > 1 {
            self.retries = self.retries.saturating_add(1);
        }
        if right && attempt.review && attempt.attempt_number <= 1 && attempt.hints == 0 {
            self.reviews = self.reviews.saturating_add(1);
        }
        let earned = [
            (Badge::FirstAnswer, self.answers >= 1),
            (Badge::HundredAnswers, self.answers >= 100),
            (Badge::ThousandAnswers, self.answers >= 1_000),
            (Badge::TriesAgain, self.retries >= 10),
            (Badge::GoodMemory, self.reviews >= 25),
            (Badge::ThreeDays, streak_days >= 3),
            (Badge::SevenDays, streak_days >= 7),
            (Badge::ThirtyDays, streak_days >= 30),
            (Badge::FirstSkill, skills_mastered >= 1),
            (Badge::TenSkills, skills_mastered >= 10),
            (Badge::CameBack, back_after_days >= 7),
        ];
        let new = earned
            .into_iter()
            .filter(|(badge, earned)| *earned && !self.badges.contains_key(badge));
        let new: Vec<Badge> = new.map(|(badge, _)| badge).collect();
        self.badges.extend(new.iter().map(|badge| (*badge, now)));
        (points, new)
    }
}

/// Only the first three tries at a question earn: guessing on and on must not pay.
fn points(attempt: &Attempt) -> u32 {
    let tries = attempt.attempt_number.max(1);
    if tries > 3 {
        return 0;
    }
    let effort = if tries == 1 { POINTS_TRY } else { 0 };
    let alone = tries == 1 && attempt.hints == 0;
    match attempt.outcome {
        Outcome::Right if alone && attempt.review => effort + POINTS_ALONE + POINTS_RETRIEVAL,
        Outcome::Right if alone => effort + POINTS_ALONE,
        Outcome::Right => effort + POINTS_AFTER_HELP,
        Outcome::NotYet | Outcome::Deferred => effort,
    }
}
