//! Two hundred sounds of a telephone line that are no answer.

use std::f64::consts::TAU;
use std::time::Duration;

use models::audio::{SampleRate, Samples};
use models::telephone::telephone_line;

use super::dice::Dice;

/// What a sound is, for the table of what was mistaken for an answer.
pub(super) type Kind = &'static str;

const RATE: f64 = 8_000.0;

/// The same 200 clips for the same seed, each 0.4-3 s long and already through the line.
pub(super) fn noises(seed: u64) -> Vec<(Kind, Samples)> {
    let mut dice = Dice::new(seed);
    let mut clips = Vec::with_capacity(200);
    for _ in 0..20 {
        let level = if dice.chance() < 0.5 {
            0.0
        } else {
            decibels(-72.0)
        };
        let len = length(&mut dice);
        clips.push(("silence", noise(&mut dice, len, level, 0.0)));
    }
    for level in [-60.0, -50.0, -40.0, -30.0, -20.0] {
        for nth in 0..10 {
            let len = length(&mut dice);
            let colour = if nth % 2 == 0 { 0.0 } else { 0.9 };
            clips.push(("line noise", noise(&mut dice, len, decibels(level), colour)));
        }
    }
    for _ in 0..20 {
        clips.push(("hum", hum(&mut dice)));
    }
    for _ in 0..30 {
        clips.push(("dtmf", dtmf(&mut dice)));
    }
    for nth in 0..32 {
        clips.push(if nth % 2 == 0 {
            ("dial tone", dial_tone(&mut dice))
        } else {
            ("busy tone", busy_tone(&mut dice))
        });
    }
    for _ in 0..24 {
        clips.push(("clicks", clicks(&mut dice)));
    }
    for _ in 0..24 {
        clips.push(("breath", breath(&mut dice)));
    }
    let through = |(kind, values): (Kind, Vec<f64>)| {
        let values = values.into_iter().map(|value| value as f32).collect();
        (
            kind,
            telephone_line(&Samples::new(SampleRate::TELEPHONE, values)),
        )
    };
    clips.into_iter().map(through).collect()
}

fn decibels(level: f64) -> f64 {
    10f64.powf(level / 20.0)
}

fn length(dice: &mut Dice) -> usize {
    SampleRate::TELEPHONE.samples_in(Duration::from_millis(400 + dice.below(2_600)))
}

/// Gaussian noise of the given loudness; `colour` near 1.0 moves it to the low end.
fn noise(dice: &mut Dice, len: usize, level: f64, colour: f64) -> Vec<f64> {
    let mut before = 0.0;
    let scale = level * (1.0 - colour * colour).sqrt();
    let mut next = || {
        before = colour * before + scale * dice.normal();
        before
    };
    (0..len).map(|_| next()).collect()
}

/// Mains hum: 50 or 60 Hz, its harmonics as a poor power supply leaves them, and a little noise.
fn hum(dice: &mut Dice) -> Vec<f64> {
    let base = if dice.chance() < 0.7 { 50.0 } else { 60.0 };
    let level = decibels(-40.0 + 28.0 * dice.chance());
    let len = length(dice);
    let weights: Vec<f64> = (1..20).map(|nth| dice.chance() / f64::from(nth)).collect();
    let floor = noise(dice, len, decibels(-55.0), 0.0);
    let wave = |(n, floor): (usize, f64)| {
        let cycles = base * n as f64 / RATE;
        let harmonics = weights.iter().enumerate();
        floor
            + level
                * harmonics
                    .map(|(nth, weight)| weight * (TAU * cycles * (nth + 1) as f64).sin())
                    .sum::<f64>()
    };
    floor.into_iter().enumerate().map(wave).collect()
}

/// One to four keys (ITU-T Q.23), 80-200 ms each.
fn dtmf(dice: &mut Dice) -> Vec<f64> {
    let low = [697.0, 770.0, 852.0, 941.0];
    let high = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
    let level = decibels(-18.0 + 10.0 * dice.chance());
    let mut values = noise(dice, 2_400, decibels(-60.0), 0.0);
    for _ in 0..=dice.below(4) {
        let pair = [low[dice.below(4) as usize], high[dice.below(4) as usize]];
        let len = 640 + dice.below(960) as usize;
        values.extend(tones(&pair, len, level));
        values.extend(noise(dice, 800, decibels(-60.0), 0.0));
    }
    values
}

/// Steady 425 Hz (most of the world) or 350 with 440 Hz (North America).
fn dial_tone(dice: &mut Dice) -> Vec<f64> {
    let level = decibels(-24.0 + 14.0 * dice.chance());
    let len = length(dice);
    if dice.chance() < 0.5 {
        tones(&[425.0], len, level)
    } else {
        tones(&[350.0, 440.0], len, level)
    }
}

/// Half a second on, half a second off (ITU-T E.180), or a quarter: congestion.
fn busy_tone(dice: &mut Dice) -> Vec<f64> {
    let level = decibels(-24.0 + 14.0 * dice.chance());
    let len = length(dice);
    let half = if dice.chance() < 0.5 { 4_000 } else { 2_000 };
    let pitches: &[f64] = if dice.chance() < 0.5 {
        &[425.0]
    } else {
        &[480.0, 620.0]
    };
    let mut values = tones(pitches, len, level);
    for (n, value) in values.iter_mut().enumerate() {
        if n / half % 2 == 1 {
            *value = 0.0;
        }
    }
    values
}

fn tones(pitches: &[f64], len: usize, level: f64) -> Vec<f64> {
    let at = |n: usize| {
        pitches
            .iter()
            .map(|pitch| (TAU * pitch * n as f64 / RATE).sin())
            .sum::<f64>()
    };
    (0..len).map(|n| level * at(n)).collect()
}

/// Taps on the handset and relay clicks: short decaying bursts over a quiet line.
fn clicks(dice: &mut Dice) -> Vec<f64> {
    let len = length(dice);
    let mut values = noise(dice, len, decibels(-58.0), 0.0);
    for _ in 0..=dice.below(6) {
        let start = dice.below(len as u64) as usize;
        let level = decibels(-20.0 + 16.0 * dice.chance());
        let decay = 8.0 + 80.0 * dice.chance();
        let pitch = 400.0 + 2_600.0 * dice.chance();
        for (n, value) in values[start..].iter_mut().take(1_200).enumerate() {
            let ring = (TAU * pitch * n as f64 / RATE).cos() + 0.5 * dice.normal();
            *value += level * ring * (-(n as f64) / decay).exp();
        }
    }
    values
}

/// Breathing on the microphone: noise through a wide resonance, swelling and fading.
fn breath(dice: &mut Dice) -> Vec<f64> {
    let len = length(dice).max(6_000);
    let mut values = noise(dice, len, decibels(-58.0), 0.0);
    let mut start = dice.below(2_000) as usize;
    while start + 2_400 < len {
        let one = (2_400 + dice.below(4_800) as usize).min(len - start);
        let level = decibels(-38.0 + 18.0 * dice.chance());
        let pitch = 500.0 + 1_500.0 * dice.chance();
        let (mut first, mut second) = (0.0, 0.0);
        let radius: f64 = 0.85;
        let turn = 2.0 * radius * (TAU * pitch / RATE).cos();
        for n in 0..one {
            let output = dice.normal() + turn * first - radius * radius * second;
            (second, first) = (first, output);
            let swell = (std::f64::consts::PI * n as f64 / one as f64).sin();
            values[start + n] += level * 0.4 * output * swell;
        }
        start += one + 1_600 + dice.below(4_000) as usize;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_two_hundred_sounds() {
        let first = noises(7);
        assert_eq!(first.len(), 200);
        assert!(first == noises(7));
        assert!(first != noises(8));
        for (kind, samples) in &first {
            let duration = samples.duration().as_secs_f64();
            assert!((0.3..=3.5).contains(&duration), "{kind}: {duration} s");
        }
    }
}
