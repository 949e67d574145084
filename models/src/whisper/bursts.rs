//! Stretches of voice with pauses between them: how many things were said, whatever they were.
//!
//! Whisper is unsure how many digits it heard, most of all with a trimmed context. The pauses tell.

use std::time::Duration;

use crate::audio::Samples;

/// Loudness is judged in steps of this length.
const STEP: Duration = Duration::from_millis(10);
/// Silence inside a word ("six", "eight") is shorter than this, a pause between words longer.
const PAUSE_STEPS: usize = 11;
/// Shorter sounds are clicks.
const BURST_STEPS_MIN: usize = 6;
/// Decibels below the loudest voice at which a sound is no longer voice,
const VOICE_RANGE: f32 = 36.0;
/// and by which the loudest part of a burst may be below it.
const BURST_RANGE: f32 = 28.0;
/// Decibels above the quietest tenth of the clip at which voice begins.
const ABOVE_FLOOR: f32 = 8.0;
/// No voice is quieter, in decibels below full scale.
const VOICE_MIN: f32 = -70.0;
/// The shortest time in which a digit of a longer number is said.
const DIGIT_SECONDS_MIN: f32 = 0.22;

/// What the pauses of an utterance say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bursts {
    pub count: usize,
    /// The most digits for which there is time.
    pub digits_max: usize,
}

pub(super) fn bursts(samples: &Samples) -> Bursts {
    let step = samples.rate().samples_in(STEP).max(1);
    let levels: Vec<f32> = samples.values().chunks_exact(step).map(decibels).collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f32::total_cmp);
    if sorted.is_empty() {
        return Bursts {
            count: 0,
            digits_max: 1,
        };
    }
    let peak = sorted[sorted.len() - 1 - sorted.len() / 50];
    let floor = sorted[sorted.len() / 10];
    // In heavy noise, or with no silence at all, the floor says little: stay below the peak.
    let threshold = (floor + ABOVE_FLOOR)
        .min(peak - 6.0)
        .max(peak - VOICE_RANGE)
        .max(VOICE_MIN);
    let loud_enough = |burst: &(usize, usize)| {
        let (start, end) = *burst;
        let loudest = levels[start..end]
            .iter()
            .copied()
            .fold(f32::NEG_INFINITY, f32::max);
        end - start >= BURST_STEPS_MIN && loudest > peak - BURST_RANGE
    };
    let kept: Vec<(usize, usize)> = runs(&levels, threshold)
        .into_iter()
        .filter(loud_enough)
        .collect();
    let digits_in = |&(start, end): &(usize, usize)| {
        let seconds = (end - start) as f32 * STEP.as_secs_f32();
        (seconds / DIGIT_SECONDS_MIN).ceil() as usize
    };
    Bursts {
        count: kept.len(),
        digits_max: kept.iter().map(digits_in).sum::<usize>().max(1),
    }
}

/// Start and end of each run of steps above `threshold`, across gaps shorter than a pause.
fn runs(levels: &[f32], threshold: f32) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, _) in levels
        .iter()
        .enumerate()
        .filter(|(_, level)| **level > threshold)
    {
        match runs.last_mut() {
            Some((_, end)) if at - *end < PAUSE_STEPS => *end = at + 1,
            _ => runs.push((at, at + 1)),
        }
    }
    runs
}

fn decibels(values: &[f32]) -> f32 {
    // The floor is a little below the smallest step of 16-bit samples.
    20.0 * crate::audio::loudness(values).max(1e-5).log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::SampleRate;
    use proptest::prelude::*;

    /// Tones of the given lengths in ms; negative lengths are pauses.
    fn clip(parts: &[i64], noise: f32) -> Samples {
        let mut values: Vec<f32> = Vec::new();
        for &part in parts {
            let level = if part > 0 { 0.3 } else { 0.0 };
            for n in 0..part.unsigned_abs() * 8 {
                let hiss = noise * ((n * 7_919 % 101) as f32 / 50.0 - 1.0);
                values.push(level * (n as f32 * 0.7).sin() + hiss);
            }
        }
        Samples::new(SampleRate::TELEPHONE, values)
    }

    #[track_caller]
    fn check(parts: &[i64], noise: f32, expected: usize) {
        assert_eq!(
            bursts(&clip(parts, noise)).count,
            expected,
            "{parts:?} in noise {noise}"
        );
    }

    #[test]
    fn pauses_part_what_is_said() {
        for noise in [0.0, 0.003, 0.03] {
            check(&[-100, 300, -100], noise, 1);
            check(&[300, -150, 300, -400, 250, -200, 400], noise, 4);
            // The gap inside "six".
            check(&[-200, 150, -70, 120, -200], noise, 1);
        }
        check(&[140], 0.0, 1);
        check(&[], 0.0, 0);
        check(&[-500], 0.0, 0);
    }

    #[test]
    fn real_digits_are_one_burst_each() {
        let Some(folder) = crate::testing::data("speech/spoken-digits-8k") else {
            return;
        };
        let (mut one, mut all) = (0, 0);
        for digit in 0..10 {
            for nth in 0..10 {
                let clip =
                    crate::wav::read(&folder.join(format!("{digit}_theo_{nth}.wav"))).unwrap();
                one += usize::from(bursts(&clip).count == 1);
                all += 1;
            }
        }
        assert!(one * 100 >= all * 98, "{one} of {all}");
    }

    /// Digits of one speaker in a row, each up to 12 dB quieter than the loudest, as where somebody
    /// turns away: each counts.
    #[test]
    fn quiet_digits_among_loud_ones_count() {
        let Some(folder) = crate::testing::data("speech/spoken-digits-8k") else {
            return;
        };
        let (mut four, mut all) = (0, 0);
        for speaker in ["george", "jackson"] {
            for first in 0..40 {
                let mut values = Vec::new();
                for nth in 0..4 {
                    let name = format!("{}_{speaker}_{}.wav", (first + 3 * nth) % 10, first);
                    let clip = crate::wav::read(&folder.join(name)).unwrap();
                    let loudest = clip.values().iter().fold(0.0f32, |m, v| m.max(v.abs()));
                    let gain = 0.5 / loudest * 10f32.powf(-0.6 * ((first + nth) % 2) as f32);
                    values.extend(clip.values().iter().map(|value| value * gain));
                    values.resize(values.len() + 1_200 + 400 * (nth % 3), 0.0);
                }
                let clip = Samples::new(SampleRate::TELEPHONE, values);
                let count = bursts(&crate::telephone::telephone_line(&clip)).count;
                four += usize::from(count == 4);
                all += 1;
            }
        }
        println!("{four} of {all}");
        assert!(four * 100 >= all * 95, "{four} of {all}");
    }

    proptest! {
        #[test]
        fn there_is_time_for_a_digit_in_each_burst(parts in proptest::collection::vec(-500i64..500, 0..8)) {
            let bursts = bursts(&clip(&parts, 0.001));
            prop_assert!(bursts.digits_max >= bursts.count);
        }
    }
}
