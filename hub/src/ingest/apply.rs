//! One entry: what it changes beside being kept.

use std::collections::{BTreeMap, HashMap};

use curriculum::attempt::Attempt;
use curriculum::id::SkillId;
use curriculum::time::UtcOffset;
use sync::envelope::Frame;
use sync::event::{Event, Reading, WishV1};
use sync::hlc::Hlc;

use super::park;
use crate::store::chain::{self, EntryRow, LaneKey};
use crate::store::figures::{self, Sittings};
use crate::store::progress::{self, Known, Learning};
use crate::store::{Connection, Planned, StoreError};

/// The wish to be forgotten.
const DELETE: u8 = 2;

/// What a parcel's entries come to: rows that are written together, and learners to fold.
#[derive(Debug)]
pub(super) struct Taking {
    key: LaneKey,
    offset: UtcOffset,
    sittings: Sittings,
    entries: Vec<(EntryRow, Option<String>)>,
    learning: Vec<Learning>,
    known: HashMap<u128, Known>,
    /// Learners with new facts, and the position of the first of these.
    pub(super) folds: BTreeMap<u128, Hlc>,
}

impl Taking {
    pub(super) fn new(key: LaneKey, offset: UtcOffset) -> Self {
        Self {
            key,
            offset,
            sittings: Sittings::default(),
            entries: Vec::new(),
            learning: Vec::new(),
            known: HashMap::new(),
            folds: BTreeMap::new(),
        }
    }

    /// Takes in an entry of a main chain. `forced`: its bytes do not give its hash.
    pub(super) async fn take(
        &mut self,
        connection: &mut Connection,
        entry: EntryRow,
        forced: bool,
    ) -> Result<(), StoreError> {
        let reason = if forced {
            Some("its bytes do not give its hash".to_owned())
        } else {
            self.apply(connection, self.key, &entry).await?
        };
        self.entries.push((entry, reason));
        Ok(())
    }

    /// Writes what was gathered.
    pub(super) async fn flush(&mut self, connection: &mut Connection) -> Result<(), StoreError> {
        chain::add_main(connection, self.key, &self.entries).await?;
        self.entries.clear();
        let added = progress::add_learning(connection, &self.learning).await?;
        for fact in self.learning.drain(..) {
            if added.contains(&fact.id) {
                if let Ok(Reading::Known(Event::Attempt(attempt))) = Event::from_frame(&fact.frame)
                {
                    self.sittings.count(fact.key.box_id, &attempt, self.offset);
                }
                let first = self.folds.entry(fact.learner).or_insert(fact.hlc);
                *first = (*first).min(fact.hlc);
            }
        }
        self.sittings.write(connection).await
    }

    /// What an entry changes beside being kept; why it is quarantined, if it is.
    pub(super) fn apply<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        key: LaneKey,
        entry: &'a EntryRow,
    ) -> Planned<'a, Option<String>> {
        Box::pin(async move {
            let (frame, event) = match read(&entry.frame) {
                Ok(read) => read,
                Err(reason) => return Ok(Some(reason)),
            };
            match &event {
                Event::Learner(learner) => {
                    // What waits may lie in the rows gathered so far.
                    self.flush(connection).await?;
                    progress::enrol(connection, key.box_id, learner).await?;
                    self.known.remove(&learner.learner);
                    park::release(self, connection, learner.learner).await?;
                }
                Event::Wish(WishV1 {
                    learner: Some(learner),
                    wish: DELETE,
                    at_ms,
                }) => {
                    self.flush(connection).await?;
                    progress::delete(connection, key.box_id, *learner, *at_ms).await?;
                    self.known.remove(learner);
                    self.folds.remove(learner);
                }
                Event::Attempt(attempt) => {
                    if let Err(error) = Attempt::try_from(attempt) {
                        return Ok(Some(error.to_string()));
                    }
                    let id = attempt.attempt.to_be_bytes();
                    self.learn(connection, (key, entry), (id, attempt.learner, frame))
                        .await?;
                }
                Event::Placement(placement) => {
                    let codes = placement.below.iter();
                    if let Some(error) = codes.map(|code| SkillId::new(code)).find_map(Result::err)
                    {
                        return Ok(Some(error.to_string()));
                    }
                    let id = entry.hash.first_chunk().copied().unwrap_or_default();
                    self.learn(connection, (key, entry), (id, placement.learner, frame))
                        .await?;
                }
                other => self.note(connection, (key, entry), other).await?,
            }
            Ok(None)
        })
    }

    /// A fact about a learner that changes no learner model.
    async fn note(
        &mut self,
        connection: &mut Connection,
        (key, entry): (LaneKey, &EntryRow),
        event: &Event,
    ) -> Result<(), StoreError> {
        let Some(learner) = learner_of(event) else {
            return Ok(());
        };
        match self.known(connection, learner).await? {
            Known::NotYet => progress::park(connection, learner, key, entry.seq).await,
            Known::Deleted => Ok(()),
            Known::Yes => match event {
                Event::Session(session) => {
                    figures::session(connection, key.box_id, session, self.offset).await
                }
                Event::Evaluation(evaluation) => {
                    figures::evaluation(connection, key.box_id, evaluation).await
                }
                Event::Ticket(ticket) => figures::ticket(connection, key.box_id, ticket).await,
                _ => Ok(()),
            },
        }
    }

    /// A fact that changes a learner model.
    async fn learn(
        &mut self,
        connection: &mut Connection,
        (key, entry): (LaneKey, &EntryRow),
        (id, learner, frame): ([u8; 16], u128, Frame),
    ) -> Result<(), StoreError> {
        let (seq, hlc) = (entry.seq, entry.stamp.hlc);
        match self.known(connection, learner).await? {
            Known::Deleted => {}
            Known::NotYet => progress::park(connection, learner, key, seq).await?,
            Known::Yes => self.learning.push(Learning {
                id,
                learner,
                key,
                seq,
                hlc,
                frame,
            }),
        }
        Ok(())
    }

    async fn known(
        &mut self,
        connection: &mut Connection,
        learner: u128,
    ) -> Result<Known, StoreError> {
        if let Some(known) = self.known.get(&learner) {
            return Ok(*known);
        }
        let known = progress::known(connection, learner).await?;
        self.known.insert(learner, known);
        Ok(known)
    }
}

/// An entry's frame and event, or why it is quarantined.
fn read(bytes: &[u8]) -> Result<(Frame, Event), String> {
    let frame = Frame::from_bytes(bytes).map_err(|error| error.to_string())?;
    match Event::from_frame(&frame) {
        Ok(Reading::Known(event)) => Ok((frame, event)),
        Ok(Reading::Unknown) => Err(format!("unknown kind {}/{}", frame.kind, frame.schema)),
        Err(error) => Err(error.to_string()),
    }
}

/// About whom an event is.
fn learner_of(event: &Event) -> Option<u128> {
    match event {
        Event::Learner(body) => Some(body.learner),
        Event::Consent(body) => Some(body.learner),
        Event::Enrolment(body) => Some(body.learner),
        Event::Session(body) => Some(body.learner),
        Event::Attempt(body) => Some(body.learner),
        Event::Placement(body) => Some(body.learner),
        Event::Feeling(body) => Some(body.learner),
        Event::Preference(body) => Some(body.learner),
        Event::Homework(body) => Some(body.learner),
        Event::Evaluation(body) => Some(body.learner),
        Event::Question(body) => Some(body.learner),
        Event::OpenAnswer(body) => Some(body.learner),
        Event::Ticket(body) => Some(body.learner),
        Event::Safeguarding(body) => body.learner,
        Event::Wish(body) => body.learner,
    }
}
