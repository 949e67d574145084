//! A learner's own question: answered from the packs, or promised and kept for the hub.

use curriculum::interface::{Meaning, Saying};

use super::fact::WordsFact;
use super::input::Evidence;
use super::lessons::Known;
use super::machine::{Dialogue, Role, Waiting};
use super::output::{WEIGH_TEXTS_MAX, Weigh};
use super::piece::Piece;
use super::state::Step;
use super::understand::{Said, plain};

/// How much the likeness to a stored answer adds to that to its question.
const ANSWER_SHARE: f32 = 0.2;
/// Sum of both from which a stored question is the one that was asked. Share and sum were chosen
/// together on the odd lines of `fixtures/questions-asked.txt`, for the most answers of which 95 in
/// 100 are to what was asked. Words in common, weighted by how rare they are, added nothing there.
pub(crate) const SAME_QUESTION: f32 = 0.76;

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
        let known = || lessons.questions(language).take(WEIGH_TEXTS_MAX / 2);
        let answer = |known: &Known<'_>| {
            let stored = lessons.known(known.lesson, known.number);
            stored.and_then(|stored| stored.answer.exact(language).cloned())
        };
        let pair =
            |known: Known<'_>| [known.wording.to_owned(), answer(&known).unwrap_or_default()];
        let against: Vec<String> = known().flat_map(pair).collect();
        let places = known()
            .map(|known| (known.lesson.clone(), known.number))
            .collect();
        if against.is_empty() {
            return self.promise(said.raw.clone());
        }
        let text = said.raw.clone();
        self.weigh(
            Waiting::Question(text.clone(), places),
            Weigh {
                text,
                against,
                grammar: false,
            },
        );
    }

    /// Likeness values have come: the answer, or a promise.
    pub(super) fn found(
        &mut self,
        text: String,
        places: &[(curriculum::id::LessonId, u16)],
        evidence: &Evidence,
    ) {
        let best = same_question(&evidence.likeness());
        let best = best.and_then(|(at, sum)| Some((sum, places.get(at)?)));
        match best {
            Some((sum, (lesson, number))) if sum >= SAME_QUESTION => {
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
        self.record(WordsFact::QuestionAsked {
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

/// Which stored question is likest, and how like: `likeness` holds for each its own and its answer's.
pub(crate) fn same_question(likeness: &[f32]) -> Option<(usize, f32)> {
    let (pairs, _) = likeness.as_chunks::<2>();
    let sums = pairs
        .iter()
        .map(|[question, answer]| question + ANSWER_SHARE * answer);
    sums.enumerate().max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_decides_between_questions_alike() {
        let (first, second) = ([0.70, 0.10], [0.69, 0.60]);
        let likeness = [first, second].concat();
        assert_eq!(same_question(&likeness).map(|(at, _)| at), Some(1));
        assert_eq!(same_question(&[]), None);
    }
}
