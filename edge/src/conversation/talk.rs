//! One talk of one telephone: each turn through the dialogue, written before it is answered.

use std::sync::Arc;

use super::meaning::{Meaning, MeaningError};
use super::record::{Record, RecordError};
use crate::dialogue::{
    Context, Dialogue, DialogueState, End, Evidence, Expectation, Fact, Heard, KnownLearner, Line,
    Output, Pace, Prompt, Weigh,
};
use crate::phone_number::PhoneNumber;
use crate::store::learner::Learner;
use crate::store::sealing::TelephoneId;
use curriculum::learner::LearnerModel;
use curriculum::time::UtcOffset;

/// A talk: a call from answer to hang-up, or one sitting of messages.
#[derive(Debug)]
pub struct Talk<'a> {
    record: &'a Record,
    meaning: &'a mut Meaning,
    telephone: TelephoneId,
    dialogue: Dialogue,
}

/// What a turn gives back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
    /// To be spoken, in order.
    pub prompts: Vec<Prompt>,
    /// To be sent, in order.
    pub messages: Vec<String>,
    /// What the learner is expected to do next.
    pub expectation: Option<Expectation>,
    /// Set when the talk is over.
    pub end: Option<End>,
    /// Sentence vectors were needed.
    pub weighed: bool,
}

/// Why a turn could not be taken. Nothing of it was kept, and nothing was given back.
#[derive(Debug, thiserror::Error)]
pub enum TalkError {
    /// The turn could not be made durable.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// No random bytes could be had.
    #[error("draw random bytes: {0}")]
    Random(getrandom::Error),
}

impl<'a> Talk<'a> {
    /// Takes up where this telephone stopped, on whichever channel that was.
    ///
    /// # Errors
    /// If the records cannot be read.
    pub fn open(
        record: &'a Record,
        meaning: &'a mut Meaning,
        context: &Arc<Context>,
        number: &PhoneNumber,
        line: Line,
    ) -> Result<Self, TalkError> {
        let telephone = record.meet(number)?;
        let known = record.known(telephone)?;
        let learners = known
            .learners
            .into_iter()
            .map(|row| learner(row, context.offset))
            .collect();
        let mut seed = [0; 16];
        getrandom::fill(&mut seed).map_err(TalkError::Random)?;
        let seed = u128::from_le_bytes(seed);
        let dialogue = Dialogue::new(Arc::clone(context), line, learners, known.state, seed);
        Ok(Self {
            record,
            meaning,
            telephone,
            dialogue,
        })
    }

    /// The call was answered, or the terminal opened.
    ///
    /// # Errors
    /// If the turn cannot be made durable.
    pub fn begin(&mut self) -> Result<Turn, TalkError> {
        self.dialogue.handle_begin(self.record.now());
        self.take()
    }

    /// Something came back.
    ///
    /// # Errors
    /// If the turn cannot be made durable.
    pub fn hear(&mut self, heard: Heard) -> Result<Turn, TalkError> {
        self.dialogue.handle_answer(heard, self.record.now());
        self.take()
    }

    /// Nothing came within the expected wait.
    ///
    /// # Errors
    /// If the turn cannot be made durable.
    pub fn silence(&mut self) -> Result<Turn, TalkError> {
        self.dialogue.handle_silence(self.record.now());
        self.take()
    }

    /// The learner hung up.
    ///
    /// # Errors
    /// If the state cannot be made durable.
    pub fn hang_up(&mut self) -> Result<Turn, TalkError> {
        self.dialogue.handle_hangup(self.record.now());
        self.take()
    }

    /// Polls the dialogue until it waits; writes before anything is given back.
    fn take(&mut self) -> Result<Turn, TalkError> {
        let mut turn = Turn::default();
        let (mut facts, mut state) = (Vec::new(), None);
        while let Some(output) = self.dialogue.poll_output() {
            match output {
                Output::Record(more) => facts.extend(more),
                Output::Save(saved) => state = Some(*saved),
                Output::Weigh(weigh) => {
                    turn.weighed = true;
                    let evidence = self.weigh(&weigh);
                    self.dialogue.handle_evidence(&evidence, self.record.now());
                }
                Output::Say(prompt) => turn.prompts.push(prompt),
                Output::Text(message) => turn.messages.push(message),
                Output::Expect(expectation) => turn.expectation = Some(expectation),
                Output::End(end) => turn.end = Some(end),
            }
        }
        self.write(facts, state)?;
        Ok(turn)
    }

    fn write(&self, facts: Vec<Fact>, state: Option<DialogueState>) -> Result<(), TalkError> {
        if facts.is_empty() && state.is_none() {
            return Ok(());
        }
        Ok(self.record.write(self.telephone, facts, state)?)
    }

    /// The vectors asked for; none if they cannot be had, and the answer is judged without.
    fn weigh(&mut self, weigh: &Weigh) -> Evidence {
        let mut texts: Vec<&str> = vec![&weigh.text];
        texts.extend(weigh.against.iter().map(String::as_str));
        let vectors: Result<_, MeaningError> = self.meaning.vectors(&texts);
        let vectors = vectors.unwrap_or_else(|error| {
            tracing::warn!(%error, "an answer is judged without likeness");
            None
        });
        let Some(mut vectors) = vectors.filter(|vectors| !vectors.is_empty()) else {
            return Evidence::default();
        };
        let text = vectors.remove(0).to_vec();
        Evidence {
            text,
            against: vectors,
        }
    }
}

fn learner(row: Learner, offset: UtcOffset) -> KnownLearner {
    KnownLearner {
        id: row.id,
        name: row.name,
        language: row.language,
        pace: if row.pace == "slow" {
            Pace::Slow
        } else {
            Pace::Usual
        },
        model: row.model.unwrap_or_else(|| LearnerModel::new(offset)),
    }
}
