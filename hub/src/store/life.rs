//! Lives of boxes.

use rusqlite::{OptionalExtension as _, Transaction, params};
use sync::box_id::{BoxId, Epoch};
use sync::contact::{Contact, Generation, Life};

pub(crate) fn find(
    transaction: &Transaction<'_>,
    box_id: BoxId,
    epoch: Epoch,
) -> rusqlite::Result<Option<Life>> {
    transaction
        .prepare_cached(
            "SELECT generation, issued, confirmed FROM life WHERE box_id = ?1 AND epoch = ?2",
        )?
        .query_row(params![box_id.0, epoch.0], |row| {
            Ok(Life {
                generation: Generation(row.get(0)?),
                issued: Contact(row.get::<_, i64>(1)?.cast_unsigned()),
                confirmed: Contact(row.get::<_, i64>(2)?.cast_unsigned()),
            })
        })
        .optional()
}

pub(crate) fn keep(
    transaction: &Transaction<'_>,
    box_id: BoxId,
    epoch: Epoch,
    life: Life,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO life (box_id, epoch, generation, issued, confirmed)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (box_id, epoch) DO UPDATE SET generation = excluded.generation,
                 issued = excluded.issued, confirmed = excluded.confirmed",
        )?
        .execute(params![
            box_id.0,
            epoch.0,
            life.generation.0,
            life.issued.0.cast_signed(),
            life.confirmed.0.cast_signed()
        ])?;
    Ok(())
}
