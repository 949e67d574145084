//! Identifiers in few bytes: most are the next number of a generator already seen.
//!
//! A talk draws its identifiers from two SplitMix64 generators, one for each half. SplitMix64 mixes
//! its state by steps that can each be undone (Steele, Lea and Flood, OOPSLA 2014), so an identifier
//! tells the state behind it, and the talk's next ones are named by how many steps they lie ahead.
//! Identifiers from anywhere else cost their sixteen bytes once.

use super::column::{Reader, Writer};

/// What the generator adds at each step, and its inverse modulo 2^64.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
const GAMMA_INVERSE: u64 = inverse(GAMMA);

/// Farthest step that is looked for: attempts a talk may drop, with room to spare.
const STEPS_MAX: u64 = 63;
/// How many of the latest generators are looked at.
const GENERATORS_MAX: usize = 48;

const SAME: u64 = 0;
const NEXT: u64 = 1;
const LITERAL: u64 = 2;
const STEP: u64 = 3;
const NONE: u64 = 4;
const SEEN: u64 = 5;

/// Identifiers met so far, latest first; both ends keep the same.
#[derive(Debug, Default)]
pub(super) struct Identifiers {
    seen: Vec<u128>,
    generators: Vec<Generator>,
}

impl Identifiers {
    /// Writes a column.
    pub(super) fn write(&mut self, ids: &[Option<u128>], out: &mut Writer) {
        let mut extra = Writer::default();
        let mut before: Option<Option<u128>> = None;
        for id in ids {
            let Some(known) = *id else {
                out.number(NONE);
                before = Some(*id);
                continue;
            };
            if before == Some(*id) {
                out.number(SAME);
            } else if let Some(rank) = self.seen.iter().position(|seen| *seen == known) {
                out.number(SEEN + rank as u64);
                self.raise(rank);
            } else if let Some((rank, steps)) = self.ahead(known) {
                if (rank, steps) == (0, 1) {
                    out.number(NEXT);
                } else {
                    out.number(STEP);
                    extra.number(rank as u64);
                    extra.number(steps);
                }
                self.advance(rank, known);
            } else {
                out.number(LITERAL);
                extra.bytes(&known.to_le_bytes());
                self.advance(usize::MAX, known);
            }
            before = Some(*id);
        }
        out.bytes(extra.as_slice());
    }

    /// Reads a column of `count`.
    pub(super) fn read(
        &mut self,
        count: usize,
        reader: &mut Reader<'_>,
    ) -> Option<Vec<Option<u128>>> {
        let marks: Vec<u64> = (0..count).map(|_| reader.number()).collect::<Option<_>>()?;
        let (mut ids, mut before) = (Vec::with_capacity(count), None);
        for mark in marks {
            let id = match mark {
                NONE => None,
                SAME => before?,
                NEXT => Some(self.follow(0, 1)?),
                STEP => {
                    let rank = usize::try_from(reader.number()?).ok()?;
                    Some(self.follow(rank, reader.number()?)?)
                }
                LITERAL => {
                    let bytes = reader.take(16)?;
                    let id = u128::from_le_bytes(bytes.try_into().ok()?);
                    self.advance(usize::MAX, id);
                    Some(id)
                }
                rank => {
                    let rank = usize::try_from(rank - SEEN).ok()?;
                    let id = *self.seen.get(rank)?;
                    self.raise(rank);
                    Some(id)
                }
            };
            before = Some(id);
            ids.push(id);
        }
        Some(ids)
    }

    fn raise(&mut self, rank: usize) {
        self.seen[..=rank].rotate_right(1);
    }

    /// Which generator is how many steps behind this identifier.
    fn ahead(&self, id: u128) -> Option<(usize, u64)> {
        let mut generators = self.generators.iter().enumerate();
        generators.find_map(|(rank, from)| Some((rank, steps(*from, id)?)))
    }

    fn follow(&mut self, rank: usize, steps: u64) -> Option<u128> {
        let id = step(*self.generators.get(rank)?, steps);
        self.advance(rank, id);
        Some(id)
    }

    /// The identifier is the latest, and its generator (a new one beyond the list) too.
    fn advance(&mut self, rank: usize, id: u128) {
        self.seen.insert(0, id);
        if rank < self.generators.len() {
            self.generators.remove(rank);
        }
        self.generators.insert(0, generator(id));
        self.generators.truncate(GENERATORS_MAX);
    }
}

/// The states behind both halves of an identifier.
pub(super) type Generator = (u64, u64);

/// How many steps an identifier lies ahead of a generator.
pub(super) fn steps(from: Generator, id: u128) -> Option<u64> {
    let (high, low) = generator(id);
    let steps = high.wrapping_sub(from.0).wrapping_mul(GAMMA_INVERSE);
    let both = low.wrapping_sub(from.1).wrapping_mul(GAMMA_INVERSE) == steps;
    (both && (1..=STEPS_MAX).contains(&steps)).then_some(steps)
}

/// The identifier so many steps ahead.
pub(super) fn step(from: Generator, steps: u64) -> u128 {
    let added = GAMMA.wrapping_mul(steps);
    let mixed = |state: u64| u128::from(mix(state.wrapping_add(added)));
    mixed(from.0) << 64 | mixed(from.1)
}

/// The generator that has just drawn an identifier.
pub(super) fn generator(id: u128) -> Generator {
    let bytes = id.to_le_bytes();
    let half = |at: usize| {
        let mut half = [0; 8];
        half.copy_from_slice(&bytes[at..at + 8]);
        unmix(u64::from_le_bytes(half))
    };
    (half(8), half(0))
}

const MIX_1: u64 = 0xbf58_476d_1ce4_e5b9;
const MIX_2: u64 = 0x94d0_49bb_1331_11eb;

fn mix(state: u64) -> u64 {
    let z = (state ^ (state >> 30)).wrapping_mul(MIX_1);
    let z = (z ^ (z >> 27)).wrapping_mul(MIX_2);
    z ^ (z >> 31)
}

fn unmix(mixed: u64) -> u64 {
    let unshift = |z: u64, by: u32| z ^ (z >> by) ^ (z >> (2 * by));
    let z = unshift(mixed, 31).wrapping_mul(const { inverse(MIX_2) });
    let z = unshift(z, 27).wrapping_mul(const { inverse(MIX_1) });
    unshift(z, 30)
}

/// The inverse of an odd number modulo 2^64, by Newton's method: each round doubles the right bits.
const fn inverse(odd: u64) -> u64 {
    let mut guess = odd;
    let mut round = 0;
    while round < 6 {
        guess = guess.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(guess)));
        round += 1;
    }
    guess
}

#[cfg(test)]
mod tests {
    use curriculum::random::SplitMix64;
    use proptest::prelude::*;

    use super::*;

    fn size_of(ids: &[Option<u128>]) -> usize {
        let mut out = Writer::default();
        Identifiers::default().write(ids, &mut out);
        let mut reader = Reader::new(out.as_slice());
        let back = Identifiers::default().read(ids.len(), &mut reader);
        assert_eq!(back.as_deref(), Some(ids));
        out.as_slice().len()
    }

    proptest! {
        #[test]
        fn any_column_comes_back(ids in prop::collection::vec(any::<Option<u128>>(), 0..60), twice: bool) {
            let again = if twice { ids.clone() } else { Vec::new() };
            size_of(&[ids, again].concat());
        }
    }

    #[test]
    fn the_identifiers_of_one_talk_cost_a_byte_each_after_the_first() {
        // The generator of the box itself, not the one above.
        let (mut high, mut low) = (SplitMix64::new(77), SplitMix64::new(88));
        let ids: Vec<_> = (0..20)
            .map(|_| Some(u128::from(high.next_u64()) << 64 | u128::from(low.next_u64())))
            .collect();
        assert_eq!(size_of(&ids), 16 + 20);
    }
}
