//! Hearing out: danger first, then what the step asks for, then commands.

use curriculum::interface::Meaning;

use super::input::Heard;
use super::machine::Dialogue;
use super::state::Step;
use super::understand::Said;

impl Dialogue {
    pub(super) fn hear(&mut self, heard: Heard) {
        let said = Said::of(heard);
        if self.alarms(&said) {
            return;
        }
        match self.state.step.clone() {
            Step::Fresh | Step::Over => self.hear_first(&said),
            Step::Language => self.or_command(&said, Self::answer_language),
            Step::Name { tries } => self.or_command(&said, |d, s| d.answer_name(s, tries)),
            Step::NameCheck { name, tries } => self.answer_name_check(&said, name, tries),
            Step::Age { name } => self.or_command(&said, |d, s| d.answer_age(s, name)),
            Step::Consent { name, age } => {
                self.or_command(&said, |d, s| d.answer_consent(s, name, age));
            }
            Step::Who { from } => self.answer_who(&said, usize::from(from)),
            Step::Menu => self.answer_menu(&said),
            Step::Subjects { more } => self.answer_subjects(&said, more),
            Step::Feeling { moment } => self.answer_feeling(&said, moment),
            Step::Exercise => self.judge(said, None),
            Step::OneMore => self.answer_one_more(&said),
            Step::Asking => self.answer_asking(&said),
            Step::Care => self.answer_care(&said),
            Step::ConfirmDelete => self.answer_delete(&said),
            Step::LanguageOffer { language } => self.answer_language_offer(&said, language),
        }
    }

    /// The first words of a conversation: a command, or the wish to begin.
    fn hear_first(&mut self, said: &Said) {
        let interface = &self.context.interface;
        let command = said.command(interface, self.language());
        if let [only] = self.learners.as_slice() {
            let only = only.id;
            self.activate(only);
        }
        let known = self.learner().is_some();
        match command {
            Some(Meaning::Stop) => self.stop(),
            Some(Meaning::Start) if self.state.stopped => self.restart(),
            Some(
                meaning @ (Meaning::Delete
                | Meaning::Progress
                | Meaning::Menu
                | Meaning::Pay
                | Meaning::Language
                | Meaning::Subject
                | Meaning::Ask
                | Meaning::ChangeLearner),
            ) if known => self.command(meaning, said),
            _ if !known && self.learners.is_empty() => self.hear_stranger(said),
            _ if known && said.is_question(&self.context.interface) => self.free_question(said),
            _ => self.open(),
        }
    }

    /// A stranger's first message may name a language already.
    fn hear_stranger(&mut self, said: &Said) {
        let named = said.language_named(&self.context.interface).is_some();
        if named {
            self.answer_language(said);
        } else {
            self.ask_language();
        }
    }

    /// Commands that make sense before there is a lesson; everything else is an answer.
    fn or_command(&mut self, said: &Said, answer: impl FnOnce(&mut Self, &Said)) {
        let command = said.command(&self.context.interface, self.language());
        match command {
            Some(Meaning::Repeat) => self.repeat(),
            Some(Meaning::Slower) => self.slower(),
            Some(Meaning::Help) => self.help(),
            Some(Meaning::Pay) => self.pay(),
            Some(Meaning::Stop) => self.stop(),
            Some(Meaning::Goodbye) => self.goodbye(),
            Some(Meaning::Delete) => self.delete(),
            Some(Meaning::Language) => self.ask_language(),
            Some(Meaning::Wait) => self.take_your_time(),
            Some(Meaning::WhyThis) => {
                self.help();
            }
            _ => answer(self, said),
        }
    }
}
