//! `ishuri-models transcribe`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use curriculum::Language;
use models::install::{installed_file, models_dir};
use models::transcribe::{Choices, Expectation, SpokenAnswer, Stop, Transcriber, Transcript};
use models::wav;
use models::whisper::{Engine, Settings, WhisperTranscriber};
use serde_json::{Value, json};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// WAV files, one utterance each: PCM, float, A-law or mu-law, any rate, one or two channels.
    #[arg(required = true, value_name = "FILE.wav")]
    files: Vec<PathBuf>,
    /// What was asked for: free, number, number:DIGITS, choice:a,b,c or yes-no.
    #[arg(long, default_value = "free", value_parser = parse_expectation)]
    expect: Expectation,
    /// Speech model to hear with: its id in the catalogue, or a path to a ggml file.
    #[arg(long, default_value = "whisper-tiny.en")]
    model: String,
    /// Language that is spoken.
    #[arg(long, default_value = "en")]
    language: Language,
    /// Threads of one recognition.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    threads: u8,
    /// Print one JSON object for each file, in the order given.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let engine = Arc::new(Engine::load(&model_file(&args.model)?)?);
    let settings = Settings {
        threads: usize::from(args.threads),
        ..Settings::default()
    };
    let mut transcriber = WhisperTranscriber::new(engine, args.language, settings)?;
    let (mut failed, all) = (0, args.files.len());
    for file in args.files {
        match one(&mut transcriber, &file, &args.expect) {
            Ok(transcript) if args.json => println!("{}", json_of(&file, &transcript)),
            Ok(transcript) => println!("{}: {}", file.display(), line_of(&transcript)),
            // The other files are still worth hearing.
            Err(error) => {
                eprintln!(
                    "ishuri-models: failed to transcribe {}: {error:#}",
                    file.display()
                );
                failed += 1;
            }
        }
    }
    if failed > 0 {
        bail!("{failed} of {} files could not be transcribed", all);
    }
    Ok(())
}

fn one(
    transcriber: &mut WhisperTranscriber,
    file: &Path,
    expect: &Expectation,
) -> anyhow::Result<Transcript> {
    let samples = wav::read(file)?;
    Ok(transcriber.transcribe(&samples, expect, &Stop::never())?)
}

/// The best file of an installed model; a path stands for itself.
pub(super) fn model_file(model: &str) -> anyhow::Result<PathBuf> {
    let path = Path::new(model);
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let folder = models_dir()?;
    if folder.join(model).join("ggml-f16.bin").is_file() || !folder.join(model).is_dir() {
        return Ok(installed_file(model, "ggml-f16.bin")?);
    }
    installed_file(model, "ggml-q8_0.bin").context("find a ggml file of this speech model")
}

fn parse_expectation(text: &str) -> Result<Expectation, String> {
    let (kind, detail) = match text.split_once(':') {
        Some((kind, detail)) => (kind, Some(detail)),
        None => (text, None),
    };
    match (kind, detail) {
        ("free", None) => Ok(Expectation::Free),
        ("yes-no", None) => Ok(Expectation::YesNo),
        ("number", None) => Ok(Expectation::Number { digits: None }),
        ("number", Some(digits)) => match digits.parse() {
            Ok(digits @ 1..=15) => Ok(Expectation::Number {
                digits: Some(digits),
            }),
            _ => Err(format!("a number has 1 to 15 digits, not `{digits}`")),
        },
        ("choice", Some(list)) => {
            let phrases = list.split(',').map(str::to_owned).collect();
            Choices::new(phrases)
                .map(Expectation::Choice)
                .map_err(|error| format!("cannot {error}"))
        }
        _ => Err("say free, number, number:DIGITS, choice:a,b,c or yes-no".to_owned()),
    }
}

fn json_of(file: &Path, transcript: &Transcript) -> Value {
    let words: Vec<Value> = transcript
        .words
        .iter()
        .map(|word| json!({"text": word.text, "confidence": rounded(word.confidence)}))
        .collect();
    let milliseconds = |duration: std::time::Duration| rounded(duration.as_secs_f32() * 1_000.0);
    let times = &transcript.times;
    let mut object = json!({
        "file": file.to_string_lossy(),
        "accepted": transcript.accepted(),
        "reason": transcript.rejection.map(|rejection| rejection.as_str()),
        "text": transcript.text,
        "confidence": rounded(transcript.confidence),
        "no_speech": rounded(transcript.no_speech),
        "words": words,
        "times_ms": {
            "prepare": milliseconds(times.prepare),
            "encode": milliseconds(times.encode),
            "decode": milliseconds(times.decode),
        },
    });
    match &transcript.answer {
        Some(SpokenAnswer::Number(digits)) => object["number"] = json!(digits),
        Some(SpokenAnswer::Choice(index)) => object["choice"] = json!(index),
        Some(SpokenAnswer::Yes) => object["yes"] = json!(true),
        Some(SpokenAnswer::No) => object["yes"] = json!(false),
        None => {}
    }
    object
}

fn line_of(transcript: &Transcript) -> String {
    let answer = match &transcript.answer {
        Some(SpokenAnswer::Number(digits)) => format!(" = {digits}"),
        Some(SpokenAnswer::Choice(index)) => format!(" = choice {}", index + 1),
        Some(SpokenAnswer::Yes) => " = yes".to_owned(),
        Some(SpokenAnswer::No) => " = no".to_owned(),
        None => String::new(),
    };
    let verdict = transcript
        .rejection
        .map_or("accepted", |rejection| rejection.as_str());
    format!(
        "\"{}\"{answer} ({verdict}, {:.0} %)",
        transcript.text,
        transcript.confidence * 100.0
    )
}

/// Three decimals, without the noise of a 32-bit float.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&Expectation>) {
        assert_eq!(parse_expectation(text).ok().as_ref(), expected, "{text}");
    }

    #[test]
    fn every_expectation_has_a_short_form() {
        let choices = Choices::new(vec!["the river".into(), "lake".into()]).unwrap();
        check("free", Some(&Expectation::Free));
        check("yes-no", Some(&Expectation::YesNo));
        check("number", Some(&Expectation::Number { digits: None }));
        check("number:4", Some(&Expectation::Number { digits: Some(4) }));
        check("choice:the river,lake", Some(&Expectation::Choice(choices)));
        for wrong in [
            "",
            "number:0",
            "number:16",
            "number:x",
            "choice",
            "choice:",
            "choice:a,,b",
            "free:1",
            "maybe",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn a_number_is_absent_from_the_json_when_there_is_none() {
        let nothing = Transcript::nothing(models::transcribe::Rejection::Silence);
        let object = json_of(Path::new("a.wav"), &nothing);
        assert_eq!(object.get("number"), None);
        assert_eq!(object["accepted"], false);
        assert_eq!(object["reason"], "silence");
    }
}
