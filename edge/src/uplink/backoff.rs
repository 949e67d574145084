//! How long to wait before the next try: full jitter, so that a thousand boxes that lost the same
//! link do not come back in the same second (Brooker, "Exponential Backoff And Jitter", 2015).

use std::time::Duration;

/// The longest wait after the first failure, unless the configuration says otherwise.
pub const FIRST: Duration = Duration::from_secs(30);
/// The longest wait after many.
pub const LONGEST: Duration = Duration::from_secs(3600);

/// The wait after so many failures in a row: at most `first`, doubled with each. `random` is drawn
/// afresh for each.
pub fn wait(first: Duration, failures: u32, random: u64) -> Duration {
    let doubled = first.saturating_mul(1_u32.checked_shl(failures.min(20)).unwrap_or(u32::MAX));
    let ceiling_ms = u64::try_from(doubled.min(LONGEST).as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(1 + random % ceiling_ms.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour_and_no_further() {
        for (failures, ceiling_s) in [(0, 30), (1, 60), (3, 240), (7, 3600), (u32::MAX, 3600)] {
            let ceiling = Duration::from_secs(ceiling_s);
            let longest =
                (0..10_000_u64).map(|n| wait(FIRST, failures, n.wrapping_mul(u64::MAX / 9_973)));
            let longest = longest.max().unwrap();
            assert!(
                longest <= ceiling && longest > ceiling.mul_f32(0.9),
                "{failures}: {longest:?}"
            );
        }
    }
}
