//! The lessons at hand, indexed for the questions the dialogue asks of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use curriculum::Language;
use curriculum::course::{Course, Lesson, Module, QuestionAnswer};
use curriculum::exercise::{Exercise, Output, StoryQuestion};
use curriculum::id::{CourseId, ExerciseId, LessonId, SkillId};
use curriculum::question::draws;
use curriculum::schedule::Candidate;
use curriculum::skill::{Skill, SkillGraph, SkillGraphError};

/// Draws counted before "plenty": the schedule only asks whether some are left.
const DRAWS_COUNTED: usize = 400;

/// Every lesson of the packs in use.
#[derive(Clone, Debug)]
pub struct Lessons {
    courses: Vec<Course>,
    graph: SkillGraph,
    shelf: BTreeMap<ExerciseId, Shelved>,
    offers: Vec<Offer>,
}

/// Where an exercise stands.
#[derive(Clone, Debug)]
struct Shelved {
    exercise: Arc<Exercise>,
    lesson: LessonId,
}

/// An exercise that can be asked, where and in which languages.
#[derive(Clone, Debug)]
struct Offer {
    module: Module,
    languages: Vec<Language>,
    candidate: Candidate,
}

impl Lessons {
    /// Indexes courses.
    ///
    /// # Errors
    /// If their skills do not form a graph that can be taught.
    pub fn new(courses: Vec<Course>) -> Result<Self, SkillGraphError> {
        let lessons = || courses.iter().flat_map(|course| &course.lessons);
        let skills = lessons().flat_map(|lesson| lesson.skills.iter().cloned());
        let graph = SkillGraph::new(skills)?;
        let mut shelf = BTreeMap::new();
        let mut offers = Vec::new();
        for course in &courses {
            for lesson in &course.lessons {
                for exercise in &lesson.exercises {
                    shelve(exercise, lesson, &mut shelf);
                    let count = draws(exercise, DRAWS_COUNTED).map_or(1, |draws| draws.len());
                    offers.push(Offer {
                        module: course.module,
                        languages: lesson.languages.clone(),
                        candidate: Candidate::new(exercise, u32::try_from(count).unwrap_or(1)),
                    });
                }
            }
        }
        Ok(Self {
            courses,
            graph,
            shelf,
            offers,
        })
    }

    /// All skills.
    pub(super) fn graph(&self) -> &SkillGraph {
        &self.graph
    }

    /// An exercise by its code, those inside stories included.
    pub(super) fn exercise(&self, id: &ExerciseId) -> Option<&Arc<Exercise>> {
        self.shelf.get(id).map(|shelved| &shelved.exercise)
    }

    /// The lesson an exercise stands in.
    pub(super) fn lesson_of(&self, id: &ExerciseId) -> Option<&LessonId> {
        self.shelf.get(id).map(|shelved| &shelved.lesson)
    }

    /// What could be asked of a module in a language.
    pub(super) fn candidates(&self, module: Module, language: Language) -> Vec<Candidate> {
        let fits = |offer: &&Offer| offer.module == module && offer.languages.contains(&language);
        let offers = self.offers.iter().filter(fits);
        offers.map(|offer| offer.candidate.clone()).collect()
    }

    /// The modules that can be taught in a language, in the order they are offered.
    pub(super) fn modules(&self, language: Language) -> Vec<Module> {
        const ORDER: [Module; 5] = [
            Module::Mathematics,
            Module::English,
            Module::Comprehension,
            Module::Debate,
            Module::General,
        ];
        let taught = |module: &Module| {
            self.offers
                .iter()
                .any(|o| o.module == *module && o.languages.contains(&language))
        };
        ORDER.into_iter().filter(taught).collect()
    }

    /// The course of a module.
    pub(super) fn course_of(&self, module: Module) -> Option<&CourseId> {
        let mut of_module = self.courses.iter().filter(|course| course.module == module);
        of_module.next().map(|course| &course.id)
    }

    /// A skill by its code.
    pub(super) fn skill(&self, id: &SkillId) -> Option<&Skill> {
        self.graph.skill(id)
    }

    /// Every question a learner may ask in a language: where it stands, one wording, the answer.
    pub(super) fn questions(&self, language: Language) -> impl Iterator<Item = Known<'_>> {
        let lessons = self.courses.iter().flat_map(|course| &course.lessons);
        lessons.flat_map(move |lesson| {
            let numbered = (0_u16..).zip(&lesson.questions);
            numbered.flat_map(move |(number, known)| {
                let wordings = known
                    .question
                    .exact(language)
                    .map_or(&[][..], Vec::as_slice);
                wordings.iter().map(move |wording| Known {
                    lesson: &lesson.id,
                    number,
                    wording,
                })
            })
        })
    }

    /// A question by its place.
    pub(super) fn known(&self, lesson: &LessonId, number: u16) -> Option<&QuestionAnswer> {
        let mut lessons = self.courses.iter().flat_map(|course| &course.lessons);
        let lesson = lessons.find(|candidate| candidate.id == *lesson)?;
        lesson.questions.get(usize::from(number))
    }
}

/// One wording of a question a learner may ask.
pub(super) struct Known<'a> {
    pub lesson: &'a LessonId,
    pub number: u16,
    pub wording: &'a str,
}

fn shelve(exercise: &Exercise, lesson: &Lesson, shelf: &mut BTreeMap<ExerciseId, Shelved>) {
    let shelved = Shelved {
        exercise: Arc::new(exercise.clone()),
        lesson: lesson.id.clone(),
    };
    shelf.insert(exercise.id.clone(), shelved);
    if let Output::Story { questions, .. } = &exercise.output {
        for StoryQuestion { exercise, .. } in questions {
            shelve(exercise, lesson, shelf);
        }
    }
}
