//! Hybrid logical clock: an order of facts that survives clocks that lie.
//!
//! Kulkarni et al., "Logical Physical Clocks" (OPODIS 2014): physical milliseconds with a counter.
//! A box has no battery clock, so its physical part is clamped: it starts no earlier than the last
//! fact it stored or its own build, and within one boot it advances with the monotonic clock only.

use crate::limits::CLOCK_AHEAD_DAYS_MAX;

/// Physical milliseconds since 1970 in the upper 48 bits, a counter in the lower 16.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    bincode::Encode,
    bincode::Decode,
)]
pub struct Hlc(pub u64);

/// When a fact happened: the order we use, and the raw clocks from which true time can be found
/// once the hub has said what time it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Stamp {
    /// Position in the order of facts.
    pub hlc: Hlc,
    /// Which boot of the box.
    pub boot: u32,
    /// Milliseconds since that boot.
    pub monotonic_ms: u64,
}

/// The clock of one box, from boot to power cut. Pure: readings are handed in.
#[derive(Clone, Debug)]
pub struct Clock {
    boot: u32,
    /// Physical time at monotonic zero.
    base_ms: u64,
    last: Hlc,
}

const DAY_MS: u64 = 86_400_000;
const PHYSICAL_MS_MAX: u64 = (1 << 48) - 1;

impl Hlc {
    /// From its parts; physical time beyond 48 bits (year 10889) is clamped.
    pub fn new(physical_ms: u64, counter: u16) -> Self {
        Self(physical_ms.min(PHYSICAL_MS_MAX) << 16 | u64::from(counter))
    }

    /// Milliseconds since 1970.
    pub fn physical_ms(self) -> u64 {
        self.0 >> 16
    }
}

impl Clock {
    /// Starts the clock of a boot.
    ///
    /// `wall_ms` is what the operating system believes; `last` is the last stored fact's position;
    /// `built_ms` is when this program was built, before which nothing can have happened.
    pub fn start(boot: u32, wall_ms: u64, monotonic_ms: u64, last: Hlc, built_ms: u64) -> Self {
        let floor_ms = last.physical_ms().max(built_ms);
        let ceiling_ms = floor_ms.saturating_add(CLOCK_AHEAD_DAYS_MAX * DAY_MS);
        let believed_ms = if wall_ms > ceiling_ms {
            floor_ms
        } else {
            wall_ms.max(floor_ms)
        };
        Self {
            boot,
            base_ms: believed_ms.saturating_sub(monotonic_ms),
            last,
        }
    }

    /// Takes the hub's time. The order never goes back: a clock that was ahead waits.
    pub fn set(&mut self, hub_ms: u64, monotonic_ms: u64) {
        self.base_ms = hub_ms.saturating_sub(monotonic_ms);
    }

    /// Physical time now, as believed, in milliseconds since 1970.
    pub fn physical_ms(&self, monotonic_ms: u64) -> u64 {
        self.base_ms
            .saturating_add(monotonic_ms)
            .min(PHYSICAL_MS_MAX)
    }

    /// Stamps the next fact: always after the one before.
    pub fn stamp(&mut self, monotonic_ms: u64) -> Stamp {
        let fresh = Hlc::new(self.physical_ms(monotonic_ms), 0);
        // A full counter overflows into the next millisecond, which keeps the order.
        self.last = fresh.max(Hlc(self.last.0.saturating_add(1)));
        Stamp {
            hlc: self.last,
            boot: self.boot,
            monotonic_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BUILT_MS: u64 = 1_790_000_000_000;

    proptest! {
        #[test]
        fn facts_are_ordered_whatever_the_clocks_do(
            boots in prop::collection::vec((any::<u64>(), prop::collection::vec(any::<u64>(), 1..20)), 1..6)
        ) {
            let mut last = Hlc::default();
            for (boot, (wall_ms, readings)) in boots.into_iter().enumerate() {
                let mut clock = Clock::start(boot as u32, wall_ms, 0, last, BUILT_MS);
                for monotonic_ms in readings {
                    let stamp = clock.stamp(monotonic_ms);
                    prop_assert!(stamp.hlc > last);
                    last = stamp.hlc;
                }
            }
        }
    }

    #[test]
    fn a_clock_years_ahead_is_not_believed() {
        let last = Hlc::new(BUILT_MS + DAY_MS, 0);
        let wrong_ms = BUILT_MS + 10 * 366 * DAY_MS;
        let clock = Clock::start(2, wrong_ms, 0, last, BUILT_MS);
        assert_eq!(clock.physical_ms(0), BUILT_MS + DAY_MS);
    }

    #[test]
    fn a_dead_clock_starts_at_the_last_fact() {
        let last = Hlc::new(BUILT_MS + 5 * DAY_MS, 3);
        let mut clock = Clock::start(2, 0, 0, last, BUILT_MS);
        assert!(clock.stamp(0).hlc > last);
        assert_eq!(clock.physical_ms(1000), BUILT_MS + 5 * DAY_MS + 1000);
    }
}
