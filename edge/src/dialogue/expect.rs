//! What the learner is expected to do, so that ears and clocks can be set to it.

use std::time::Duration;

use curriculum::exercise::Output as Kind;
use curriculum::interface::Meaning;
use curriculum::question::Question;

use super::machine::Dialogue;
use super::output::{Expectation, Expected, Keyed};
use super::state::Step;

/// Silence before help, for a menu.
const MENU_WAIT: Duration = Duration::from_secs(6);
/// For a fact or a choice.
const FACT_WAIT: Duration = Duration::from_secs(9);
/// For mental arithmetic and for one's own sentence.
const THINK_WAIT: Duration = Duration::from_secs(12);
/// Arithmetic from this difficulty on takes longer.
const THINK_DIFFICULTY: u8 = 50;
/// After this many hearings that failed, keys.
pub(super) const MISSES_TO_KEYS: u8 = 2;

impl Dialogue {
    pub(super) fn expectation(&self) -> Expectation {
        let (kind, wait) = self.expected();
        if self.is_deaf() || self.state.misses >= MISSES_TO_KEYS {
            let kind = Expected::Keys(keyed(&kind));
            return Expectation { kind, wait };
        }
        Expectation { kind, wait }
    }

    fn expected(&self) -> (Expected, Duration) {
        let options = |options: u8| Expected::Choice {
            options,
            words: Vec::new(),
        };
        let language = self.language();
        match &self.state.step {
            Step::Fresh | Step::Over => (Expected::Free { language }, MENU_WAIT),
            Step::Language | Step::Menu | Step::Who { .. } => (options(4), MENU_WAIT),
            Step::Subjects { .. } => (self.subject_words(), MENU_WAIT),
            Step::Name { .. } => (Expected::Phrase { language }, FACT_WAIT),
            Step::Age { .. } => (Expected::Number { digits: Some(2) }, FACT_WAIT),
            Step::NameCheck { .. } | Step::LanguageOffer { .. } => (Expected::YesNo, MENU_WAIT),
            Step::Consent { .. } => (Expected::YesNo, FACT_WAIT),
            Step::Feeling { .. } => (options(3), MENU_WAIT),
            Step::OneMore | Step::Care => (options(2), FACT_WAIT),
            Step::ConfirmDelete => (Expected::Keys(Keyed::One), FACT_WAIT),
            Step::Asking => (Expected::Free { language }, THINK_WAIT),
            Step::Exercise => self.expected_answer(),
        }
    }

    fn subject_words(&self) -> Expected {
        let wording = self.context.interface.wording(self.language());
        let subjects = [
            Meaning::Mathematics,
            Meaning::English,
            Meaning::Comprehension,
            Meaning::Debate,
            Meaning::General,
        ];
        let words = subjects.iter().filter_map(|m| wording.words(*m).first());
        Expected::Choice {
            options: 4,
            words: words.cloned().collect(),
        }
    }

    fn expected_answer(&self) -> (Expected, Duration) {
        let language = self.language();
        let item = self.state.sitting.as_ref().and_then(|s| s.item.as_ref());
        let exercise = item.and_then(|item| self.context.lessons.exercise(&item.exercise));
        let (Some(item), Some(exercise)) = (item, exercise) else {
            return (Expected::Free { language }, FACT_WAIT);
        };
        let spoken = exercise.answer_language.unwrap_or(language);
        match &exercise.output {
            Kind::Number { .. } => {
                let question = Question::restore(exercise, &item.numbers).ok();
                let answer = question.and_then(|q| q.number_answer()?.as_whole());
                let digits = answer.and_then(|n| u8::try_from(n.to_string().len()).ok());
                let hard = exercise.difficulty >= THINK_DIFFICULTY;
                let wait = if hard { THINK_WAIT } else { FACT_WAIT };
                (Expected::Number { digits }, wait)
            }
            Kind::Choice { options, .. } => {
                let question = Question::restore(exercise, &item.numbers).ok();
                let offered = question.iter().flat_map(|q| q.offered(language));
                let words = offered.map(|offered| offered.text.to_owned()).collect();
                let options = u8::try_from(options.len()).unwrap_or(4);
                (Expected::Choice { options, words }, FACT_WAIT)
            }
            Kind::Phrase { .. } | Kind::FillIn { .. } | Kind::Line { .. } => {
                (Expected::Phrase { language: spoken }, FACT_WAIT)
            }
            Kind::Order { .. } => (Expected::Number { digits: None }, THINK_WAIT),
            Kind::Open(_) | Kind::Story { .. } | Kind::Argument { .. } => {
                (Expected::Free { language: spoken }, THINK_WAIT)
            }
        }
    }
}

/// What keys answer, asked for something that could have been said.
fn keyed(kind: &Expected) -> Keyed {
    match kind {
        Expected::Number { digits } => Keyed::Number { digits: *digits },
        Expected::Keys(keyed) => *keyed,
        Expected::Choice { .. }
        | Expected::YesNo
        | Expected::Phrase { .. }
        | Expected::Free { .. } => Keyed::One,
    }
}
