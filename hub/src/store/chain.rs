//! Chains of entries: the main one of each lane, and the branches beside it.

use std::collections::HashMap;

use sqlx::Row as _;
use sqlx::any::AnyRow;
use sync::box_id::{BoxId, Epoch};
use sync::chain::{History, Parent, genesis};
use sync::contact::Place;
use sync::cursor::{ChainHash, Mark, Tag};
use sync::hlc::{Hlc, Stamp};
use sync::lane::{Lane, Seq};

use super::rows::{Statement, bytes, insert, number, signed};
use super::write::{Connection, StoreError};

/// A lane of one life of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LaneKey {
    pub(crate) box_id: BoxId,
    pub(crate) epoch: Epoch,
    pub(crate) lane: Lane,
}

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntryRow {
    pub(crate) seq: Seq,
    pub(crate) stamp: Stamp,
    pub(crate) frame: Vec<u8>,
    pub(crate) hash: ChainHash,
}

impl LaneKey {
    fn bind(self, statement: Statement) -> Statement {
        statement
            .bind(self.box_id.0.to_vec())
            .bind(i64::from(self.epoch.0))
            .bind(i64::from(self.lane.number()))
    }
}

/// The end of a main chain.
pub(crate) async fn main_end(
    connection: &mut Connection,
    key: LaneKey,
) -> Result<Mark, StoreError> {
    let statement = sqlx::query(
        "SELECT seq, hash FROM entry WHERE box_id = $1 AND epoch = $2 AND lane = $3
         ORDER BY seq DESC LIMIT 1",
    );
    let row = key.bind(statement).fetch_optional(connection).await?;
    let (seq, hash) = match row {
        Some(row) => (Seq(number(&row, 0)?), bytes(&row, 1)?),
        None => (Seq(0), genesis(key.box_id, key.epoch, key.lane)),
    };
    Ok(Mark::new(seq, &hash))
}

/// The entry at a mark, on whichever history.
pub(crate) async fn parent(
    connection: &mut Connection,
    key: LaneKey,
    mark: Mark,
) -> Result<Option<Parent>, StoreError> {
    if mark.seq == Seq(0) {
        let hash = genesis(key.box_id, key.epoch, key.lane);
        let history = History::Main;
        return Ok((Tag::of(&hash) == mark.tag).then_some(Parent { hash, history }));
    }
    let (first, past) = (mark.seq, mark.seq.next());
    let main = hashes(connection, key, first, past).await?;
    if let Some(hash) = main.get(&mark.seq).filter(|hash| Tag::of(hash) == mark.tag) {
        let (hash, history) = (*hash, History::Main);
        return Ok(Some(Parent { hash, history }));
    }
    let statement = sqlx::query(
        "SELECT hash FROM branch_entry
         WHERE box_id = $1 AND epoch = $2 AND lane = $3 AND seq = $4",
    );
    let branches = key
        .bind(statement)
        .bind(mark.seq.0.cast_signed())
        .fetch_all(connection)
        .await?;
    for row in &branches {
        let (hash, history) = (bytes(row, 0)?, History::Branch);
        if Tag::of(&hash) == mark.tag {
            return Ok(Some(Parent { hash, history }));
        }
    }
    Ok(None)
}

/// Where the entry of a mark is.
pub(crate) async fn place_of(
    connection: &mut Connection,
    key: LaneKey,
    mark: Mark,
) -> Result<Place, StoreError> {
    Ok(match parent(connection, key, mark).await? {
        Some(Parent {
            history: History::Main,
            ..
        }) => Place::Main,
        Some(_) => Place::Branch,
        None => Place::Absent,
    })
}

/// Hashes of a main chain from `first` up to and without `past`.
pub(crate) async fn hashes(
    connection: &mut Connection,
    key: LaneKey,
    first: Seq,
    past: Seq,
) -> Result<HashMap<Seq, ChainHash>, StoreError> {
    let statement = sqlx::query(
        "SELECT seq, hash FROM entry
         WHERE box_id = $1 AND epoch = $2 AND lane = $3 AND seq >= $4 AND seq < $5",
    );
    let rows = key
        .bind(statement)
        .bind(first.0.cast_signed())
        .bind(past.0.cast_signed())
        .fetch_all(connection)
        .await?;
    let read = |row: &AnyRow| Ok((Seq(number(row, 0)?), bytes(row, 1)?));
    rows.iter().map(read).collect()
}

/// Adds entries behind the end of their main chain; beside each, why it is quarantined, if it is.
pub(crate) async fn add_main(
    connection: &mut Connection,
    key: LaneKey,
    entries: &[(EntryRow, Option<String>)],
) -> Result<(), StoreError> {
    let text = (
        "INSERT INTO entry (box_id, epoch, lane, seq, hlc, boot, monotonic_ms, frame, hash,
                            quarantine)",
        "",
    );
    insert(connection, text, 10, entries, |statement, (entry, why)| {
        bind_entry(key, statement, entry).bind(why.clone())
    })
    .await?;
    Ok(())
}

/// Adds an entry to a branch; `false` if it is there already.
pub(crate) async fn add_branch(
    connection: &mut Connection,
    key: LaneKey,
    entry: &EntryRow,
) -> Result<bool, StoreError> {
    let statement = sqlx::query(
        "INSERT INTO branch_entry (box_id, epoch, lane, seq, hlc, boot, monotonic_ms, frame, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
    );
    let added = bind_entry(key, statement, entry)
        .execute(connection)
        .await?;
    Ok(added.rows_affected() == 1)
}

fn bind_entry(key: LaneKey, statement: Statement, entry: &EntryRow) -> Statement {
    key.bind(statement)
        .bind(entry.seq.0.cast_signed())
        .bind(entry.stamp.hlc.0.cast_signed())
        .bind(i64::from(entry.stamp.boot))
        .bind(entry.stamp.monotonic_ms.cast_signed())
        .bind(entry.frame.clone())
        .bind(entry.hash.to_vec())
}

/// An entry of a main chain.
pub(crate) async fn entry(
    connection: &mut Connection,
    key: LaneKey,
    seq: Seq,
) -> Result<Option<EntryRow>, StoreError> {
    let statement = sqlx::query(
        "SELECT hlc, boot, monotonic_ms, frame, hash FROM entry
         WHERE box_id = $1 AND epoch = $2 AND lane = $3 AND seq = $4",
    );
    let row = key
        .bind(statement)
        .bind(seq.0.cast_signed())
        .fetch_optional(connection)
        .await?;
    let read = |row: &AnyRow| {
        Ok(EntryRow {
            seq,
            stamp: Stamp {
                hlc: Hlc(signed(row, 0)?.cast_unsigned()),
                boot: number(row, 1)?,
                monotonic_ms: signed(row, 2)?.cast_unsigned(),
            },
            frame: row.try_get(3)?,
            hash: bytes(row, 4)?,
        })
    };
    row.as_ref().map(read).transpose()
}
