//! What came back: every packet with the time it came and how loud it was.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::sound::{Frame, loudness};

/// A packet louder than this is the tutor's voice: the box sends digital silence where it is quiet.
pub const LOUD: f32 = 60.0;
/// How often a waiting thread looks.
const LOOK: Duration = Duration::from_millis(4);

#[derive(Clone, Copy, Debug)]
struct Arrival {
    at: Instant,
    loud: bool,
}

/// What one call has heard so far.
#[derive(Debug, Default)]
pub(super) struct Ear(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    arrivals: Vec<Arrival>,
    sound: Vec<i16>,
    over: Option<Instant>,
}

impl Ear {
    pub(super) fn note(&self, at: Instant, frame: &Frame) {
        let mut heard = self.lock();
        let loud = loudness(frame) > LOUD;
        heard.arrivals.push(Arrival { at, loud });
        heard.sound.extend_from_slice(frame);
    }

    pub(super) fn note_over(&self) {
        self.lock().over.get_or_insert_with(Instant::now);
    }

    pub(super) fn is_over(&self) -> bool {
        self.lock().over.is_some()
    }

    pub(super) fn sound(&self) -> Vec<i16> {
        self.lock().sound.clone()
    }

    pub(super) fn packets(&self) -> usize {
        self.lock().arrivals.len()
    }

    /// Pauses between two packets longer than `most`.
    pub(super) fn gaps(&self, most: Duration) -> usize {
        let heard = self.lock();
        let pairs = heard.arrivals.windows(2);
        pairs.filter(|pair| pair[1].at - pair[0].at > most).count()
    }

    pub(super) fn last_loud(&self) -> Option<Instant> {
        let heard = self.lock();
        let last = heard.arrivals.iter().rev().find(|arrival| arrival.loud);
        last.map(|arrival| arrival.at)
    }

    fn first_loud_after(&self, since: Instant) -> Option<Instant> {
        let heard = self.lock();
        let later = heard.arrivals.iter().rev();
        let later = later.take_while(|arrival| arrival.at > since);
        later.filter(|arrival| arrival.loud).last().map(|a| a.at)
    }

    /// The first sound after a time, if it comes soon enough.
    pub(super) fn first_sound(&self, since: Instant, within: Duration) -> Option<Instant> {
        let mut first = None;
        wait(within.saturating_sub(since.elapsed()), || {
            first = self.first_loud_after(since);
            first.is_some() || self.is_over()
        });
        first
    }

    /// Waits until there was sound after `since` and then none for `gap`; gives when it ended.
    pub(super) fn end_of_sound(
        &self,
        since: Instant,
        gap: Duration,
        within: Duration,
    ) -> Option<Instant> {
        let mut ended = None;
        wait(within, || {
            let last = self.last_loud().filter(|last| *last > since);
            ended = last.filter(|last| last.elapsed() >= gap);
            ended.is_some() || self.is_over()
        });
        ended
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait(within: Duration, mut until: impl FnMut() -> bool) {
    let end = Instant::now() + within;
    while !until() && Instant::now() < end {
        std::thread::sleep(LOOK);
    }
}
