//! How many calls the box takes at once, over all carriers together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The box's lines: every carrier takes its places here. Clones share the same lines.
#[derive(Clone, Debug)]
pub struct Lines(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    taken: AtomicUsize,
    max: AtomicUsize,
}

/// A place for one call, free again when dropped.
#[derive(Debug)]
pub struct Place(Arc<Shared>);

impl Lines {
    pub fn new(max: usize) -> Lines {
        Lines(Arc::new(Shared {
            taken: AtomicUsize::new(0),
            max: AtomicUsize::new(max),
        }))
    }

    /// A place, or none when all are taken.
    pub fn take(&self) -> Option<Place> {
        let max = self.max();
        let fits = |taken: usize| (taken < max).then_some(taken + 1);
        self.0
            .taken
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, fits)
            .ok()
            .map(|_| Place(Arc::clone(&self.0)))
    }

    /// Sets how many calls fit from now on; calls under way stay, even beyond it.
    pub fn limit(&self, max: usize) {
        self.0.max.store(max, Ordering::Release);
    }

    pub fn max(&self) -> usize {
        self.0.max.load(Ordering::Acquire)
    }

    pub fn taken(&self) -> usize {
        self.0.taken.load(Ordering::Acquire)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_call_ends() {
        let lines = Lines::new(2);
        let first = lines.take();
        let second = lines.take();
        assert!(first.is_some() && second.is_some());
        assert!(lines.take().is_none());
        drop(first);
        assert!(lines.take().is_some());
    }

    #[test]
    fn fewer_lines_end_no_call() {
        let lines = Lines::new(2);
        let places = [lines.take(), lines.take()];
        lines.limit(1);
        assert_eq!(lines.taken(), 2);
        drop(places);
        let _one = lines.take().unwrap();
        assert!(lines.take().is_none());
    }
}
