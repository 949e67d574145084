//! Care: words that alarm get careful fixed words, a number to call, and a flag. Nothing else is
//! decided here, and nothing said in danger is ever judged as an answer.

use curriculum::interface::Saying;
use curriculum::language_guess::guess;
use curriculum::safeguarding::{Concern, notice};

use super::fact::{ControlFact, Fact, Feeling, Moment, SittingFact};
use super::machine::Dialogue;
use super::state::Step;
use super::understand::Said;

/// So often upset in one sitting: a person should look.
const UPSET_TO_TICKET: u16 = 2;

impl Dialogue {
    /// True if the words alarm: they have then been answered.
    pub(super) fn alarms(&mut self, said: &Said) -> bool {
        if said.keys.is_some() {
            return false;
        }
        let Some(sign) = notice(&said.raw, &self.context.watches) else {
            return false;
        };
        if self.state.language.is_none() && self.learners.is_empty() {
            // A stranger in danger is answered in the language of the cry.
            self.state.language = guess(&said.raw)
                .map(|guess| guess.language)
                .filter(|language| self.context.interface.speaks(*language));
        }
        let concern = match sign.concern {
            Concern::SelfHarm => "self-harm",
            Concern::Abuse => "abuse",
            Concern::Violence => "violence",
            Concern::Exploitation => "exploitation",
        };
        let (learner, at) = (self.state.active, self.now);
        self.record(ControlFact::SafeguardingFlagged {
            learner,
            concern: concern.to_owned(),
            third_person: sign.other,
            words: said.raw.clone(),
            doubtful: said.is_doubtful(),
            at,
        });
        let saying = match (sign.other, sign.concern) {
            (true, _) => Saying::CareOther,
            (false, Concern::SelfHarm) => Saying::CareSelf,
            (false, _) => Saying::CareHarm,
        };
        self.say(saying, Vec::new());
        self.ask_saying(Step::Care, Saying::CareNext, Vec::new());
        true
    }

    pub(super) fn answer_care(&mut self, said: &Said) {
        match said.option(&self.context.interface, 2) {
            Some(0) => self.resume(),
            Some(_) => self.goodbye(),
            None => match said.yes_or_no(&self.context.interface) {
                Some(true) => self.resume(),
                Some(false) => self.goodbye(),
                None => self.or_wish(said),
            },
        }
    }

    /// "This is too hard": an easier step and a word of respect, never a lecture.
    pub(super) fn frustrated(&mut self) {
        self.note_feeling(Feeling::Frustrated, Moment::During);
        let upset = self.state.sitting.as_mut().map(|sitting| {
            sitting.tally.upset += 1;
            sitting.tally.upset
        });
        if upset == Some(UPSET_TO_TICKET) {
            self.open_ticket("frustrated twice in one sitting");
        }
        match self.state.step {
            Step::Exercise => {}
            Step::Feeling { moment } => {
                self.say(Saying::FeelingLow, Vec::new());
                return self.after_feeling(moment);
            }
            _ => return self.miss(Saying::FeelingLow, Vec::new()),
        }
        self.say(Saying::Frustrated, Vec::new());
        self.easier();
    }

    pub(super) fn note_feeling(&mut self, feeling: Feeling, moment: Moment) {
        let (Some(learner), at) = (self.state.active, self.now) else {
            return;
        };
        let session = self.state.sitting.as_ref().map(|sitting| sitting.session);
        self.record(SittingFact::FeelingNoted {
            learner,
            session,
            feeling,
            moment,
            at,
        });
    }

    pub(super) fn open_ticket(&mut self, reason: &str) {
        let (Some(learner), at) = (self.state.active, self.now) else {
            return;
        };
        let exercise = self
            .item()
            .and_then(|item| self.context.lessons.exercise(&item.exercise));
        let skill = exercise.map(|exercise| exercise.skill.clone());
        self.record(Fact::TicketOpened {
            learner,
            skill,
            reason: reason.to_owned(),
            at,
        });
    }
}
