//! What a bad line does to packets, the same on every run.

use std::time::Duration;

/// How bad the line is, each way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// Part of the packets that are lost.
    pub loss: f32,
    /// Packets come up to so much later than sent, each by its own time, and so out of order.
    pub jitter: Duration,
}

/// Numbers that look like chance (xorshift64*).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Evenly in `0.0..1.0`.
    pub fn part(&mut self) -> f32 {
        (self.number() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// Evenly between two times.
    pub fn between(&mut self, least: Duration, most: Duration) -> Duration {
        least + most.saturating_sub(least).mul_f32(self.part())
    }
}

impl Faults {
    pub(super) fn is_none(self) -> bool {
        self == Faults::default()
    }

    /// How much later a packet comes; `None` where it is lost.
    pub(super) fn delay(self, chance: &mut Chance) -> Option<Duration> {
        let lost = chance.part() < self.loss;
        let late = chance.between(Duration::ZERO, self.jitter);
        (!lost).then_some(late)
    }
}
