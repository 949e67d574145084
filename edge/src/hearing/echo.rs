//! The echo of the box's own voice: how loud it comes back, and so how loud a learner must be to be
//! told from it.
//!
//! No echo is subtracted: a line's echo changes with codec and handset. It is enough to know the
//! most that it can be.

use std::collections::VecDeque;

use models::audio::AudioFrame;

/// How long after it was sent an echo may come back, in frames: a round trip over GSM and a
/// jitter buffer at either end stays under 600 ms (ITU-T G.114 calls 400 ms one way unusable).
const TAIL: usize = 30;
/// Frames over which the way back is measured: one second of prompt.
const BLOCK: usize = 50;
/// Loudness of the echo, as a part of what was sent, that is taken for granted at first: -16 dB.
const GAIN_FIRST: f32 = 0.16;
/// Never believed to be less: -26 dB.
const GAIN_MIN: f32 = 0.05;
/// Never believed to be more: a learner as loud as the prompt is always heard.
const GAIN_MAX: f32 = 0.6;
/// A learner must be so much louder than the echo can be: 5 dB.
const MARGIN: f32 = 1.8;
/// Below this root mean square (of 32,768) nothing is being said, and nothing comes back.
const QUIET: f32 = 60.0;
/// From this correlation of the two loudness curves on, what comes in is what went out.
const SAME: f32 = 0.8;

/// What is known about the way back.
#[derive(Debug)]
pub(super) struct Echo {
    gain: f32,
    /// Loudness of the latest frames sent, newest last, `TAIL + BLOCK` at most.
    sent: VecDeque<f32>,
    /// Loudness heard while a prompt could be echoing, newest last, with the place of its frame.
    heard: Vec<f32>,
    /// Blocks measured so far.
    measured: u32,
}

impl Echo {
    pub(super) fn new() -> Self {
        Self {
            gain: GAIN_FIRST,
            sent: VecDeque::from(vec![0.0; TAIL + BLOCK]),
            heard: Vec::with_capacity(BLOCK),
            measured: 0,
        }
    }

    /// One frame went out; silence counts as a frame.
    pub(super) fn note_sent(&mut self, loudness: f32) {
        self.sent.pop_front();
        self.sent.push_back(loudness);
    }

    /// One frame came in. `learner` says that somebody is known to be speaking: nothing can be
    /// learnt about the echo then.
    pub(super) fn note_heard(&mut self, loudness: f32, learner: bool) {
        if learner || !self.is_possible() {
            self.heard.clear();
            return;
        }
        self.heard.push(loudness);
        if self.heard.len() == BLOCK {
            self.measure();
            self.heard.clear();
        }
    }

    /// Whether something was sent that may still be coming back.
    pub(super) fn is_possible(&self) -> bool {
        self.loudest_sent() > QUIET
    }

    /// Whether a first second of prompt has shown what comes back.
    pub(super) fn is_known(&self) -> bool {
        self.measured > 0
    }

    /// How loud a frame must be to be more than echo.
    pub(super) fn threshold(&self) -> f32 {
        self.gain * MARGIN * self.loudest_sent()
    }

    fn loudest_sent(&self) -> f32 {
        let tail = self.sent.iter().rev().take(TAIL);
        tail.fold(0.0, |most, &loudness| most.max(loudness))
    }

    /// Believes quickly that the echo is fainter, and that it is louder only of sound that follows
    /// the prompt: a fan or a room full of children is no echo.
    fn measure(&mut self) {
        self.measured = self.measured.saturating_add(1);
        let sent: Vec<f32> = self.sent.iter().copied().collect();
        let loudest = sent.iter().copied().fold(0.0, f32::max);
        if loudest <= QUIET {
            return;
        }
        let most = self.heard.iter().copied().fold(0.0, f32::max) / loudest;
        if most < self.gain {
            self.gain = (0.5 * self.gain + 0.5 * most).max(GAIN_MIN);
            return;
        }
        let best = (0..=TAIL).filter_map(|late| {
            let window = &sent[TAIL - late..TAIL - late + BLOCK];
            follow(window, &self.heard)
        });
        let best = best.max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((likeness, gain)) = best
            && likeness >= SAME
        {
            self.gain = gain.clamp(self.gain, GAIN_MAX);
        }
    }
}

/// How well `heard` follows `sent` (the correlation of their loudness), and at what gain.
fn follow(sent: &[f32], heard: &[f32]) -> Option<(f32, f32)> {
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
    let (sent_mean, heard_mean) = (mean(sent), mean(heard));
    let (mut both, mut of_sent, mut of_heard) = (0.0_f32, 0.0_f32, 0.0_f32);
    for (s, h) in sent.iter().zip(heard) {
        let (s, h) = (s - sent_mean, h - heard_mean);
        both += s * h;
        of_sent += s * s;
        of_heard += h * h;
    }
    let size = (of_sent * of_heard).sqrt();
    (size > 0.0).then(|| (both / size, both / of_sent))
}

/// Root mean square of a frame, of 32,768.
pub(super) fn loudness(frame: &AudioFrame) -> f32 {
    let energy: f64 = frame.0.iter().map(|&value| f64::from(value).powi(2)).sum();
    (energy / AudioFrame::LEN as f64).sqrt() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A voice's loudness: syllables of 160 ms with gaps.
    fn voice(at: usize) -> f32 {
        let shape = [200.0, 1500.0, 3000.0, 3500.0, 2500.0, 1200.0, 400.0, 90.0];
        shape[at % 8] * [1.0, 0.6, 1.2, 0.8, 1.1][at / 8 % 5]
    }

    /// The gain that is believed after `seconds` of prompt that come back `late` frames later.
    fn believed(gain: f32, late: usize, seconds: usize) -> f32 {
        let mut echo = Echo::new();
        for at in 0..seconds * 50 {
            echo.note_sent(voice(at));
            let back = at.checked_sub(late).map_or(0.0, voice);
            echo.note_heard(20.0 + gain * back, false);
        }
        echo.gain
    }

    #[test]
    fn a_loud_echo_is_believed_after_seconds() {
        for late in [0, 4, 12, 25] {
            let gain = believed(0.4, late, 4);
            assert!((0.3..0.55).contains(&gain), "{late} frames late: {gain}");
        }
    }

    #[test]
    fn a_faint_echo_lets_soft_voices_in() {
        assert!(believed(0.01, 8, 6) < 0.08);
    }

    #[test]
    fn a_noisy_room_is_no_echo() {
        let mut echo = Echo::new();
        for at in 0..500 {
            echo.note_sent(voice(at));
            echo.note_heard(900.0 + 40.0 * ((at * 7) % 5) as f32, false);
        }
        assert!(echo.gain <= GAIN_FIRST);
    }

    #[test]
    fn what_was_sent_long_ago_does_not_come_back() {
        let mut echo = Echo::new();
        echo.note_sent(3_000.0);
        assert!(echo.is_possible());
        (0..TAIL).for_each(|_| echo.note_sent(0.0));
        assert!(!echo.is_possible());
        assert!(echo.threshold() == 0.0);
    }
}
