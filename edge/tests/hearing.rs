//! Real voices and the box's own echo at the endpointer.
//!
//! The voices are recordings of spoken digits that nobody of this project made; they are found
//! through `ISHURI_DATA`, and the tests say so and pass where they are absent.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use edge::hearing::{Endpointer, HearingEvent, Verdict};
use models::audio::AudioFrame;

/// Recordings of spoken digits, or `None` with a line that says why.
fn digits() -> Option<Vec<Vec<AudioFrame>>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let data = std::env::var_os("ISHURI_DATA").map_or_else(beside, PathBuf::from);
    let folder = data.join("speech/spoken-digits-8k");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: no recordings in {}", folder.display());
        return None;
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "wav"));
    paths.sort();
    // Every seventh: all speakers and digits, in a time a test may take.
    let chosen = paths.iter().step_by(7);
    let frames = chosen.map(|path| {
        let samples = models::wav::read(path).expect("a recording of the set can be read");
        samples.to_frames().expect("the set was recorded at 8 kHz")
    });
    Some(frames.collect())
}

/// The frames, scaled so that the loudest of them has this root mean square.
fn at_level(frames: &[AudioFrame], level: f32) -> Vec<AudioFrame> {
    let loudest = frames.iter().map(rms).fold(1.0, f32::max);
    let scale = |frame: &AudioFrame| scaled(frame, level / loudest);
    frames.iter().map(scale).collect()
}

fn scaled(frame: &AudioFrame, by: f32) -> AudioFrame {
    AudioFrame(frame.0.map(|value| (f32::from(value) * by) as i16))
}

fn rms(frame: &AudioFrame) -> f32 {
    let energy: f32 = frame.0.iter().map(|&v| f32::from(v) * f32::from(v)).sum();
    (energy / AudioFrame::LEN as f32).sqrt()
}

fn mixed(mut a: AudioFrame, b: &AudioFrame) -> AudioFrame {
    for (value, other) in a.0.iter_mut().zip(b.0) {
        *value = value.saturating_add(other);
    }
    a
}

/// Line noise about 60 dB below a voice, the same on every run.
struct Noise(u64);

impl Noise {
    fn frame(&mut self) -> AudioFrame {
        let mut frame = AudioFrame::SILENCE;
        for value in &mut frame.0 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
            self.0 = self.0.wrapping_add(1);
            *value = ((self.0 >> 33) % 9) as i16 - 4;
        }
        frame
    }
}

/// Prompts of about four seconds: eight digits each.
fn prompts(digits: &[Vec<AudioFrame>], count: usize) -> Vec<Vec<AudioFrame>> {
    let gap = [AudioFrame::SILENCE; 3];
    let prompt = |nth: usize| {
        let words = (0..8).map(move |word| (nth * 31 + word * 17) % digits.len());
        words
            .flat_map(|at| at_level(&digits[at], 4_000.0).into_iter().chain(gap))
            .collect()
    };
    (0..count).map(prompt).collect()
}

#[test]
fn every_spoken_digit_becomes_one_whole_utterance() {
    let Some(digits) = digits() else { return };
    let (mut whole, mut noise) = (0, Noise(1));
    let energy = |frames: &[AudioFrame]| frames.iter().map(|f| rms(f).powi(2)).sum::<f32>();
    for digit in &digits {
        let mut ears = Endpointer::new();
        let mut now = Instant::now();
        let spoken = at_level(digit, 3_000.0);
        let before: Vec<_> = (0..40).map(|_| noise.frame()).collect();
        let after: Vec<_> = (0..80).map(|_| noise.frame()).collect();
        let mut said = Vec::new();
        for frame in before.iter().chain(&spoken).chain(&after) {
            ears.handle_frame(frame, now);
            while let Some(event) = ears.poll_event() {
                if let HearingEvent::Recognise(number, utterance) = event {
                    said.push(energy(&utterance.frames));
                    ears.handle_verdict(number, Verdict::Complete, now);
                }
            }
            now += AudioFrame::DURATION;
        }
        let kept = said.last().copied().unwrap_or(0.0);
        whole += usize::from(kept > 0.98 * energy(&spoken));
    }
    println!("{whole} of {} digits whole", digits.len());
    assert!(
        whole * 100 >= digits.len() * 97,
        "{whole} of {}",
        digits.len()
    );
}

/// How the prompt comes back.
#[derive(Clone, Copy, Debug)]
struct Path {
    decibels: f32,
    frames_late: usize,
}

/// Plays prompts with their echo; gives for each how many frames it lasted before speech was
/// noticed, if it was. `learner` gives what is said into a prompt, and from which frame on.
fn played(
    prompts: &[Vec<AudioFrame>],
    path: Path,
    learner: impl Fn(usize) -> Option<(usize, Vec<AudioFrame>)>,
) -> Vec<Option<usize>> {
    let mut ears = Endpointer::new();
    let (mut now, mut noise) = (Instant::now(), Noise(7));
    let gain = 10_f32.powf(path.decibels / 20.0);
    let mut line: VecDeque<_> = vec![AudioFrame::SILENCE; path.frames_late].into();
    let mut stopped = Vec::new();
    for (nth, prompt) in prompts.iter().enumerate() {
        let speech = learner(nth);
        let mut at_frame = None;
        ears.handle_prompt_started();
        for at in 0..prompt.len() + 60 {
            let sent = prompt.get(at).filter(|_| at_frame.is_none());
            if sent.is_none() {
                ears.handle_prompt_ended();
            }
            let sent = sent.copied().unwrap_or(AudioFrame::SILENCE);
            ears.handle_sent(&sent);
            line.push_back(scaled(&sent, gain));
            let mut heard = mixed(
                noise.frame(),
                &line.pop_front().expect("one was pushed above"),
            );
            if let Some((from, said)) = &speech
                && let Some(said) = at.checked_sub(*from).and_then(|at| said.get(at))
            {
                heard = mixed(heard, said);
            }
            ears.handle_frame(&heard, now);
            now += AudioFrame::DURATION;
            while let Some(event) = ears.poll_event() {
                match event {
                    HearingEvent::Interrupted => at_frame = at_frame.or(Some(at)),
                    HearingEvent::Recognise(number, _) => {
                        ears.handle_verdict(number, Verdict::Complete, now);
                    }
                    _ => {}
                }
            }
        }
        ears.forget();
        stopped.push(at_frame);
    }
    stopped
}

#[test]
fn the_boxs_own_echo_never_interrupts_a_hundred_prompts() {
    let Some(digits) = digits() else { return };
    let prompts = prompts(&digits, 100);
    for (decibels, frames_late) in [
        (-20.0, 4),
        (-20.0, 15),
        (-20.0, 24),
        (-14.0, 9),
        (-30.0, 20),
    ] {
        let path = Path {
            decibels,
            frames_late,
        };
        let stopped = played(&prompts, path, |_| None);
        let wrong = stopped.iter().flatten().count();
        assert_eq!(wrong, 0, "{path:?}: {stopped:?}");
    }
}

#[test]
fn a_learner_who_speaks_stops_the_prompt_within_200_ms() {
    let Some(digits) = digits() else { return };
    let prompts = prompts(&digits, 60);
    // Three digits in a row, beginning with the first frame that can be heard.
    let spoken = |nth: usize| {
        let words = (0..3).map(|word| (nth * 13 + word * 29) % digits.len());
        let all: Vec<_> = words
            .flat_map(|at| at_level(&digits[at], 2_500.0))
            .collect();
        let first = all.iter().position(|frame| rms(frame) > 400.0).unwrap_or(0);
        all[first..].to_vec()
    };
    let from = 90;
    let path = Path {
        decibels: -20.0,
        frames_late: 12,
    };
    let stopped = played(&prompts, path, |nth| (nth > 0).then(|| (from, spoken(nth))));
    let later = |at: &usize| AudioFrame::DURATION * u32::try_from(at + 1 - from).unwrap();
    let mut delays: Vec<Duration> = stopped[1..].iter().flatten().map(later).collect();
    delays.sort_unstable();
    let missed = stopped[1..].iter().filter(|at| at.is_none()).count();
    let (median, p95) = (delays[delays.len() / 2], delays[delays.len() * 95 / 100]);
    println!("stopped after median {median:?}, p95 {p95:?}; missed {missed}");
    assert!(
        missed == 0 && p95 <= Duration::from_millis(200),
        "{delays:?}"
    );
}
