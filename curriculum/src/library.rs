//! The library: everything a box can teach, from the newest complete pack of each name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::Language;
use crate::course::{Course, Lesson, QuestionAnswer};
use crate::exercise::{Exercise, Output};
use crate::id::{CourseId, ExerciseId, LessonId, SkillId};
use crate::pack::Pack;
use crate::question::count_draws;
use crate::skill::{Skill, SkillGraph, SkillGraphError};
use crate::tutor::TutorText;

/// Different draws are counted up to this many: ten a day for ten days.
pub const DRAWS_COUNTED_MAX: usize = 100;

/// Courses, lessons, skills and exercises by code.
#[derive(Clone, Debug, Default)]
pub struct Library {
    courses: Vec<Arc<Course>>,
    lessons: BTreeMap<LessonId, (usize, usize)>,
    lesson_of_skill: BTreeMap<SkillId, LessonId>,
    exercises: BTreeMap<ExerciseId, Shelved>,
    of_skill: BTreeMap<SkillId, Vec<Arc<Exercise>>>,
    skills: SkillGraph,
    words: Vec<TutorText>,
}

/// An exercise and where it stands.
#[derive(Clone, Debug)]
pub struct Shelved {
    /// The exercise.
    pub exercise: Arc<Exercise>,
    /// Its lesson.
    pub lesson: LessonId,
    /// The story it is a question of.
    pub story: Option<ExerciseId>,
    /// How many different questions it draws, up to [`DRAWS_COUNTED_MAX`]; 1 without a generator.
    pub draws: usize,
}

/// What in the packs does not fit together; the library does without it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LibraryFault {
    /// A code that an earlier pack has already; the later content is left out.
    #[error("shelve `{code}` of pack `{pack}`: another pack has that code")]
    Duplicate {
        /// The code.
        code: String,
        /// The pack whose content is left out.
        pack: String,
    },
    /// A prerequisite that no pack brings; the skill is taught without it.
    #[error("shelve skill `{skill}`: no pack has `{needs}`, which it needs")]
    Needs {
        /// The skill.
        skill: SkillId,
        /// What it needs.
        needs: SkillId,
    },
    /// Skills of several packs that need each other; they are taught without what they need.
    #[error("shelve skills: these need each other: {0:?}")]
    Cycle(Vec<SkillId>),
}

impl Library {
    /// Shelves the newest pack of each name, names in order; what does not fit is left out and
    /// told.
    pub fn new(packs: impl IntoIterator<Item = Pack>) -> (Self, Vec<LibraryFault>) {
        let mut newest: BTreeMap<String, Pack> = BTreeMap::new();
        for pack in packs {
            let name = pack.manifest.name.clone();
            let is_newer = newest.get(&name).is_none_or(|other| {
                (pack.manifest.version, pack.id) > (other.manifest.version, other.id)
            });
            if is_newer {
                newest.insert(name, pack);
            }
        }
        let words = newest.values().flat_map(|pack| pack.words.iter().cloned());
        let words = words.collect();
        let (mut library, faults) = Self::shelving(newest.into_iter().flat_map(|(name, pack)| {
            let named = move |course| (name.clone(), course);
            pack.courses.into_iter().map(named)
        }));
        library.words = words;
        (library, faults)
    }

    /// Shelves courses that come in no pack, as when sources are tried out before they are packed.
    pub fn of_courses(courses: impl IntoIterator<Item = Course>) -> (Self, Vec<LibraryFault>) {
        let unpacked = |course: Course| ("unpacked".to_owned(), course);
        Self::shelving(courses.into_iter().map(unpacked))
    }

    fn shelving(courses: impl Iterator<Item = (String, Course)>) -> (Self, Vec<LibraryFault>) {
        let mut library = Self::default();
        let mut faults = Vec::new();
        let mut skills = BTreeMap::new();
        for (pack, course) in courses {
            library.shelve(course, &pack, &mut skills, &mut faults);
        }
        for shelf in library.of_skill.values_mut() {
            shelf.sort_by(|a, b| (a.difficulty, &a.id).cmp(&(b.difficulty, &b.id)));
        }
        library.skills = graph(skills, &mut faults);
        (library, faults)
    }

    /// The tutor's own words, in the order of packs: see [`crate::tutor::TutorWords::new`].
    pub fn words(&self) -> &[TutorText] {
        &self.words
    }

    /// Courses in the order of packs.
    pub fn courses(&self) -> impl Iterator<Item = &Arc<Course>> {
        self.courses.iter()
    }

    /// The course with this code.
    pub fn course(&self, id: &CourseId) -> Option<&Arc<Course>> {
        self.courses.iter().find(|course| course.id == *id)
    }

    /// The lesson with this code.
    pub fn lesson(&self, id: &LessonId) -> Option<&Lesson> {
        let (course, lesson) = self.lessons.get(id)?;
        self.courses.get(*course)?.lessons.get(*lesson)
    }

    /// The course a lesson belongs to.
    pub fn course_of(&self, id: &LessonId) -> Option<&Arc<Course>> {
        self.courses.get(self.lessons.get(id)?.0)
    }

    /// The lesson that brings a skill.
    pub fn lesson_of(&self, skill: &SkillId) -> Option<&Lesson> {
        self.lesson(self.lesson_of_skill.get(skill)?)
    }

    /// The exercise with this code; a story's questions have codes of their own.
    pub fn exercise(&self, id: &ExerciseId) -> Option<&Arc<Exercise>> {
        self.exercises.get(id).map(|shelved| &shelved.exercise)
    }

    /// The exercise with this code, and where it stands.
    pub fn shelved(&self, id: &ExerciseId) -> Option<&Shelved> {
        self.exercises.get(id)
    }

    /// Exercises of a skill, easiest first; a story's questions come with their story.
    pub fn exercises_of(&self, skill: &SkillId) -> &[Arc<Exercise>] {
        self.of_skill.get(skill).map_or(&[], Vec::as_slice)
    }

    /// Every exercise and story question, by code.
    pub fn exercises(&self) -> impl Iterator<Item = &Shelved> {
        self.exercises.values()
    }

    /// The skill with this code.
    pub fn skill(&self, id: &SkillId) -> Option<&Skill> {
        self.skills.skill(id)
    }

    /// All skills, prerequisites first.
    pub fn skills(&self) -> &SkillGraph {
        &self.skills
    }

    /// Every question a learner may ask, with its lesson.
    pub fn questions(&self) -> impl Iterator<Item = (&Lesson, &QuestionAnswer)> {
        let lessons = self.courses.iter().flat_map(|course| &course.lessons);
        lessons.flat_map(|lesson| {
            lesson
                .questions
                .iter()
                .map(move |question| (lesson, question))
        })
    }

    /// Languages in which at least one lesson can be taught.
    pub fn languages(&self) -> BTreeSet<Language> {
        let lessons = self.courses.iter().flat_map(|course| &course.lessons);
        lessons
            .flat_map(|lesson| lesson.languages.iter().copied())
            .collect()
    }

    fn shelve(
        &mut self,
        course: Course,
        pack: &str,
        skills: &mut BTreeMap<SkillId, Skill>,
        faults: &mut Vec<LibraryFault>,
    ) {
        let mut duplicate = |code: &str| {
            faults.push(LibraryFault::Duplicate {
                code: code.to_owned(),
                pack: pack.to_owned(),
            });
        };
        if self.course(&course.id).is_some() {
            return duplicate(course.id.as_str());
        }
        let mut course = course;
        course.lessons.retain(|lesson| {
            let is_new = !self.lessons.contains_key(&lesson.id);
            if !is_new {
                duplicate(lesson.id.as_str());
            }
            is_new
        });
        for (index, lesson) in course.lessons.iter().enumerate() {
            self.lessons
                .insert(lesson.id.clone(), (self.courses.len(), index));
            for skill in &lesson.skills {
                if skills.contains_key(&skill.id) {
                    duplicate(skill.id.as_str());
                    continue;
                }
                skills.insert(skill.id.clone(), skill.clone());
                self.lesson_of_skill
                    .insert(skill.id.clone(), lesson.id.clone());
            }
            for exercise in &lesson.exercises {
                if !self.shelve_exercise(exercise, &lesson.id) {
                    duplicate(exercise.id.as_str());
                }
            }
        }
        self.courses.push(Arc::new(course));
    }

    /// False if the code is taken.
    fn shelve_exercise(&mut self, exercise: &Exercise, lesson: &LessonId) -> bool {
        let questions = match &exercise.output {
            Output::Story { questions, .. } => questions.as_slice(),
            _ => &[],
        };
        let asked = questions.iter().map(|question| &question.exercise.id);
        if std::iter::once(&exercise.id)
            .chain(asked)
            .any(|id| self.exercises.contains_key(id))
        {
            return false;
        }
        let shelved = |exercise: &Exercise, story| Shelved {
            draws: count_draws(exercise, DRAWS_COUNTED_MAX).unwrap_or(0),
            exercise: Arc::new(exercise.clone()),
            lesson: lesson.clone(),
            story,
        };
        for question in questions {
            let question = shelved(&question.exercise, Some(exercise.id.clone()));
            self.exercises
                .insert(question.exercise.id.clone(), question);
        }
        let whole = shelved(exercise, None);
        let of_skill = self.of_skill.entry(exercise.skill.clone()).or_default();
        of_skill.push(Arc::clone(&whole.exercise));
        self.exercises.insert(exercise.id.clone(), whole);
        true
    }
}

/// The graph of all skills, without needs that cannot be met.
fn graph(mut skills: BTreeMap<SkillId, Skill>, faults: &mut Vec<LibraryFault>) -> SkillGraph {
    let known: BTreeSet<SkillId> = skills.keys().cloned().collect();
    for skill in skills.values_mut() {
        let id = skill.id.clone();
        skill.needs.retain(|needs| {
            let is_known = known.contains(needs);
            if !is_known {
                faults.push(LibraryFault::Needs {
                    skill: id.clone(),
                    needs: needs.clone(),
                });
            }
            is_known
        });
    }
    match SkillGraph::new(skills.values().cloned()) {
        Ok(graph) => graph,
        Err(SkillGraphError::Cycle(cycle)) => {
            for id in &cycle {
                if let Some(skill) = skills.get_mut(id) {
                    skill.needs.retain(|needs| !cycle.contains(needs));
                }
            }
            faults.push(LibraryFault::Cycle(cycle));
            SkillGraph::new(skills.into_values()).unwrap_or_default()
        }
        // Codes are the keys of a map and unknown needs were taken out above.
        Err(SkillGraphError::Duplicate(_) | SkillGraphError::Unknown { .. }) => {
            SkillGraph::default()
        }
    }
}
