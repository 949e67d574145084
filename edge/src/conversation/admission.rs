//! Admission: how many calls the box can teach well, from what it measured of itself when it started
//! and from how late its replies are while it teaches.

use std::time::Duration;

/// Seconds from one answer of a learner to the next: a question, thinking, an answer. Measured in
/// lessons by voice it is 10 to 15 s (pedagogy asks for an answer every 15 to 20 s).
const TURN: Duration = Duration::from_secs(10);
/// Part of the workers' time that may be taken, so that answers rarely wait for one another. With
/// two workers and random arrivals the mean wait is then 0.56 of a service time (Erlang C).
const BUSY_MAX: f64 = 0.6;
/// Part of sentences that were never spoken before: names, numbers, new questions.
const NEW_SENTENCES: f64 = 0.5;
/// No box carries more, whatever it measures.
const LINES_MAX: usize = 100;

/// What the box measured when it started, with nothing else to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strength {
    /// One recognition of a short answer on one worker.
    pub recognition: Duration,
    /// One sentence rendered.
    pub rendering: Duration,
    /// Recognitions at once that really run beside one another.
    pub workers: usize,
}

/// How many calls at once keep their answers quick: at least one.
pub fn lines(strength: Strength) -> usize {
    let turn =
        strength.recognition.as_secs_f64() + NEW_SENTENCES * strength.rendering.as_secs_f64();
    let workers = strength.workers.max(1) as f64;
    let bears = workers * BUSY_MAX * TURN.as_secs_f64() / turn.max(0.01);
    // A cast from floating point saturates.
    (bears as usize).clamp(1, LINES_MAX)
}

/// A window with fewer replies says nothing about how late they are.
const REPLIES_MIN: u64 = 8;
/// Part of the replies that may be late: people asked for an answer within three seconds, and one
/// in twenty may miss it.
const LATE_PART: f64 = 0.05;
/// Frames that left late in a window: as many are a fifth of a second of gaps, over all calls.
const FRAMES_LATE_MAX: u64 = 10;

/// What happened since the last look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lately {
    pub replies: u64,
    /// Of these, later than [`super::LATE_REPLY`].
    pub late: u64,
    /// Audio frames that left late.
    pub frames_late: u64,
    /// Calls now.
    pub taken: usize,
}

/// The number of lines while the box teaches: fewer under pressure, back again one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    measured: usize,
    lines: usize,
}

impl Admission {
    /// `measured` is what the box bore when it started.
    pub fn new(measured: usize) -> Self {
        let lines = measured;
        Self { measured, lines }
    }

    /// How many calls from now on. Calls under way stay, even beyond it.
    pub fn handle(&mut self, lately: Lately) -> usize {
        let late = lately.late as f64 > LATE_PART * lately.replies as f64;
        let pressed = lately.replies >= REPLIES_MIN && late;
        if pressed || lately.frames_late > FRAMES_LATE_MAX {
            self.lines = self.lines.min(lately.taken * 7 / 8).max(1);
        } else if lately.late == 0 && self.lines < self.measured {
            self.lines += 1;
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows as `replies/late/taken`; the answer is the lines after each.
    #[track_caller]
    fn windows(measured: usize, windows: &[(u64, u64, usize)], expected: &[usize]) {
        let mut admission = Admission::new(measured);
        let lines = windows.iter().map(|&(replies, late, taken)| {
            admission.handle(Lately {
                replies,
                late,
                frames_late: 0,
                taken,
            })
        });
        assert_eq!(lines.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn late_replies_take_lines_away_and_punctual_ones_bring_them_back() {
        windows(16, &[(40, 0, 16), (40, 1, 16)], &[16, 16]);
        windows(16, &[(40, 9, 16), (40, 0, 14), (40, 0, 15)], &[14, 15, 16]);
        windows(16, &[(40, 20, 16), (40, 20, 16), (3, 3, 5)], &[14, 14, 14]);
        windows(2, &[(9, 9, 1), (9, 9, 0)], &[1, 1]);
    }

    #[test]
    fn gaps_in_the_audio_take_lines_away() {
        let lately = Lately {
            frames_late: 50,
            taken: 8,
            ..Lately::default()
        };
        assert_eq!(Admission::new(16).handle(lately), 7);
    }

    #[track_caller]
    fn check(recognition_ms: u64, rendering_ms: u64, workers: usize, expected: usize) {
        let strength = Strength {
            recognition: Duration::from_millis(recognition_ms),
            rendering: Duration::from_millis(rendering_ms),
            workers,
        };
        assert_eq!(lines(strength), expected);
    }

    #[test]
    fn a_stronger_box_has_more_lines() {
        check(400, 200, 2, 24);
        check(400, 200, 4, 48);
        check(1_500, 600, 4, 13);
    }

    #[test]
    fn there_is_always_one_line_and_never_too_many() {
        check(60_000, 9_000, 1, 1);
        check(0, 0, 64, 100);
    }
}
