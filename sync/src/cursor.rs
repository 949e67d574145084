//! How far: positions in a lane's chain, as box and hub tell them to each other.

use bincode::{Decode, Encode};

use crate::box_id::Epoch;
use crate::lane::{Lane, Seq};

/// A chain hash: covers an entry and everything before it in its lane and epoch.
pub type ChainHash = [u8; 32];

/// Half a hash of a chain hash. It tells two histories apart on the wire at half the price; whoever
/// stores entries computes and keeps the whole. Not simply its first half: a card that loses a bit
/// of the second would show the same tag for two hashes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Tag(pub [u8; 16]);

/// An entry and everything before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Mark {
    /// Its number; 0 is before the first.
    pub seq: Seq,
    /// Its hash's tag; the genesis hash's for 0.
    pub tag: Tag,
}

/// Where a box stands in one lane of one of its lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Standing {
    /// Which life.
    pub epoch: Epoch,
    /// Which lane.
    pub lane: Lane,
    /// The last entry written.
    pub head: Mark,
    /// The last entry of which the hub said that it is durable there.
    pub acked: Mark,
}

impl Tag {
    /// The tag of a hash.
    pub fn of(hash: &ChainHash) -> Self {
        let mut tag = [0; 16];
        tag.copy_from_slice(&blake3::hash(hash).as_bytes()[..16]);
        Self(tag)
    }
}

impl Mark {
    /// The mark of an entry.
    pub fn new(seq: Seq, hash: &ChainHash) -> Self {
        let tag = Tag::of(hash);
        Self { seq, tag }
    }
}

impl std::fmt::Debug for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0[..4]
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
