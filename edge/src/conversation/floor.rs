//! The floor: one line's audio in both directions, and who is speaking.

use std::time::{Duration, Instant};

use models::audio::AudioFrame;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::timings::{Happening, Timings};
use crate::hearing::{Endpointer, HearingEvent};
use crate::speaking::{Clip, Playout};
use crate::telephony::{FromLearner, Line, ToLearner};

/// Frames sent ahead when the tutor begins to speak: so much later than due may a frame be made
/// without a gap being heard. What is ahead is also what is heard after a stop.
const AHEAD: u32 = 2;
/// A frame made later than this left a gap.
const LATE_MAX: Duration = Duration::from_millis(20 * AHEAD as u64 + 10);

/// What the line brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// 20 ms went by.
    Tick,
    /// A frame, a key, or a change of hold came in; look at the hearing events.
    Heard,
    /// The learner listens again after a hold.
    Resumed,
    /// No audio comes any more: nobody can be there.
    Dead,
    /// The call has ended.
    Gone,
}

pub(super) struct Floor {
    line: Line,
    ears: Endpointer,
    playout: Playout,
    tick: Interval,
    /// A frame the line had no room for yet.
    waiting: Option<AudioFrame>,
    /// The last tick sent speech.
    speaking: bool,
    held: bool,
    /// The same telephone has called again: this call is over.
    replaced: CancellationToken,
    timings: Timings,
}

impl Floor {
    pub(super) fn new(line: Line, replaced: CancellationToken, timings: Timings) -> Self {
        let mut tick = interval(AudioFrame::DURATION);
        // A late tick is made up for: the line's clock does not wait for ours.
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        Self {
            line,
            ears: Endpointer::new(),
            playout: Playout::default(),
            tick,
            waiting: None,
            speaking: false,
            held: false,
            replaced,
            timings,
        }
    }

    /// Waits for the next thing to happen. May be dropped and asked again.
    pub(super) async fn next(&mut self) -> Moment {
        tokio::select! {
            // Time first: what comes in can wait 20 ms, what goes out cannot.
            biased;
            due = self.tick.tick() => self.beat(due.into_std()),
            () = self.replaced.cancelled() => Moment::Gone,
            came = self.line.from_learner.recv() => self.take(came.as_ref()),
        }
    }

    /// To be said after what is being said.
    pub(super) fn say(&mut self, clip: Clip) {
        if self.playout.is_silent() {
            self.ears.handle_prompt_started();
        }
        self.playout.push(clip);
    }

    /// Stops speaking; gives back what was not said to its end.
    pub(super) fn hush(&mut self) -> Vec<Clip> {
        self.ears.handle_prompt_ended();
        self.playout.stop()
    }

    pub(super) fn is_silent(&self) -> bool {
        self.playout.is_silent() && self.waiting.is_none()
    }

    pub(super) fn is_held(&self) -> bool {
        self.held
    }

    pub(super) fn ears(&mut self) -> &mut Endpointer {
        &mut self.ears
    }

    pub(super) fn poll_heard(&mut self) -> Option<HearingEvent> {
        self.ears.poll_event()
    }

    /// Hangs up once all that was sent has been heard.
    pub(super) async fn hang_up(self) {
        // Nobody is left to be told if the line has gone already.
        let _gone = self.line.to_learner.send(ToLearner::HangUp).await;
    }

    fn beat(&mut self, due: Instant) -> Moment {
        let now = Instant::now();
        if !self.held {
            let begins = !self.speaking && !self.playout.is_silent();
            if self.speaking && now.saturating_duration_since(due) > LATE_MAX {
                self.timings.count(Happening::Underrun);
            }
            self.send();
            if begins {
                (0..AHEAD).for_each(|_| self.send());
            }
        }
        self.ears.handle_timeout(now);
        if self.line.to_learner.is_closed() {
            return Moment::Gone;
        }
        Moment::Tick
    }

    fn send(&mut self) {
        let frame = self.waiting.take().or_else(|| self.playout.next_frame());
        self.speaking = frame.is_some();
        let Some(frame) = frame else {
            self.ears.handle_sent(&AudioFrame::SILENCE);
            return;
        };
        match self.line.to_learner.try_send(ToLearner::Audio(frame)) {
            Ok(()) => self.ears.handle_sent(&frame),
            // The line is a little slower than our clock: the same frame comes next time.
            Err(_) => self.waiting = Some(frame),
        }
        if self.playout.is_silent() && self.waiting.is_none() {
            self.ears.handle_prompt_ended();
        }
    }

    fn take(&mut self, came: Option<&FromLearner>) -> Moment {
        let now = Instant::now();
        match came {
            Some(FromLearner::Audio(frame)) => self.ears.handle_frame(frame, now),
            // The fourth column of keys is on no feature phone.
            Some(FromLearner::Key(key)) if key.is_ascii_digit() || matches!(key, '*' | '#') => {
                self.ears.handle_key(*key, now);
            }
            Some(FromLearner::Key(_)) => {}
            Some(FromLearner::Held) => {
                self.held = true;
                self.ears.forget();
            }
            Some(FromLearner::Resumed) => {
                self.held = false;
                return Moment::Resumed;
            }
            Some(FromLearner::Quiet) => return Moment::Dead,
            Some(FromLearner::HungUp) | None => return Moment::Gone,
        }
        Moment::Heard
    }
}
