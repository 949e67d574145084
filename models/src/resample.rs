//! Sample rate conversion, by rubato: of whole clips, and of a call frame by frame.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

use crate::audio::{AudioFrame, SampleRate, Samples};

/// Samples per transform: the longer, the steeper the filter. Four times the 441 that 22,050 and
/// 44,100 Hz have in common, since a transform of an odd length is late by half a sample.
const CHUNK: usize = 4 * 441;

const WINDOW: WindowFunction = WindowFunction::BlackmanHarris2;

/// `samples` at the rate `to`, of the same duration to within one sample, without delay: sample `n`
/// of the result is the sound at the same instant as sample `n * from / to`.
pub fn resample(samples: &Samples, to: SampleRate) -> Samples {
    let (from, length) = (samples.rate(), samples.values().len());
    if from == to || length == 0 {
        return Samples::new(to, samples.values().to_vec());
    }
    let (from_hz, to_hz) = (from.hz() as usize, to.hz() as usize);
    let clip = Fft::<f32>::new_custom(from_hz, to_hz, CHUNK, 1, 1, WINDOW, FixedSync::Input)
        .ok()
        .zip(InterleavedSlice::new(samples.values(), 1, length).ok())
        .and_then(|(mut resampler, clip)| resampler.process_all(&clip, length, None).ok())
        .expect("it fails only for a rate or chunk of zero or a clip of another length");
    Samples::new(to, clip.take_data())
}

/// The frames of one call at the rate of the recogniser's engines, 10 ms late.
pub(crate) struct FrameResampler(Fft<f32>);

impl FrameResampler {
    pub(crate) fn new() -> Self {
        let (from_hz, to_hz) = (SampleRate::TELEPHONE.hz(), SampleRate::HEARING.hz());
        let (from_hz, to_hz) = (from_hz as usize, to_hz as usize);
        let frame = AudioFrame::LEN;
        let resampler = Fft::new_custom(from_hz, to_hz, frame, 1, 1, WINDOW, FixedSync::Input);
        Self(resampler.expect("it fails only for a rate or chunk of zero"))
    }

    /// Appends 20 ms of sound to `output`.
    pub(crate) fn push(&mut self, frame: &AudioFrame, output: &mut Vec<f32>) {
        let input = frame.0.map(|value| f32::from(value) / 32_768.0);
        let frame = InterleavedSlice::new(&input, 1, AudioFrame::LEN)
            .ok()
            .and_then(|frame| self.0.process(&frame, None).ok())
            .expect("each frame has the length the resampler was made for");
        output.extend(frame.take_data());
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
        let edge = to as usize / 8;
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
        fn the_duration_stays(
            values in proptest::collection::vec(-1.0f32..1.0, 0..3_000),
            rates in prop::sample::select(vec![(8_000, 16_000), (16_000, 8_000), (22_050, 8_000)]),
        ) {
            let length = values.len() * rates.1 as usize;
            let samples = Samples::new(SampleRate::new(rates.0).unwrap(), values);
            let after = resample(&samples, SampleRate::new(rates.1).unwrap());
            prop_assert!(after.values().len().abs_diff(length.div_ceil(rates.0 as usize)) <= 1);
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
