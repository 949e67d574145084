//! One talk of one telephone: each turn through the dialogue, written before it is answered.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::grammar;
use super::meaning::{Meaning, MeaningError};
use super::record::{Record, RecordError};
use crate::dialogue::{
    Context, Dialogue, DialogueState, End, Evidence, Expectation, Fact, Heard, KnownLearner, Line,
    Output, Pace, Prompt, Unclear, Weigh,
};
use crate::phone_number::PhoneNumber;
use crate::store::inbox;
use crate::store::learner::{Learner, RowError};
use crate::store::outbox::{self, Kind, NewLetter};
use crate::store::sealing::{BoxSecret, TelephoneId};
use crate::telephony::sms::alphabet::folded;
use crate::telephony::sms::segment::count;
use curriculum::Timestamp;
use curriculum::grade::Outcome;
use curriculum::id::LearnerId;
use curriculum::interface::{Form, Meaning as Word};
use curriculum::learner::LearnerModel;
use curriculum::time::UtcOffset;
use rusqlite::Transaction;

/// A talk: a call from answer to hang-up, or one sitting of messages.
///
/// Every turn waits for the disk, and some for sentence vectors: never call one on an async thread.
#[derive(Debug)]
pub struct Talk {
    record: Arc<Record>,
    meaning: Arc<Mutex<Meaning>>,
    context: Arc<Context>,
    telephone: TelephoneId,
    dialogue: Dialogue,
    is_voice: bool,
    answering: Option<Answering>,
}

/// A message that is being answered: its answer is written in the transaction of the turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answering {
    pub(super) inbox_id: i64,
    /// The route by which it came.
    pub(super) route: String,
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
    /// An answer was judged right.
    pub success: bool,
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

impl Talk {
    /// Takes up where this telephone stopped, on whichever channel that was.
    ///
    /// # Errors
    /// If the records cannot be read.
    pub fn open(
        record: &Arc<Record>,
        meaning: &Arc<Mutex<Meaning>>,
        context: &Arc<Context>,
        number: &PhoneNumber,
        line: Line,
    ) -> Result<Self, TalkError> {
        let telephone = record.meet(number)?;
        Self::on(record, meaning, context, telephone, line)
    }

    /// A talk with somebody whose number is withheld. What is learnt is kept and sent like any
    /// other; no telephone is kept, so the next such call begins anew.
    ///
    /// # Errors
    /// If the records cannot be read.
    pub fn open_unknown(
        record: &Arc<Record>,
        meaning: &Arc<Mutex<Meaning>>,
        context: &Arc<Context>,
        line: Line,
    ) -> Result<Self, TalkError> {
        let mut nobody = [0; 16];
        getrandom::fill(&mut nobody).map_err(TalkError::Random)?;
        Self::on(record, meaning, context, TelephoneId(nobody), line)
    }

    /// Takes up where a telephone that has been met stopped.
    ///
    /// # Errors
    /// If the records cannot be read.
    pub(super) fn resume(
        record: &Arc<Record>,
        meaning: &Arc<Mutex<Meaning>>,
        context: &Arc<Context>,
        telephone: TelephoneId,
        line: Line,
    ) -> Result<Self, TalkError> {
        Self::on(record, meaning, context, telephone, line)
    }

    fn on(
        record: &Arc<Record>,
        meaning: &Arc<Mutex<Meaning>>,
        context: &Arc<Context>,
        telephone: TelephoneId,
        line: Line,
    ) -> Result<Self, TalkError> {
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
            record: Arc::clone(record),
            meaning: Arc::clone(meaning),
            context: Arc::clone(context),
            telephone,
            dialogue,
            is_voice: line.form == Form::Voice,
            answering: None,
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

    /// A message came, or a menu was opened. Its answer is in the outbox when this returns, and the message is settled.
    ///
    /// # Errors
    /// If the turn cannot be made durable: then the message still waits.
    pub(super) fn answer(
        &mut self,
        heard: Option<Heard>,
        to: Answering,
    ) -> Result<Turn, TalkError> {
        self.answering = Some(to);
        match heard {
            Some(heard) => self.hear(heard),
            None => self.begin(),
        }
    }

    /// Something came back that began this long ago: thinking ends where speaking begins.
    ///
    /// # Errors
    /// If the turn cannot be made durable.
    pub fn hear_from(&mut self, heard: Heard, ago: Duration) -> Result<Turn, TalkError> {
        let ago_ms = i64::try_from(ago.as_millis()).unwrap_or(0);
        let began = Timestamp(self.record.now().0.saturating_sub(ago_ms));
        self.dialogue.handle_answer(heard, began);
        self.take()
    }

    /// Something came that cannot be used as words.
    ///
    /// # Errors
    /// If the turn cannot be made durable.
    pub fn unclear(&mut self, why: Unclear) -> Result<Turn, TalkError> {
        self.dialogue.handle_unclear(why, self.record.now());
        self.take()
    }

    /// The last prompt has been heard to its end: thinking begins.
    pub fn said(&mut self) {
        self.dialogue.handle_said(self.record.now());
    }

    /// The box ends the talk, kindly: as if the learner had said goodbye.
    ///
    /// # Errors
    /// If the turn cannot be made durable.
    pub fn close(&mut self) -> Result<Turn, TalkError> {
        let wording = self
            .context
            .interface
            .wording(curriculum::Language::ENGLISH);
        let goodbye = wording.words(Word::Goodbye).first();
        let goodbye = Heard::text(goodbye.map_or("goodbye", String::as_str));
        self.hear(goodbye)
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
                Output::Record(more) => {
                    turn.success |= more.iter().any(is_success);
                    facts.extend(more);
                }
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
        self.write(facts, state, &turn)?;
        Ok(turn)
    }

    /// Writes the turn; with it what is to be sent: answers to a message, and homework after a call.
    fn write(
        &mut self,
        facts: Vec<Fact>,
        state: Option<DialogueState>,
        turn: &Turn,
    ) -> Result<(), TalkError> {
        let answering = self.answering.take();
        if facts.is_empty() && state.is_none() && answering.is_none() {
            return Ok(());
        }
        let mut letters = Vec::new();
        if self.is_voice {
            letters.extend(facts.iter().filter_map(homework));
        }
        if answering.is_some() {
            letters.extend(turn.messages.iter().cloned());
        }
        let posting = Posting {
            telephone: self.telephone,
            learner: self.dialogue.active(),
            answering,
            letters: letters.iter().map(|text| folded(text)).collect(),
            ends: turn.end.is_some(),
            now_ms: self.record.now().0,
        };
        let telephone = self.telephone;
        Ok(self
            .record
            .write_and(telephone, facts, state, move |transaction, secret| {
                posting.write(transaction, secret)
            })?)
    }

    /// What was asked of the engines; no vectors if they cannot be had, and the answer is judged without.
    fn weigh(&self, weigh: &Weigh) -> Evidence {
        let grammar = if weigh.grammar {
            grammar::findings(&weigh.text)
        } else {
            Vec::new()
        };
        if weigh.against.is_empty() {
            return Evidence {
                grammar,
                ..Evidence::default()
            };
        }
        let mut texts: Vec<&str> = vec![&weigh.text];
        texts.extend(weigh.against.iter().map(String::as_str));
        // Vectors are whole or absent whatever panicked while they were made.
        let mut meaning = self.meaning.lock().unwrap_or_else(PoisonError::into_inner);
        let vectors: Result<_, MeaningError> = meaning.vectors(&texts);
        drop(meaning);
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
            grammar,
        }
    }
}

/// What is to be sent with a turn.
struct Posting {
    telephone: TelephoneId,
    learner: Option<LearnerId>,
    answering: Option<Answering>,
    letters: Vec<String>,
    ends: bool,
    now_ms: i64,
}

impl Posting {
    fn write(&self, transaction: &Transaction<'_>, secret: &BoxSecret) -> Result<(), RowError> {
        if let Some(answering) = &self.answering {
            // Answered by another already: nothing of this turn is kept.
            if !inbox::settle(transaction, answering.inbox_id)? {
                return Err(RowError::Broken {
                    table: "inbox",
                    what: "the message is answered already".to_owned(),
                });
            }
        }
        for (place, text) in (0u8..).zip(&self.letters) {
            let answers = self.answering.as_ref().map(|to| (to.inbox_id, place));
            let new = NewLetter {
                telephone: self.telephone,
                learner: self.learner,
                kind: match answers {
                    Some(_) => Kind::Reply,
                    None => Kind::Asked,
                },
                answers,
                route: self.answering.as_ref().map(|to| to.route.as_str()),
                text,
                ends: self.ends,
                parts: u32::try_from(count(text)).unwrap_or(u32::MAX),
                due_ms: self.now_ms,
                now_ms: self.now_ms,
            };
            outbox::add(transaction, secret, &new)?;
        }
        Ok(())
    }
}

fn homework(fact: &Fact) -> Option<String> {
    match fact {
        Fact::HomeworkGiven { text, .. } => Some(text.clone()),
        _ => None,
    }
}

fn is_success(fact: &Fact) -> bool {
    matches!(fact, Fact::AttemptMade(attempt) if attempt.outcome == Outcome::Right)
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::dialogue::plays::stage::{at_hand, right, shared, wrong};
    use curriculum::Language;
    use curriculum::answer::Channel;

    /// Texts `lines`, each as a message of its own; an empty one is a right answer to whatever was
    /// asked. Gives back the learner's model as the dialogue has it, and the skills asked.
    fn text(folder: &Path, lines: &[&str]) -> (LearnerModel, Vec<String>) {
        let record = Arc::new(Record::open(folder, UtcOffset::KIGALI).unwrap());
        let meaning = Arc::new(Mutex::new(Meaning::open(folder).unwrap()));
        let number = PhoneNumber::parse("0788123456").unwrap();
        let (context, line) = (shared(), Line::of(Channel::Sms));
        let mut asked = Vec::new();
        let mut model = LearnerModel::new(UtcOffset::KIGALI);
        for words in lines {
            let mut talk = Talk::open(&record, &meaning, &context, &number, line).unwrap();
            let at = at_hand(&context, talk.dialogue.state());
            let answer = match (*words, at) {
                ("", Some((question, slot))) => right(&question, slot, Language::ENGLISH),
                ("wrong", Some((question, _))) => wrong(&question, Language::ENGLISH),
                (words, _) => Some(words.to_owned()),
            };
            talk.hear(Heard::text(&answer.unwrap())).unwrap();
            if let Some((question, _)) = at_hand(&context, talk.dialogue.state()) {
                asked.push(question.exercise().skill.to_string());
            }
            if let Some(learner) = talk.dialogue.learners().first() {
                model.clone_from(&learner.model);
            }
        }
        (model, asked)
    }

    /// Six questions of placement, all right but two, then the lesson to its end.
    const FIRST: [&str; 18] = [
        "hello", "English", "Aline", "yes", "17", "yes", "", "", "", "wrong", "", "", "", "", "",
        "", "", "",
    ];

    #[test]
    fn a_placed_learner_starts_the_second_sitting_above_what_was_found() {
        let folder = tempfile::tempdir().unwrap();
        let (before, first) = text(folder.path(), &FIRST);
        let lessons = shared();
        let graph = lessons.lessons.graph();
        let assumed: Vec<String> = graph
            .in_order()
            .map(|skill| &skill.id)
            .filter(|skill| before.is_assumed(skill))
            .map(ToString::to_string)
            .collect();
        assert!(assumed.len() >= 3, "{assumed:?} below, asked {first:?}");
        let (_, second) = text(folder.path(), &["menu", "1", "", "", "", ""]);
        assert!(!second.is_empty());
        for skill in &second {
            assert!(
                !assumed.contains(skill),
                "{skill} was found below the level"
            );
        }
    }

    #[test]
    fn a_model_is_the_same_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (before, _) = text(folder.path(), &FIRST);
        let record = Record::open(folder.path(), UtcOffset::KIGALI).unwrap();
        let number = PhoneNumber::parse("0788123456").unwrap();
        let telephone = record.meet(&number).unwrap();
        let kept = record.known(telephone).unwrap().learners.remove(0).model;
        assert_eq!(kept, Some(before));
    }
}
