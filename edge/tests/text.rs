//! The verbs a person uses in a terminal, as programs: `chat` and `grade`.

#![cfg(test)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ishuri-edge");

/// The cache of this machine: packs and models are there once the demo or a release put them.
fn cache() -> PathBuf {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = || PathBuf::from(set("HOME").unwrap_or_default()).join(".cache/ishuri");
    set("ISHURI_CACHE").map_or_else(home, PathBuf::from)
}

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(PROGRAM)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A sitting in the terminal until the input ends; what the tutor said.
fn chat(data: &Path, lines: &[&str]) -> Vec<String> {
    let data = data.to_str().unwrap();
    let arguments = ["chat", "--phone", "+250788000001", "--data", data];
    let output = run(&arguments, &format!("{}\n", lines.join("\n")));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    let tutor = said.lines().filter_map(|line| line.strip_prefix("Tutor: "));
    tutor.map(str::to_owned).collect()
}

/// The question that waits, without what led to it.
fn question(message: &str) -> &str {
    let sentences = message.rsplit_once(['.', '!', ':']);
    sentences.map_or(message, |(_, last)| last).trim()
}

#[test]
fn a_chat_closed_in_the_middle_goes_on_at_the_same_question() {
    if !cache().join("packs/trusted.keys").is_file() {
        println!("chat is not tried: no packs in {}", cache().display());
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let first = chat(
        data.path(),
        &["hello", "English", "Aline", "yes", "17", "yes", "7"],
    );
    let asked = question(first.last().unwrap());
    assert!(asked.len() > 5, "{first:?}");
    let second = chat(data.path(), &["repeat"]);
    assert!(second[0].contains(asked), "{asked:?} is not in {second:?}");
    assert!(second.last().unwrap().contains(asked), "{second:?}");
}

const RIGHT: &str = r#"{"question":"Why do we wash our hands?","references":["To remove germs."],"graded":[],"answer":"To remove germs."}"#;
const OTHER: &str = r#"{"question":"Why do we wash our hands?","references":["To remove germs."],"graded":[{"answer":"To take germs away.","correct":true},{"answer":"To make them warm.","correct":false}],"answer":"My goat is brown."}"#;
const NEAR: &str = r#"{"question":"What does the heart do?","references":["It pumps blood through the body."],"graded":[],"answer":"it moves blood around"}"#;

fn verdicts(lines: &[&str]) -> Option<Vec<serde_json::Value>> {
    if !cache()
        .join("models/minilm-l6-v2-int8/model.onnx")
        .is_file()
    {
        println!(
            "grade is not tried: no sentence encoder in {}",
            cache().display()
        );
        return None;
    }
    let output = run(&["grade"], &format!("{}\n", lines.join("\n")));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines = text(&output.stdout);
    Some(
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

#[test]
fn verdicts_come_in_the_order_of_their_answers() {
    let Some(forth) = verdicts(&[RIGHT, OTHER, NEAR, RIGHT]) else {
        return;
    };
    let mut back = verdicts(&[RIGHT, NEAR, OTHER, RIGHT]).unwrap();
    back.reverse();
    assert_eq!(forth, back);
    assert_eq!(forth[0], forth[3]);
    assert_ne!(forth[0]["probability"], forth[1]["probability"]);
}

#[test]
fn every_verdict_has_a_probability_also_one_deferred_or_without_graded_answers() {
    let Some(all) = verdicts(&[RIGHT, OTHER, NEAR]) else {
        return;
    };
    for verdict in &all {
        let probability = verdict["probability"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&probability), "{verdict}");
        let name = verdict["verdict"].as_str().unwrap();
        assert!(
            ["right", "not-yet", "deferred"].contains(&name),
            "{verdict}"
        );
    }
    assert_eq!(all[0]["evidence"]["graded"], 0);
    assert_eq!(all[1]["evidence"]["graded"], 2);
    assert!(
        all.iter().any(|verdict| verdict["verdict"] == "deferred"),
        "{all:?}"
    );
}

#[test]
fn a_broken_line_is_named() {
    if !cache()
        .join("models/minilm-l6-v2-int8/model.onnx")
        .is_file()
    {
        println!(
            "grade is not tried: no sentence encoder in {}",
            cache().display()
        );
        return;
    }
    let output = run(&["grade"], &format!("{RIGHT}\n{{\"question\": 3}}\n"));
    assert!(!output.status.success());
    let error = text(&output.stderr);
    assert!(error.contains("line 2"), "{error}");
    assert_eq!(
        text(&output.stdout).lines().count(),
        1,
        "the line before it was judged"
    );
}
