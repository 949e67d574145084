//! Figures: what was measured, beside what it should reach.

use std::time::Duration;

/// Times of one kind.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

/// What a figure should reach, in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reach {
    pub median: Option<u64>,
    pub p95: Option<u64>,
}

impl Times {
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub fn add(&mut self, others: &Times) {
        self.0.extend_from_slice(&others.0);
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The nearest rank.
    pub fn percentile(&self, percent: usize) -> Option<Duration> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied()
    }

    /// One line of the table.
    pub fn print(&self, what: &str, reach: Reach) {
        let (Some(median), Some(p95), Some(most)) = (
            self.percentile(50),
            self.percentile(95),
            self.percentile(100),
        ) else {
            println!("| {what} | not measured: it did not happen |");
            return;
        };
        let bound = |name, bound: Option<u64>| bound.map(|ms| format!("{name} {ms}"));
        let bounds = [bound("median", reach.median), bound("p95", reach.p95)];
        let bounds: Vec<String> = bounds.into_iter().flatten().collect();
        let missed = reach
            .median
            .is_some_and(|ms| median.as_millis() > u128::from(ms))
            || reach.p95.is_some_and(|ms| p95.as_millis() > u128::from(ms));
        let verdict = match (bounds.is_empty(), missed) {
            (true, _) => String::new(),
            (_, true) => format!("{}: MISSED", bounds.join(", ")),
            (_, false) => format!("{}: reached", bounds.join(", ")),
        };
        println!(
            "| {what} | n={} | median {} ms | p95 {} ms | most {} ms | {verdict} |",
            self.count(),
            median.as_millis(),
            p95.as_millis(),
            most.as_millis()
        );
    }
}

/// A part in per cent, for people.
pub fn per_cent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
