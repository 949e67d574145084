//! Admission: how many calls the box can teach well, from what it measured of itself.

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

#[cfg(test)]
mod tests {
    use super::*;

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
