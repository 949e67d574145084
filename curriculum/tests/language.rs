//! The language of short texts that the weights were not learned from.

#![cfg(test)]

use std::path::PathBuf;

use curriculum::language_guess::{GUESSED, guess};

#[path = "../examples/language_profile/corpus.rs"]
mod corpus;

#[test]
fn three_and_five_words_tell_the_language_of_held_out_sentences() {
    let data = std::env::var_os("ISHURI_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    if !data.join("stories").is_dir() {
        println!(
            "skipped: no stories under {}; set ISHURI_DATA",
            data.display()
        );
        return;
    }
    let sentences = corpus::sentences(&data).unwrap();
    for (length, expected) in [(3, 0.97), (5, 0.985)] {
        for language in GUESSED {
            let of_language = sentences
                .iter()
                .filter(|s| s.held_out && s.language == language);
            let runs: Vec<String> = of_language
                .flat_map(|sentence| corpus::windows(&sentence.text, length))
                .take(3_000)
                .collect();
            let right = runs
                .iter()
                .filter(|run| guess(run).is_some_and(|guess| guess.language == language))
                .count();
            let share = right as f64 / runs.len() as f64;
            println!("{length} words, {language}: {share:.4} of {}", runs.len());
            assert!(
                share >= expected,
                "{length} words, {language}: {share:.4} of {}",
                runs.len()
            );
        }
    }
}
