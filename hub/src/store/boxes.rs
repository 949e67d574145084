//! Boxes that may speak, and what is wrong with them.

use sqlx::Row as _;
use sync::box_id::{BoxId, Epoch};
use sync::contact::Generation;

use super::rows::{bytes16, number, some_number};
use super::write::{Connection, StoreError};

/// A box as the hub knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BoxRow {
    pub(crate) box_id: BoxId,
    pub(crate) active: bool,
    pub(crate) latest: Epoch,
    pub(crate) heard_ms: Option<i64>,
    pub(crate) entries: u64,
    pub(crate) alarms: u64,
}

/// Registers a box's certificate; a new one takes the place of an old one.
pub(crate) async fn register(
    connection: &mut Connection,
    box_id: BoxId,
    fingerprint: [u8; 32],
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO box (box_id, fingerprint, added_ms, place_id) VALUES ($1, $2, $3, 'all')
         ON CONFLICT (box_id) DO UPDATE SET fingerprint = excluded.fingerprint, status = 'active'",
    )
    .bind(box_id.0.to_vec())
    .bind(fingerprint.to_vec())
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// No certificate of this box is heard any more. `false` if there is no such box.
pub(crate) async fn revoke(connection: &mut Connection, box_id: BoxId) -> Result<bool, StoreError> {
    let changed = sqlx::query("UPDATE box SET status = 'revoked' WHERE box_id = $1")
        .bind(box_id.0.to_vec())
        .execute(connection)
        .await?;
    Ok(changed.rows_affected() == 1)
}

/// Whether a box joined and was revoked.
pub(crate) async fn is_revoked(
    connection: &mut Connection,
    box_id: BoxId,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT status FROM box WHERE box_id = $1")
        .bind(box_id.0.to_vec())
        .fetch_optional(connection)
        .await?;
    let status = row.map(|row| row.try_get::<String, _>(0)).transpose()?;
    Ok(status.is_some_and(|status| status == "revoked"))
}

/// Gives a box its name and place; learners who came with it before move along.
pub(crate) async fn settle(
    connection: &mut Connection,
    box_id: BoxId,
    (name, place_id): (&str, &str),
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE learner SET place_id = $2 WHERE box_id = $1
             AND (place_id IS NULL OR place_id = (SELECT place_id FROM box WHERE box_id = $1))",
    )
    .bind(box_id.0.to_vec())
    .bind(place_id.to_owned())
    .execute(&mut *connection)
    .await?;
    sqlx::query("UPDATE box SET name = $2, place_id = $3 WHERE box_id = $1")
        .bind(box_id.0.to_vec())
        .bind(name.to_owned())
        .bind(place_id.to_owned())
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether a box may still speak.
pub(crate) async fn is_active(
    reads: &sqlx::AnyPool,
    fingerprint: [u8; 32],
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM box WHERE fingerprint = $1 AND status = 'active'")
        .bind(fingerprint.to_vec())
        .fetch_optional(reads)
        .await?;
    Ok(row.is_some())
}

/// The box with this certificate, if it may speak.
pub(crate) async fn speaking(
    connection: &mut Connection,
    fingerprint: [u8; 32],
) -> Result<Option<BoxId>, StoreError> {
    let row = sqlx::query("SELECT box_id FROM box WHERE fingerprint = $1 AND status = 'active'")
        .bind(fingerprint.to_vec())
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok(BoxId(bytes16(&row, 0)?))).transpose()
}

/// The highest epoch granted to a box or heard from it.
pub(crate) async fn latest(
    connection: &mut Connection,
    box_id: BoxId,
) -> Result<Epoch, StoreError> {
    let row = sqlx::query("SELECT latest_epoch FROM box WHERE box_id = $1")
        .bind(box_id.0.to_vec())
        .fetch_optional(connection)
        .await?;
    let latest = row.map(|row| number(&row, 0)).transpose()?;
    Ok(Epoch(latest.unwrap_or_default()))
}

/// Notes that a box spoke, in which life, and how many entries its chains gained.
pub(crate) async fn heard(
    connection: &mut Connection,
    box_id: BoxId,
    (epoch, entries): (Epoch, usize),
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE box SET heard_ms = $3, entries = entries + $4,
             latest_epoch = CASE WHEN latest_epoch < $2 THEN $2 ELSE latest_epoch END
         WHERE box_id = $1",
    )
    .bind(box_id.0.to_vec())
    .bind(i64::from(epoch.0))
    .bind(now_ms)
    .bind(i64::try_from(entries).unwrap_or(i64::MAX))
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that something is wrong; a person looks at it.
pub(crate) async fn alarm(
    connection: &mut Connection,
    box_id: BoxId,
    what: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut alarm_id = vec![0; 16];
    getrandom::fill(&mut alarm_id).map_err(|error| StoreError::Broken {
        what: format!("random bytes: {error}"),
    })?;
    sqlx::query("INSERT INTO alarm (box_id, alarm_id, at_ms, what) VALUES ($1, $2, $3, $4)")
        .bind(box_id.0.to_vec())
        .bind(alarm_id)
        .bind(now_ms)
        .bind(what.to_owned())
        .execute(connection)
        .await?;
    Ok(())
}

/// All boxes, in order of identity.
pub(crate) async fn all(reads: &sqlx::AnyPool) -> Result<Vec<BoxRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT box_id, status, latest_epoch, heard_ms, entries,
                (SELECT count(*) FROM alarm WHERE alarm.box_id = box.box_id)
         FROM box ORDER BY box_id",
    )
    .fetch_all(reads)
    .await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok(BoxRow {
            box_id: BoxId(bytes16(row, 0)?),
            active: row.try_get::<String, _>(1)? == "active",
            latest: Epoch(number(row, 2)?),
            heard_ms: some_number(row, 3)?,
            entries: number(row, 4)?,
            alarms: number(row, 5)?,
        })
    };
    rows.iter().map(read).collect()
}

/// The hub's own generation.
pub(crate) async fn generation(reads: &sqlx::AnyPool) -> Result<Generation, StoreError> {
    let row = sqlx::query("SELECT generation FROM hub_identity")
        .fetch_one(reads)
        .await?;
    Ok(Generation(number(&row, 0)?))
}

/// Writes what is there already: whoever can do this can commit.
pub(crate) async fn touch(connection: &mut Connection) -> Result<(), StoreError> {
    sqlx::query("UPDATE hub_identity SET generation = generation")
        .execute(connection)
        .await?;
    Ok(())
}

/// Raises the generation: this database was brought back from a backup.
pub(crate) async fn raise_generation(
    connection: &mut Connection,
    now_ms: i64,
) -> Result<u32, StoreError> {
    // Two restores of one backup must not share a number: seconds since 1970 tell them apart.
    let row = sqlx::query(
        "UPDATE hub_identity
         SET generation = CASE WHEN generation < $1 THEN $1 ELSE generation + 1 END
         RETURNING generation",
    )
    .bind(now_ms / 1000)
    .fetch_one(connection)
    .await?;
    number(&row, 0)
}
