//! How often a user may ask: 100 times a minute and 1,000 an hour.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const WINDOWS: [(Duration, u32); 2] = [
    (Duration::from_secs(60), 100),
    (Duration::from_secs(3600), 1000),
];
/// Names remembered; beyond it the oldest windows are forgotten first.
const NAMES_MAX: usize = 100_000;

/// Counts per name: a user, or an address before its login.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    counts: Mutex<HashMap<String, Asked>>,
}

/// For each window when it began and how often was asked since.
type Asked = [(Option<Instant>, u32); 2];

impl Limits {
    /// Counts one request; how long to wait if it is one too many.
    pub(crate) fn take(&self, name: &str, now: Instant) -> Result<(), Duration> {
        let Ok(mut counts) = self.counts.lock() else {
            // Another request panicked while counting: nobody is let through unseen.
            return Err(WINDOWS[0].0);
        };
        if counts.len() >= NAMES_MAX && !counts.contains_key(name) {
            let over = |begun: Option<Instant>| {
                begun.is_none_or(|begun| now.duration_since(begun) > WINDOWS[1].0)
            };
            counts.retain(|_, windows| !over(windows[1].0));
        }
        let windows = counts.entry(name.to_owned()).or_default();
        for ((length, most), (begun, count)) in WINDOWS.iter().zip(windows.iter_mut()) {
            let start = begun.filter(|start| now.duration_since(*start) < *length);
            if start.is_none() {
                (*begun, *count) = (Some(now), 0);
            } else if let (Some(start), true) = (start, *count >= *most) {
                return Err(*length - now.duration_since(start));
            }
        }
        for (_, count) in windows {
            *count += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hundred_and_first_of_a_minute_waits_for_the_next() {
        let (limits, start) = (Limits::default(), Instant::now());
        for _ in 0..100 {
            assert_eq!(limits.take("a", start), Ok(()));
        }
        let late = start + Duration::from_secs(20);
        assert_eq!(limits.take("a", late), Err(Duration::from_secs(40)));
        assert_eq!(limits.take("b", late), Ok(()));
        assert_eq!(limits.take("a", start + Duration::from_secs(60)), Ok(()));
    }

    #[test]
    fn the_thousand_and_first_of_an_hour_waits_too() {
        let (limits, start) = (Limits::default(), Instant::now());
        for minute in 0..10 {
            for _ in 0..100 {
                let at = start + Duration::from_secs(minute * 60);
                assert_eq!(limits.take("a", at), Ok(()));
            }
        }
        let late = start + Duration::from_secs(900);
        assert_eq!(limits.take("a", late), Err(Duration::from_secs(2700)));
    }
}
