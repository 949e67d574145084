//! Voice activity: how likely it is that a frame holds speech.

use crate::audio::{AudioFrame, SampleRate, Samples};
use crate::resample::FrameResampler;
use earshot::Detector;

/// Samples of 16 kHz audio the detector judges at once: 16 ms.
const WINDOW: usize = 256;

/// Listens to one call, frame by frame.
///
/// The detector judges windows of 16 ms with 32 ms of context, so its answer is about 20 ms late.
pub struct VoiceActivity {
    detector: Box<Detector>,
    resampler: FrameResampler,
    pending: Vec<f32>,
    latest: f32,
}

impl VoiceActivity {
    pub fn new() -> VoiceActivity {
        VoiceActivity {
            detector: Detector::default_boxed(),
            resampler: FrameResampler::new(),
            pending: Vec::with_capacity(4 * WINDOW),
            latest: 0.0,
        }
    }

    /// Chance, `0.0..=1.0`, that there is speech by the end of `frame`; over 0.5 means likely.
    pub fn hear(&mut self, frame: &AudioFrame) -> f32 {
        self.resampler.push(frame, &mut self.pending);
        let mut highest: Option<f32> = None;
        let whole = self.pending.len() / WINDOW * WINDOW;
        for window in self.pending[..whole].chunks_exact_mut(WINDOW) {
            // Interpolation may overshoot full scale, which the detector does not take.
            window
                .iter_mut()
                .for_each(|value| *value = value.clamp(-1.0, 1.0));
            let chance = self.detector.predict_f32(window).clamp(0.0, 1.0);
            highest = Some(highest.map_or(chance, |before| before.max(chance)));
        }
        self.pending.drain(..whole);
        self.latest = highest.unwrap_or(self.latest);
        self.latest
    }
}

impl Default for VoiceActivity {
    fn default() -> Self {
        VoiceActivity::new()
    }
}

/// Chances of speech, one for each 20 ms of `samples`.
pub fn speech_chances(samples: &Samples) -> Vec<f32> {
    let narrow = crate::resample::resample(samples, SampleRate::TELEPHONE);
    let frames = narrow
        .to_frames()
        .expect("it was resampled to the telephone rate above");
    let mut activity = VoiceActivity::new();
    frames.iter().map(|frame| activity.hear(frame)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn silence_is_not_speech() {
        let silence = Samples::silence(SampleRate::TELEPHONE, Duration::from_secs(2));
        let chances = speech_chances(&silence);
        assert_eq!(chances.len(), 100);
        assert!(chances.iter().all(|&chance| chance < 0.5), "{chances:?}");
    }

    #[test]
    fn a_long_recording_is_speech_where_it_is_spoken() {
        let Some(path) = crate::testing::data("speech/jfk-16k.wav") else {
            return;
        };
        let speech = crate::wav::read(&path).unwrap();
        let around = Duration::from_secs(1);
        let chances = speech_chances(&speech.padded(around, around));
        let likely = chances.iter().filter(|&&chance| chance > 0.5).count();
        assert!(likely * 2 > chances.len(), "{likely} of {}", chances.len());
        assert!(chances[..40].iter().all(|&chance| chance < 0.5));
    }
}
