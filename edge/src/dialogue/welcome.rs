//! First contact: language, name, age, consent; and who is learning on a shared telephone.

use curriculum::id::LearnerId;
use curriculum::interface::Saying;
use curriculum::learner::LearnerModel;
use curriculum::session::Cause;
use curriculum::{Language, Timestamp};

use super::fact::{ConsentBy, EnrolmentFact};
use super::machine::Dialogue;
use super::output::{End, Pace};
use super::phone::KnownLearner;
use super::piece::{Fill, Piece};
use super::state::{DialogueState, LEARNERS_MAX, STATE_VERSION, Step};
use super::understand::Said;

/// From this age on learners consent for themselves (Rwanda, Law 058/2021, article 9).
const OWN_CONSENT_AGE: u8 = 16;
/// Learners named in one menu, beside "more" or "somebody new".
const WHO_PER_MENU: usize = 3;
/// Times a name is asked before a friend is a friend.
const NAME_TRIES_MAX: u8 = 2;

impl Dialogue {
    /// Begins, or goes on where the telephone stopped.
    pub(super) fn open(&mut self) {
        match (&self.state.step, self.learners.len()) {
            (Step::Name { .. } | Step::Age { .. } | Step::Consent { .. }, _)
            | (Step::NameCheck { .. } | Step::Who { .. }, _)
                if !self.state.last.is_empty() =>
            {
                self.reset_misses();
                if !self.can_say(self.wanted_language()) {
                    self.say(Saying::NoVoice, Vec::new());
                }
                self.again();
            }
            (Step::Care, 0) if self.state.language.is_some() => self.take_language(self.language()),
            (_, 0) => self.ask_language(),
            (_, 1) => {
                let only = self.learners[0].id;
                self.activate(only);
                self.welcome_back();
            }
            _ => self.ask_who(0),
        }
    }

    fn reset_misses(&mut self) {
        self.state.misses = 0;
        self.state.repeats = 0;
        self.state.thinking = false;
    }

    pub(super) fn ask_language(&mut self) {
        let offers = (1_u32..).zip(self.context.languages.clone());
        let pieces = offers
            .map(|(n, language)| Piece::Say {
                saying: Saying::LanguageOffer,
                fills: vec![Fill::Number(n)],
                turn: 0,
                language: Some(language),
            })
            .collect();
        self.ask(Step::Language, pieces);
    }

    pub(super) fn answer_language(&mut self, said: &Said) {
        let interface = &self.context.interface;
        let languages = &self.context.languages;
        let by_place = said.option(interface, languages.len());
        let chosen = said
            .language_named(interface)
            .or_else(|| by_place.and_then(|place| languages.get(place).copied()))
            .or_else(|| said.other_language(interface, self.language()))
            .or_else(|| self.greeting_language(said));
        match chosen {
            Some(language) => self.take_language(language),
            None => self.stumble(),
        }
    }

    /// "Muraho" is an answer too: the language of the greeting.
    fn greeting_language(&self, said: &Said) -> Option<Language> {
        let greeting = curriculum::interface::Meaning::Greeting;
        let greets = |words: &String| super::understand::plain(words) == said.plain;
        let mut wordings = self.context.interface.iter();
        let wording = wordings.find(|wording| wording.words(greeting).iter().any(greets))?;
        Some(wording.language)
    }

    fn take_language(&mut self, language: Language) {
        self.state.language = Some(language);
        if self.learner().is_some() {
            self.change_language(language);
            self.say(Saying::LanguageNow, Vec::new());
            self.resume();
            return;
        }
        let tutor = self.context.interface.wording(language).tutor.clone();
        self.say(Saying::Hello, vec![Fill::Text(tutor)]);
        self.warn_if_deaf();
        if self.is_deaf() {
            // A name cannot be keyed; it can be told by message.
            return self.name_missed(NAME_TRIES_MAX);
        }
        self.ask_saying(Step::Name { tries: 0 }, Saying::NameAsk, Vec::new());
    }

    /// Says honestly that this language cannot be spoken or heard here.
    pub(super) fn warn_if_deaf(&mut self) {
        if !self.can_say(self.wanted_language()) {
            self.say(Saying::NoVoice, Vec::new());
        }
        if self.is_deaf() {
            self.say(Saying::NoModel, Vec::new());
        }
    }

    /// True on a call in a language that this box cannot hear.
    pub(super) fn is_deaf(&self) -> bool {
        self.is_voice() && !self.context.hears.contains(&self.language())
    }

    pub(super) fn answer_name(&mut self, said: &Said, tries: u8) {
        match said.name(&self.context.interface) {
            Some(name) if self.is_voice() => self.ask_saying(
                Step::NameCheck {
                    name: name.clone(),
                    tries,
                },
                Saying::NameCheck,
                vec![Fill::Text(name)],
            ),
            Some(name) => self.ask_age(name),
            None => self.name_missed(tries),
        }
    }

    /// The name could not be heard: once more, then a friend.
    pub(super) fn name_missed(&mut self, tries: u8) {
        if tries + 1 < NAME_TRIES_MAX {
            let step = Step::Name { tries: tries + 1 };
            self.ask_saying(step, Saying::NameAgain, Vec::new());
            return;
        }
        let wording = self.context.interface.wording(self.language());
        let friend = wording.say(Saying::Friend, self.line.form, 0).to_owned();
        self.say(Saying::NameLater, vec![Fill::Text(friend.clone())]);
        self.ask_age(friend);
    }

    pub(super) fn answer_name_check(&mut self, said: &Said, name: String, tries: u8) {
        match said.yes_or_no(&self.context.interface) {
            Some(true) => self.ask_age(name),
            Some(false) => self.name_missed(tries),
            None => match said.name(&self.context.interface) {
                Some(other)
                    if said
                        .command(&self.context.interface, self.language())
                        .is_none() =>
                {
                    self.ask_age(other);
                }
                _ => self.stumble(),
            },
        }
    }

    fn ask_age(&mut self, name: String) {
        let fills = vec![Fill::Text(name.clone())];
        self.ask_saying(Step::Age { name }, Saying::AgeAsk, fills);
    }

    pub(super) fn answer_age(&mut self, said: &Said, name: String) {
        match said.age(self.language()) {
            Some(age) if !said.is_doubtful() => self.ask_consent(name, Some(age)),
            _ if self.state.misses == 0 => {
                self.state.misses = 1;
                self.say(Saying::AgeAgain, Vec::new());
            }
            // Without an age the learner counts as a child: the careful side of the law.
            _ => self.ask_consent(name, None),
        }
    }

    fn ask_consent(&mut self, name: String, age: Option<u8>) {
        let step = Step::Consent { name, age };
        if age.is_some_and(|age| age >= OWN_CONSENT_AGE) {
            self.ask_saying(step, Saying::ConsentAsk, Vec::new());
            return;
        }
        self.say(Saying::ConsentGuardian, Vec::new());
        self.ask_saying(step, Saying::ConsentGuardianAsk, Vec::new());
    }

    pub(super) fn answer_consent(&mut self, said: &Said, name: String, age: Option<u8>) {
        match said.yes_or_no(&self.context.interface) {
            Some(true) => self.enrol(name, age),
            Some(false) => {
                self.say(Saying::ConsentNo, Vec::new());
                self.forget();
                self.end(End::NoConsent);
            }
            None => self.stumble(),
        }
    }

    /// Nothing of what was said so far is kept.
    pub(super) fn forget(&mut self) {
        self.keep_language(self.language());
        let language = self.state.language.filter(|_| !self.learners.is_empty());
        let others = std::mem::take(&mut self.state.others);
        self.state = DialogueState {
            version: STATE_VERSION,
            language,
            others,
            turn: self.state.turn,
            ..DialogueState::default()
        };
    }

    fn enrol(&mut self, name: String, age: Option<u8>) {
        let (at, language) = (self.now, self.language());
        let learner = LearnerId(self.fresh_id());
        self.record(EnrolmentFact::LearnerEnrolled {
            learner,
            name: name.clone(),
            language,
            age,
            at,
        });
        let own = age.is_some_and(|age| age >= OWN_CONSENT_AGE);
        self.record(EnrolmentFact::ConsentGiven {
            learner,
            by: if own {
                ConsentBy::Learner
            } else {
                ConsentBy::Guardian
            },
            wording: self.context.interface.wording(language).consent,
            channel: self.line.channel,
            at,
        });
        self.learners.push(KnownLearner {
            id: learner,
            name: name.clone(),
            language,
            pace: Pace::Usual,
            model: LearnerModel::new(self.context.offset),
        });
        self.activate(learner);
        self.say(Saying::ConsentThanks, vec![Fill::Text(name)]);
        self.first_sitting();
    }

    /// Makes a learner the one who is learning, with their own sitting and language.
    pub(super) fn activate(&mut self, learner: LearnerId) {
        if self.state.active == Some(learner) {
            return;
        }
        if let (Some(before), Some(sitting)) = (self.state.active, self.state.sitting.take()) {
            self.state.others.retain(|(id, _)| *id != before);
            self.state.others.push((before, sitting));
            if self.state.others.len() > LEARNERS_MAX {
                self.state.others.remove(0);
            }
        }
        let at = self.state.others.iter().position(|(id, _)| *id == learner);
        self.state.sitting = at.map(|at| self.state.others.remove(at).1);
        self.state.active = Some(learner);
        self.state.language = self.learner().map(|learner| learner.language);
    }

    pub(super) fn ask_who(&mut self, from: usize) {
        let hello = self.piece(Saying::WhoAsk, Vec::new());
        let options = Piece::Options(self.who_options(from));
        let from = u8::try_from(from).unwrap_or(0);
        self.ask(Step::Who { from }, vec![hello, options]);
    }

    fn who_options(&self, from: usize) -> Vec<Fill> {
        let names = self.learners.iter().skip(from).take(WHO_PER_MENU);
        let mut options: Vec<Fill> = names.map(|l| Fill::Text(l.name.clone())).collect();
        let more = self.learners.len() > from + WHO_PER_MENU;
        options.push(Fill::Saying(if more {
            Saying::More
        } else {
            Saying::WhoNew
        }));
        options
    }

    pub(super) fn answer_who(&mut self, said: &Said, from: usize) {
        let shown = self.learners.len().saturating_sub(from).min(WHO_PER_MENU);
        let named = said.name(&self.context.interface).and_then(|name| {
            let mut learners = self.learners.iter();
            learners.position(|learner| learner.name.eq_ignore_ascii_case(&name))
        });
        let place = said.option(&self.context.interface, shown + 1);
        match (named, place) {
            (Some(at), _) => self.welcome(at),
            (None, Some(place)) if place < shown => self.welcome(from + place),
            (None, Some(_)) if self.learners.len() > from + WHO_PER_MENU => {
                self.ask_who(from + WHO_PER_MENU);
            }
            (None, Some(_)) => self.welcome_new(),
            (None, None) => self.stumble(),
        }
    }

    fn welcome(&mut self, at: usize) {
        let Some(id) = self.learners.get(at).map(|learner| learner.id) else {
            return self.stumble();
        };
        self.activate(id);
        self.welcome_back();
    }

    /// Somebody new on a telephone that others use: their language is not yet known.
    pub(super) fn welcome_new(&mut self) {
        self.pause(Cause::Learner);
        let left = self.state.active.take().zip(self.state.sitting.take());
        self.state.others.extend(left);
        self.state.language = None;
        self.ask_language();
    }

    /// Greets a learner who comes back, and goes on without being asked to.
    fn welcome_back(&mut self) {
        self.state.stopped = false;
        if let Some(name) = self.name() {
            self.aside(Saying::HelloAgain, vec![Fill::Text(name)]);
        }
        self.warn_if_deaf();
        self.resume();
    }
}

/// The learner's first minutes are told apart from a return by what the model holds.
pub(super) fn is_new(learner: &KnownLearner) -> bool {
    learner.model.skills().next().is_none()
}

/// Longest pause after which a sitting goes on at the same question.
pub(super) fn is_stale(paused_at: Timestamp, now: Timestamp) -> bool {
    now.since(paused_at) > curriculum::session::PAUSED_MAX
}
