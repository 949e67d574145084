//! Values as decisions: bytes, numbers, and texts, each bit by what is known about it.

use std::rc::Rc;

use super::odds::{Context, GUESSES, Odds, hash};
use super::range::Bits;
use super::shape::{unzigzag, zigzag};

/// A model and one end of the coder: each method codes a value and returns it. A reader is handed
/// any value.
#[derive(Debug)]
pub(super) struct Values<'a, B> {
    pub(super) odds: &'a mut Odds,
    pub(super) bits: &'a mut B,
    /// Bytes of texts and frames that may still come.
    pub(super) room: usize,
}

/// Bits of a number below its first that are guessed; the rest look random.
const GUESSED_BITS: u32 = 4;
/// A number shorter than this is guessed whole.
const SHORT_BITS: u32 = 8;
const EVEN: u32 = 1 << 15;
/// From here on a number's length is told in two steps.
const LENGTH_LONG: u32 = 15;
/// Where the nodes of a decision's later parts begin.
const NODE_FLAG: u32 = 0;
const NODE_BYTE: u32 = 16;
const NODE_LONG: u32 = 513;
const NODE_NUMBER: u32 = 1024;

impl<B: Bits> Values<'_, B> {
    pub(super) fn flag(&mut self, context: &Context, flag: bool) -> bool {
        self.odds.bit(self.bits, context, NODE_FLAG, flag)
    }

    /// How many bits it has one by one, since most bytes are nearly nothing; then these.
    pub(super) fn byte(&mut self, context: &Context, byte: u8) -> u8 {
        let wanted = u8::BITS - byte.leading_zeros();
        let mut length = 0;
        while length < u8::BITS && self.odds.bit(self.bits, context, length, length < wanted) {
            length += 1;
        }
        let Some(lower) = length.checked_sub(1) else {
            return 0;
        };
        let mut read = 1_u32;
        for shift in (0..lower).rev() {
            let bit = byte >> shift & 1 == 1;
            let bit = self.odds.bit(self.bits, context, NODE_BYTE + read, bit);
            read = read << 1 | u32::from(bit);
        }
        read as u8
    }

    /// How many bits it has first, then the upper ones as they are guessed, then the others.
    pub(super) fn number(&mut self, context: &Context, number: u64) -> u64 {
        let wanted = u64::BITS - number.leading_zeros();
        let mut length = self.tree(context, (1, 4), wanted.min(LENGTH_LONG));
        if length == LENGTH_LONG {
            length += self.tree(context, (NODE_LONG, 6), wanted - wanted.min(LENGTH_LONG));
        }
        let length = length.min(u64::BITS);
        if length < 2 {
            return u64::from(length);
        }
        let guessed = if length <= SHORT_BITS {
            SHORT_BITS
        } else {
            GUESSED_BITS
        };
        let mut read = 1_u64;
        for shift in (0..length - 1).rev() {
            let wanted = number >> shift & 1 == 1;
            let bit = if length - 1 - shift <= guessed {
                let node = NODE_NUMBER + (length << 9 | read as u32);
                self.odds.bit(self.bits, context, node, wanted)
            } else {
                self.bits.code(EVEN, wanted)
            };
            read = read << 1 | u64::from(bit);
        }
        read
    }

    /// A number of `bits` bits, highest first; its nodes begin at `first`.
    fn tree(&mut self, context: &Context, (first, bits): (u32, u32), number: u32) -> u32 {
        let mut read = 1_u32;
        for shift in (0..bits).rev() {
            let bit = number >> shift & 1 == 1;
            let bit = self.odds.bit(self.bits, context, first - 1 + read, bit);
            read = read << 1 | u32::from(bit);
        }
        read & ((1 << bits) - 1)
    }

    pub(super) fn signed(&mut self, context: &Context, number: i64) -> i64 {
        unzigzag(self.number(context, zigzag(number)))
    }

    /// Bits that nothing foretells.
    pub(super) fn raw(&mut self, count: u32, number: u128) -> u128 {
        let bits = (0..count).rev().map(|shift| number >> shift & 1 == 1);
        bits.fold(0, |read, bit| {
            read << 1 | u128::from(self.bits.code(EVEN, bit))
        })
    }

    pub(super) fn raw_bytes(&mut self, context: &Context, bytes: &[u8]) -> Option<Vec<u8>> {
        let length = self.number(context, bytes.len() as u64);
        let length = self.spend(usize::try_from(length).ok()?)?;
        let byte = |index: usize| u128::from(bytes.get(index).copied().unwrap_or_default());
        Some(
            (0..length)
                .map(|index| self.raw(8, byte(index)) as u8)
                .collect(),
        )
    }

    /// A text letter by letter, each guessed from those before it and from a text `like` it.
    pub(super) fn letters(&mut self, kind: u32, like: &[u8], text: &[u8]) -> Option<Rc<[u8]>> {
        let mut read = Vec::new();
        let mut path = hash(kind, 0x7e47);
        let mut same = 0_u32;
        loop {
            let at = read.len();
            let before = |back: usize| at.checked_sub(back).map_or(0, |at| u32::from(read[at]));
            let (one, two, three) = (before(1), before(2), before(3));
            let next = like.get(at).map_or(256, |letter| u32::from(*letter));
            let follows = if same as usize == at { next } else { 257 };
            let pair = one << 8 | two;
            let part = read.iter().filter(|letter| **letter == b'.').count() as u32;
            let known = [
                hash(1, one),
                hash(2, pair),
                hash(3, pair << 8 | three),
                hash(hash(4, pair << 8 | three), before(4) << 8 | before(5)),
                hash(5, path),
                hash(hash(6, path), follows),
                hash(hash(7, part), follows << 8 | one),
            ];
            let sure = (same as usize == at) as u32;
            let mut context = Context {
                set: hash(kind, sure),
                known,
            };
            // Its nodes are not those of the letter.
            if self.flag(&context, at == text.len()) {
                return Some(Rc::from(read));
            }
            self.spend(1)?;
            context.set = hash(context.set, 77);
            let wanted = text.get(at).copied().unwrap_or_default();
            let letter = self.tree(&context, (1, 8), wanted.into()) as u8;
            same += u32::from(same as usize == at && next == u32::from(letter));
            path = hash(path, u32::from(letter));
            read.push(letter);
        }
    }

    /// Takes so many bytes of the room there is; `None` if there is less, or nothing left to read.
    pub(super) fn spend(&mut self, bytes: usize) -> Option<usize> {
        self.room = self.room.checked_sub(bytes)?;
        (!self.bits.is_over()).then_some(bytes)
    }
}

impl Context {
    /// What is known: the first thing alone, and with each of the others.
    pub(super) fn of(base: u32, others: [u32; GUESSES - 1]) -> Self {
        let mut known = [base; GUESSES];
        for (index, other) in others.into_iter().enumerate() {
            known[index + 1] = hash(hash(base, index as u32 + 1), other);
        }
        Self { set: base, known }
    }

    /// The same for another part of the value.
    pub(super) fn part(&self, part: u32) -> Self {
        Self {
            set: hash(self.set, part),
            known: self.known.map(|known| hash(known, part)),
        }
    }
}
