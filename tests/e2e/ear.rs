//! Recordings in words: what a telephone heard is judged by what a recogniser makes of it.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use curriculum::Language;
use models::audio::Samples;
use models::install::installed_file;
use models::piper::PiperVoice;
use models::transcribe::{Expectation, Stop, Transcriber as _};
use models::whisper::{Engine, Settings, WhisperTranscriber};

/// The longest piece that is recognised at once, in seconds.
const PIECE_S: usize = 20;

/// Whether everything is there that a taught call needs; says what is not.
pub(crate) fn installed() -> bool {
    let runs = |command: &mut Command| command.output().is_ok_and(|ran| ran.status.success());
    let audioop = runs(Command::new("python3").args(["-W", "ignore", "-c", "import audioop"]));
    let present = [
        ("python3 with audioop", audioop),
        (
            "espeak-ng",
            runs(Command::new("espeak-ng").arg("--version")),
        ),
        (
            "packs",
            edge::conversation::packs_folder()
                .join("trusted.keys")
                .exists(),
        ),
        (
            "a recogniser",
            installed_file("whisper-tiny.en", "ggml-f16.bin").is_ok(),
        ),
        ("a voice", PiperVoice::installed(Language::ENGLISH).is_ok()),
    ];
    let missing = present.iter().find(|(_, there)| !there);
    if let Some((what, _)) = missing {
        println!("skipped: {what} not installed");
    }
    missing.is_none()
}

/// What was said in a recording, in small letters.
pub(crate) fn in_words(wav: &Path) -> String {
    static ENGINE: OnceLock<Arc<Engine>> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| {
        let file = installed_file("whisper-tiny.en", "ggml-f16.bin").unwrap();
        Arc::new(Engine::load(&file).unwrap())
    });
    let mut ear =
        WhisperTranscriber::new(Arc::clone(engine), Language::ENGLISH, Settings::default())
            .unwrap();
    let heard = models::wav::read(wav).unwrap();
    let pieces = heard.values().chunks(PIECE_S * heard.rate().hz() as usize);
    let words = pieces.map(|piece| {
        let samples = Samples::new(heard.rate(), piece.to_vec());
        let heard = ear.transcribe(&samples, &Expectation::Free, &Stop::never());
        heard.unwrap().text
    });
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}
