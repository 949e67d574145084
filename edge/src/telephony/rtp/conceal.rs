//! Makes up for lost samples, so that a lost packet is no click and no hole in a word.

use std::collections::VecDeque;

use models::audio::AudioFrame;

use super::jitter::Pulled;

/// The pitches looked for, in samples: 200 to 66 Hz, and the multiples of higher voices
/// (ITU-T G.711 appendix I).
const PERIOD_MIN: usize = 40;
const PERIOD_MAX: usize = 120;
/// Samples compared to find the pitch.
const COMPARED: usize = 160;
const HISTORY: usize = PERIOD_MAX + COMPARED;

/// The last sound goes on in full for 10 ms, then fades until 60 ms, as in appendix I.
const FADE_BEGIN: usize = 80;
const FADE_END: usize = 480;
/// Samples over which made-up sound gives way to heard sound.
const JOIN: usize = 32;

/// Noise never louder than this, in -dBov, whatever the peer asks for.
const NOISE_LOUDEST: u8 = 40;

/// Fills what is missing in frames, one after the other.
#[derive(Debug)]
pub(crate) struct Concealer {
    /// The last samples given out, oldest first.
    history: VecDeque<i16>,
    /// One period of the last sound, and where in it we are.
    template: Vec<i16>,
    position: usize,
    /// Samples made up in this gap so far.
    repeated: usize,
    /// Samples of heard sound still to be blended with made-up sound.
    joining: usize,
    noise: u32,
}

impl Concealer {
    pub(crate) fn new() -> Concealer {
        Concealer {
            history: VecDeque::from(vec![0; HISTORY]),
            template: Vec::new(),
            position: 0,
            repeated: 0,
            joining: 0,
            noise: 0x9e37_79b9,
        }
    }

    pub(crate) fn fill(&mut self, pulled: &Pulled) -> AudioFrame {
        let mut frame = AudioFrame::SILENCE;
        let mut in_gap = self.repeated > 0 && self.joining == 0;
        for (out, sample) in frame.0.iter_mut().zip(&pulled.samples) {
            *out = match (sample, pulled.comfort) {
                (Some(sample), _) => {
                    if in_gap {
                        self.joining = JOIN;
                    }
                    in_gap = false;
                    self.heard(*sample)
                }
                (None, Some(level)) => {
                    in_gap = false;
                    self.comfort(level)
                }
                (None, None) => {
                    if !in_gap {
                        self.begin_gap();
                    }
                    in_gap = true;
                    self.made_up()
                }
            };
            self.history.pop_front();
            self.history.push_back(*out);
        }
        frame
    }

    fn heard(&mut self, sample: i16) -> i16 {
        if self.joining == 0 {
            self.repeated = 0;
            return sample;
        }
        let old = self.joining as i32;
        self.joining -= 1;
        let made_up = i32::from(self.made_up());
        let mixed = (made_up * old + i32::from(sample) * (JOIN as i32 - old)) / JOIN as i32;
        mixed as i16
    }

    fn begin_gap(&mut self) {
        self.template = last_period(self.history.make_contiguous());
        self.position = 0;
        self.repeated = 0;
        self.joining = 0;
    }

    /// Goes round the last period, ever more quietly.
    fn made_up(&mut self) -> i16 {
        let sample = self.template.get(self.position).copied().unwrap_or(0);
        self.position = (self.position + 1) % self.template.len().max(1);
        let gain = FADE_END.saturating_sub(self.repeated.max(FADE_BEGIN)) as i32;
        self.repeated += 1;
        (i32::from(sample) * gain / (FADE_END - FADE_BEGIN) as i32) as i16
    }

    /// White noise of `level` -dBov (RFC 3389).
    fn comfort(&mut self, level: u8) -> i16 {
        self.repeated = 0;
        self.joining = 0;
        // Xorshift: only its loudness is heard.
        self.noise ^= self.noise << 13;
        self.noise ^= self.noise >> 17;
        self.noise ^= self.noise << 5;
        let level = f32::from(level.clamp(NOISE_LOUDEST, 127));
        // The loudness of uniform noise is its peak over the square root of three.
        let peak = 32_768.0 * 10f32.powf(-level / 20.0) * 3f32.sqrt();
        let unit = self.noise as f32 / u32::MAX as f32 * 2.0 - 1.0;
        (unit * peak) as i16
    }
}

/// The last period of `history`, its end bent so that it leads into its own beginning.
fn last_period(history: &[i16]) -> Vec<i16> {
    let period = pitch(history);
    let begin = history.len() - period;
    let mut template = history[begin..].to_vec();
    let bend = period / 4;
    for n in 0..bend {
        let before = i32::from(history[begin - bend + n]);
        let weight = (n + 1) as i32;
        let here = i32::from(template[period - bend + n]);
        let mixed = (here * (bend as i32 + 1 - weight) + before * weight) / (bend as i32 + 1);
        template[period - bend + n] = mixed as i16;
    }
    template
}

/// The lag at which the end of `history` is most like itself.
fn pitch(history: &[i16]) -> usize {
    let end = &history[history.len() - COMPARED..];
    let likeness = |lag: usize| -> f64 {
        let begin = history.len() - COMPARED - lag;
        let earlier = &history[begin..begin + COMPARED];
        let (mut product, mut energy) = (0.0, 1.0);
        for (&now, &then) in end.iter().zip(earlier) {
            product += f64::from(now) * f64::from(then);
            energy += f64::from(then) * f64::from(then);
        }
        product / energy.sqrt()
    };
    let mut best = (PERIOD_MIN, f64::MIN);
    for lag in PERIOD_MIN..=PERIOD_MAX {
        let likeness = likeness(lag);
        if likeness > best.1 {
            best = (lag, likeness);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, frames: usize) -> Vec<i16> {
        (0..frames * AudioFrame::LEN)
            .map(|n| ((n as f64 * hz * std::f64::consts::TAU / 8_000.0).sin() * 8_000.0) as i16)
            .collect()
    }

    /// Plays `frames` of audio, those in `lost` missing.
    fn play(audio: &[i16], lost: &[usize]) -> Vec<i16> {
        let mut concealer = Concealer::new();
        let frames = audio.chunks_exact(AudioFrame::LEN).enumerate();
        let played = frames.flat_map(|(n, chunk)| {
            let mut samples = [None; AudioFrame::LEN];
            if !lost.contains(&n) {
                for (slot, &sample) in samples.iter_mut().zip(chunk) {
                    *slot = Some(sample);
                }
            }
            let pulled = Pulled {
                samples,
                lost: lost.contains(&n),
                comfort: None,
            };
            concealer.fill(&pulled).0
        });
        played.collect()
    }

    fn energy(samples: &[i16]) -> f64 {
        samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum()
    }

    #[test]
    fn what_is_not_lost_is_not_touched() {
        let audio = tone(300.0, 20);
        assert_eq!(play(&audio, &[]), audio);
    }

    #[test]
    fn a_lost_frame_of_a_tone_is_a_tone_again() {
        for hz in [110.0, 200.0, 310.0, 440.0] {
            let audio = tone(hz, 20);
            let played = play(&audio, &[10]);
            let gap = 10 * 160..11 * 160;
            let wrong: Vec<i16> = audio[gap.clone()]
                .iter()
                .zip(&played[gap.clone()])
                .map(|(a, b)| (i32::from(*a) - i32::from(*b)).clamp(-32_768, 32_767) as i16)
                .collect();
            let ratio = energy(&wrong) / energy(&audio[gap]);
            assert!(ratio < 0.35, "{hz} Hz: {ratio}");
        }
    }

    #[test]
    fn no_step_is_louder_than_the_audios_own() {
        let audio = tone(200.0, 20);
        let steepest = |samples: &[i16]| {
            let steps = samples
                .windows(2)
                .map(|w| (i32::from(w[1]) - i32::from(w[0])).abs());
            steps.max().unwrap_or(0)
        };
        let played = play(&audio, &[5, 9, 10, 14]);
        assert!(
            steepest(&played) <= 2 * steepest(&audio),
            "{}",
            steepest(&played)
        );
    }

    #[test]
    fn a_long_loss_fades_to_silence_within_60_ms() {
        let played = play(&tone(200.0, 20), &[10, 11, 12, 13, 14]);
        assert!(energy(&played[10 * 160..11 * 160]) > 0.0);
        assert!(played[13 * 160..15 * 160].iter().all(|&sample| sample == 0));
    }

    #[test]
    fn comfort_noise_has_the_level_asked_for_and_never_shouts() {
        let loudness = |level: u8| {
            let mut concealer = Concealer::new();
            let pulled = Pulled {
                samples: [None; AudioFrame::LEN],
                lost: false,
                comfort: Some(level),
            };
            let noise: Vec<i16> = (0..50).flat_map(|_| concealer.fill(&pulled).0).collect();
            (energy(&noise) / noise.len() as f64).sqrt()
        };
        let expected = |level: f64| 32_768.0 * 10f64.powf(-level / 20.0);
        assert!((loudness(50) / expected(50.0) - 1.0).abs() < 0.1);
        assert!((loudness(0) / expected(40.0) - 1.0).abs() < 0.1);
    }
}
