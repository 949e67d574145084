//! Greeting a box and keeping a parcel: the rules of `sync`, over the database.

use curriculum::Timestamp;
use curriculum::time::UtcOffset;
use sync::box_id::{BoxId, Epoch};
use sync::chain::{History, Step, place};
use sync::contact::{Contact, Generation, Greeting, Hello, Known, Seen, confirm, greet};
use sync::cursor::Mark;
use sync::lane::Seq;
use sync::receiver::{Parcel, Stored, history_of};

use super::apply::Taking;
use crate::store::chain::{self, EntryRow, LaneKey};
use crate::store::{Connection, StoreError, boxes, life, progress};

/// Looks up what a greeting depends on, decides, and writes the decision.
pub(super) async fn meet(
    connection: &mut Connection,
    hello: &Hello,
    generation: Generation,
    (fresh, now_ms): (Contact, i64),
) -> Result<Greeting, StoreError> {
    let mut seen = Vec::with_capacity(hello.standings.len());
    for standing in &hello.standings {
        let (box_id, epoch, lane) = (hello.box_id, standing.epoch, standing.lane);
        let key = LaneKey {
            box_id,
            epoch,
            lane,
        };
        seen.push(Seen {
            main: chain::main_end(connection, key).await?,
            acked: chain::place_of(connection, key, standing.acked).await?,
            head: chain::place_of(connection, key, standing.head).await?,
        });
    }
    let known = Known {
        generation,
        latest: boxes::latest(connection, hello.box_id).await?,
        life: life::find(connection, hello.box_id, hello.epoch).await?,
        seen: &seen,
    };
    let greeting = greet(hello, &known, fresh);
    if let Some(alarm) = greeting.alarm {
        let (from, to) = (hello.epoch.0, greeting.epoch.0);
        let what = format!("{alarm:?}: life {from} goes on as {to}");
        boxes::alarm(connection, hello.box_id, &what, now_ms).await?;
    }
    life::keep(connection, hello.box_id, greeting.epoch, greeting.life).await?;
    boxes::heard(connection, hello.box_id, (greeting.epoch, 0), now_ms).await?;
    Ok(greeting)
}

/// The box has shown that it keeps a contact number.
pub(super) async fn confirmed(
    connection: &mut Connection,
    box_id: BoxId,
    epoch: Epoch,
    contact: Contact,
) -> Result<(), StoreError> {
    if let Some(before) = life::find(connection, box_id, epoch).await? {
        life::keep(connection, box_id, epoch, confirm(before, contact)).await?;
    }
    Ok(())
}

/// Keeps a parcel and applies what is new and whole in it. By whichever way it came.
///
/// # Errors
/// If the database refuses: then nothing of it is kept.
pub async fn keep(
    connection: &mut Connection,
    parcel: &Parcel,
    offset: UtcOffset,
    now_ms: i64,
) -> Result<(Stored, Mark), StoreError> {
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
    let Some(parent) = chain::parent(connection, key, before).await? else {
        let end = chain::main_end(connection, key).await?;
        return Ok((Stored::NoParent(end), before));
    };
    let Some(hashes) = parcel.hashes(&parent.hash) else {
        return Ok((Stored::Broken, before));
    };
    let past = Seq(parcel.first.0 + hashes.len() as u64);
    let stored = chain::hashes(connection, key, parcel.first, past).await?;
    let steps = place(parent.history, parcel.first, &hashes, |seq| {
        stored.get(&seq).copied()
    });
    let forced = parcel.is_forced(&parent.hash);
    let mut taking = Taking::new(key, offset);
    let mut forked = None;
    let mut added = 0;
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
                let new = chain::add_branch(connection, key, &entry).await?;
                forked = forked.or((new && parent.history == History::Main).then_some(seq));
            }
            Step::Main => {
                taking.take(connection, entry, forced).await?;
                added += 1;
            }
        }
    }
    taking.flush(connection).await?;
    if let Some(seq) = forked {
        let what = format!("two histories: epoch {} {lane:?} from {}", epoch.0, seq.0);
        boxes::alarm(connection, box_id, &what, now_ms).await?;
    }
    for (learner, first) in taking.folds {
        progress::fold(connection, learner, first, (offset, Timestamp(now_ms))).await?;
    }
    boxes::heard(connection, box_id, (epoch, added), now_ms).await?;
    Ok((Stored::Kept(history_of(&steps)), parcel.last(&hashes)))
}
