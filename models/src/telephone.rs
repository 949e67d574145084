//! A telephone line in software: what a voice sounds like after it, for figures and tests.

use crate::audio::{SampleRate, Samples};
use crate::g711::{decode_alaw, encode_alaw};
use crate::resample::resample;

/// The audio as the far end of an ordinary line hears it: 300-3,400 Hz, 8 kHz, A-law.
pub fn telephone_line(samples: &Samples) -> Samples {
    let narrow = band_pass(&resample(samples, SampleRate::TELEPHONE));
    let pcm: Vec<i16> = narrow
        .to_pcm16()
        .into_iter()
        .map(|sample| decode_alaw(encode_alaw(sample)))
        .collect();
    Samples::from_pcm16(SampleRate::TELEPHONE, &pcm)
}

/// Fourth-order Butterworth edges at 300 and 3,400 Hz (the band of ITU-T G.712).
fn band_pass(samples: &Samples) -> Samples {
    let rate = f64::from(samples.rate().hz());
    let mut values: Vec<f64> = samples
        .values()
        .iter()
        .map(|&value| f64::from(value))
        .collect();
    // The two quality factors of a fourth-order Butterworth filter.
    for quality in [0.541_196_1, 1.306_562_97] {
        Biquad::high_pass(300.0 / rate, quality).run(&mut values);
        Biquad::low_pass(3_400.0 / rate, quality).run(&mut values);
    }
    Samples::new(
        samples.rate(),
        values.into_iter().map(|value| value as f32).collect(),
    )
}

/// A second-order section; coefficients from R. Bristow-Johnson's audio EQ cookbook.
struct Biquad {
    feed: [f64; 3],
    back: [f64; 2],
}

impl Biquad {
    fn high_pass(frequency: f64, quality: f64) -> Biquad {
        Biquad::new(frequency, quality, |cosine| {
            [(1.0 + cosine) / 2.0, -(1.0 + cosine)]
        })
    }

    fn low_pass(frequency: f64, quality: f64) -> Biquad {
        Biquad::new(frequency, quality, |cosine| {
            [(1.0 - cosine) / 2.0, 1.0 - cosine]
        })
    }

    /// `frequency` as a part of the sample rate; `ends` gives the outer and the middle weight.
    fn new(frequency: f64, quality: f64, ends: impl Fn(f64) -> [f64; 2]) -> Biquad {
        let angle = std::f64::consts::TAU * frequency;
        let alpha = angle.sin() / (2.0 * quality);
        let [outer, middle] = ends(angle.cos()).map(|weight| weight / (1.0 + alpha));
        Biquad {
            feed: [outer, middle, outer],
            back: [
                -2.0 * angle.cos() / (1.0 + alpha),
                (1.0 - alpha) / (1.0 + alpha),
            ],
        }
    }

    fn run(&self, values: &mut [f64]) {
        let (mut first, mut second) = (0.0, 0.0);
        for value in values {
            let output = self.feed[0] * *value + first;
            first = self.feed[1] * *value - self.back[0] * output + second;
            second = self.feed[2] * *value - self.back[1] * output;
            *value = output;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(hz: f64, decibels: std::ops::RangeInclusive<f32>) {
        let tone = (0..8_000)
            .map(|n| (0.5 * (std::f64::consts::TAU * hz * f64::from(n) / 8_000.0).sin()) as f32);
        let before = Samples::new(SampleRate::TELEPHONE, tone.collect());
        let after = telephone_line(&before);
        let loss = 20.0 * (after.loudness() / before.loudness()).log10();
        assert!(decibels.contains(&loss), "{hz} Hz: {loss} dB");
    }

    #[test]
    fn the_line_carries_the_voice_band_and_little_else() {
        check(1_000.0, -0.2..=0.2);
        check(300.0, -3.5..=-2.5);
        check(3_400.0, -3.5..=-2.5);
        check(50.0, -90.0..=-50.0);
        check(3_950.0, -90.0..=-40.0);
    }
}
