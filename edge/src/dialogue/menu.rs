//! The main menu and the choice of a subject: at most four entries each.

use curriculum::course::Module;
use curriculum::interface::{Meaning, Saying};
use curriculum::session::Cause;

use super::machine::Dialogue;
use super::piece::{Fill, Piece};
use super::state::Step;
use super::understand::Said;

/// Entries of a menu (people remember three to four when listening).
const MENU_ENTRIES: usize = 4;

impl Dialogue {
    pub(super) fn ask_menu(&mut self) {
        if self.learner().is_none() {
            return self.open();
        }
        self.ask_saying(Step::Menu, Saying::Menu, Vec::new());
    }

    pub(super) fn answer_menu(&mut self, said: &Said) {
        match said.option(&self.context.interface, MENU_ENTRIES) {
            Some(0) => self.resume(),
            Some(1) => self.ask_subject(false),
            Some(2) => self.command(Meaning::Ask, said),
            Some(_) => self.command(Meaning::Progress, said),
            None => match self.subject_named(said) {
                Some(module) => self.take_subject(module),
                None if said.means(&self.context.interface, Meaning::Yes) => self.resume(),
                None => self.or_wish(said),
            },
        }
    }

    pub(super) fn ask_subject(&mut self, more: bool) {
        let entries: Vec<Fill> = self
            .subjects(more)
            .into_iter()
            .map(|(fill, _)| fill)
            .collect();
        if entries.is_empty() {
            self.pause(Cause::Learner);
            self.say(Saying::NothingToTeach, Vec::new());
            return self.end(super::output::End::Goodbye);
        }
        let lead = self.piece(Saying::SubjectAsk, Vec::new());
        self.ask(Step::Subjects { more }, vec![lead, Piece::Options(entries)]);
    }

    /// The entries of one half of the menu, with the module each stands for; `None` is "more".
    fn subjects(&self, more: bool) -> Vec<(Fill, Option<Module>)> {
        let modules = self.context.lessons.modules(self.language());
        let entry = |module: &Module| (Fill::Module(*module), Some(*module));
        if modules.len() <= MENU_ENTRIES {
            return modules.iter().map(entry).collect();
        }
        let (first, second) = modules.split_at(MENU_ENTRIES - 1);
        if more {
            return second.iter().map(entry).collect();
        }
        let mut entries: Vec<_> = first.iter().map(entry).collect();
        entries.push((Fill::Saying(Saying::More), None));
        entries
    }

    pub(super) fn answer_subjects(&mut self, said: &Said, more: bool) {
        if let Some(module) = self.subject_named(said) {
            return self.take_subject(module);
        }
        let entries = self.subjects(more);
        let place = said.option(&self.context.interface, entries.len());
        match place.and_then(|place| entries.get(place)) {
            Some((_, Some(module))) => self.take_subject(*module),
            Some((_, None)) => self.ask_subject(true),
            None => self.or_wish(said),
        }
    }

    pub(super) fn subject_named(&self, said: &Said) -> Option<Module> {
        if said.keys.is_some() {
            return None;
        }
        [
            (Meaning::Mathematics, Module::Mathematics),
            (Meaning::English, Module::English),
            (Meaning::Comprehension, Module::Comprehension),
            (Meaning::Debate, Module::Debate),
            (Meaning::General, Module::General),
        ]
        .into_iter()
        .find(|(meaning, _)| said.means(&self.context.interface, *meaning))
        .map(|(_, module)| module)
    }

    pub(super) fn take_subject(&mut self, module: Module) {
        let taught = self.context.lessons.modules(self.language());
        if taught.contains(&module) {
            self.say(Saying::SubjectNow, vec![Fill::Module(module)]);
            return self.begin_sitting(module);
        }
        self.say(Saying::SubjectMissing, vec![Fill::Module(module)]);
        self.ask_subject(false);
    }

    /// Not an option of the menu: a command, a question of one's own, or nothing usable.
    pub(super) fn or_wish(&mut self, said: &Said) {
        let interface = &self.context.interface;
        if let Some(meaning) = said.command(interface, self.language()) {
            return match meaning {
                Meaning::Skip | Meaning::Hint | Meaning::DontKnow => self.resume(),
                meaning => self.command(meaning, said),
            };
        }
        if let Some(language) = said.translation_asked(interface) {
            return self.translate(language);
        }
        if let Some(module) = self.subject_named(said) {
            return self.take_subject(module);
        }
        if let Some(language) = said.language_named(interface) {
            self.change_language(language);
            self.say(Saying::LanguageNow, Vec::new());
            return self.again();
        }
        if said.is_question(interface) {
            return self.free_question(said);
        }
        if let Some(language) = said.other_language(interface, self.language()) {
            return self.offer_language(language);
        }
        self.stumble();
    }
}
