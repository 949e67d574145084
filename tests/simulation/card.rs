//! A box and its card: what is flushed survives a power cut, of the rest a part that is whole.

use std::collections::BTreeMap;

use curriculum::random::SplitMix64;
use sync::box_id::{BoxId, Epoch};
use sync::chain::{genesis, link};
use sync::contact::{Contact, Generation, Hello};
use sync::cursor::{ChainHash, Mark, Standing, Tag};
use sync::hlc::{Clock, Hlc};
use sync::journal::Entry;
use sync::lane::{Lane, Seq};
use sync::sender::{Adoption, Sender, Want};

use crate::auditor::{CardRow, FactId};

pub(crate) const BOX: BoxId = BoxId([3; 16]);

/// The card's content after some transaction.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    pub(crate) epoch: Epoch,
    contact: Contact,
    generation: Generation,
    entries: BTreeMap<(Epoch, Lane), Vec<Entry>>,
    acked: BTreeMap<(Epoch, Lane), Mark>,
    last: Hlc,
    boot: u32,
}

#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) pages: Pages,
    /// States that were written and not flushed, oldest first.
    unflushed: Vec<Pages>,
    clock: Clock,
    started_ms: u64,
    pub(crate) session: Option<(u64, Sender)>,
    pub(crate) failures: u32,
}

impl Pages {
    pub(crate) fn new() -> Self {
        Self {
            epoch: Epoch::FIRST,
            contact: Contact::default(),
            generation: Generation::default(),
            entries: BTreeMap::new(),
            acked: BTreeMap::new(),
            last: Hlc::default(),
            boot: 0,
        }
    }
}

impl Card {
    /// Puts a card into a box and switches it on. `wall_ms` is what its clock believes.
    pub(crate) fn boot(mut pages: Pages, now_ms: u64, wall_ms: u64) -> Self {
        pages.boot += 1;
        let clock = Clock::start(pages.boot, wall_ms, 0, pages.last, 1_790_000_000_000);
        Self {
            pages,
            unflushed: Vec::new(),
            clock,
            started_ms: now_ms,
            session: None,
            failures: 0,
        }
    }

    /// The card after a power cut: everything flushed, and of the rest as many whole transactions as
    /// chance has it. A torn one is undone when the card is next opened.
    pub(crate) fn cut(mut self, random: &mut SplitMix64) -> Pages {
        let kept = random.below(self.unflushed.len() as u64 + 1) as usize;
        if kept < self.unflushed.len() {
            self.unflushed.swap_remove(kept)
        } else {
            self.pages
        }
    }

    /// What an image of the card holds.
    pub(crate) fn image(&self) -> Pages {
        self.unflushed.first().unwrap_or(&self.pages).clone()
    }

    fn before_change(&mut self) {
        self.unflushed.push(self.pages.clone());
    }

    pub(crate) fn flush(&mut self) {
        self.unflushed.clear();
    }

    /// Writes a fact; durable after [`Card::flush`].
    pub(crate) fn write(&mut self, lane: Lane, frame: Vec<u8>, now_ms: u64, honest: bool) {
        self.before_change();
        let key = (self.pages.epoch, lane);
        let monotonic_ms = now_ms - self.started_ms;
        let stamp = self.clock.stamp(monotonic_ms);
        let before = self.hash(key, self.head_seq(key));
        let seq = self.head_seq(key).next();
        let mut hash = link(&before, seq, stamp, &frame);
        if !honest {
            // A bit of the card has turned: the hash is of other bytes than those stored.
            hash[31] ^= 1;
        }
        self.pages.last = stamp.hlc;
        self.pages.entries.entry(key).or_default().push(Entry {
            lane,
            seq,
            stamp,
            frame,
            hash,
        });
    }

    fn head_seq(&self, key: (Epoch, Lane)) -> Seq {
        Seq(self.pages.entries.get(&key).map_or(0, Vec::len) as u64)
    }

    fn hash(&self, key: (Epoch, Lane), seq: Seq) -> ChainHash {
        let entry = seq
            .0
            .checked_sub(1)
            .map(|index| &self.pages.entries[&key][index as usize]);
        entry.map_or_else(|| genesis(BOX, key.0, key.1), |entry| entry.hash)
    }

    pub(crate) fn tag(&self, epoch: Epoch, lane: Lane, seq: Seq) -> Option<Tag> {
        let known = seq <= self.head_seq((epoch, lane));
        known.then(|| Tag::of(&self.hash((epoch, lane), seq)))
    }

    pub(crate) fn hello(&self, nonce: u64) -> Hello {
        let standing = |key: &(Epoch, Lane)| {
            let head = self.head_seq(*key);
            let start = Mark::new(Seq(0), &genesis(BOX, key.0, key.1));
            Standing {
                epoch: key.0,
                lane: key.1,
                head: Mark::new(head, &self.hash(*key, head)),
                acked: self.pages.acked.get(key).copied().unwrap_or(start),
            }
        };
        let standings = self.pages.entries.keys().map(standing);
        Hello {
            box_id: BOX,
            epoch: self.pages.epoch,
            generation: self.pages.generation,
            contact: self.pages.contact,
            nonce,
            standings: standings
                .filter(|s| s.epoch == self.pages.epoch || s.head != s.acked)
                .collect(),
        }
    }

    pub(crate) fn wanted(&self, want: &Want) -> Vec<Entry> {
        let entries = &self.pages.entries[&(want.epoch, want.lane)];
        let rest = entries.iter().skip(want.after.0 as usize);
        rest.take(want.entries_max).cloned().collect()
    }

    pub(crate) fn adopt(&mut self, adoption: &Adoption, now_ms: u64) {
        self.before_change();
        if adoption.forget {
            self.pages.acked.clear();
        }
        self.pages.epoch = adoption.epoch;
        self.pages.contact = adoption.contact;
        self.pages.generation = adoption.generation;
        self.clock.set(adoption.hub_ms, now_ms - self.started_ms);
    }

    /// Notes an acknowledgement, and tells which facts it is about.
    pub(crate) fn acked(&mut self, epoch: Epoch, lane: Lane, mark: Mark) -> Vec<FactId> {
        self.before_change();
        self.pages.acked.insert((epoch, lane), mark);
        let entries = self.pages.entries.get(&(epoch, lane));
        let upto = entries.into_iter().flatten().take(mark.seq.0 as usize);
        upto.map(|entry| fact_of(&entry.frame)).collect()
    }

    pub(crate) fn is_idle(&self) -> bool {
        let acked = |key: &(Epoch, Lane)| self.pages.acked.get(key).map_or(0, |mark| mark.seq.0);
        let mut all = self.pages.entries.iter();
        all.all(|(key, entries)| acked(key) == entries.len() as u64)
    }

    pub(crate) fn rows(&self) -> Vec<CardRow> {
        let row = |(key, entry): (&(Epoch, Lane), &Entry)| CardRow {
            epoch: key.0.0,
            lane: key.1.number(),
            fact: fact_of(&entry.frame),
            position: entry.stamp.hlc.0,
        };
        let lanes = self.pages.entries.iter();
        lanes
            .flat_map(|(key, entries)| entries.iter().map(move |entry| row((key, entry))))
            .collect()
    }
}

/// A frame's bytes carry the fact's number at their end.
pub(crate) fn fact_of(frame: &[u8]) -> FactId {
    let number = frame.last_chunk().copied().unwrap_or_default();
    FactId::from_le_bytes(number)
}
