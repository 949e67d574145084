//! Chains of entries: the main one of each lane, and the branches beside it.

use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, Transaction, params};
use sync::box_id::{BoxId, Epoch};
use sync::chain::{History, Parent, genesis};
use sync::contact::Place;
use sync::cursor::{ChainHash, Mark, Tag};
use sync::hlc::{Hlc, Stamp};
use sync::lane::{Lane, Seq};

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

/// The end of a main chain.
pub(crate) fn main_end(transaction: &Transaction<'_>, key: LaneKey) -> rusqlite::Result<Mark> {
    let end = transaction
        .prepare_cached(
            "SELECT seq, hash FROM entry WHERE box_id = ?1 AND epoch = ?2 AND lane = ?3
             ORDER BY seq DESC LIMIT 1",
        )?
        .query_row(
            params![key.box_id.0, key.epoch.0, key.lane.number()],
            |row| Ok((Seq(row.get::<_, i64>(0)?.cast_unsigned()), row.get(1)?)),
        )
        .optional()?;
    let (seq, hash) = end.unwrap_or((Seq(0), genesis(key.box_id, key.epoch, key.lane)));
    Ok(Mark::new(seq, &hash))
}

/// The entry at a mark, on whichever history.
pub(crate) fn parent(
    transaction: &Transaction<'_>,
    key: LaneKey,
    mark: Mark,
) -> rusqlite::Result<Option<Parent>> {
    if mark.seq == Seq(0) {
        let hash = genesis(key.box_id, key.epoch, key.lane);
        let history = History::Main;
        return Ok((Tag::of(&hash) == mark.tag).then_some(Parent { hash, history }));
    }
    let (first, past) = (mark.seq, mark.seq.next());
    let main = hashes(transaction, key, first, past)?;
    if let Some(hash) = main.get(&mark.seq).filter(|hash| Tag::of(hash) == mark.tag) {
        let (hash, history) = (*hash, History::Main);
        return Ok(Some(Parent { hash, history }));
    }
    let mut statement = transaction.prepare_cached(
        "SELECT hash FROM branch_entry
         WHERE box_id = ?1 AND epoch = ?2 AND lane = ?3 AND seq = ?4",
    )?;
    let numbers = params![
        key.box_id.0,
        key.epoch.0,
        key.lane.number(),
        mark.seq.0.cast_signed()
    ];
    let branches = statement.query_map(numbers, |row| row.get::<_, ChainHash>(0))?;
    for hash in branches {
        let (hash, history) = (hash?, History::Branch);
        if Tag::of(&hash) == mark.tag {
            return Ok(Some(Parent { hash, history }));
        }
    }
    Ok(None)
}

/// Where the entry of a mark is.
pub(crate) fn place_of(
    transaction: &Transaction<'_>,
    key: LaneKey,
    mark: Mark,
) -> rusqlite::Result<Place> {
    Ok(match parent(transaction, key, mark)? {
        Some(Parent {
            history: History::Main,
            ..
        }) => Place::Main,
        Some(_) => Place::Branch,
        None => Place::Absent,
    })
}

/// Hashes of a main chain from `first` up to and without `past`.
pub(crate) fn hashes(
    transaction: &Transaction<'_>,
    key: LaneKey,
    first: Seq,
    past: Seq,
) -> rusqlite::Result<HashMap<Seq, ChainHash>> {
    let mut statement = transaction.prepare_cached(
        "SELECT seq, hash FROM entry
         WHERE box_id = ?1 AND epoch = ?2 AND lane = ?3 AND seq >= ?4 AND seq < ?5",
    )?;
    let numbers = params![
        key.box_id.0,
        key.epoch.0,
        key.lane.number(),
        first.0.cast_signed(),
        past.0.cast_signed()
    ];
    let rows = statement.query_map(numbers, |row| {
        Ok((Seq(row.get::<_, i64>(0)?.cast_unsigned()), row.get(1)?))
    })?;
    rows.collect()
}

/// Adds an entry behind the end of its main chain.
pub(crate) fn add_main(
    transaction: &Transaction<'_>,
    key: LaneKey,
    entry: &EntryRow,
    quarantine: Option<&str>,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO entry (box_id, epoch, lane, seq, hlc, boot, monotonic_ms, frame, hash,
                                quarantine) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            key.box_id.0,
            key.epoch.0,
            key.lane.number(),
            entry.seq.0.cast_signed(),
            entry.stamp.hlc.0.cast_signed(),
            entry.stamp.boot,
            entry.stamp.monotonic_ms.cast_signed(),
            entry.frame,
            entry.hash,
            quarantine
        ])?;
    Ok(())
}

/// Adds an entry to a branch; `false` if it is there already.
pub(crate) fn add_branch(
    transaction: &Transaction<'_>,
    key: LaneKey,
    entry: &EntryRow,
) -> rusqlite::Result<bool> {
    let added = transaction
        .prepare_cached(
            "INSERT INTO branch_entry (box_id, epoch, lane, seq, hlc, boot, monotonic_ms, frame, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            key.box_id.0,
            key.epoch.0,
            key.lane.number(),
            entry.seq.0.cast_signed(),
            entry.stamp.hlc.0.cast_signed(),
            entry.stamp.boot,
            entry.stamp.monotonic_ms.cast_signed(),
            entry.frame,
            entry.hash
        ])?;
    Ok(added == 1)
}

/// An entry of a main chain.
pub(crate) fn entry(
    transaction: &Transaction<'_>,
    key: LaneKey,
    seq: Seq,
) -> rusqlite::Result<Option<EntryRow>> {
    transaction
        .prepare_cached(
            "SELECT hlc, boot, monotonic_ms, frame, hash FROM entry
             WHERE box_id = ?1 AND epoch = ?2 AND lane = ?3 AND seq = ?4",
        )?
        .query_row(
            params![
                key.box_id.0,
                key.epoch.0,
                key.lane.number(),
                seq.0.cast_signed()
            ],
            |row| {
                Ok(EntryRow {
                    seq,
                    stamp: Stamp {
                        hlc: Hlc(row.get::<_, i64>(0)?.cast_unsigned()),
                        boot: row.get(1)?,
                        monotonic_ms: row.get::<_, i64>(2)?.cast_unsigned(),
                    },
                    frame: row.get(3)?,
                    hash: row.get(4)?,
                })
            },
        )
        .optional()
}
