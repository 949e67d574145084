//! An arithmetic coder of single bits: each costs what its chance says, and no float is in it.
//!
//! The carryless coder of Mahoney's lpaq (2007): the interval is two 32-bit numbers, and a byte
//! leaves as soon as both begin with it. Box and hub may have different processors, so everything
//! here and in what guesses the chances is whole numbers.

/// One end of the coder. The same walk over the same model writes with one and reads with another.
pub(super) trait Bits {
    /// Codes a bit whose chance to be set is `one` of 65,536 (neither none nor all of them). A
    /// writer is told the bit; a reader passes over what it is told and returns what was written.
    fn code(&mut self, one: u32, bit: bool) -> bool;

    /// Whether more was read than there is: what came after that means nothing.
    fn is_over(&self) -> bool {
        false
    }
}

/// Writes nothing: a model is led over known rows.
#[derive(Debug)]
pub(super) struct Nowhere;

/// Bits being written.
#[derive(Debug)]
pub(super) struct Encoder {
    low: u32,
    high: u32,
    bytes: Vec<u8>,
}

/// Bits being read.
#[derive(Debug)]
pub(super) struct Decoder<'a> {
    low: u32,
    high: u32,
    at: u32,
    bytes: &'a [u8],
    beyond: u32,
}

/// Bytes the reader is ahead of the writer: those of its interval.
const AHEAD: u32 = 4;

impl Bits for Nowhere {
    fn code(&mut self, _one: u32, bit: bool) -> bool {
        bit
    }
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self {
            low: 0,
            high: u32::MAX,
            bytes: Vec::new(),
        }
    }

    /// The fewest bytes that, with zeros behind them, lie in the interval.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        for kept in 0..=AHEAD {
            let point = match kept {
                0 => 0,
                _ => self.high >> (32 - 8 * kept) << (32 - 8 * kept),
            };
            if point >= self.low {
                self.bytes
                    .extend_from_slice(&point.to_be_bytes()[..kept as usize]);
                break;
            }
        }
        self.bytes
    }
}

impl Bits for Encoder {
    fn code(&mut self, one: u32, bit: bool) -> bool {
        narrow(&mut self.low, &mut self.high, one, |_| bit);
        while (self.low ^ self.high) >> 24 == 0 {
            self.bytes.push((self.high >> 24) as u8);
            (self.low, self.high) = (self.low << 8, self.high << 8 | 0xff);
        }
        bit
    }
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self {
            low: 0,
            high: u32::MAX,
            at: 0,
            bytes,
            beyond: 0,
        };
        for _ in 0..AHEAD {
            decoder.at = decoder.at << 8 | decoder.next();
        }
        decoder
    }

    /// Whether every byte was used.
    pub(super) fn is_used_up(&self) -> bool {
        self.bytes.is_empty() && !self.is_over()
    }

    fn next(&mut self) -> u32 {
        if let Some((first, rest)) = self.bytes.split_first() {
            self.bytes = rest;
            u32::from(*first)
        } else {
            self.beyond = self.beyond.saturating_add(1);
            0
        }
    }
}

impl Bits for Decoder<'_> {
    fn code(&mut self, one: u32, _bit: bool) -> bool {
        let at = self.at;
        let bit = narrow(&mut self.low, &mut self.high, one, |middle| at <= middle);
        while (self.low ^ self.high) >> 24 == 0 {
            (self.low, self.high) = (self.low << 8, self.high << 8 | 0xff);
            self.at = self.at << 8 | self.next();
        }
        bit
    }

    fn is_over(&self) -> bool {
        self.beyond > AHEAD
    }
}

fn narrow(low: &mut u32, high: &mut u32, one: u32, bit: impl FnOnce(u32) -> bool) -> bool {
    debug_assert!(one > 0 && one < 1 << 16, "a chance is neither none nor all");
    let width = u64::from(*high - *low);
    let middle = *low + ((width * u64::from(one)) >> 16) as u32;
    let bit = bit(middle);
    if bit {
        *high = middle;
    } else {
        *low = middle + 1;
    }
    bit
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(bits: &[(u32, bool)]) -> Vec<u8> {
        let mut encoder = Encoder::new();
        for (one, bit) in bits {
            encoder.code(*one, *bit);
        }
        encoder.into_bytes()
    }

    proptest! {
        #[test]
        fn any_bits_come_back_at_any_chances(bits in prop::collection::vec((1_u32..65_536, any::<bool>()), 0..600)) {
            let bytes = written(&bits);
            let mut decoder = Decoder::new(&bytes);
            for (one, bit) in &bits {
                prop_assert_eq!(decoder.code(*one, false), *bit);
            }
            prop_assert!(decoder.is_used_up());
        }
    }

    #[test]
    fn bits_cost_what_their_chances_say() {
        // 8,000 bits of which one in 16 is set cost 0.337 bits each (Shannon, 1948).
        let bits: Vec<_> = (0..8_000).map(|n| (4_096, n % 16 == 0)).collect();
        let size = written(&bits).len();
        assert!((337..341).contains(&size), "{size}");
    }

    #[test]
    fn a_reader_notices_that_it_is_past_the_end() {
        let mut decoder = Decoder::new(&[7, 7]);
        for _ in 0..200 {
            decoder.code(32_768, false);
        }
        assert!(decoder.is_over());
    }
}
