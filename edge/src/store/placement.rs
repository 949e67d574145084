//! Placements, each kept once in the frozen form that travels.

use curriculum::id::LearnerId;
use rusqlite::{Transaction, params};

use super::learner::RowError;

/// Adds a placement; `false` if it is there already.
pub(crate) fn add(
    transaction: &Transaction<'_>,
    learner: LearnerId,
    at_ms: i64,
    body: &[u8],
) -> Result<bool, RowError> {
    let added = transaction
        .prepare_cached(
            "INSERT INTO placement (learner_id, at_ms, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (learner_id, at_ms) DO NOTHING",
        )?
        .execute(params![learner.0.to_be_bytes(), at_ms, body])?;
    Ok(added == 1)
}
