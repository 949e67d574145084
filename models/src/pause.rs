//! Pauses: silences found in speech, and drawn out. Pure.

use std::ops::Range;
use std::time::Duration;

use crate::audio::{Samples, loudness};
use crate::synthesise::SpeakingStyle;

/// Sound is judged in steps of 5 ms.
const STEP: Duration = Duration::from_millis(5);
/// Silence is what is this much fainter than the loudest step: 34 dB.
const FAINT: f32 = 0.02;
/// Shorter silences are inside words: the closure before a `p`, `t` or `k`.
const PAUSE_MIN: Duration = Duration::from_millis(60);

/// The sample ranges in which nothing is heard, at least `shortest` long.
pub fn silences(samples: &Samples, shortest: Duration) -> Vec<Range<usize>> {
    let step = samples.rate().samples_in(STEP).max(1);
    let values = samples.values();
    let levels: Vec<f32> = values.chunks(step).map(loudness).collect();
    let loudest = levels.iter().copied().fold(0.0, f32::max);
    let mut found: Vec<Range<usize>> = Vec::new();
    for (number, level) in levels.iter().enumerate() {
        if *level > loudest * FAINT {
            continue;
        }
        let range = number * step..((number + 1) * step).min(values.len());
        match found.last_mut().filter(|last| last.end == range.start) {
            Some(last) => last.end = range.end,
            None => found.push(range),
        }
    }
    let shortest = samples.rate().samples_in(shortest);
    found.retain(|range| range.len() >= shortest);
    found
}

/// The `count` longest silences inside the sound, in order, its two edges left aside.
pub fn longest_silences(samples: &Samples, count: usize) -> Vec<Range<usize>> {
    let len = samples.values().len();
    let mut inside = silences(samples, PAUSE_MIN);
    inside.retain(|range| range.start > 0 && range.end < len);
    inside.sort_by_key(|range| std::cmp::Reverse(range.len()));
    inside.truncate(count);
    inside.sort_by_key(|range| range.start);
    inside
}

/// How many samples of silence stand before the first sound and after the last.
pub fn edges(samples: &Samples) -> (usize, usize) {
    let found = silences(samples, Duration::ZERO);
    let start = found.first().filter(|first| first.start == 0);
    let end = found
        .last()
        .filter(|last| last.end == samples.values().len());
    (
        start.map_or(0, |first| first.len()),
        end.map_or(0, |last| last.len()),
    )
}

/// Draws out the `breaths` longest silences inside a sentence, and the one at its end, to the
/// pauses of `style`. No sound is moved or cut.
pub(crate) fn draw_out(samples: &Samples, breaths: usize, style: SpeakingStyle) -> Samples {
    let rate = samples.rate();
    let mut values = Vec::with_capacity(samples.values().len());
    let mut copied = 0;
    for silence in longest_silences(samples, breaths) {
        let missing = rate
            .samples_in(style.clause_pause)
            .saturating_sub(silence.len());
        let middle = silence.start + silence.len() / 2;
        values.extend_from_slice(&samples.values()[copied..middle]);
        values.resize(values.len() + missing, 0.0);
        copied = middle;
    }
    values.extend_from_slice(&samples.values()[copied..]);
    let missing = rate
        .samples_in(style.sentence_pause)
        .saturating_sub(edges(samples).1);
    values.resize(values.len() + missing, 0.0);
    Samples::new(rate, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::SampleRate;
    use crate::synthesise::SpeakingRate;

    /// Alternating tone and silence, each length in milliseconds.
    fn sound(lengths: &[u64]) -> Samples {
        let rate = SampleRate::TELEPHONE;
        let mut values = Vec::new();
        for (n, &length) in lengths.iter().enumerate() {
            let count = rate.samples_in(Duration::from_millis(length));
            values.extend((0..count).map(|i| {
                if n % 2 == 0 {
                    (i as f32).sin() * 0.5
                } else {
                    0.0
                }
            }));
        }
        Samples::new(rate, values)
    }

    fn lengths(samples: &Samples) -> Vec<u64> {
        silences(samples, PAUSE_MIN)
            .iter()
            .map(|s| s.len() as u64 * 1_000 / 8_000)
            .collect()
    }

    fn style(clause: u64, sentence: u64) -> SpeakingStyle {
        SpeakingStyle {
            rate: SpeakingRate::NATURAL,
            clause_pause: Duration::from_millis(clause),
            sentence_pause: Duration::from_millis(sentence),
        }
    }

    #[track_caller]
    fn check(sound_ms: &[u64], breaths: usize, style: SpeakingStyle, expected: &[u64]) {
        assert_eq!(
            lengths(&draw_out(&sound(sound_ms), breaths, style)),
            expected
        );
    }

    #[test]
    fn as_many_silences_are_drawn_out_as_there_are_breaths() {
        check(
            &[300, 150, 200, 80, 300, 100],
            1,
            style(400, 500),
            &[400, 80, 500],
        );
        check(
            &[300, 150, 200, 80, 300, 100],
            2,
            style(400, 500),
            &[400, 400, 500],
        );
        check(
            &[300, 150, 200, 80, 300, 100],
            0,
            style(400, 500),
            &[150, 80, 500],
        );
    }

    #[test]
    fn a_longer_silence_stays() {
        check(&[300, 700, 200, 900], 1, style(400, 500), &[700, 900]);
        check(&[300, 150, 200, 100], 1, style(0, 0), &[150, 100]);
    }

    #[test]
    fn a_sentence_without_an_end_gets_one() {
        check(&[300], 3, style(400, 500), &[500]);
        assert_eq!(draw_out(&sound(&[]), 1, style(400, 0)).values().len(), 0);
    }

    #[test]
    fn every_sound_is_kept() {
        let plain = sound(&[300, 150, 200, 80, 300, 100]);
        let drawn = draw_out(&plain, 2, style(400, 500));
        let heard = |s: &Samples| {
            s.values()
                .iter()
                .copied()
                .filter(|v| *v != 0.0)
                .collect::<Vec<_>>()
        };
        assert_eq!(heard(&plain), heard(&drawn));
    }
}
