//! Lives of boxes.

use sync::box_id::{BoxId, Epoch};
use sync::contact::{Contact, Generation, Life};

use super::rows::{number, signed};
use super::write::{Connection, StoreError};

pub(crate) async fn find(
    connection: &mut Connection,
    box_id: BoxId,
    epoch: Epoch,
) -> Result<Option<Life>, StoreError> {
    let row = sqlx::query(
        "SELECT generation, issued, confirmed FROM life WHERE box_id = $1 AND epoch = $2",
    )
    .bind(box_id.0.to_vec())
    .bind(i64::from(epoch.0))
    .fetch_optional(connection)
    .await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok(Life {
            generation: Generation(number(row, 0)?),
            issued: Contact(signed(row, 1)?.cast_unsigned()),
            confirmed: Contact(signed(row, 2)?.cast_unsigned()),
        })
    };
    row.as_ref().map(read).transpose()
}

pub(crate) async fn keep(
    connection: &mut Connection,
    box_id: BoxId,
    epoch: Epoch,
    life: Life,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO life (box_id, epoch, generation, issued, confirmed)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (box_id, epoch) DO UPDATE SET generation = excluded.generation,
             issued = excluded.issued, confirmed = excluded.confirmed",
    )
    .bind(box_id.0.to_vec())
    .bind(i64::from(epoch.0))
    .bind(i64::from(life.generation.0))
    .bind(life.issued.0.cast_signed())
    .bind(life.confirmed.0.cast_signed())
    .execute(connection)
    .await?;
    Ok(())
}
