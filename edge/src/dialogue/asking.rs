//! A learner's own question: answered from the packs, or promised and kept for the hub.

use curriculum::interface::{Meaning, Saying};

use super::fact::Fact;
use super::input::Evidence;
use super::machine::{Dialogue, Role, Waiting};
use super::output::{WEIGH_TEXTS_MAX, Weigh};
use super::piece::Piece;
use super::state::Step;
use super::understand::{Said, plain};

/// Cosine from which a stored question is the same question. Chosen by hand on the packs' own
/// wordings: below it the learner would be told something that was not asked.
const SAME_QUESTION: f32 = 0.78;

impl Dialogue {
    pub(super) fn answer_asking(&mut self, said: &Said) {
        let interface = &self.context.interface;
        let command = said.command(interface, self.language());
        match command {
            Some(Meaning::Skip | Meaning::DontKnow) => self.resume(),
            Some(meaning) if meaning != Meaning::Ask => self.command(meaning, said),
            _ if said.keys.is_some() || said.plain.is_empty() => self.stumble(),
            _ if said.is_doubtful() => self.stumble(),
            _ => self.free_question(said),
        }
    }

    /// Looks the question up: word for word first, then by meaning.
    pub(super) fn free_question(&mut self, said: &Said) {
        let language = self.language();
        let lessons = &self.context.lessons;
        let asked = said.plain.as_str();
        let same = lessons
            .questions(language)
            .find(|known| plain(known.wording) == asked);
        if let Some(known) = same {
            let (lesson, number) = (known.lesson.clone(), known.number);
            return self.tell_known(said.raw.clone(), lesson, number);
        }
        let known = || lessons.questions(language).take(WEIGH_TEXTS_MAX);
        let against: Vec<String> = known().map(|known| known.wording.to_owned()).collect();
        let places = known()
            .map(|known| (known.lesson.clone(), known.number))
            .collect();
        if against.is_empty() {
            return self.promise(said.raw.clone());
        }
        let text = said.raw.clone();
        self.weigh(
            Waiting::Question(text.clone(), places),
            Weigh { text, against },
        );
    }

    /// Likeness values have come: the answer, or a promise.
    pub(super) fn found(
        &mut self,
        text: String,
        places: &[(curriculum::id::LessonId, u16)],
        evidence: &Evidence,
    ) {
        let likeness = evidence.likeness();
        let best = likeness
            .into_iter()
            .zip(places)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        match best {
            Some((likeness, (lesson, number))) if likeness >= SAME_QUESTION => {
                self.tell_known(text, lesson.clone(), *number);
            }
            _ => self.promise(text),
        }
    }

    fn tell_known(&mut self, text: String, lesson: curriculum::id::LessonId, question: u16) {
        self.note_question(text, true);
        self.put(Piece::Known { lesson, question }, Role::Must);
        self.back_to_lesson();
    }

    fn promise(&mut self, text: String) {
        self.note_question(text, false);
        self.say(Saying::AskPromised, Vec::new());
        self.back_to_lesson();
    }

    fn note_question(&mut self, text: String, answered: bool) {
        let (Some(learner), at) = (self.state.active, self.now) else {
            return;
        };
        let exercise = self.item().map(|item| item.exercise.clone());
        self.record(Fact::QuestionAsked {
            learner,
            text,
            language: self.language(),
            exercise,
            answered,
            at,
        });
    }

    fn back_to_lesson(&mut self) {
        if self.state.step == Step::Exercise {
            self.aside(Saying::BackToQuestion, Vec::new());
            return self.again();
        }
        if self.item().is_some() {
            self.aside(Saying::BackToQuestion, Vec::new());
            return self.ask_item();
        }
        self.ask_menu();
    }
}
