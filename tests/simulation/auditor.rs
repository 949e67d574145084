//! The auditor: a ledger of every fact and every promise, kept beside the protocol.

use std::collections::{BTreeMap, BTreeSet};

/// A fact's number; its frame's bytes carry it.
pub(crate) type FactId = u64;

/// What was written and what was promised.
#[derive(Debug, Default)]
pub(crate) struct Auditor {
    frames: BTreeMap<FactId, Vec<u8>>,
    /// Facts of which some card was told that the hub holds them.
    promised: BTreeSet<FactId>,
    /// Facts a box has committed: the learner was answered.
    committed: BTreeSet<FactId>,
    /// A card went back in time; the hub went back in time.
    pub(crate) card_set_back: bool,
    pub(crate) hub_set_back: bool,
}

/// A row of the hub: its key, its bytes, and on which history it lies.
#[derive(Clone, Debug)]
pub(crate) struct HubRow {
    pub(crate) epoch: u32,
    pub(crate) lane: u8,
    pub(crate) seq: u64,
    pub(crate) main: bool,
    pub(crate) frame: Vec<u8>,
}

/// A row of a card.
#[derive(Clone, Debug)]
pub(crate) struct CardRow {
    pub(crate) epoch: u32,
    pub(crate) lane: u8,
    pub(crate) fact: FactId,
    pub(crate) position: u64,
}

impl Auditor {
    pub(crate) fn written(&mut self, fact: FactId, frame: &[u8]) {
        self.frames.insert(fact, frame.to_vec());
    }

    pub(crate) fn committed(&mut self, fact: FactId) {
        self.committed.insert(fact);
    }

    pub(crate) fn promised(&mut self, facts: impl IntoIterator<Item = FactId>) {
        self.promised.extend(facts);
    }

    /// Judges the end of a history: everything has had time to arrive.
    pub(crate) fn judge(&self, cards: &[Vec<CardRow>], hub: &[HubRow]) -> Result<(), String> {
        let by_bytes: BTreeMap<&[u8], FactId> = self
            .frames
            .iter()
            .map(|(fact, frame)| (frame.as_slice(), *fact))
            .collect();
        let mut held: BTreeMap<FactId, u32> = BTreeMap::new();
        for row in hub {
            let fact = by_bytes.get(row.frame.as_slice()).ok_or_else(|| {
                format!(
                    "the hub holds bytes that nobody wrote: {}/{}/{}",
                    row.epoch, row.lane, row.seq
                )
            })?;
            *held.entry(*fact).or_default() += 1;
        }
        if let Some((fact, times)) = held.iter().find(|(_, times)| **times > 1) {
            return Err(format!("fact {fact} is at the hub {times} times"));
        }
        for row in cards.iter().flatten() {
            if !held.contains_key(&row.fact) {
                return Err(format!("fact {} of a living card never arrived", row.fact));
            }
        }
        let both = self.card_set_back && self.hub_set_back;
        if let Some(fact) = self
            .promised
            .iter()
            .find(|fact| !both && !held.contains_key(fact))
        {
            return Err(format!(
                "fact {fact} was promised to be durable and is lost"
            ));
        }
        let lost = |fact: &&FactId| !self.card_set_back && !held.contains_key(fact);
        if let Some(fact) = self.committed.iter().find(lost) {
            return Err(format!("fact {fact} was committed on a card and is lost"));
        }
        dense(hub)?;
        cards.iter().try_for_each(|card| in_order(card))
    }
}

/// The main chain of each lane is numbered from 1 without a gap, each number once.
fn dense(hub: &[HubRow]) -> Result<(), String> {
    let mut last: BTreeMap<(u32, u8), u64> = BTreeMap::new();
    let mut main: Vec<_> = hub.iter().filter(|row| row.main).collect();
    main.sort_by_key(|row| (row.epoch, row.lane, row.seq));
    for row in main {
        let last = last.entry((row.epoch, row.lane)).or_default();
        if row.seq != *last + 1 {
            return Err(format!(
                "lane {} of epoch {}: {} follows {last}",
                row.lane, row.epoch, row.seq
            ));
        }
        *last = row.seq;
    }
    Ok(())
}

/// On one card later facts have later positions, whatever its clocks did.
fn in_order(card: &[CardRow]) -> Result<(), String> {
    let mut last: BTreeMap<(u32, u8), u64> = BTreeMap::new();
    for row in card {
        let before = last
            .insert((row.epoch, row.lane), row.position)
            .unwrap_or_default();
        if row.position <= before {
            return Err(format!("fact {} lies before the one it follows", row.fact));
        }
    }
    Ok(())
}
