//! Samples, frames and rates: the words every other room of speech is written in.

use std::time::Duration;

/// How many samples a second carries, in hertz.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleRate(u32);

/// A sample rate no telephone, recorder or voice uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "use a rate of {hz} Hz: only {min} to {max} Hz are understood",
    min = SampleRate::MIN_HZ,
    max = SampleRate::MAX_HZ
)]
pub struct BadSampleRate {
    pub hz: u32,
}

impl SampleRate {
    pub const MIN_HZ: u32 = 4_000;
    pub const MAX_HZ: u32 = 192_000;

    /// G.711 and every ordinary telephone line.
    pub const TELEPHONE: SampleRate = SampleRate(8_000);
    /// What Whisper and the voice activity detector listen to.
    pub const HEARING: SampleRate = SampleRate(16_000);
    /// What the medium Piper voices speak.
    pub const VOICE: SampleRate = SampleRate(22_050);

    /// # Errors
    /// [`BadSampleRate`] outside `MIN_HZ..=MAX_HZ`.
    pub fn new(hz: u32) -> Result<SampleRate, BadSampleRate> {
        if (Self::MIN_HZ..=Self::MAX_HZ).contains(&hz) {
            Ok(SampleRate(hz))
        } else {
            Err(BadSampleRate { hz })
        }
    }

    pub fn hz(self) -> u32 {
        self.0
    }

    /// Whole samples in `duration`, rounded down.
    pub fn samples_in(self, duration: Duration) -> usize {
        let samples = duration.as_nanos() * u128::from(self.0) / 1_000_000_000;
        usize::try_from(samples).unwrap_or(usize::MAX)
    }
}

/// 20 ms of telephone audio: 160 signed 16-bit samples at 8 kHz.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AudioFrame(pub [i16; AudioFrame::LEN]);

impl AudioFrame {
    pub const LEN: usize = 160;
    pub const DURATION: Duration = Duration::from_millis(20);
    pub const SILENCE: AudioFrame = AudioFrame([0; AudioFrame::LEN]);
}

/// Mono audio at one rate; full scale is `-1.0..=1.0`.
///
/// Invariant: every value is finite and within full scale. [`Samples::new`] makes it so.
#[derive(Clone, PartialEq)]
pub struct Samples {
    rate: SampleRate,
    values: Vec<f32>,
}

impl Samples {
    /// Values beyond full scale are clipped and those that are not numbers become silence, as a
    /// sound card would play them.
    pub fn new(rate: SampleRate, mut values: Vec<f32>) -> Samples {
        for value in &mut values {
            *value = if value.is_finite() {
                value.clamp(-1.0, 1.0)
            } else {
                0.0
            };
        }
        Samples { rate, values }
    }

    pub fn from_pcm16(rate: SampleRate, pcm: &[i16]) -> Samples {
        let values = pcm
            .iter()
            .map(|&value| f32::from(value) / 32_768.0)
            .collect();
        Samples { rate, values }
    }

    pub fn from_frames(frames: &[AudioFrame]) -> Samples {
        let values = frames
            .iter()
            .flat_map(|frame| frame.0.iter().map(|&value| f32::from(value) / 32_768.0))
            .collect();
        Samples {
            rate: SampleRate::TELEPHONE,
            values,
        }
    }

    pub fn silence(rate: SampleRate, duration: Duration) -> Samples {
        Samples {
            rate,
            values: vec![0.0; rate.samples_in(duration)],
        }
    }

    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    pub fn values(&self) -> &[f32] {
        &self.values
    }

    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.values.len() as f64 / f64::from(self.rate.hz()))
    }

    /// Rounded to the nearest of the 65,536 values of a telephone sample.
    pub fn to_pcm16(&self) -> Vec<i16> {
        // `as` saturates, so +1.0 becomes 32,767.
        self.values
            .iter()
            .map(|value| (value * 32_768.0).round() as i16)
            .collect()
    }

    /// The audio cut into frames; the last is filled up with silence.
    ///
    /// Only telephone audio has frames: resample to [`SampleRate::TELEPHONE`] first.
    ///
    /// # Errors
    /// [`NotTelephoneRate`] for any other rate.
    pub fn to_frames(&self) -> Result<Vec<AudioFrame>, NotTelephoneRate> {
        if self.rate != SampleRate::TELEPHONE {
            return Err(NotTelephoneRate { rate: self.rate });
        }
        let pcm = self.to_pcm16();
        let frames = pcm.chunks(AudioFrame::LEN).map(|chunk| {
            let mut frame = AudioFrame::SILENCE;
            frame.0[..chunk.len()].copy_from_slice(chunk);
            frame
        });
        Ok(frames.collect())
    }

    /// The same audio with silence of the given lengths around it.
    pub fn padded(&self, before: Duration, after: Duration) -> Samples {
        let before = self.rate.samples_in(before);
        let after = self.rate.samples_in(after);
        let mut values = Vec::with_capacity(before + self.values.len() + after);
        values.resize(before, 0.0);
        values.extend_from_slice(&self.values);
        values.resize(before + self.values.len() + after, 0.0);
        Samples {
            rate: self.rate,
            values,
        }
    }

    /// Root mean square, 0.0 for no audio at all.
    pub fn loudness(&self) -> f32 {
        loudness(&self.values)
    }
}

/// Audio at this rate cannot be cut into telephone frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cut audio into frames: it has {} samples a second, a line carries 8000", rate.hz())]
pub struct NotTelephoneRate {
    pub rate: SampleRate,
}

/// Root mean square of `values`, 0.0 for none.
pub(crate) fn loudness(values: &[f32]) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let energy: f64 = values
        .iter()
        .map(|&value| f64::from(value) * f64::from(value))
        .sum();
    (energy / values.len() as f64).sqrt() as f32
}

impl std::fmt::Debug for AudioFrame {
    /// Speech is personal: a frame prints its loudness, never its samples.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let peak = self
            .0
            .iter()
            .map(|value| value.unsigned_abs())
            .max()
            .unwrap_or(0);
        write!(f, "AudioFrame(peak {peak})")
    }
}

impl std::fmt::Debug for Samples {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Samples({} at {} Hz)", self.values.len(), self.rate.hz())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pcm_survives_the_way_through_samples(pcm in proptest::collection::vec(any::<i16>(), 0..400)) {
            let samples = Samples::from_pcm16(SampleRate::TELEPHONE, &pcm);
            prop_assert_eq!(samples.to_pcm16(), pcm);
        }

        #[test]
        fn frames_hold_every_sample_and_end_in_silence(pcm in proptest::collection::vec(any::<i16>(), 0..1000)) {
            let frames = Samples::from_pcm16(SampleRate::TELEPHONE, &pcm).to_frames().unwrap();
            prop_assert_eq!(frames.len(), pcm.len().div_ceil(AudioFrame::LEN));
            let all: Vec<i16> = frames.iter().flat_map(|frame| frame.0).collect();
            prop_assert_eq!(&all[..pcm.len()], &pcm[..]);
            prop_assert!(all[pcm.len()..].iter().all(|&value| value == 0));
        }

        #[test]
        fn samples_are_always_within_full_scale(values in proptest::collection::vec(any::<f32>(), 0..100)) {
            let samples = Samples::new(SampleRate::HEARING, values);
            prop_assert!(samples.values().iter().all(|value| value.abs() <= 1.0));
        }
    }

    #[test]
    fn only_telephone_audio_has_frames() {
        let samples = Samples::silence(SampleRate::HEARING, Duration::from_millis(20));
        assert_eq!(
            samples.to_frames(),
            Err(NotTelephoneRate {
                rate: SampleRate::HEARING
            })
        );
    }

    #[test]
    fn padding_adds_what_it_says() {
        let samples = Samples::from_pcm16(SampleRate::TELEPHONE, &[5; 80]);
        let padded = samples.padded(Duration::from_millis(10), Duration::from_millis(30));
        assert_eq!(padded.duration(), Duration::from_millis(50));
        assert_eq!(padded.to_pcm16()[79..82], [0, 5, 5]);
    }
}
