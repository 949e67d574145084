//! What has parts: a story with its questions, an argument with its slots.

use curriculum::exercise::{Output as Kind, SlotRole};
use curriculum::id::ExerciseId;
use curriculum::interface::Saying;
use curriculum::question::Question;

use super::machine::{Dialogue, Role};
use super::piece::{Part, Piece};
use super::state::Item;

impl Dialogue {
    /// Reads the first parts of a story and asks its first question.
    pub(super) fn begin_story(&mut self, story: &ExerciseId) {
        self.aside(Saying::StoryIntro, Vec::new());
        self.ask_story(story, 0, 0);
    }

    /// After a question is settled: the story goes on, the next slot, or the next exercise.
    pub(super) fn after_question(&mut self) {
        let Some(item) = self.item().cloned() else {
            return self.next();
        };
        if let Some((story, place)) = &item.story {
            let read = self.parts_before(story, *place);
            return self.ask_story(&story.clone(), place.saturating_add(1), read);
        }
        let exercise = self.context.lessons.exercise(&item.exercise);
        if let Some(Kind::Argument { slots, .. }) = exercise.map(|exercise| &exercise.output) {
            if usize::from(item.slot) + 1 < slots.len() {
                return self.next_slot(&item);
            }
            self.say(Saying::DebateDone, Vec::new());
        }
        self.drop_item();
        self.next();
    }

    /// What asks for the slot at hand of an argument; the other side speaks where it is answered.
    pub(super) fn slot_cue(&self, item: &Item) -> Option<Part> {
        let exercise = self.context.lessons.exercise(&item.exercise)?;
        let Kind::Argument { slots, .. } = &exercise.output else {
            return None;
        };
        let slot = slots.get(usize::from(item.slot))?;
        Some(if slot.role == SlotRole::Yet {
            Part::Counter
        } else {
            Part::Slot(item.slot)
        })
    }

    fn next_slot(&mut self, item: &Item) {
        if let Some(at) = self.item_mut() {
            at.slot = item.slot + 1;
            at.tries = 0;
            at.hints = 0;
        }
        self.ask_item();
    }

    /// Parts read before the question at `place` is asked.
    fn parts_before(&self, story: &ExerciseId, place: u8) -> usize {
        let exercise = self.context.lessons.exercise(story);
        match exercise.map(|exercise| &exercise.output) {
            Some(Kind::Story { questions, .. }) => questions
                .get(usize::from(place))
                .map_or(usize::MAX, |question| question.after_part),
            _ => usize::MAX,
        }
    }

    /// Reads on from part `read` and asks the question at `place`; after the last one, the rest.
    fn ask_story(&mut self, story: &ExerciseId, place: u8, read: usize) {
        let exercise = self.context.lessons.exercise(story).cloned();
        let Some(Kind::Story {
            parts, questions, ..
        }) = exercise.as_ref().map(|exercise| &exercise.output)
        else {
            self.drop_item();
            return self.next();
        };
        let count = parts.get_or_english(self.language()).map_or(0, Vec::len);
        let question = questions.get(usize::from(place));
        let until = question.map_or(count, |question| question.after_part.min(count));
        if read > 0 && read < until {
            self.aside(Saying::StoryGoesOn, Vec::new());
        }
        for part in read..until {
            let part = Part::Story(u8::try_from(part).unwrap_or(u8::MAX));
            let (exercise, numbers) = (story.clone(), Vec::new());
            let piece = Piece::Content {
                part,
                exercise,
                numbers,
            };
            self.put(piece, Role::Must);
        }
        let seed = self.fresh_seed();
        let drawn = question.and_then(|question| {
            let exercise = self.context.lessons.exercise(&question.exercise.id)?;
            Question::draw(exercise, seed, &[]).ok()
        });
        let now = self.now;
        match (drawn, self.item_mut()) {
            (Some(question), Some(item)) => {
                item.exercise = question.exercise().id.clone();
                item.numbers = question.numbers().to_vec();
                item.story = Some((story.clone(), place));
                item.tries = 0;
                item.hints = 0;
                item.asked = now;
                self.ask_item();
            }
            _ => {
                self.drop_item();
                self.next();
            }
        }
    }
}
