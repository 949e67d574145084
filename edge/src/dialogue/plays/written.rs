//! The plays as files: each is played and must go as written.

#![cfg(test)]

use std::path::PathBuf;

use super::script::Script;
use super::stage;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/dialogue/plays")
}

fn plays() -> Vec<(PathBuf, String)> {
    let files = std::fs::read_dir(folder()).expect("the plays are in the repository");
    let mut plays: Vec<(PathBuf, String)> = files
        .map(|file| file.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a readable play");
            (path, text)
        })
        .collect();
    plays.sort();
    plays
}

#[test]
fn every_play_goes_as_written() {
    let write = std::env::var("ISHURI_PLAYS").is_ok_and(|value| value == "write");
    let mut faults = Vec::new();
    for (path, text) in plays() {
        let script = Script::parse(&text);
        let played = stage::play(&script);
        if write {
            std::fs::write(&path, &played).expect("a writable play");
        } else if played != text {
            let at = played.lines().zip(text.lines()).position(|(a, b)| a != b);
            let at = at.unwrap_or(played.lines().count().min(text.lines().count()));
            let line = |text: &str| text.lines().nth(at).unwrap_or("(nothing)").to_owned();
            faults.push(format!(
                "{}:{}\n  written {}\n  played  {}",
                path.display(),
                at + 1,
                line(&text),
                line(&played)
            ));
        }
    }
    assert!(
        faults.is_empty(),
        "{} plays go otherwise than written; read them after ISHURI_PLAYS=write:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn there_are_sixty_plays_in_both_forms_and_three_languages() {
    let plays = plays();
    assert!(plays.len() >= 60, "{} plays", plays.len());
    let with = |head: &str| {
        let opens =
            |(_, text): &&(PathBuf, String)| text.lines().any(|line| line.starts_with(head));
        plays.iter().filter(opens).count()
    };
    for head in ["(call", "(sms", "(terminal"] {
        assert!(with(head) > 0, "no play begins with {head}");
    }
    for language in ["en", "rw", "sw"] {
        let greeting = match language {
            "rw" => "T: Mura",
            "sw" => "T: Habari",
            _ => "T: Hello",
        };
        let spoken = with(greeting);
        assert!(spoken >= 5, "{language}: {spoken}");
    }
}
