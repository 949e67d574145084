//! Tones that stand for speech: what was heard is known by its pitch.

use models::audio::AudioFrame;

/// What the box plays, one after the other.
pub const BOX: [u32; 4] = [450, 650, 850, 1_100];
/// What the telephone plays.
pub const LEARNER: [u32; 5] = [300, 550, 750, 950, 1_250];

/// Half a second of each tone.
pub fn samples(pitches: &[u32]) -> Vec<i16> {
    let tone = |pitch: &u32| {
        let step = f64::from(*pitch) * std::f64::consts::TAU / 8_000.0;
        (0..4_000).map(move |n| ((f64::from(n) * step).sin() * 8_000.0) as i16)
    };
    pitches.iter().flat_map(tone).collect()
}

pub fn frames(pitches: &[u32]) -> Vec<AudioFrame> {
    let samples = samples(pitches);
    let frame = |chunk: &[i16]| AudioFrame(chunk.try_into().expect("chunks are whole frames"));
    samples.chunks_exact(AudioFrame::LEN).map(frame).collect()
}

/// The tones of `pitches` in the order heard, each at least 100 ms long, repeats left out.
pub fn heard(samples: &[i16], pitches: &[u32]) -> Vec<u32> {
    let mut heard: Vec<u32> = Vec::new();
    let (mut last, mut run) = (None, 0);
    for chunk in samples.chunks_exact(AudioFrame::LEN) {
        let pitch = pitch_of(chunk, pitches);
        run = if pitch == last { run + 1 } else { 1 };
        last = pitch;
        if let Some(pitch) = pitch.filter(|pitch| run == 5 && heard.last() != Some(pitch)) {
            heard.push(pitch);
        }
    }
    heard
}

/// The loudest of `pitches` in 20 ms, if it makes most of the sound.
pub fn pitch_of(chunk: &[i16], pitches: &[u32]) -> Option<u32> {
    let energy: f64 = chunk.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
    if energy / chunk.len() as f64 <= 300.0 * 300.0 {
        return None;
    }
    pitches.iter().copied().find(|&pitch| {
        // Goertzel: the energy at one frequency.
        let factor = 2.0 * (f64::from(pitch) * std::f64::consts::TAU / 8_000.0).cos();
        let (mut before, mut now) = (0.0, 0.0);
        for &sample in chunk {
            (before, now) = (now, f64::from(sample) + factor * now - before);
        }
        let power = before * before + now * now - factor * before * now;
        power / (energy * chunk.len() as f64 / 2.0) > 0.7
    })
}

#[test]
fn tones_are_told_apart() {
    let all = [&BOX[..], &LEARNER[..]].concat();
    assert_eq!(heard(&samples(&all), &all), all);
    assert_eq!(heard(&[0; 8_000], &all), Vec::<u32>::new());
}
