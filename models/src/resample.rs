//! Sample rate conversion by a polyphase windowed-sinc filter.
//!
//! One filter for every pair of rates a telephone tutor meets (8, 16, 22.05, 44.1, 48 kHz), with
//! no delay: sample `n` of the result is the sound at the same instant as sample `n * from / to`.

use crate::audio::{SampleRate, Samples};
use std::collections::VecDeque;

/// Zero crossings of the sinc on each side; with the window below the passband reaches 0.92 of
/// the lower Nyquist rate and what lies above it is 80 dB down.
const CROSSINGS: usize = 32;
/// Kaiser's beta for 80 dB (Kaiser 1974: beta = 0.1102 (A - 8.7)).
const KAISER_BETA: f64 = 7.86;
/// Middle of the transition band, as a part of the lower Nyquist rate.
const CUTOFF: f64 = 0.95;

/// `samples` at the rate `to`, of the same duration to within one sample.
pub fn resample(samples: &Samples, to: SampleRate) -> Samples {
    if samples.rate() == to {
        return samples.clone();
    }
    let mut resampler = Resampler::new(samples.rate(), to);
    let mut values = Vec::with_capacity(resampler.len_after(samples.values().len()));
    resampler.push(samples.values(), &mut values);
    resampler.finish(&mut values);
    Samples::new(to, values)
}

/// The same conversion for audio that arrives piece by piece.
///
/// Any way of cutting the input gives the same output, late by `CROSSINGS` samples of the lower
/// rate (4 ms on a telephone line).
pub struct Resampler {
    /// `to / from` in lowest terms.
    up: usize,
    down: usize,
    /// `up` filters of equal length, one for each place between two input samples.
    phases: Vec<Vec<f32>>,
    /// Input still needed; its first sample is input number `start`.
    pending: VecDeque<f32>,
    start: i64,
    received: i64,
    next_output: i64,
}

impl Resampler {
    pub fn new(from: SampleRate, to: SampleRate) -> Resampler {
        let divisor = greatest_common_divisor(from.hz() as usize, to.hz() as usize);
        let (up, down) = (to.hz() as usize / divisor, from.hz() as usize / divisor);
        let phases = filters(up, down);
        let half = phases[0].len() as i64 / 2;
        Resampler {
            up,
            down,
            pending: std::iter::repeat_n(0.0, half as usize - 1).collect(),
            start: 1 - half,
            phases,
            received: 0,
            next_output: 0,
        }
    }

    /// Takes more input and appends the output that is certain by now.
    pub fn push(&mut self, input: &[f32], output: &mut Vec<f32>) {
        self.pending.extend(input);
        self.received += input.len() as i64;
        self.drain(i64::MAX, output);
    }

    /// Appends the rest, as if silence followed.
    pub fn finish(mut self, output: &mut Vec<f32>) {
        let total = self.len_after(self.received as usize) as i64;
        self.pending
            .extend(std::iter::repeat_n(0.0, self.phases[0].len()));
        self.drain(total, output);
    }

    /// Output samples for `len` input samples: every output instant before the end of the input.
    fn len_after(&self, len: usize) -> usize {
        (len * self.up).div_ceil(self.down)
    }

    fn drain(&mut self, end: i64, output: &mut Vec<f32>) {
        let taps = self.phases[0].len();
        while self.next_output < end {
            let position = self.next_output * self.down as i64;
            let first = position.div_euclid(self.up as i64) + 1 - taps as i64 / 2;
            let skip = (first - self.start) as usize;
            if skip + taps > self.pending.len() {
                break;
            }
            let phase = &self.phases[position.rem_euclid(self.up as i64) as usize];
            let window = self.pending.range(skip..skip + taps);
            output.push(
                window
                    .zip(phase)
                    .map(|(value, weight)| value * weight)
                    .sum(),
            );
            self.next_output += 1;
        }
        // Everything before the next window is history.
        let position = self.next_output * self.down as i64;
        let first = position.div_euclid(self.up as i64) + 1 - taps as i64 / 2;
        let spent = ((first - self.start).max(0) as usize).min(self.pending.len());
        self.pending.drain(..spent);
        self.start += spent as i64;
    }
}

/// One windowed sinc sampled at `up` offsets, each normalised so that a constant stays constant.
fn filters(up: usize, down: usize) -> Vec<Vec<f32>> {
    // Going down, the filter is wider: it must cut at the new rate's Nyquist frequency.
    let scale = (up as f64 / down as f64).min(1.0);
    let half = (CROSSINGS as f64 / scale).ceil() as i64;
    let window_floor = bessel_i0(KAISER_BETA);
    let weight = |distance: f64| {
        let edge = distance / half as f64;
        if edge.abs() >= 1.0 {
            return 0.0;
        }
        let window = bessel_i0(KAISER_BETA * (1.0 - edge * edge).sqrt()) / window_floor;
        let angle = std::f64::consts::PI * distance * scale * CUTOFF;
        let sinc = if angle == 0.0 {
            1.0
        } else {
            angle.sin() / angle
        };
        sinc * window
    };
    let phase = |offset: usize| {
        let fraction = offset as f64 / up as f64;
        let taps: Vec<f64> = (1 - half..=half)
            .map(|tap| weight(fraction - tap as f64))
            .collect();
        let sum: f64 = taps.iter().sum();
        taps.iter().map(|tap| (tap / sum) as f32).collect()
    };
    (0..up).map(phase).collect()
}

/// Modified Bessel function of the first kind, order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..40 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    fn tone(rate: u32, hz: f64, len: usize) -> Samples {
        let values = (0..len).map(|n| (0.5 * (TAU * hz * n as f64 / f64::from(rate)).sin()) as f32);
        Samples::new(SampleRate::new(rate).unwrap(), values.collect())
    }

    /// Largest difference between a resampled tone and the tone made at the new rate, away from
    /// the ends where half of the filter sees silence.
    #[track_caller]
    fn check_tone(from: u32, to: u32, hz: f64, bound: f32) {
        let before = tone(from, hz, from as usize / 2);
        let after = resample(&before, SampleRate::new(to).unwrap());
        let expected = tone(to, hz, after.values().len());
        let edge = to as usize / 50;
        let inner = edge..after.values().len() - edge;
        let worst = after.values()[inner.clone()]
            .iter()
            .zip(&expected.values()[inner])
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(
            worst < bound,
            "{from} to {to} Hz, tone {hz}: off by {worst}"
        );
    }

    #[test]
    fn a_tone_stays_the_same_tone_at_the_same_instant() {
        for (from, to) in [
            (8_000, 16_000),
            (16_000, 8_000),
            (22_050, 8_000),
            (22_050, 16_000),
        ] {
            for hz in [100.0, 440.0, 1_000.0, 3_400.0] {
                check_tone(from, to, hz, 1e-3);
            }
        }
        check_tone(44_100, 16_000, 7_000.0, 1e-3);
        check_tone(48_000, 8_000, 3_400.0, 1e-3);
        check_tone(11_025, 16_000, 4_000.0, 1e-3);
    }

    #[test]
    fn what_the_lower_rate_cannot_carry_is_gone() {
        for hz in [4_600.0, 6_000.0, 7_900.0] {
            let after = resample(&tone(16_000, hz, 8_000), SampleRate::TELEPHONE);
            let inner = &after.values()[200..after.values().len() - 200];
            assert!(crate::audio::loudness(inner) < 1e-4, "{hz} Hz came through");
        }
    }

    proptest! {
        #[test]
        fn any_way_of_cutting_the_input_gives_the_same_output(
            values in proptest::collection::vec(-1.0f32..1.0, 1..600),
            cut in 1usize..200,
            rates in prop::sample::select(vec![(8_000, 16_000), (16_000, 8_000), (22_050, 8_000)]),
        ) {
            let from = SampleRate::new(rates.0).unwrap();
            let to = SampleRate::new(rates.1).unwrap();
            let mut whole = Vec::new();
            let mut resampler = Resampler::new(from, to);
            resampler.push(&values, &mut whole);
            resampler.finish(&mut whole);
            let mut pieces = Vec::new();
            let mut resampler = Resampler::new(from, to);
            for piece in values.chunks(cut) {
                resampler.push(piece, &mut pieces);
            }
            resampler.finish(&mut pieces);
            prop_assert_eq!(&whole, &pieces);
            let length = values.len() * rates.1 as usize;
            prop_assert_eq!(whole.len(), length.div_ceil(rates.0 as usize));
        }

        #[test]
        fn the_sum_of_two_sounds_resamples_to_the_sum(
            a in proptest::collection::vec(-0.4f32..0.4, 300),
            b in proptest::collection::vec(-0.4f32..0.4, 300),
        ) {
            let go = |values: Vec<f32>| resample(&Samples::new(SampleRate::VOICE, values), SampleRate::TELEPHONE);
            let sum = go(a.iter().zip(&b).map(|(a, b)| a + b).collect());
            for ((sum, a), b) in sum.values().iter().zip(go(a).values()).zip(go(b).values()) {
                prop_assert!((sum - a - b).abs() < 1e-5);
            }
        }
    }
}
