//! The lessons at hand, indexed for the questions the dialogue asks of them.

use std::sync::Arc;

use curriculum::Language;
use curriculum::course::{Lesson, Module, QuestionAnswer};
use curriculum::exercise::Exercise;
use curriculum::id::{CourseId, ExerciseId, LessonId, SkillId};
use curriculum::library::Library;
use curriculum::schedule::Candidate;
use curriculum::skill::{Skill, SkillGraph};

/// Every lesson of the packs in use.
#[derive(Clone, Debug)]
pub struct Lessons {
    library: Library,
    offers: Vec<Offer>,
}

/// An exercise that can be asked, where and in which languages.
#[derive(Clone, Debug)]
struct Offer {
    module: Module,
    languages: Vec<Language>,
    candidate: Candidate,
}

impl Lessons {
    /// Indexes a library.
    pub fn new(library: Library) -> Self {
        let mut offers = Vec::new();
        for course in library.courses() {
            for lesson in &course.lessons {
                for exercise in &lesson.exercises {
                    // A code that another lesson had first is taught there alone.
                    let shelved = library.shelved(&exercise.id);
                    let Some(own) = shelved.filter(|shelved| shelved.lesson == lesson.id) else {
                        continue;
                    };
                    let draws = u32::try_from(own.draws).unwrap_or(u32::MAX);
                    offers.push(Offer {
                        module: course.module,
                        languages: lesson.languages.clone(),
                        candidate: Candidate::new(exercise, draws),
                    });
                }
            }
        }
        Self { library, offers }
    }

    /// All skills.
    pub(crate) fn graph(&self) -> &SkillGraph {
        self.library.skills()
    }

    /// An exercise by its code, those inside stories included.
    pub(super) fn exercise(&self, id: &ExerciseId) -> Option<&Arc<Exercise>> {
        self.library.exercise(id)
    }

    /// The lesson an exercise stands in.
    pub(super) fn lesson_of(&self, id: &ExerciseId) -> Option<&LessonId> {
        self.library.shelved(id).map(|shelved| &shelved.lesson)
    }

    /// What could be asked of a module in a language.
    pub(super) fn candidates(&self, module: Module, language: Language) -> Vec<Candidate> {
        let fits = |offer: &&Offer| offer.module == module && offer.languages.contains(&language);
        let offers = self.offers.iter().filter(fits);
        offers.map(|offer| offer.candidate.clone()).collect()
    }

    /// The lessons of a module that can be taught in a language, in teaching order.
    pub(super) fn of_module(
        &self,
        module: Module,
        language: Language,
    ) -> impl Iterator<Item = &Lesson> {
        let courses = self.library.courses();
        let courses = courses.filter(move |course| course.module == module);
        let lessons = courses.flat_map(|course| &course.lessons);
        lessons.filter(move |lesson| lesson.languages.contains(&language))
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
        let mut courses = self.library.courses();
        let course = courses.find(|course| course.module == module);
        course.map(|course| &course.id)
    }

    /// A skill by its code.
    pub(super) fn skill(&self, id: &SkillId) -> Option<&Skill> {
        self.library.skill(id)
    }

    /// Every question a learner may ask in a language: where it stands, one wording, the answer.
    pub(super) fn questions(&self, language: Language) -> impl Iterator<Item = Known<'_>> {
        let lessons = self.library.courses().flat_map(|course| &course.lessons);
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
        let lesson = self.library.lesson(lesson)?;
        lesson.questions.get(usize::from(number))
    }
}

/// One wording of a question a learner may ask.
pub(super) struct Known<'a> {
    pub lesson: &'a LessonId,
    pub number: u16,
    pub wording: &'a str,
}
