//! Commands: what a learner may say, write or press at any time.

use curriculum::Language;
use curriculum::interface::{Meaning, Saying};
use curriculum::session::Cause;

use super::fact::{ControlFact, Fact, Preference};
use super::machine::Dialogue;
use super::output::{End, Pace};
use super::piece::{Fill, Part, Piece};
use super::state::{Step, Why};
use super::understand::Said;

impl Dialogue {
    /// Does what was asked.
    pub(super) fn command(&mut self, meaning: Meaning, said: &Said) {
        match meaning {
            Meaning::Menu | Meaning::Start => self.ask_menu(),
            Meaning::Repeat => self.repeat(),
            Meaning::Slower => self.slower(),
            Meaning::Hint => self.give_hint(),
            Meaning::Skip => self.skip(),
            Meaning::Help => self.help(),
            Meaning::Progress => self.progress(),
            Meaning::Language => self.ask_language(),
            Meaning::Pay => self.pay(),
            Meaning::Stop => self.stop(),
            Meaning::Goodbye => self.goodbye(),
            Meaning::Delete => self.delete(),
            Meaning::ChangeLearner => {
                self.pause(Cause::Learner);
                self.ask_who(0);
            }
            Meaning::Subject => self.ask_subject(false),
            Meaning::Ask => self.ask_saying(Step::Asking, Saying::AskWhat, Vec::new()),
            Meaning::WhyThis => self.why(),
            Meaning::DontKnow => self.dont_know(),
            Meaning::Wait => self.take_your_time(),
            Meaning::Frustrated => self.frustrated(),
            _ => self.misunderstood(said),
        }
    }

    /// Says it again; then slower; then in other words; then what else can be done.
    pub(super) fn repeat(&mut self) {
        self.state.repeats = self.state.repeats.saturating_add(1);
        match self.state.repeats {
            1 => self.again(),
            2 => {
                self.speak_slowly();
                self.again();
            }
            3 => self.in_other_words(),
            _ => {
                self.keys_line();
                self.aside(Saying::Help, Vec::new());
            }
        }
    }

    fn in_other_words(&mut self) {
        let item = self.item().cloned();
        match item.filter(|_| self.state.step == Step::Exercise) {
            Some(item) => {
                self.say(Saying::OtherWords, Vec::new());
                let (exercise, numbers) = (item.exercise, item.numbers);
                let part = Part::Hint(0);
                self.put(
                    Piece::Content {
                        part,
                        exercise,
                        numbers,
                    },
                    super::machine::Role::Must,
                );
                self.note_hint(1);
                self.speak_slowly();
                self.again();
            }
            None => {
                self.keys_line();
                self.speak_slowly();
                self.again();
            }
        }
    }

    pub(super) fn slower(&mut self) {
        if let Some(learner) = self.learner_mut().filter(|l| l.pace != Pace::Slow) {
            learner.pace = Pace::Slow;
            let learner = learner.id;
            let (preference, at) = (Preference::Pace(Pace::Slow), self.now);
            self.record(Fact::PreferenceChanged {
                learner,
                preference,
                at,
            });
        }
        self.speak_slowly();
        self.say(Saying::SlowerNow, Vec::new());
        self.again();
    }

    pub(super) fn help(&mut self) {
        self.say(Saying::Help, Vec::new());
        self.again();
    }

    pub(super) fn pay(&mut self) {
        self.say(Saying::Pay, Vec::new());
        self.again();
    }

    fn progress(&mut self) {
        let now = self.now;
        let Some(learner) = self.learner() else {
            return self.help();
        };
        let count = |number: usize| Fill::Number(u32::try_from(number).unwrap_or(u32::MAX));
        let (mastered, streak) = (learner.model.mastered(now), learner.model.streak(now).days);
        let begun = learner.model.skills().next().is_some();
        let points = learner.model.rewards().points();
        match (begun, mastered) {
            (false, _) => self.say(Saying::ProgressNone, Vec::new()),
            (true, 0) => self.say(Saying::ProgressNone, Vec::new()),
            (true, mastered) => self.say(Saying::Progress, vec![count(mastered)]),
        }
        if points > 0 {
            self.aside(Saying::Points, vec![Fill::Number(points)]);
        }
        if streak >= 2 {
            self.aside(Saying::Streak, vec![Fill::Number(streak)]);
        }
        let working = self.item().and_then(|item| {
            let exercise = self.context.lessons.exercise(&item.exercise)?;
            Some(exercise.skill.clone())
        });
        if let Some(skill) = working {
            self.aside(Saying::ProgressNow, vec![Fill::Skill(skill)]);
        }
        let module = self.state.sitting.as_ref().map(|sitting| sitting.module);
        if let Some(module) = module {
            self.say_readiness(module);
        }
        self.on_with_it();
    }

    /// After an answer to a command: the request again, or the menu if there was none.
    pub(super) fn on_with_it(&mut self) {
        if self.state.last.is_empty() {
            self.resume();
        } else {
            self.again();
        }
    }

    pub(super) fn take_your_time(&mut self) {
        self.state.thinking = true;
        self.say(Saying::TakeYourTime, Vec::new());
        if !self.is_voice() {
            self.again();
        }
    }

    fn why(&mut self) {
        let item = self.item().filter(|_| self.state.step == Step::Exercise);
        let Some(item) = item else { return self.help() };
        let why = item.why;
        let exercise = self.context.lessons.exercise(&item.exercise);
        let skill = exercise.map(|exercise| Fill::Skill(exercise.skill.clone()));
        let fills: Vec<Fill> = skill.into_iter().collect();
        match why {
            Why::Due => self.say(Saying::WhyDue, Vec::new()),
            Why::Struggle => self.say(Saying::WhyStruggle, Vec::new()),
            Why::New => self.say(Saying::WhyNew, fills),
            Why::Learning => self.say(Saying::WhyLearning, fills),
            Why::Needed => self.say(Saying::WhyNeeded, fills),
        }
        self.again();
    }

    /// By call: goodbye. By message: no message any more, unless asked for.
    pub(super) fn stop(&mut self) {
        if self.is_voice() {
            return self.goodbye();
        }
        self.pause(Cause::Learner);
        self.state.stopped = true;
        let (learner, at) = (self.state.active, self.now);
        self.record(ControlFact::StopRequested { learner, at });
        self.say(Saying::Stopped, Vec::new());
        self.end(End::Stopped);
    }

    /// Messages are wanted again.
    pub(super) fn restart(&mut self) {
        self.state.stopped = false;
        let (learner, at) = (self.state.active, self.now);
        self.record(ControlFact::StartRequested { learner, at });
        self.say(Saying::Started, Vec::new());
        self.open();
    }

    pub(super) fn goodbye(&mut self) {
        self.pause(Cause::Learner);
        match self.name() {
            Some(name) => self.say(Saying::Goodbye, vec![Fill::Text(name)]),
            None => self.say(Saying::GoodbyePlain, Vec::new()),
        }
        self.end(End::Goodbye);
    }

    pub(super) fn delete(&mut self) {
        if self.learner().is_none() {
            self.say(Saying::ConsentNo, Vec::new());
            self.forget();
            return self.end(End::NoConsent);
        }
        self.ask_saying(Step::ConfirmDelete, Saying::DeleteAsk, Vec::new());
    }

    pub(super) fn answer_delete(&mut self, said: &Said) {
        let interface = &self.context.interface;
        match said.keys.as_deref() {
            Some("9") => {
                if let Some(learner) = self.state.active {
                    let at = self.now;
                    self.record(ControlFact::DeletionRequested { learner, at });
                    self.say(Saying::DeleteDone, Vec::new());
                    let language = self.state.language;
                    self.learners.retain(|known| known.id != learner);
                    self.forget();
                    self.state.language = language;
                }
                self.end(End::Deleted);
            }
            Some("1") => self.keep(),
            _ if said.means(interface, Meaning::No) => self.keep(),
            Some("*") => self.repeat(),
            _ => self.stumble(),
        }
    }

    /// Nothing is erased: the careful outcome whenever there is doubt.
    pub(super) fn keep(&mut self) {
        self.say(Saying::DeleteKept, Vec::new());
        self.resume();
    }

    /// The learner's language from now on.
    pub(super) fn change_language(&mut self, language: Language) {
        self.state.language = Some(language);
        if let Some(learner) = self.learner_mut().filter(|l| l.language != language) {
            learner.language = language;
            let learner = learner.id;
            let (preference, at) = (Preference::Language(language), self.now);
            self.record(Fact::PreferenceChanged {
                learner,
                preference,
                at,
            });
        }
        self.warn_if_deaf();
    }

    pub(super) fn offer_language(&mut self, language: Language) {
        if !self.can_say(language) {
            self.say(Saying::NoVoice, Vec::new());
            return self.resume();
        }
        let piece = Piece::Say {
            saying: Saying::LanguageSwitch,
            fills: Vec::new(),
            turn: 0,
            language: Some(language),
        };
        self.ask(Step::LanguageOffer { language }, vec![piece]);
    }

    pub(super) fn answer_language_offer(&mut self, said: &Said, language: Language) {
        let named = said.language_named(&self.context.interface);
        match (said.yes_or_no(&self.context.interface), named) {
            (Some(true), _) => self.take_offer(language),
            (_, Some(named)) => self.take_offer(named),
            (Some(false), None) => {
                self.say(Saying::LanguageKept, Vec::new());
                self.resume();
            }
            (None, None) => self.or_wish(said),
        }
    }

    fn take_offer(&mut self, language: Language) {
        self.change_language(language);
        self.say(Saying::LanguageNow, Vec::new());
        self.resume();
    }

    /// "Say that in Kinyarwanda": the request once in that language; the conversation stays.
    pub(super) fn translate(&mut self, language: Language) {
        let language = if self.can_say(language) {
            language
        } else {
            self.say(Saying::NoVoice, Vec::new());
            self.language()
        };
        for piece in self.state.last.clone() {
            let (text, _) = super::render::render(&self.context, &piece, language, self.line.form);
            self.put(Piece::Words { text, language }, super::machine::Role::Must);
        }
    }
}
