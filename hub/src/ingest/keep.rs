//! Greeting a box and keeping a parcel: the rules of `sync`, over the database.

use std::collections::BTreeMap;

use curriculum::time::UtcOffset;
use rusqlite::Transaction;
use sync::box_id::{BoxId, Epoch};
use sync::chain::{History, Step, place};
use sync::contact::{Contact, Generation, Greeting, Hello, Known, Seen, confirm, greet};
use sync::cursor::Mark;
use sync::hlc::Hlc;
use sync::lane::Seq;
use sync::receiver::{Parcel, Stored, history_of};

use super::apply::{Effect, apply};
use crate::store::chain::{self, EntryRow, LaneKey};
use crate::store::progress::{self, ProgressError};
use crate::store::{boxes, life};

/// Why a parcel could not be kept. Nothing of it remains.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// SQLite refused.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A fold failed.
    #[error(transparent)]
    Progress(#[from] ProgressError),
}

/// Looks up what a greeting depends on, decides, and writes the decision.
pub(super) fn meet(
    transaction: &Transaction<'_>,
    hello: &Hello,
    generation: Generation,
    (fresh, now_ms): (Contact, i64),
) -> Result<Greeting, KeepError> {
    let mut seen = Vec::with_capacity(hello.standings.len());
    for standing in &hello.standings {
        let (box_id, epoch, lane) = (hello.box_id, standing.epoch, standing.lane);
        let key = LaneKey {
            box_id,
            epoch,
            lane,
        };
        seen.push(Seen {
            main: chain::main_end(transaction, key)?,
            acked: chain::place_of(transaction, key, standing.acked)?,
            head: chain::place_of(transaction, key, standing.head)?,
        });
    }
    let known = Known {
        generation,
        latest: boxes::latest(transaction, hello.box_id)?,
        life: life::find(transaction, hello.box_id, hello.epoch)?,
        seen: &seen,
    };
    let greeting = greet(hello, &known, fresh);
    if let Some(alarm) = greeting.alarm {
        let (from, to) = (hello.epoch.0, greeting.epoch.0);
        let what = format!("{alarm:?}: life {from} goes on as {to}");
        boxes::alarm(transaction, hello.box_id, &what, now_ms)?;
    }
    life::keep(transaction, hello.box_id, greeting.epoch, greeting.life)?;
    boxes::heard(transaction, hello.box_id, greeting.epoch, now_ms)?;
    Ok(greeting)
}

/// The box has shown that it keeps a contact number.
pub(super) fn confirmed(
    transaction: &Transaction<'_>,
    box_id: BoxId,
    epoch: Epoch,
    contact: Contact,
) -> Result<(), KeepError> {
    if let Some(before) = life::find(transaction, box_id, epoch)? {
        life::keep(transaction, box_id, epoch, confirm(before, contact))?;
    }
    Ok(())
}

/// Keeps a parcel and applies what is new and whole in it. By whichever way it came.
///
/// # Errors
/// If the database refuses: then nothing of it is kept.
pub fn keep(
    transaction: &Transaction<'_>,
    parcel: &Parcel,
    offset: UtcOffset,
    now_ms: i64,
) -> Result<(Stored, Mark), KeepError> {
    let (box_id, epoch, lane) = (parcel.box_id, parcel.epoch, parcel.lane);
    let key = LaneKey {
        box_id,
        epoch,
        lane,
    };
    let before = Mark {
        seq: Seq(parcel.first.0 - 1),
        tag: parcel.before,
    };
    let Some(parent) = chain::parent(transaction, key, before)? else {
        let end = chain::main_end(transaction, key)?;
        return Ok((Stored::NoParent(end), before));
    };
    let Some(hashes) = parcel.hashes(&parent.hash) else {
        return Ok((Stored::Broken, before));
    };
    let past = Seq(parcel.first.0 + hashes.len() as u64);
    let stored = chain::hashes(transaction, key, parcel.first, past)?;
    let steps = place(parent.history, parcel.first, &hashes, |seq| {
        stored.get(&seq).copied()
    });
    let forced = parcel.is_forced(&parent.hash);
    let mut folds: BTreeMap<u128, Hlc> = BTreeMap::new();
    let mut forked = None;
    let numbered = (parcel.first.0..).map(Seq).zip(&steps);
    for (index, (seq, step)) in numbered.enumerate() {
        let item = &parcel.items[index];
        let entry = EntryRow {
            seq,
            stamp: item.stamp,
            frame: item.frame.clone(),
            hash: hashes[index],
        };
        match step {
            Step::Same => {}
            Step::Branch => {
                let new = chain::add_branch(transaction, key, &entry)?;
                forked = forked.or((new && parent.history == History::Main).then_some(seq));
            }
            Step::Main => {
                let effect = if forced {
                    Effect::Quarantine("its bytes do not give its hash".to_owned())
                } else {
                    apply(transaction, key, &entry)?
                };
                let reason = effect.quarantine();
                chain::add_main(transaction, key, &entry, reason)?;
                effect.note(&mut folds);
            }
        }
    }
    if let Some(seq) = forked {
        let what = format!("two histories: epoch {} {lane:?} from {}", epoch.0, seq.0);
        boxes::alarm(transaction, box_id, &what, now_ms)?;
    }
    for (learner, first) in folds {
        progress::fold(transaction, learner, first, offset)?;
    }
    boxes::heard(transaction, box_id, epoch, now_ms)?;
    Ok((Stored::Kept(history_of(&steps)), parcel.last(&hashes)))
}
