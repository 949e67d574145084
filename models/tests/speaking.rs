//! The installed English voice, listened to by measurement. Skipped, and said so, without it.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that is not as expected"
)]

use std::sync::Arc;
use std::time::Duration;

use curriculum::Language;
use models::audio::Samples;
use models::install::installed_file;
use models::pause::{edges, longest_silences};
use models::piper::PiperVoice;
use models::synthesise::{SpeakingRate, SpeakingStyle, speak};
use models::telephone::telephone_line;
use models::transcribe::{Expectation, Stop, Transcriber as _};
use models::whisper::{Engine, Settings, WhisperTranscriber};

fn voice() -> Option<PiperVoice> {
    match PiperVoice::installed(Language::ENGLISH) {
        Ok(voice) => Some(voice.steady()),
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    }
}

fn spoken(voice: &mut PiperVoice, text: &str, style: SpeakingStyle) -> Vec<Samples> {
    speak(voice, text, Language::ENGLISH, style)
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn milliseconds(samples: &Samples, count: usize) -> u64 {
    count as u64 * 1_000 / u64::from(samples.rate().hz())
}

#[test]
fn a_comma_is_heard() {
    let Some(mut voice) = voice() else { return };
    for text in [
        "Press one for English, two for Kinyarwanda.",
        "You have three goats, two cows and a dog.",
    ] {
        let sentence = &spoken(&mut voice, text, SpeakingStyle::NATURAL)[0];
        let pause = longest_silences(sentence, 1)[0].len();
        assert!(
            milliseconds(sentence, pause) >= 120,
            "{text}: {} ms",
            milliseconds(sentence, pause)
        );
    }
}

/// Heard back through a telephone line by the larger Whisper, which was not tuned on the voice.
#[test]
fn the_first_sound_of_a_sentence_is_whole() {
    let (Some(mut voice), Some(mut ear)) = (voice(), ear()) else {
        return;
    };
    for text in [
        "Bread is made from flour.",
        "Boil the water.",
        "Big dogs bark.",
    ] {
        let sentence = &spoken(&mut voice, text, SpeakingStyle::NATURAL)[0];
        let line = telephone_line(sentence);
        let heard = ear.transcribe(&line, &Expectation::Free, &Stop::never());
        assert_eq!(heard.unwrap().text, text);
    }
}

fn ear() -> Option<WhisperTranscriber> {
    let weights = installed_file("whisper-base", "ggml-f16.bin")
        .inspect_err(|error| eprintln!("skipped: {error}"))
        .ok()?;
    let engine = Arc::new(Engine::load(&weights).unwrap());
    let settings = Settings::default();
    Some(WhisperTranscriber::new(engine, Language::ENGLISH, settings).unwrap())
}

#[test]
fn a_learner_hears_long_pauses_and_the_same_words() {
    let Some(mut voice) = voice() else { return };
    let text = "Take the bread, cut it in half, and give me one part. What is left?";
    let style = SpeakingStyle {
        rate: SpeakingRate::NATURAL,
        ..SpeakingStyle::LEARNER
    };
    let plain = spoken(&mut voice, text, SpeakingStyle::NATURAL);
    let drawn = spoken(&mut voice, text, style);
    assert_eq!(plain.len(), drawn.len());
    for (plain, drawn) in plain.iter().zip(&drawn) {
        assert!(drawn.duration() > plain.duration());
        assert!(milliseconds(drawn, edges(drawn).1) >= 590);
        // The same sound, with nothing but silence added.
        let loud = |samples: &Samples| {
            samples
                .values()
                .iter()
                .filter(|value| value.abs() > 0.05)
                .count()
        };
        assert_eq!(loud(plain), loud(drawn));
    }
    let inside = longest_silences(&drawn[0], 2);
    let inside: Vec<u64> = inside
        .iter()
        .map(|silence| milliseconds(&drawn[0], silence.len()))
        .collect();
    // Found again to within two steps of 5 ms.
    assert!(
        inside.len() == 2 && inside.iter().all(|ms| *ms >= 390),
        "{inside:?}"
    );
}

#[test]
fn a_slower_rate_takes_longer() {
    let Some(mut voice) = voice() else { return };
    let mut length = |rate| {
        let style = SpeakingStyle {
            rate: SpeakingRate::new(rate).unwrap(),
            ..SpeakingStyle::NATURAL
        };
        let all = spoken(
            &mut voice,
            "Seven tens take away three tens is four tens.",
            style,
        );
        all.iter()
            .map(Samples::duration)
            .sum::<Duration>()
            .as_secs_f64()
    };
    let (slow, natural, fast) = (length(0.8), length(1.0), length(1.25));
    assert!((slow / natural - 1.25).abs() < 0.12, "{slow} {natural}");
    assert!((fast / natural - 0.8).abs() < 0.12, "{fast} {natural}");
}

#[test]
fn a_question_ends_higher_than_a_statement() {
    let Some(mut voice) = voice() else { return };
    let mut raised = Vec::new();
    for words in [
        "You have five goats",
        "It is raining",
        "Are you ready",
        "Is it seven",
        "You sold them all",
        "They know him",
    ] {
        let mut end = |mark: &str| {
            let all = spoken(
                &mut voice,
                &format!("{words}{mark}"),
                SpeakingStyle::NATURAL,
            );
            final_pitch(&all[0])
        };
        let (statement, question) = (end("."), end("?"));
        assert!(
            question > statement,
            "{words}: {statement:.0} Hz, then {question:.0} Hz"
        );
        raised.push(question / statement);
    }
    let mean = raised.iter().sum::<f64>() / raised.len() as f64;
    assert!(mean > 1.1, "on average only {mean:.2} times as high");
}

/// Pitch at the end of the last voiced sound, in hertz: the mean of the last three frames whose
/// autocorrelation has a clear peak between 70 and 160 Hz, where this voice speaks.
fn final_pitch(samples: &Samples) -> f64 {
    let rate = samples.rate().hz() as usize;
    let (window, step) = (rate / 25, rate / 100);
    let loudest = samples
        .values()
        .iter()
        .fold(0.0_f32, |loudest, value| loudest.max(value.abs()));
    let mut pitches: Vec<f64> = samples
        .values()
        .windows(window)
        .step_by(step)
        .filter(|frame| frame.iter().any(|value| value.abs() > loudest / 8.0))
        .filter_map(|frame| {
            let product =
                |lag: usize| -> f32 { frame[lag..].iter().zip(frame).map(|(a, b)| a * b).sum() };
            let best =
                (rate / 160..=rate / 70).max_by(|a, b| product(*a).total_cmp(&product(*b)))?;
            (product(best) > product(0) / 2.0).then(|| rate as f64 / best as f64)
        })
        .collect();
    let last = pitches.split_off(pitches.len().saturating_sub(3));
    last.iter().sum::<f64>() / last.len() as f64
}
