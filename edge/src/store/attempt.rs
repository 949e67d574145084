//! Attempts, each kept once in the frozen form that travels.

use curriculum::attempt::Attempt;
use curriculum::id::LearnerId;
use rusqlite::{Connection, Transaction, params};
use sync::envelope::Frame;
use sync::event::{AttemptV1, Event, Reading};

use super::learner::RowError;

/// Adds an attempt; `false` if it is there already.
pub(crate) fn add(
    transaction: &Transaction<'_>,
    attempt: &Attempt,
    body: &[u8],
) -> Result<bool, RowError> {
    let added = transaction
        .prepare_cached(
            "INSERT INTO attempt (attempt_id, learner_id, at_ms, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (attempt_id) DO NOTHING",
        )?
        .execute(params![
            attempt.id.0.to_be_bytes(),
            attempt.learner.0.to_be_bytes(),
            attempt.at.0,
            body
        ])?;
    Ok(added == 1)
}

/// All attempts of a learner, in the order in which they are folded.
pub(crate) fn of_learner(
    connection: &Connection,
    learner: LearnerId,
) -> Result<Vec<Attempt>, RowError> {
    let mut statement = connection.prepare_cached(
        "SELECT body FROM attempt WHERE learner_id = ?1 ORDER BY at_ms, attempt_id",
    )?;
    let rows = statement.query_map([learner.0.to_be_bytes()], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|row| read(row?)).collect()
}

fn read(body: Vec<u8>) -> Result<Attempt, RowError> {
    let broken = |what: String| RowError::Broken {
        table: "attempt",
        what,
    };
    let (kind, schema) = (AttemptV1::KIND, AttemptV1::SCHEMA);
    match Event::from_frame(&Frame { kind, schema, body }) {
        Ok(Reading::Known(Event::Attempt(frozen))) => {
            Attempt::try_from(&frozen).map_err(|error| broken(error.to_string()))
        }
        Ok(_) => Err(broken("not an attempt".to_owned())),
        Err(error) => Err(broken(error.to_string())),
    }
}
