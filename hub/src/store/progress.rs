//! Learners, their attempts, and the fold of them; and facts that wait for their learner.

use curriculum::attempt::Attempt;
use curriculum::id::SkillId;
use curriculum::learner::LearnerModel;
use curriculum::time::UtcOffset;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use sync::box_id::{BoxId, Epoch};
use sync::envelope::Frame;
use sync::event::{Event, LearnerV1, Reading};
use sync::hlc::Hlc;
use sync::lane::{Lane, Seq};

use super::chain::LaneKey;

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

/// Why progress could not be folded.
#[derive(Debug, thiserror::Error)]
pub enum ProgressError {
    /// SQLite refused.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A row this program did not write.
    #[error("fold learner {learner:032x}: {what}")]
    Broken {
        /// Whose.
        learner: u128,
        /// What is wrong.
        what: String,
    },
}

type LearnerKey = [u8; 16];

pub(crate) fn known(transaction: &Transaction<'_>, learner: u128) -> rusqlite::Result<Known> {
    let deleted = transaction
        .prepare_cached("SELECT deleted FROM learner WHERE learner_id = ?1")?
        .query_row([learner.to_be_bytes()], |row| row.get::<_, bool>(0))
        .optional()?;
    Ok(match deleted {
        None => Known::NotYet,
        Some(false) => Known::Yes,
        Some(true) => Known::Deleted,
    })
}

/// Enrols a learner; one that is known already, or deleted, stays as it is.
pub(crate) fn enrol(
    transaction: &Transaction<'_>,
    box_id: BoxId,
    learner: &LearnerV1,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO learner (learner_id, box_id, language, age, name, at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            learner.learner.to_be_bytes(),
            box_id.0,
            learner.language,
            learner.age,
            learner.name.0,
            learner.at_ms
        ])?;
    Ok(())
}

/// Forgets a learner: only that there was one, and that they asked, remains.
pub(crate) fn delete(
    transaction: &Transaction<'_>,
    box_id: BoxId,
    learner: u128,
    at_ms: i64,
) -> rusqlite::Result<()> {
    let key = learner.to_be_bytes();
    transaction.execute("DELETE FROM learning WHERE learner_id = ?1", [key])?;
    transaction.execute("DELETE FROM parked WHERE learner_id = ?1", [key])?;
    transaction.execute(
        "INSERT INTO learner (learner_id, box_id, language, name, at_ms, deleted)
         VALUES (?1, ?2, x'', x'', ?3, 1)
         ON CONFLICT (learner_id) DO UPDATE SET deleted = 1, name = x'', age = NULL, model = NULL",
        params![key, box_id.0, at_ms],
    )?;
    Ok(())
}

/// A fact that a learner model is folded from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Learning<'a> {
    pub(crate) id: [u8; 16],
    pub(crate) learner: u128,
    pub(crate) seq: Seq,
    pub(crate) hlc: Hlc,
    pub(crate) frame: &'a Frame,
}

/// Adds one; `false` if it is there already.
pub(crate) fn add_learning(
    transaction: &Transaction<'_>,
    key: LaneKey,
    fact: &Learning<'_>,
) -> rusqlite::Result<bool> {
    let added = transaction
        .prepare_cached(
            "INSERT INTO learning (learning_id, learner_id, hlc, box_id, epoch, seq, kind, schema,
                                   body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (learning_id) DO NOTHING",
        )?
        .execute(params![
            fact.id,
            fact.learner.to_be_bytes(),
            fact.hlc.0.cast_signed(),
            key.box_id.0,
            key.epoch.0,
            fact.seq.0.cast_signed(),
            fact.frame.kind,
            fact.frame.schema,
            fact.frame.body
        ])?;
    Ok(added == 1)
}

/// Folds what a learner's new facts change, from `first`, the earliest of them.
///
/// All facts are taken in the order of (HLC, box, epoch, seq), so that every order of arrival
/// gives the same bytes. If the new ones lie behind those folded, only they are applied.
pub(crate) fn fold(
    transaction: &Transaction<'_>,
    learner: u128,
    first: Hlc,
    offset: UtcOffset,
) -> Result<(), ProgressError> {
    let broken = |what: String| ProgressError::Broken { learner, what };
    let (stored, folded): (Option<Vec<u8>>, i64) = transaction
        .prepare_cached("SELECT model, folded_hlc FROM learner WHERE learner_id = ?1")?
        .query_row([learner.to_be_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let further = first > Hlc(folded.cast_unsigned());
    let (mut model, after) = match stored {
        Some(bytes) if further => (read_model(&bytes).map_err(broken)?, folded),
        _ => (LearnerModel::new(offset), i64::MIN),
    };
    let mut last = None;
    let mut statement = transaction.prepare_cached(
        "SELECT kind, schema, body, hlc FROM learning WHERE learner_id = ?1 AND hlc > ?2
         ORDER BY hlc, box_id, epoch, seq",
    )?;
    let mut rows = statement.query(params![learner.to_be_bytes(), after])?;
    while let Some(row) = rows.next()? {
        let (kind, schema, body) = (row.get(0)?, row.get(1)?, row.get(2)?);
        take_in(&mut model, &Frame { kind, schema, body }).map_err(broken)?;
        last = Some(row.get::<_, i64>(3)?);
    }
    let bytes = model_bytes(&model).map_err(broken)?;
    transaction
        .prepare_cached(
            "UPDATE learner SET model = ?2, folded_hlc = coalesce(?3, folded_hlc)
             WHERE learner_id = ?1",
        )?
        .execute(params![learner.to_be_bytes(), bytes, last])?;
    Ok(())
}

/// Parks a fact until its learner is known.
pub(crate) fn park(
    transaction: &Transaction<'_>,
    learner: u128,
    key: LaneKey,
    seq: Seq,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO parked (learner_id, box_id, epoch, lane, seq) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            learner.to_be_bytes(),
            key.box_id.0,
            key.epoch.0,
            key.lane.number(),
            seq.0.cast_signed()
        ])?;
    Ok(())
}

/// Takes what is parked for a learner.
pub(crate) fn unpark(
    transaction: &Transaction<'_>,
    learner: u128,
) -> rusqlite::Result<Vec<(LaneKey, Seq)>> {
    let mut statement = transaction.prepare_cached(
        "DELETE FROM parked WHERE learner_id = ?1 RETURNING box_id, epoch, lane, seq",
    )?;
    let rows = statement.query_map([learner.to_be_bytes()], |row| {
        let lane = Lane::from_number(row.get(2)?);
        let lane = lane.ok_or(rusqlite::Error::IntegralValueOutOfRange(2, 0))?;
        let (box_id, epoch) = (BoxId(row.get(0)?), Epoch(row.get(1)?));
        let key = LaneKey {
            box_id,
            epoch,
            lane,
        };
        Ok((key, Seq(row.get::<_, i64>(3)?.cast_unsigned())))
    })?;
    rows.collect()
}

/// What the fold of a learner's attempts gives, as bytes.
pub(crate) fn model_of(
    connection: &Connection,
    learner: LearnerKey,
) -> rusqlite::Result<Option<Vec<u8>>> {
    let found = connection
        .query_row(
            "SELECT model FROM learner WHERE learner_id = ?1",
            [learner],
            |row| row.get(0),
        )
        .optional()?;
    Ok(found.flatten())
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
