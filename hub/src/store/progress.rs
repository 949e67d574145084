//! Learners, their attempts, and the fold of them; and facts that wait for their learner.

use std::collections::HashSet;

use curriculum::Timestamp;
use curriculum::attempt::Attempt;
use curriculum::id::SkillId;
use curriculum::learner::LearnerModel;
use curriculum::time::UtcOffset;
use sqlx::Row as _;
use sync::box_id::{BoxId, Epoch};
use sync::envelope::Frame;
use sync::event::{Event, LearnerV1, Reading};
use sync::hlc::Hlc;
use sync::lane::{Lane, Seq};

use super::chain::LaneKey;
use super::rows::{bytes16, insert_returning, number, signed};
use super::write::{Connection, StoreError};

/// Whether a learner is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Enrolled.
    Yes,
    /// Nothing was heard of them yet.
    NotYet,
    /// Deleted: nothing about them is taken in again.
    Deleted,
}

pub(crate) async fn known(connection: &mut Connection, learner: u128) -> Result<Known, StoreError> {
    let row = sqlx::query("SELECT deleted FROM learner WHERE learner_id = $1")
        .bind(key_of(learner))
        .fetch_optional(connection)
        .await?;
    let deleted = row.map(|row| signed(&row, 0)).transpose()?;
    Ok(match deleted {
        None => Known::NotYet,
        Some(0) => Known::Yes,
        Some(_) => Known::Deleted,
    })
}

/// Enrols a learner; one that is known already, or deleted, stays as it is.
pub(crate) async fn enrol(
    connection: &mut Connection,
    box_id: BoxId,
    learner: &LearnerV1,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO learner (learner_id, box_id, language, age, name, at_ms, place_id)
         VALUES ($1, $2, $3, $4, $5, $6, (SELECT place_id FROM box WHERE box_id = $2))
         ON CONFLICT DO NOTHING",
    )
    .bind(key_of(learner.learner))
    .bind(box_id.0.to_vec())
    .bind(learner.language.to_vec())
    .bind(learner.age.map(i64::from))
    .bind(learner.name.0.clone())
    .bind(learner.at_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets a learner: only that there was one, and that they asked, remains.
pub(crate) async fn delete(
    connection: &mut Connection,
    box_id: BoxId,
    learner: u128,
    at_ms: i64,
) -> Result<(), StoreError> {
    for text in [
        "DELETE FROM learning WHERE learner_id = $1",
        "DELETE FROM parked WHERE learner_id = $1",
        "DELETE FROM sitting WHERE learner_id = $1",
        "DELETE FROM session WHERE learner_id = $1",
        "DELETE FROM evaluation WHERE learner_id = $1",
        "DELETE FROM ticket WHERE learner_id = $1",
        "DELETE FROM child WHERE learner_id = $1",
    ] {
        let statement = sqlx::query(text).bind(key_of(learner));
        statement.execute(&mut *connection).await?;
    }
    sqlx::query(
        "INSERT INTO learner (learner_id, box_id, language, name, at_ms, deleted)
         VALUES ($1, $2, $3, $3, $4, 1)
         ON CONFLICT (learner_id) DO UPDATE SET deleted = 1, name = $3, age = NULL,
             model = NULL, mastered = 0, struggling = 0, skills = 0, first_day = NULL, last_day = NULL",
    )
    .bind(key_of(learner))
    .bind(box_id.0.to_vec())
    .bind(Vec::new())
    .bind(at_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// A fact that a learner model is folded from.
#[derive(Clone, Debug)]
pub(crate) struct Learning {
    pub(crate) id: [u8; 16],
    pub(crate) learner: u128,
    pub(crate) key: LaneKey,
    pub(crate) seq: Seq,
    pub(crate) hlc: Hlc,
    pub(crate) frame: Frame,
}

/// Adds some; the identifiers of those that were not there yet.
pub(crate) async fn add_learning(
    connection: &mut Connection,
    facts: &[Learning],
) -> Result<HashSet<[u8; 16]>, StoreError> {
    let text = (
        "INSERT INTO learning (learning_id, learner_id, hlc, box_id, epoch, seq, kind, schema,
                               body)",
        "ON CONFLICT (box_id, learning_id) DO NOTHING RETURNING learning_id",
    );
    let rows = insert_returning(connection, text, 9, facts, |statement, fact| {
        statement
            .bind(fact.id.to_vec())
            .bind(key_of(fact.learner))
            .bind(fact.hlc.0.cast_signed())
            .bind(fact.key.box_id.0.to_vec())
            .bind(i64::from(fact.key.epoch.0))
            .bind(fact.seq.0.cast_signed())
            .bind(i64::from(fact.frame.kind))
            .bind(i64::from(fact.frame.schema))
            .bind(fact.frame.body.clone())
    })
    .await?;
    rows.iter().map(|row| bytes16(row, 0)).collect()
}

/// Folds what a learner's new facts change, from `first`, the earliest of them.
///
/// All facts are taken in the order of (HLC, box, epoch, seq), so that every order of arrival
/// gives the same bytes. If the new ones lie behind those folded, only they are applied.
pub(crate) async fn fold(
    connection: &mut Connection,
    learner: u128,
    first: Hlc,
    (offset, now): (UtcOffset, Timestamp),
) -> Result<(), StoreError> {
    let broken = |what: String| StoreError::Broken {
        what: format!("learner {learner:032x}: {what}"),
    };
    let row = sqlx::query("SELECT model, folded_hlc FROM learner WHERE learner_id = $1")
        .bind(key_of(learner))
        .fetch_one(&mut *connection)
        .await?;
    let stored: Option<Vec<u8>> = row.try_get(0)?;
    let folded = signed(&row, 1)?;
    let further = first > Hlc(folded.cast_unsigned());
    let (mut model, after) = match stored {
        Some(bytes) if further => (read_model(&bytes).map_err(broken)?, folded),
        _ => (LearnerModel::new(offset), i64::MIN),
    };
    let rows = sqlx::query(
        "SELECT kind, schema, body, hlc FROM learning WHERE learner_id = $1 AND hlc > $2
         ORDER BY hlc, box_id, epoch, seq",
    )
    .bind(key_of(learner))
    .bind(after)
    .fetch_all(&mut *connection)
    .await?;
    let mut last = folded;
    for row in &rows {
        let frame = Frame {
            kind: number(row, 0)?,
            schema: number(row, 1)?,
            body: row.try_get(2)?,
        };
        take_in(&mut model, &frame).map_err(broken)?;
        last = signed(row, 3)?;
    }
    let bytes = model_bytes(&model).map_err(broken)?;
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let struggling = model
        .skills()
        .filter(|(_, record)| record.mastery.is_struggling());
    sqlx::query(
        "UPDATE learner SET model = $2, folded_hlc = $3, mastered = $4, struggling = $5,
             skills = $6, first_day = $7, last_day = $8 WHERE learner_id = $1",
    )
    .bind(key_of(learner))
    .bind(bytes)
    .bind(last)
    .bind(count(model.mastered(now)))
    .bind(count(struggling.count()))
    .bind(count(model.skills().count()))
    .bind(model.days().first().map(|day| i64::from(day.0)))
    .bind(model.days().last().map(|day| i64::from(day.0)))
    .execute(connection)
    .await?;
    Ok(())
}

/// Parks a fact until its learner is known.
pub(crate) async fn park(
    connection: &mut Connection,
    learner: u128,
    key: LaneKey,
    seq: Seq,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO parked (learner_id, box_id, epoch, lane, seq) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(key_of(learner))
    .bind(key.box_id.0.to_vec())
    .bind(i64::from(key.epoch.0))
    .bind(i64::from(key.lane.number()))
    .bind(seq.0.cast_signed())
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes what is parked for a learner.
pub(crate) async fn unpark(
    connection: &mut Connection,
    learner: u128,
) -> Result<Vec<(LaneKey, Seq)>, StoreError> {
    let rows =
        sqlx::query("DELETE FROM parked WHERE learner_id = $1 RETURNING box_id, epoch, lane, seq")
            .bind(key_of(learner))
            .fetch_all(connection)
            .await?;
    let read = |row: &sqlx::any::AnyRow| {
        let lane = number(row, 2)?;
        let lane = Lane::from_number(lane).ok_or_else(|| StoreError::Broken {
            what: format!("parked fact: no lane {lane}"),
        })?;
        let (box_id, epoch) = (BoxId(bytes16(row, 0)?), Epoch(number(row, 1)?));
        let key = LaneKey {
            box_id,
            epoch,
            lane,
        };
        Ok((key, Seq(number(row, 3)?)))
    };
    rows.iter().map(read).collect()
}

/// What the fold of a learner's attempts gives, as bytes.
pub(crate) async fn model_of(
    reads: &sqlx::AnyPool,
    learner: u128,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query("SELECT model FROM learner WHERE learner_id = $1")
        .bind(key_of(learner))
        .fetch_optional(reads)
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.flatten())
}

/// A stored learner model, to be looked at.
pub(crate) fn read(
    stored: Option<&[u8]>,
    learner: u128,
) -> Result<Option<LearnerModel>, StoreError> {
    let broken = |what: String| StoreError::Broken {
        what: format!("learner {learner:032x}: {what}"),
    };
    stored
        .map(|bytes| read_model(bytes).map_err(broken))
        .transpose()
}

fn key_of(learner: u128) -> Vec<u8> {
    learner.to_be_bytes().to_vec()
}

/// The form in which boxes keep a learner model too: equal models are equal bytes.
fn model_bytes(model: &LearnerModel) -> Result<Vec<u8>, String> {
    bincode::serde::encode_to_vec(model, bincode::config::standard())
        .map_err(|error| error.to_string())
}

fn read_model(bytes: &[u8]) -> Result<LearnerModel, String> {
    bincode::serde::decode_from_slice(bytes, bincode::config::standard())
        .map(|(model, _)| model)
        .map_err(|error| error.to_string())
}

fn take_in(model: &mut LearnerModel, frame: &Frame) -> Result<(), String> {
    match Event::from_frame(frame) {
        Ok(Reading::Known(Event::Attempt(frozen))) => {
            let attempt = Attempt::try_from(&frozen).map_err(|error| error.to_string())?;
            model.apply(&attempt);
        }
        Ok(Reading::Known(Event::Placement(placement))) => {
            let below: Result<Vec<_>, _> = placement
                .below
                .iter()
                .map(|code| SkillId::new(code))
                .collect();
            model.apply_placement(&below.map_err(|error| error.to_string())?);
        }
        Ok(_) => return Err(format!("kind {} is not folded", frame.kind)),
        Err(error) => return Err(error.to_string()),
    }
    Ok(())
}
