//! Chances: several guesses for each bit, mixed by how well each has guessed before.
//!
//! After Mahoney's lpaq (2007): a context's slot holds a chance that moves to what came, fast at
//! first; the guesses are added as log-odds, with weights that learn. Whole numbers throughout.

use std::sync::LazyLock;

use super::range::Bits;

/// Guesses for each bit, beside a constant.
pub(super) const GUESSES: usize = 7;
/// Few enough for a processor's second cache.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 16;
const SETS: usize = 1 << 11;
/// A slot never learns more slowly than this: what changes is followed.
const COUNT_MAX: u32 = 250;
/// How fast weights learn.
const RATE: i32 = 12;
/// A weight of 1 is 65,536.
const WEIGHT: i32 = 20_000;
const WEIGHT_MAX: i32 = 1 << 19;

type Weights = [i32; GUESSES + 1];

/// Everything learnt.
#[derive(Clone, Debug)]
pub(super) struct Odds {
    /// Chance in the upper 22 bits, how often it was asked in the lower 10.
    slots: Vec<u32>,
    weights: Vec<Weights>,
}

/// A kind of decision: which weights, and what is known about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    pub(super) set: u32,
    pub(super) known: [u32; GUESSES],
}

impl Odds {
    pub(super) fn new() -> Self {
        Self {
            slots: vec![1 << 31; SLOTS],
            weights: vec![[WEIGHT; GUESSES + 1]; SETS],
        }
    }

    /// Forgets everything but what these know.
    pub(super) fn become_as(&mut self, learnt: &Self) {
        self.slots.copy_from_slice(&learnt.slots);
        self.weights.copy_from_slice(&learnt.weights);
    }

    /// Codes one bit of a decision; `node` says which.
    pub(super) fn bit(
        &mut self,
        bits: &mut impl Bits,
        context: &Context,
        node: u32,
        bit: bool,
    ) -> bool {
        let tables = &*TABLES;
        let mut at = [0_usize; GUESSES];
        let mut guesses = [0_i32; GUESSES + 1];
        let place = node.wrapping_mul(SPREAD);
        for (index, known) in context.known.iter().enumerate() {
            at[index] = ((known ^ place) >> (32 - SLOT_BITS)) as usize;
            guesses[index] = tables.stretch(self.slots[at[index]] >> 20);
        }
        guesses[GUESSES] = 256;
        let set = (context.set ^ node.min(NODES_APART).wrapping_mul(SPREAD)) >> 5;
        let weights = &mut self.weights[set as usize % SETS];
        let pairs = guesses.iter().zip(weights.iter());
        let mixed: i32 = pairs.map(|(guess, weight)| guess * (weight >> 4)).sum();
        let chance = squash((mixed >> 12).clamp(-2047, 2047));
        let one = ((chance << 4) as u32).clamp(24, 65_536 - 24);
        let bit = bits.code(one, bit);
        let error = ((i32::from(bit) << 12) - chance) * RATE;
        for (weight, guess) in weights.iter_mut().zip(&guesses) {
            let moved = *weight + ((guess * error + 0x8000) >> 16);
            *weight = moved.clamp(-WEIGHT_MAX, WEIGHT_MAX);
        }
        for index in at {
            self.slots[index] = tables.moved(self.slots[index], bit);
        }
        bit
    }
}

/// Nodes of a decision beyond this share their weights.
const NODES_APART: u32 = 3;
/// 2^32 by the golden ratio: neighbours end up far apart (Knuth, TAOCP 6.4).
const SPREAD: u32 = 0x9e37_79b1;

/// Mixes two numbers into one that looks random (after SplitMix's finalizer).
pub(super) fn hash(one: u32, other: u32) -> u32 {
    let both = u64::from(one) << 32 | u64::from(other);
    let mixed = (both ^ both >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed ^ mixed >> 32).wrapping_mul(0x94d0_49bb_1331_11eb) >> 32) as u32
}

struct Tables {
    stretched: Vec<i16>,
    shares: Vec<u32>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    // The inverse of `squash`: the smallest log-odds that give at least each chance.
    let mut stretched = vec![2047_i16; 4096];
    let mut next = 0;
    for odds in -2047..=2047 {
        let chance = squash(odds) as usize;
        while next <= chance {
            stretched[next] = odds as i16;
            next += 1;
        }
    }
    let shares = (0..1024).map(|count| 131_072 / (2 * count + 3)).collect();
    Tables { stretched, shares }
});

impl Tables {
    fn stretch(&self, chance: u32) -> i32 {
        i32::from(self.stretched[chance as usize & 4095])
    }

    fn moved(&self, slot: u32, bit: bool) -> u32 {
        let (chance, count) = (slot >> 10, slot & 1023);
        let goal = if bit { (1 << 22) - 1 } else { 0_i64 };
        let step = ((goal - i64::from(chance)) * i64::from(self.shares[count as usize])) >> 16;
        let chance = (i64::from(chance) + step).clamp(0, (1 << 22) - 1) as u32;
        chance << 10 | (count + 1).min(COUNT_MAX)
    }
}

/// 4096 / (1 + e^(-odds/256)), at 33 points with straight lines between them.
fn squash(odds: i32) -> i32 {
    const POINTS: [i32; 33] = [
        1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047, 2549, 2994,
        3348, 3607, 3785, 3901, 3975, 4024, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094,
    ];
    let odds = odds.clamp(-2047, 2047);
    let (part, point) = (odds & 127, ((odds >> 7) + 16) as usize);
    ((POINTS[point] * (128 - part)) + (POINTS[point + 1] * part) + 64) >> 7
}

#[cfg(test)]
mod tests {
    use super::super::range::{Decoder, Encoder};
    use super::*;

    fn context(value: u32) -> Context {
        Context {
            set: 1,
            known: std::array::from_fn(|index| {
                hash(index as u32, if index < 2 { 0 } else { value })
            }),
        }
    }

    #[test]
    fn what_follows_from_a_context_costs_almost_nothing_and_comes_back() {
        let bit = |n: u32| n.wrapping_mul(2_654_435_761) >> 29 & 1 == 1;
        let (learnt, mut encoder) = (Odds::new(), Encoder::new());
        let mut odds = learnt.clone();
        for n in 0..4000 {
            odds.bit(&mut encoder, &context(n % 16), 0, bit(n % 16));
        }
        odds.become_as(&learnt);
        let bytes = encoder.into_bytes();
        assert!(bytes.len() < 30, "{} bytes for 16 learnt bits", bytes.len());
        let mut decoder = Decoder::new(&bytes);
        for n in 0..4000 {
            let read = odds.bit(&mut decoder, &context(n % 16), 0, false);
            assert_eq!(read, bit(n % 16), "forgetting goes back to the same odds");
        }
    }

    #[test]
    fn squash_and_stretch_undo_each_other() {
        for chance in 1..4095 {
            let back = squash(TABLES.stretch(chance));
            assert!((back - chance as i32).abs() <= 16, "{chance}: {back}");
        }
    }
}
