//! The ways learners name a choice, and say yes or no.

use std::collections::HashMap;

use crate::transcribe::{Choices, SpokenAnswer};

use super::grammar::{Ending, normalise};

const YES: [&str; 13] = [
    "yes",
    "yeah",
    "yep",
    "yup",
    "yes please",
    "yes it is",
    "yes i am",
    "yes i do",
    "okay",
    "ok",
    "sure",
    "of course",
    "yes yes",
];
const NO: [&str; 10] = [
    "no",
    "nope",
    "nah",
    "no thank you",
    "no thanks",
    "no it is not",
    "no i dont",
    "no im not",
    "not yet",
    "no no",
];

/// What is said instead, most of all by those who did not understand the question.
const NEITHER: [&str; 18] = [
    "maybe",
    "what",
    "hello",
    "i dont know",
    "i do not know",
    "again",
    "say it again",
    "repeat",
    "help",
    "menu",
    "stop",
    "zero",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fifteen",
    "twenty",
];

const ORDINALS: [&str; 9] = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
];
const CARDINALS: [&str; 9] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
];

/// Letter names as Whisper writes them.
const LETTERS: [(char, &[&str]); 26] = [
    ('a', &["ay", "eh", "hey"]),
    ('b', &["be", "bee"]),
    ('c', &["see", "sea", "cee"]),
    ('d', &["dee"]),
    ('e', &["ee", "he"]),
    ('f', &["ef", "eff"]),
    ('g', &["gee", "jee"]),
    ('h', &["aitch", "age"]),
    ('i', &["eye"]),
    ('j', &["jay"]),
    ('k', &["kay", "okay"]),
    ('l', &["el", "ell"]),
    ('m', &["em"]),
    ('n', &["en"]),
    ('o', &["oh"]),
    ('p', &["pee", "pea"]),
    ('q', &["cue", "queue"]),
    ('r', &["are", "ar"]),
    ('s', &["es", "ess"]),
    ('t', &["tea", "tee"]),
    ('u', &["you"]),
    ('v', &["vee", "we"]),
    ('w', &["double you"]),
    ('x', &["ex"]),
    ('y', &["why"]),
    ('z', &["zed", "zee"]),
];

pub(super) fn yes_no() -> Vec<(String, Ending)> {
    let of = |words: &[&str], ending: &Ending| -> Vec<(String, Ending)> {
        words
            .iter()
            .map(|&word| (word.to_owned(), ending.clone()))
            .collect()
    };
    let mut phrases = of(&YES, &Ending::Answer(SpokenAnswer::Yes));
    phrases.extend(of(&NO, &Ending::Answer(SpokenAnswer::No)));
    phrases.extend(of(&NEITHER, &Ending::Other));
    phrases.extend(of(&CARDINALS, &Ending::Other));
    let numbered = CARDINALS.map(|cardinal| (format!("number {cardinal}"), Ending::Other));
    phrases.extend(numbered);
    phrases
}

/// Every way to name each choice. A way that would name two of them names none.
pub(super) fn choice(choices: &Choices) -> Vec<(String, Ending)> {
    let names: Vec<String> = choices
        .phrases()
        .iter()
        .map(|phrase| normalise(phrase).trim().to_owned())
        .collect();
    let mut owners: HashMap<String, Option<usize>> = HashMap::new();
    for (index, name) in names.iter().enumerate() {
        for way in places(index).into_iter().chain(variants(name)) {
            let owner = owners.entry(way).or_insert(Some(index));
            if *owner != Some(index) {
                *owner = None;
            }
        }
    }
    // What is written in the choice itself always names it: "two" in a choice of numbers is the
    // number, not the place.
    for (index, name) in names.iter().enumerate() {
        owners.insert(name.clone(), Some(index));
    }
    let named = owners
        .into_iter()
        .filter_map(|(way, owner)| Some((way, Ending::Answer(SpokenAnswer::Choice(owner?)))));
    let mut phrases: Vec<_> = named.collect();
    phrases.sort_by(|a, b| a.0.cmp(&b.0));
    phrases
}

fn places(index: usize) -> Vec<String> {
    let (Some(ordinal), Some(cardinal)) = (ORDINALS.get(index), CARDINALS.get(index)) else {
        return Vec::new();
    };
    let digit = index + 1;
    vec![
        format!("{ordinal} one"),
        format!("the {ordinal} one"),
        format!("the {ordinal}"),
        (*ordinal).to_owned(),
        format!("number {cardinal}"),
        format!("number {digit}"),
    ]
}

/// The phrase with and without its article, and the names of a single letter.
fn variants(name: &str) -> Vec<String> {
    let bare = ["the ", "a ", "an "]
        .iter()
        .find_map(|article| name.strip_prefix(article))
        .unwrap_or(name);
    let mut ways = vec![
        name.to_owned(),
        bare.to_owned(),
        format!("the {bare}"),
        format!("a {bare}"),
    ];
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        let spoken = LETTERS.iter().find(|(name, _)| *name == letter);
        ways.extend(
            spoken
                .into_iter()
                .flat_map(|(_, ways)| ways.iter().map(|&way| way.to_owned())),
        );
        ways.push(format!("letter {letter}"));
        ways.push(format!("answer {letter}"));
    }
    ways
}
