//! One entry: what it changes beside being kept.

use std::collections::BTreeMap;

use curriculum::attempt::Attempt;
use curriculum::id::SkillId;
use rusqlite::Transaction;
use sync::envelope::Frame;
use sync::event::{Event, Reading, WishV1};
use sync::hlc::Hlc;

use super::keep::KeepError;
use super::park;
use crate::store::chain::{EntryRow, LaneKey};
use crate::store::progress::{self, Known, Learning};

/// What an entry changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing that needs folding.
    Kept,
    /// These learners have new attempts, from that position on.
    Folds(Vec<(u128, Hlc)>),
    /// It is kept raw for a person or a newer program to look at.
    Quarantine(String),
}

/// The wish to be forgotten.
const DELETE: u8 = 2;

impl Effect {
    pub(super) fn quarantine(&self) -> Option<&str> {
        match self {
            Effect::Quarantine(reason) => Some(reason),
            Effect::Kept | Effect::Folds(_) => None,
        }
    }

    pub(super) fn note(self, folds: &mut BTreeMap<u128, Hlc>) {
        if let Effect::Folds(learners) = self {
            for (learner, hlc) in learners {
                let first = folds.entry(learner).or_insert(hlc);
                *first = (*first).min(hlc);
            }
        }
    }
}

/// Applies an entry of a main chain. What cannot be read is not an error: it is kept as it is.
pub(super) fn apply(
    transaction: &Transaction<'_>,
    key: LaneKey,
    entry: &EntryRow,
) -> Result<Effect, KeepError> {
    let frame = match Frame::from_bytes(&entry.frame) {
        Ok(frame) => frame,
        Err(error) => return Ok(Effect::Quarantine(error.to_string())),
    };
    let event = match Event::from_frame(&frame) {
        Ok(Reading::Known(event)) => event,
        Ok(Reading::Unknown) => {
            let (kind, schema) = (frame.kind, frame.schema);
            return Ok(Effect::Quarantine(format!("unknown kind {kind}/{schema}")));
        }
        Err(error) => return Ok(Effect::Quarantine(error.to_string())),
    };
    match &event {
        Event::Learner(learner) => {
            progress::enrol(transaction, key.box_id, learner)?;
            park::release(transaction, learner.learner)
        }
        Event::Wish(WishV1 {
            learner: Some(learner),
            wish: DELETE,
            at_ms,
        }) => {
            progress::delete(transaction, key.box_id, *learner, *at_ms)?;
            Ok(Effect::Kept)
        }
        Event::Attempt(attempt) => match Attempt::try_from(attempt) {
            Ok(_) => {
                let id = attempt.attempt.to_be_bytes();
                learn(transaction, key, entry, (id, attempt.learner, &frame))
            }
            Err(error) => Ok(Effect::Quarantine(error.to_string())),
        },
        Event::Placement(placement) => {
            match placement
                .below
                .iter()
                .find_map(|code| SkillId::new(code).err())
            {
                None => {
                    let id = entry.hash.first_chunk().copied().unwrap_or_default();
                    learn(transaction, key, entry, (id, placement.learner, &frame))
                }
                Some(error) => Ok(Effect::Quarantine(error.to_string())),
            }
        }
        other => {
            if let Some(learner) = learner_of(other)
                && progress::known(transaction, learner)? == Known::NotYet
            {
                progress::park(transaction, learner, key, entry.seq)?;
            }
            Ok(Effect::Kept)
        }
    }
}

/// A fact that changes a learner model.
fn learn(
    transaction: &Transaction<'_>,
    key: LaneKey,
    entry: &EntryRow,
    (id, learner, frame): ([u8; 16], u128, &Frame),
) -> Result<Effect, KeepError> {
    match progress::known(transaction, learner)? {
        Known::Deleted => return Ok(Effect::Kept),
        Known::NotYet => {
            progress::park(transaction, learner, key, entry.seq)?;
            return Ok(Effect::Kept);
        }
        Known::Yes => {}
    }
    let (seq, hlc) = (entry.seq, entry.stamp.hlc);
    let fact = Learning {
        id,
        learner,
        seq,
        hlc,
        frame,
    };
    Ok(if progress::add_learning(transaction, key, &fact)? {
        Effect::Folds(vec![(learner, hlc)])
    } else {
        Effect::Kept
    })
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
