//! Boxes that may speak, and what is wrong with them.

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use sync::box_id::{BoxId, Epoch};
use sync::contact::Generation;

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
pub(crate) fn register(
    transaction: &Transaction<'_>,
    box_id: BoxId,
    fingerprint: [u8; 32],
    now_ms: i64,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO box (box_id, fingerprint, added_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (box_id) DO UPDATE SET fingerprint = excluded.fingerprint, status = 'active'",
        params![box_id.0, fingerprint, now_ms],
    )?;
    Ok(())
}

/// No certificate of this box is heard any more. `false` if there is no such box.
pub(crate) fn revoke(transaction: &Transaction<'_>, box_id: BoxId) -> rusqlite::Result<bool> {
    let changed = transaction.execute(
        "UPDATE box SET status = 'revoked' WHERE box_id = ?1",
        [box_id.0],
    )?;
    Ok(changed == 1)
}

/// The box with this certificate, if it may speak.
pub(crate) fn speaking(
    transaction: &Transaction<'_>,
    fingerprint: [u8; 32],
) -> rusqlite::Result<Option<BoxId>> {
    transaction
        .prepare_cached("SELECT box_id FROM box WHERE fingerprint = ?1 AND status = 'active'")?
        .query_row([fingerprint], |row| row.get(0).map(BoxId))
        .optional()
}

/// The highest epoch granted to a box or heard from it.
pub(crate) fn latest(transaction: &Transaction<'_>, box_id: BoxId) -> rusqlite::Result<Epoch> {
    let latest = transaction
        .prepare_cached("SELECT latest_epoch FROM box WHERE box_id = ?1")?
        .query_row([box_id.0], |row| row.get(0))
        .optional()?;
    Ok(Epoch(latest.unwrap_or_default()))
}

pub(crate) fn heard(
    transaction: &Transaction<'_>,
    box_id: BoxId,
    epoch: Epoch,
    now_ms: i64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE box SET latest_epoch = max(latest_epoch, ?2), heard_ms = ?3 WHERE box_id = ?1",
        )?
        .execute(params![box_id.0, epoch.0, now_ms])?;
    Ok(())
}

/// Notes that something is wrong; a person looks at it.
pub(crate) fn alarm(
    transaction: &Transaction<'_>,
    box_id: BoxId,
    what: &str,
    now_ms: i64,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO alarm (box_id, at_ms, what) VALUES (?1, ?2, ?3)",
        params![box_id.0, now_ms, what],
    )?;
    Ok(())
}

/// All boxes, in order of identity.
pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<BoxRow>> {
    let mut statement = connection.prepare(
        "SELECT box_id, status = 'active', latest_epoch, heard_ms,
                (SELECT count(*) FROM entry WHERE entry.box_id = box.box_id),
                (SELECT count(*) FROM alarm WHERE alarm.box_id = box.box_id)
         FROM box ORDER BY box_id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(BoxRow {
            box_id: BoxId(row.get(0)?),
            active: row.get(1)?,
            latest: Epoch(row.get(2)?),
            heard_ms: row.get(3)?,
            entries: row.get::<_, i64>(4)?.cast_unsigned(),
            alarms: row.get::<_, i64>(5)?.cast_unsigned(),
        })
    })?;
    rows.collect()
}

/// The hub's own generation.
pub(crate) fn generation(connection: &Connection) -> rusqlite::Result<Generation> {
    connection.query_row("SELECT generation FROM hub_identity", [], |row| {
        row.get(0).map(Generation)
    })
}

/// Raises the generation: this database was brought back from a backup.
pub(crate) fn raise_generation(
    transaction: &Transaction<'_>,
    now_ms: i64,
) -> rusqlite::Result<u32> {
    // Two restores of one backup must not share a number: seconds since 1970 tell them apart.
    transaction.query_row(
        "UPDATE hub_identity SET generation = max(generation + 1, ?1) RETURNING generation",
        [now_ms / 1000],
        |row| row.get(0),
    )
}
