//! The chain of a lane: how entries are linked, and where the hub puts those that arrive.
//!
//! Entries of one key may have two histories once a card was copied or set back. The hub keeps
//! both: the first it saw is the main chain, every other is a branch, and nothing is overwritten.

use crate::box_id::{BoxId, Epoch};
use crate::contact::{Origin, Resume};
use crate::cursor::{ChainHash, Mark, Standing, Tag};
use crate::hlc::Stamp;
use crate::lane::{Lane, Seq};

/// The chain hash before the first entry of a lane: names box, epoch and lane.
pub fn genesis(box_id: BoxId, epoch: Epoch, lane: Lane) -> ChainHash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"ishuri journal 1");
    hasher
        .update(&box_id.0)
        .update(&epoch.0.to_le_bytes())
        .update(&[lane.number()]);
    *hasher.finalize().as_bytes()
}

/// The chain hash of an entry.
pub fn link(before: &ChainHash, seq: Seq, stamp: Stamp, frame: &[u8]) -> ChainHash {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(before)
        .update(&seq.0.to_le_bytes())
        .update(&stamp.hlc.0.to_le_bytes());
    hasher
        .update(&stamp.boot.to_le_bytes())
        .update(&stamp.monotonic_ms.to_le_bytes());
    hasher.update(frame);
    *hasher.finalize().as_bytes()
}

/// The entry that a batch goes on from, as the hub holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    /// Its whole hash.
    pub hash: ChainHash,
    /// On which history it lies.
    pub history: History,
}

/// One of the histories of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum History {
    /// The one seen first.
    Main,
    /// Any other: kept whole, and quarantined.
    Branch,
}

/// What the hub does with one entry of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// It is there already.
    Same,
    /// It goes on the main chain.
    Main,
    /// It goes on a branch.
    Branch,
}

/// Where the entries of a batch go. `stored` tells the main chain's hash at a number.
///
/// Law: an entry is added to the main chain only behind its parent there, so the chain is dense;
/// and no entry ever takes the place of another.
pub fn place(
    parent: History,
    first: Seq,
    hashes: &[ChainHash],
    stored: impl Fn(Seq) -> Option<ChainHash>,
) -> Vec<Step> {
    let mut history = parent;
    let numbered = (first.0..).map(Seq).zip(hashes);
    numbered
        .map(|(seq, hash)| match (history, stored(seq)) {
            (History::Branch, _) => Step::Branch,
            (History::Main, None) => Step::Main,
            (History::Main, Some(there)) if there == *hash => Step::Same,
            (History::Main, Some(_)) => {
                history = History::Branch;
                Step::Branch
            }
        })
        .collect()
}

/// From which mark a box goes on, given the hub's offer. `own` tells the tag of the box's own entry
/// at a number (the genesis tag at 0).
///
/// Law: the mark lies on the box's own chain, and the hub holds everything up to it.
pub fn resume(
    offer: &Resume,
    standing: &Standing,
    own: impl Fn(Seq) -> Option<Tag>,
) -> Option<Mark> {
    let known = match offer.from {
        Origin::Head => standing.head,
        Origin::Acked => standing.acked,
        Origin::Start => Mark {
            seq: Seq(0),
            tag: own(Seq(0))?,
        },
    };
    let shared = own(offer.main.seq) == Some(offer.main.tag);
    let further = shared && offer.main.seq > known.seq && offer.main.seq <= standing.head.seq;
    Some(if further { offer.main } else { known })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `stored` and `sent` are letters, one for each entry's hash, from number 1 and `first`.
    #[track_caller]
    fn check(parent: History, stored: &str, first: u64, sent: &str, expected: &str) {
        let hash = |letter: u8| [letter; 32];
        let hashes: Vec<_> = sent.bytes().map(hash).collect();
        let there = |seq: Seq| {
            let index = usize::try_from(seq.0).unwrap().checked_sub(1)?;
            stored.as_bytes().get(index).copied().map(hash)
        };
        let steps = place(parent, Seq(first), &hashes, there);
        let found: String = steps
            .iter()
            .map(|step| match step {
                Step::Same => '=',
                Step::Main => '+',
                Step::Branch => 'Y',
            })
            .collect();
        assert_eq!(found, expected, "{stored} <- {sent} at {first}");
    }

    #[test]
    fn what_goes_on_is_added_and_what_comes_twice_is_not() {
        check(History::Main, "", 1, "abc", "+++");
        check(History::Main, "abc", 1, "abc", "===");
        check(History::Main, "ab", 2, "bcd", "=++");
    }

    #[test]
    fn a_second_history_becomes_a_branch_and_stays_one() {
        check(History::Main, "abc", 2, "xyz", "YYY");
        check(History::Main, "abc", 1, "abx", "==Y");
        check(History::Branch, "abc", 3, "cd", "YY");
    }
}
