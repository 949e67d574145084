//! Time as a value. Nothing in this crate reads a clock.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z, as the box believed when it happened.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp(pub i64);

/// Offset of local time from UTC, in minutes east, within -720..=840.
///
/// Africa/Kigali is +120 the whole year. The offset belongs to the box's place, not to the learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UtcOffset(i16);

/// A day in local time, counted from 1970-01-01. Streaks and daily limits are kept in local days.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct LocalDay(pub i32);

const DAY_MS: i64 = 86_400_000;

impl Timestamp {
    /// The time `wait` later; saturates at the end of time.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(wait_ms))
    }

    /// How long after `earlier` this is; zero if it is before.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Days after `earlier`, with fractions; negative if it is before.
    pub fn days_since(self, earlier: Self) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / DAY_MS as f64
    }

    /// The local day this falls in.
    pub fn local_day(self, offset: UtcOffset) -> LocalDay {
        let local_ms = self.0.saturating_add(i64::from(offset.0) * 60_000);
        let day = local_ms.div_euclid(DAY_MS);
        LocalDay(i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX }))
    }

    /// Minutes since local midnight, 0..1440.
    pub fn local_minute(self, offset: UtcOffset) -> u16 {
        let local_ms = self.0.saturating_add(i64::from(offset.0) * 60_000);
        u16::try_from(local_ms.rem_euclid(DAY_MS) / 60_000).expect("a day has 1440 minutes")
    }
}

impl UtcOffset {
    /// Central Africa Time, UTC+2, no daylight saving.
    pub const KIGALI: Self = Self(120);

    /// `None` outside -720..=840 minutes, the range of offsets in use.
    pub fn from_minutes(minutes: i16) -> Option<Self> {
        (-720..=840).contains(&minutes).then_some(Self(minutes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_local_midnight() {
        let late_evening_utc = Timestamp(22 * 3_600_000);
        assert_eq!(late_evening_utc.local_day(UtcOffset::KIGALI), LocalDay(1));
        assert_eq!(late_evening_utc.local_minute(UtcOffset::KIGALI), 0);
        assert_eq!(Timestamp(-1).local_day(UtcOffset(0)), LocalDay(-1));
    }

    #[test]
    fn time_saturates_instead_of_wrapping() {
        assert_eq!(
            Timestamp(i64::MAX).after(Duration::from_secs(1)),
            Timestamp(i64::MAX)
        );
        assert_eq!(Timestamp(0).since(Timestamp(5)), Duration::ZERO);
    }
}
