//! The phrase sets against the phrases written before them, phrases held out, and stories.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use curriculum::interface::sentences;
use curriculum::safeguarding::{Concern, Sign, Watch, notice};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn watches() -> Vec<Watch> {
    let read = |language| {
        let path = here(&format!("packs/safeguarding/{language}.toml"));
        let text = std::fs::read_to_string(path).expect("the phrase set is in the repository");
        Watch::parse(&text).expect("the phrase set can be read")
    };
    ["en", "rw", "sw"].map(read).to_vec()
}

/// Each phrase with the sign it must raise.
fn phrases(file: &str) -> Vec<(String, Option<Sign>)> {
    let path = here(&format!("fixtures/safeguarding/{file}.txt"));
    let text = std::fs::read_to_string(path).expect("the phrases are in the repository");
    let phrase = |line: &str| {
        let (kind, phrase) = line.split_once(": ").expect("a line is `kind: phrase`");
        let (kind, other) = match kind.strip_suffix(" other") {
            Some(kind) => (kind, true),
            None => (kind, false),
        };
        let concern = match kind {
            "violence" => Some(Concern::Violence),
            "abuse" => Some(Concern::Abuse),
            "self-harm" => Some(Concern::SelfHarm),
            "exploitation" => Some(Concern::Exploitation),
            "none" => None,
            unknown => panic!("`{unknown}` is not a kind"),
        };
        let sign = concern.map(|concern| Sign { concern, other });
        (phrase.to_owned(), sign)
    };
    text.lines().map(phrase).collect()
}

#[test]
fn every_phrase_written_before_the_detector_is_understood() {
    let watches = watches();
    for language in ["en", "rw", "sw"] {
        let phrases = phrases(language);
        assert!(phrases.len() >= 100, "{language}: {}", phrases.len());
        let faults: Vec<_> = phrases
            .iter()
            .map(|(phrase, sign)| (phrase, sign, notice(phrase, &watches)))
            .filter(|(_, sign, noticed)| {
                // That it alarms is what counts; which drawer it falls into may differ.
                sign.is_some() != noticed.is_some()
                    || sign.is_some_and(|s| noticed.is_some_and(|n| n.other != s.other))
            })
            .collect();
        assert!(faults.is_empty(), "{language}: {faults:#?}");
    }
}

#[test]
fn nineteen_of_twenty_held_out_phrases_are_noticed() {
    let watches = watches();
    let (mut noticed, mut signs, mut false_alarms, mut plain) = (0, 0, 0, 0);
    for language in ["en", "rw", "sw"] {
        let (mut right, mut of) = (0, 0);
        for (phrase, sign) in phrases(&format!("{language}.held-out")) {
            let got = notice(&phrase, &watches);
            match sign {
                Some(_) => {
                    of += 1;
                    right += usize::from(got.is_some());
                    if got.is_none() {
                        println!("{language}: not noticed: {phrase}");
                    }
                }
                None => {
                    plain += 1;
                    false_alarms += usize::from(got.is_some());
                    if got.is_some() {
                        println!("{language}: noticed in vain: {phrase}");
                    }
                }
            }
        }
        println!("{language}: recall {right}/{of}");
        noticed += right;
        signs += of;
    }
    println!("all: recall {noticed}/{signs}, false alarms {false_alarms}/{plain}");
    assert!(noticed * 100 >= signs * 95, "recall {noticed}/{signs}");
}

#[test]
fn stories_raise_no_alarm_in_995_of_1000_sentences() {
    let data =
        std::env::var_os("ISHURI_DATA").map_or_else(|| here("../../shared/data"), PathBuf::from);
    let folder = data.join("stories");
    if !folder.is_dir() {
        println!("skipped: no stories in {}", folder.display());
        return;
    }
    let watches = watches();
    let mut counts = BTreeMap::new();
    for language in ["en", "rw", "sw"] {
        let (mut alarms, mut sentences_read) = (0, 0);
        for file in std::fs::read_dir(folder.join(language)).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let said: String = text
                .lines()
                .filter(|line| !line.starts_with(['#', '*']))
                .flat_map(|line| [line, " "])
                .collect();
            for sentence in sentences(&said) {
                sentences_read += 1;
                if let Some(sign) = notice(sentence, &watches) {
                    alarms += 1;
                    println!("{language}: {sign:?}: {sentence}");
                }
            }
        }
        counts.insert(language, (alarms, sentences_read));
    }
    println!("alarms in story sentences: {counts:?}");
    for (language, (alarms, of)) in counts {
        assert!(alarms * 1000 <= of * 5, "{language}: {alarms} of {of}");
    }
}
