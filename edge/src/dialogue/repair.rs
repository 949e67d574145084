//! Repair: silence, noise and what was not understood. The same request is never given more than
//! twice unasked; then keys; then a way out that keeps everything.

use curriculum::exercise::Output as Kind;
use curriculum::interface::Saying;
use curriculum::session::Cause;

use super::input::Unclear;
use super::machine::Dialogue;
use super::output::End;
use super::piece::Fill;
use super::state::Step;
use super::understand::Said;

/// After so many questions in one sitting that could not be heard, the line is the trouble.
const UNHEARD_MAX: u16 = 2;

impl Dialogue {
    pub(super) fn miss_silence(&mut self) {
        if !self.is_voice() {
            // A message may be answered tomorrow: silence is no answer, and nothing is sent.
            self.pause(Cause::NotHeard);
            self.end_quietly(End::Silence);
            return;
        }
        let thinks = matches!(self.state.step, Step::Exercise | Step::Asking);
        if thinks && !self.state.thinking {
            self.state.thinking = true;
            self.say(Saying::TakeYourTime, Vec::new());
            return;
        }
        self.state.misses = self.state.misses.saturating_add(1);
        match self.state.misses {
            1 => {
                self.say(Saying::StillThere, Vec::new());
                self.again();
            }
            2 => self.keys_line(),
            _ => {
                self.pause(Cause::NotHeard);
                self.say(self.if_known(Saying::SilenceGoodbye), Vec::new());
                self.end(End::Silence);
            }
        }
    }

    pub(super) fn miss_unclear(&mut self, why: Unclear) {
        let lead = match why {
            Unclear::Noise => Saying::Noise,
            Unclear::NoModel => Saying::NoModel,
            Unclear::Speech | Unclear::Overlap => Saying::Unclear,
        };
        self.miss(lead, Vec::new());
    }

    /// Words came, but nothing that fits.
    pub(super) fn stumble(&mut self) {
        self.miss(Saying::Unclear, Vec::new());
    }

    /// As [`Self::stumble`], where it may be meant as something else.
    pub(super) fn misunderstood(&mut self, said: &Said) {
        match said.other_language(&self.context.interface, self.language()) {
            Some(language) => self.offer_language(language),
            None => self.stumble(),
        }
    }

    /// One more miss at this request, said with `lead` the first time.
    pub(super) fn miss(&mut self, lead: Saying, fills: Vec<Fill>) {
        self.state.misses = self.state.misses.saturating_add(1);
        match self.state.misses {
            1 => {
                self.say(lead, fills);
                self.again();
            }
            2 => {
                self.keys_line();
                if !self.is_voice() {
                    self.aside(Saying::Help, Vec::new());
                }
            }
            _ => self.way_out(),
        }
    }

    /// What was heard with doubt is said back. The question is still in mind: it is not asked again.
    pub(super) fn doubt(&mut self, what: String) {
        self.state.misses = self.state.misses.saturating_add(1);
        match self.state.misses {
            1 => self.say(Saying::Doubt, vec![Fill::Text(what)]),
            2 => self.keys_line(),
            _ => self.way_out(),
        }
    }

    /// Which keys answer the present request.
    pub(super) fn keys_line(&mut self) {
        let count = |count: u32| vec![Fill::Number(count)];
        match self.state.step {
            Step::Language => {
                let count = self.context.languages.len();
                let count = u32::try_from(count).unwrap_or(u32::MAX);
                self.say(Saying::KeysOption, vec![Fill::Number(count)]);
            }
            Step::Menu => self.say(Saying::KeysOption, count(4)),
            Step::Who { .. } | Step::Subjects { .. } => {
                let shown = self.options_shown();
                self.say(Saying::KeysOption, count(shown));
            }
            Step::Feeling { .. } => self.say(Saying::KeysOption, count(3)),
            Step::OneMore | Step::Care => self.say(Saying::KeysOption, count(2)),
            Step::NameCheck { .. } | Step::Consent { .. } | Step::LanguageOffer { .. } => {
                self.say(Saying::KeysYesNo, Vec::new());
            }
            Step::Age { .. } => self.say(Saying::AgeAgain, Vec::new()),
            Step::Name { .. } => self.say(Saying::NameAgain, Vec::new()),
            Step::ConfirmDelete => self.again(),
            Step::Exercise => self.keys_for_exercise(),
            Step::Asking | Step::Fresh | Step::Over => self.say(Saying::KeysOther, Vec::new()),
        }
    }

    fn options_shown(&self) -> u32 {
        let options = self.state.last.iter().find_map(|piece| match piece {
            super::piece::Piece::Options(options) => u32::try_from(options.len()).ok(),
            _ => None,
        });
        options.unwrap_or(4)
    }

    fn keys_for_exercise(&mut self) {
        let item = self.item();
        let exercise = item.and_then(|item| self.context.lessons.exercise(&item.exercise));
        match exercise.map(|exercise| &exercise.output) {
            Some(Kind::Number { .. } | Kind::Order { .. }) => {
                self.say(Saying::KeysNumber, Vec::new());
            }
            Some(Kind::Choice { options, .. }) => {
                let count = u32::try_from(options.len()).unwrap_or(4);
                self.say(Saying::KeysOption, vec![Fill::Number(count)]);
            }
            _ => self.say(Saying::KeysOther, Vec::new()),
        }
    }

    /// Keys did not help either: on, or goodbye, never the same again.
    fn way_out(&mut self) {
        match self.state.step.clone() {
            Step::Exercise => self.leave_unheard(),
            Step::Name { tries } | Step::NameCheck { tries, .. } => self.name_missed(tries.max(1)),
            Step::Care | Step::Asking | Step::LanguageOffer { .. } => {
                self.state.misses = 0;
                self.resume();
            }
            Step::ConfirmDelete => self.keep(),
            Step::Feeling { moment } => self.after_feeling(moment),
            Step::Menu | Step::Subjects { .. } if self.state.sitting.is_some() => self.resume(),
            _ => self.bad_line(),
        }
    }

    fn leave_unheard(&mut self) {
        let unheard = self.state.sitting.as_mut().map(|sitting| {
            sitting.tally.unheard += 1;
            sitting.tally.unheard
        });
        if unheard.is_none_or(|unheard| unheard >= UNHEARD_MAX) && self.is_voice() {
            return self.bad_line();
        }
        self.say(Saying::MoveOn, Vec::new());
        self.drop_item();
        self.next();
    }

    fn bad_line(&mut self) {
        self.pause(Cause::NotHeard);
        self.say(self.if_known(Saying::LineGoodbye), Vec::new());
        self.end(End::Silence);
    }

    /// A stranger has no place that could be saved.
    fn if_known(&self, saying: Saying) -> Saying {
        if self.learners.is_empty() {
            Saying::GoodbyePlain
        } else {
            saying
        }
    }
}
