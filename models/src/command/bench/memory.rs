//! Resident memory of a box that hears, speaks and compares.

use std::time::Duration;

use anyhow::Context;
use curriculum::Language;

use models::audio::{SampleRate, Samples};
use models::install::installed_file;
use models::onnx::MiniLm;
use models::piper::PiperVoice;
use models::resample::resample;
use models::sentence::SentenceEncoder;
use models::synthesise::{SpeakingStyle, speak};
use models::transcribe::{Expectation, Stop, Transcriber};
use models::whisper::{Engine, Settings, WhisperTranscriber};

use super::Row;

const REACH_MB: f64 = 450.0;

/// The longest things a turn holds: a free answer of 8 s and a sentence of the longest kind.
const REPLY: &str = "Bread is three hundred and fifty francs and you pay with five hundred, so you jump \
    from three hundred and fifty to four hundred, then to five hundred, and together that is one \
    hundred and fifty.";

pub(super) fn rows() -> anyhow::Result<Vec<Row>> {
    let before = resident_mb("VmRSS:")?;
    let whisper = installed_file("whisper-tiny.en", "ggml-f16.bin")?;
    let engine = std::sync::Arc::new(Engine::load(&whisper)?);
    let mut transcriber = WhisperTranscriber::new(engine, Language::ENGLISH, Settings::default())?;
    let mut voice = PiperVoice::installed(Language::ENGLISH)?;
    let mut encoder = MiniLm::installed()?;

    let spoken: Result<Vec<Samples>, _> =
        speak(&mut voice, REPLY, Language::ENGLISH, SpeakingStyle::LEARNER)?.collect();
    let spoken = spoken?;
    let first = spoken.first().context("the reply has a sentence")?;
    let heard = first
        .values()
        .iter()
        .copied()
        .take(SampleRate::VOICE.samples_in(Duration::from_secs(8)));
    let heard = resample(
        &Samples::new(first.rate(), heard.collect()),
        SampleRate::HEARING,
    );
    transcriber.transcribe(&heard, &Expectation::Free, &Stop::never())?;
    encoder.encode(&[REPLY])?;

    let (after, most) = (resident_mb("VmRSS:")?, resident_mb("VmHWM:")?);
    Ok(vec![Row {
        what: "resident memory with Whisper tiny.en, one voice and MiniLM loaded and used"
            .to_owned(),
        ours: format!("{after:.0} MB (at most {most:.0} MB while it worked)"),
        baseline: format!("{before:.0} MB before loading"),
        reach: "<= 450 MB",
        met: Some(after <= REACH_MB),
    }])
}

/// A line of the process's status, in MB.
fn resident_mb(line: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status").context("read /proc/self/status")?;
    let kilobytes: f64 = status
        .lines()
        .find_map(|text| text.strip_prefix(line))
        .and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .with_context(|| format!("find {line} in /proc/self/status"))?;
    Ok(kilobytes / 1_024.0)
}
