//! A learner's first minute, called by a telephone that shares no code with the box: a short form of
//! `cargo bench -p tests --bench calls -- solo`, which shows that what that measures can be measured.
//!
//! Needs the installed speech models and packs, `espeak-ng` and `sox`; says so and passes where one is
//! absent.

use std::path::PathBuf;
use std::time::Duration;

use tests::MeasuredBox;
use tests::learner::Words;
use tests::solo;

/// First contact takes half of it.
const LENGTH: Duration = Duration::from_secs(45);

#[test]
fn replies_to_words_and_keys_are_measured_at_the_far_end() {
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    let cache =
        std::env::var_os("ISHURI_CACHE").map_or_else(|| home.join(".cache/ishuri"), PathBuf::from);
    let models =
        std::env::var_os("ISHURI_MODELS").map_or_else(|| cache.join("models"), PathBuf::from);
    for needed in [
        cache.join("packs/trusted.keys"),
        models.join("whisper-tiny.en/ggml-f16.bin"),
    ] {
        if !needed.exists() {
            println!("skipped: no {}", needed.display());
            return;
        }
    }
    let words = match Words::new() {
        Ok(words) => words,
        Err(error) => {
            println!("skipped: no voice for the learner: {error}");
            return;
        }
    };
    let folder = tempfile::tempdir().expect("a folder");
    let daemon = MeasuredBox::start(folder.path(), 2);
    let met = solo::measure(&daemon, &words, LENGTH, None).expect("the box is called");
    met.print();
    assert!(met.replies("key") >= 1, "no key was answered");
    assert!(
        met.replies("complete") + met.replies("open") >= 1,
        "no word was answered"
    );
    let figures = daemon.figures();
    assert!(
        !figures.contains_key("conversation_events_total{what=\"failure\"}"),
        "{figures:?}"
    );
    daemon.close();
}
