//! Converted weights, loaded by whisper.cpp itself, write down a known recording.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that is not as expected"
)]

use std::env;
use std::path::{Path, PathBuf};

use models::convert::{FileParts, check_ggml};
use models::install::installed_file;
use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters};

/// The shared recordings, when this machine has them.
fn recording() -> Option<PathBuf> {
    let data = env::var_os("ISHURI_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    Some(data.join("speech/jfk-16k.wav")).filter(|path| path.is_file())
}

fn transcribe(weights: &Path, recording: &Path) -> String {
    let samples: Vec<f32> = hound::WavReader::open(recording)
        .unwrap()
        .samples::<i16>()
        .map(|sample| f32::from(sample.unwrap()) / 32768.0)
        .collect();
    let context = WhisperContext::new_with_params(weights, WhisperContextParameters::default());
    let mut state = context.unwrap().create_state().unwrap();
    let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
    // The four tests already run side by side.
    params.set_n_threads(1);
    params.set_language(Some("en"));
    params.set_print_progress(false);
    state.full(params, &samples).unwrap();
    state
        .as_iter()
        .map(|segment| segment.to_str_lossy().unwrap().into_owned())
        .collect()
}

/// The words alone: the models differ in where they put commas.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(|word| {
            word.chars()
                .filter(|c| c.is_alphabetic())
                .collect::<String>()
                .to_lowercase()
        })
        .filter(|word| !word.is_empty())
        .collect()
}

#[track_caller]
fn check(id: &str, file: &str) {
    let (Ok(weights), Some(recording)) = (installed_file(id, file), recording()) else {
        println!("skipped: {id}/{file} is not installed or the shared recordings are absent");
        return;
    };
    check_ggml(&FileParts::open(&[&weights]).unwrap()).unwrap();
    let expected = "and so my fellow americans ask not what your country can do for you \
        ask what you can do for your country";
    assert_eq!(
        words(&transcribe(&weights, &recording)),
        words(expected),
        "{id}/{file}"
    );
}

#[test]
fn tiny_en_converted_from_a_checkpoint_hears_the_recording() {
    check("whisper-tiny.en", "ggml-f16.bin");
}

#[test]
fn tiny_en_quantised_hears_the_recording() {
    check("whisper-tiny.en", "ggml-q8_0.bin");
}

#[test]
fn base_converted_from_two_parts_hears_the_recording() {
    check("whisper-base", "ggml-f16.bin");
}

#[test]
fn base_quantised_hears_the_recording() {
    check("whisper-base", "ggml-q8_0.bin");
}
