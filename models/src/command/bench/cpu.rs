//! Processor time of this thread: what counts on a machine that others use too.

use std::time::{Duration, Instant};

/// The value of `work` and the processor time it took, or the time on the wall where the system
/// does not tell.
pub(super) fn time<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let (wall, before) = (Instant::now(), spent());
    let value = work();
    match (before, spent()) {
        (Some(before), Some(after)) => (value, after.saturating_sub(before)),
        _ => (value, wall.elapsed()),
    }
}

/// The first number of Linux's schedstat: nanoseconds on a processor.
fn spent() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ')
        .next()?
        .parse()
        .ok()
        .map(Duration::from_nanos)
}
