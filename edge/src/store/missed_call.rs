//! Missed calls: one row, sealed, with who waits to be called back and what was done today.

use rusqlite::{Connection, OptionalExtension as _, Transaction};

use super::learner::RowError;
use super::sealing::BoxSecret;

/// What was kept last, if anything.
pub(crate) fn kept(
    connection: &Connection,
    secret: &BoxSecret,
) -> Result<Option<Vec<u8>>, RowError> {
    let sealed = connection
        .query_row("SELECT beeps_sealed FROM missed_call", [], |row| {
            row.get::<_, Vec<u8>>(0)
        })
        .optional()?;
    Ok(sealed
        .map(|sealed| secret.seal.unseal(&sealed))
        .transpose()?)
}

/// Keeps it, in place of what was kept before.
pub(crate) fn keep(
    transaction: &Transaction<'_>,
    secret: &BoxSecret,
    beeps: &[u8],
) -> Result<(), RowError> {
    transaction
        .prepare_cached(
            "INSERT INTO missed_call (one, beeps_sealed) VALUES (1, ?1)
             ON CONFLICT (one) DO UPDATE SET beeps_sealed = excluded.beeps_sealed",
        )?
        .execute([secret.seal.seal(beeps)?.0])?;
    Ok(())
}
