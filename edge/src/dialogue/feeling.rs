//! Feelings by one key, and one more or not.

use curriculum::interface::{Meaning, Saying};

use super::fact::{Feeling, Moment};
use super::machine::Dialogue;
use super::state::Step;
use super::understand::Said;

impl Dialogue {
    pub(super) fn answer_feeling(&mut self, said: &Said, moment: Moment) {
        let interface = &self.context.interface;
        let by_word = [Meaning::Good, Meaning::Middling, Meaning::Low]
            .iter()
            .position(|meaning| said.keys.is_none() && said.means(interface, *meaning));
        let feeling = match by_word.or_else(|| said.option(interface, 3)) {
            Some(0) => Feeling::Good,
            Some(1) => Feeling::Middling,
            Some(_) => Feeling::Low,
            None => return self.not_a_feeling(said, moment),
        };
        self.note_feeling(feeling, moment);
        if feeling == Feeling::Low {
            self.say(Saying::FeelingLow, Vec::new());
        }
        self.after_feeling(moment);
    }

    fn not_a_feeling(&mut self, said: &Said, moment: Moment) {
        let command = said.command(&self.context.interface, self.language());
        match command {
            Some(Meaning::Skip | Meaning::DontKnow | Meaning::Hint) => self.after_feeling(moment),
            _ => self.or_wish(said),
        }
    }

    pub(super) fn after_feeling(&mut self, moment: Moment) {
        match moment {
            Moment::Before | Moment::During => self.next(),
            Moment::After => self.ask_saying(Step::OneMore, Saying::OneMore, Vec::new()),
        }
    }

    pub(super) fn answer_one_more(&mut self, said: &Said) {
        let interface = &self.context.interface;
        let yes = said.yes_or_no(interface);
        let place = said.option(interface, 2);
        match (place, yes) {
            (Some(0), _) | (_, Some(true)) => self.another(),
            (Some(_), _) | (_, Some(false)) => self.goodbye(),
            (None, None) => {
                let command = said.command(interface, self.language());
                match command {
                    Some(Meaning::Skip) => self.another(),
                    Some(Meaning::Stop) => self.goodbye(),
                    _ => self.or_wish(said),
                }
            }
        }
    }

    /// One more sitting of the same subject, without greeting or feeling.
    fn another(&mut self) {
        let module = self.state.sitting.as_ref().map(|sitting| sitting.module);
        match module {
            Some(module) => {
                self.begin_again(module);
                if let Some(sitting) = self.state.sitting.as_mut() {
                    sitting.tally.chose_more = true;
                }
            }
            None => self.ask_menu(),
        }
    }
}
