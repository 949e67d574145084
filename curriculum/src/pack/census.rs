//! The census: how much content there is, counted, so that nobody has to be believed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::Language;
use crate::course::{Course, Module};
use crate::exercise::{Exercise, Output};

/// Counts over courses. A story's questions count as exercises of their kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Census {
    /// Counts of each module.
    pub modules: BTreeMap<Module, ModuleCensus>,
}

/// Counts of one module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ModuleCensus {
    /// Lessons.
    pub lessons: usize,
    /// Skills.
    pub skills: usize,
    /// Exercises, with the questions of stories.
    pub exercises: usize,
    /// Those of them that have their own hints and misconceptions.
    pub taught: usize,
    /// Those of them that draw numbers.
    pub generated: usize,
    /// Exercises by kind.
    pub kinds: BTreeMap<&'static str, usize>,
    /// Exercises by language they can be asked in.
    pub languages: BTreeMap<Language, usize>,
    /// Of those, the ones whose wording no native speaker has reviewed.
    pub drafts: BTreeMap<Language, usize>,
    /// Lessons by level.
    pub levels: BTreeMap<u8, usize>,
    /// Hints, counted in English.
    pub hints: usize,
    /// Misconceptions.
    pub misconceptions: usize,
    /// Questions a learner may ask.
    pub questions: usize,
    /// Stories.
    pub stories: usize,
    /// Topics to argue about.
    pub topics: usize,
    /// Graded example answers.
    pub graded: usize,
}

/// Counts `courses`.
pub fn census<'a>(courses: impl IntoIterator<Item = &'a Course>) -> Census {
    let mut census = Census::default();
    for course in courses {
        let counts = census.modules.entry(course.module).or_default();
        for lesson in &course.lessons {
            counts.lessons += 1;
            counts.skills += lesson.skills.len();
            counts.questions += lesson.questions.len();
            *counts.levels.entry(lesson.level).or_default() += 1;
            let draft: BTreeSet<Language> = lesson.draft.iter().copied().collect();
            for exercise in &lesson.exercises {
                count(counts, exercise, &lesson.languages, &draft);
            }
        }
    }
    census
}

fn count(
    counts: &mut ModuleCensus,
    exercise: &Exercise,
    languages: &[Language],
    draft: &BTreeSet<Language>,
) {
    *counts.kinds.entry(exercise.kind()).or_default() += 1;
    let hints = exercise.hints.exact(Language::ENGLISH).map_or(0, Vec::len);
    counts.hints += hints;
    counts.misconceptions += exercise.misconceptions.len();
    counts.generated += usize::from(exercise.generator.is_some());
    match &exercise.output {
        Output::Story { questions, .. } => {
            counts.stories += 1;
            for question in questions {
                count(counts, &question.exercise, languages, draft);
            }
            // The story itself is told, not asked.
            return;
        }
        Output::Open(rubric) => counts.graded += rubric.graded.len(),
        Output::Argument { slots, .. } => {
            counts.topics += 1;
            let graded = slots.iter().map(|slot| slot.rubric.graded.len());
            counts.graded += graded.sum::<usize>();
        }
        _ => {}
    }
    counts.exercises += 1;
    counts.taught += usize::from(hints > 0 && !exercise.misconceptions.is_empty());
    for &language in languages {
        *counts.languages.entry(language).or_default() += 1;
        if draft.contains(&language) {
            *counts.drafts.entry(language).or_default() += 1;
        }
    }
}
