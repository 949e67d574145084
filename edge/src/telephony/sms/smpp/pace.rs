//! Pace: how fast a service centre is fed, and how it recovers after it asked for less.

use std::time::{Duration, Instant};

/// After "throttled" nothing is sent for so long.
const PAUSE: Duration = Duration::from_secs(2);
/// The rate is doubled after so long without complaint, up to what the configuration allows.
const RECOVERY: Duration = Duration::from_secs(10);
/// However much it complains, one message goes out each second.
const RATE_MIN: f64 = 1.0;

/// Messages a second, now and at most.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pace {
    rate: f64,
    rate_max: f64,
    next: Option<Instant>,
    complained: Option<Instant>,
}

impl Pace {
    /// `per_second` is at least 1.
    pub(super) fn new(per_second: u16) -> Self {
        let rate = f64::from(per_second.max(1));
        Self {
            rate,
            rate_max: rate,
            next: None,
            complained: None,
        }
    }

    /// When the next message may go out; `now` or earlier means at once.
    pub(super) fn due(&self, now: Instant) -> Instant {
        self.next.unwrap_or(now)
    }

    /// One goes out.
    pub(super) fn handle_sent(&mut self, now: Instant) {
        if self.complained.is_some_and(|at| now >= at + RECOVERY) {
            self.rate = (self.rate * 2.0).min(self.rate_max);
            self.complained = (self.rate < self.rate_max).then_some(now);
        }
        // A late start is not caught up with by a burst longer than a tenth of a second.
        let from = self
            .due(now)
            .max(now.checked_sub(Duration::from_millis(100)).unwrap_or(now));
        self.next = Some(from + Duration::from_secs_f64(1.0 / self.rate));
    }

    /// The centre asked for less.
    pub(super) fn handle_throttled(&mut self, now: Instant) {
        // What was under way when it complained complains as well: that is one complaint.
        if self.complained.is_none_or(|at| now >= at + PAUSE) {
            self.rate = (self.rate / 2.0).max(RATE_MIN);
        }
        self.complained = Some(now);
        self.next = Some(now + PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages that go out in so many seconds.
    fn sent(pace: &mut Pace, from: Instant, seconds: u64) -> u32 {
        let end = from + Duration::from_secs(seconds);
        let mut count = 0;
        let mut now = from;
        while now < end {
            if pace.due(now) <= now {
                pace.handle_sent(now);
                count += 1;
            } else {
                now += Duration::from_millis(1);
            }
        }
        count
    }

    #[test]
    fn no_more_goes_out_than_was_agreed() {
        let mut pace = Pace::new(50);
        let found = sent(&mut pace, Instant::now(), 10);
        assert!((495..=510).contains(&found), "{found}");
    }

    #[test]
    fn a_complaint_halves_the_rate_and_time_restores_it() {
        let start = Instant::now();
        let mut pace = Pace::new(40);
        sent(&mut pace, start, 1);
        for _under_way in 0..8 {
            pace.handle_throttled(start + Duration::from_secs(1));
        }
        assert_eq!(sent(&mut pace, start + Duration::from_secs(1), 2), 0);
        let after = sent(&mut pace, start + Duration::from_secs(3), 5);
        assert!((95..=105).contains(&after), "{after}");
        let restored = sent(&mut pace, start + Duration::from_secs(20), 10);
        assert!(restored > 390, "{restored}");
    }

    #[test]
    fn one_a_second_always_goes_out() {
        let mut now = Instant::now();
        let mut pace = Pace::new(4);
        for _ in 0..20 {
            now += Duration::from_secs(3);
            pace.handle_throttled(now);
        }
        assert!(sent(&mut pace, now + PAUSE, 10) >= 9);
    }
}
