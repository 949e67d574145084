//! Rows through an arithmetic coder: every value is guessed from what is known by then.
//!
//! An exercise fixes its skill and its difficulty; a learner's answer comes some seconds after the
//! one before; an identifier is the next of its talk's generator. What is not foretold costs its
//! bits and no more. One walk, [`Rows::row`], both writes and reads.

use std::cell::RefCell;
use std::sync::OnceLock;

use super::odds::Odds;
use super::pack::Item;
use super::past::Past;
use super::range::{Decoder, Encoder, Nowhere};
use super::row::{from_columns, taken_apart};
use super::shape::Value;
use super::value::Values;
use crate::hlc::Stamp;
use crate::limits::BATCH_BYTES_MAX;

/// An entry taken apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    pub(super) stamp: Stamp,
    /// Number of its shape, and its values; or its bytes.
    pub(super) shaped: Option<(usize, Vec<Value>)>,
    pub(super) frame: Vec<u8>,
}

/// Rows of generated traces, by column under zstd: what the odds know before a batch begins. Kept
/// for ever: boxes out there pack with it.
const SAMPLE_1: &[u8] = include_bytes!("progress-1.rows");

/// Packs entries.
pub(super) fn press(items: &[Item]) -> Vec<u8> {
    with_odds(|odds| {
        let mut encoder = Encoder::new();
        walk(odds, &mut encoder, items);
        encoder.into_bytes()
    })
}

/// The `count` entries of a payload; `None` if it does not hold exactly these.
pub(super) fn expand(count: usize, payload: &[u8]) -> Option<Vec<Item>> {
    with_odds(|odds| {
        let mut decoder = Decoder::new(payload);
        let mut past = Past::default();
        let mut values = Values {
            odds,
            bits: &mut decoder,
            room: BATCH_BYTES_MAX,
        };
        let mut items = Vec::new();
        while items.len() < count {
            let Some(item) = past.row(&mut values, &Given::default()) else {
                break;
            };
            items.push(item);
        }
        (items.len() == count && decoder.is_used_up()).then_some(items)
    })
}

fn walk(odds: &mut Odds, bits: &mut impl super::range::Bits, items: &[Item]) {
    let mut past = Past::default();
    let mut values = Values {
        odds,
        bits,
        room: usize::MAX,
    };
    for item in items {
        let shaped = taken_apart(&item.frame);
        let given = Given {
            stamp: item.stamp,
            frame: if shaped.is_none() {
                item.frame.clone()
            } else {
                Vec::new()
            },
            shaped,
        };
        // What is written is not refused: only a reader runs out of room.
        let _same = past.row(&mut values, &given);
    }
}

thread_local! {
    static ODDS: RefCell<Option<Odds>> = const { RefCell::new(None) };
}

fn with_odds<T>(work: impl FnOnce(&mut Odds) -> T) -> T {
    static LEARNT: OnceLock<Odds> = OnceLock::new();
    ODDS.with_borrow_mut(|own| {
        let learnt = LEARNT.get_or_init(|| learnt(SAMPLE_1));
        let own = own.get_or_insert_with(|| learnt.clone());
        own.become_as(learnt);
        work(own)
    })
}

/// Odds that have seen a sample.
fn learnt(sample: &[u8]) -> Odds {
    let mut odds = Odds::new();
    for items in batches(sample) {
        walk(&mut odds, &mut Nowhere, &items);
    }
    odds
}

/// A sample is batches: how many rows, their columns' bytes, the payload's, all little-endian.
fn batches(mut sample: &[u8]) -> Vec<Vec<Item>> {
    let mut batches = Vec::new();
    while let Some((head, rest)) = sample.split_first_chunk::<12>() {
        let word =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let Some((payload, rest)) = rest.split_at_checked(word(8) as usize) else {
            break;
        };
        let columns = zstd::bulk::decompress(payload, word(4) as usize).ok();
        let items = columns.and_then(|columns| from_columns(word(0) as usize, &columns));
        batches.extend(items);
        sample = rest;
    }
    batches
}
