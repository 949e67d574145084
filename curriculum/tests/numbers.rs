//! Numbers as people say and write them, against `fixtures/number` and independent spellers.

#![cfg(test)]

use std::path::PathBuf;

use curriculum::Language;
use curriculum::number::Number;
use curriculum::number_reading::{Hint, Reading, Role, read};
use curriculum::number_words::{NounClass, spell, spell_agreeing};
use num2words::Num2Words;
use proptest::prelude::*;

const TAUGHT: [Language; 3] = [Language::ENGLISH, Language::KINYARWANDA, Language::SWAHILI];

struct Form {
    place: String,
    language: Language,
    hint: Hint,
    text: String,
    expected: Vec<Number>,
    refused: Vec<Number>,
}

/// The forms of one file of `fixtures/number`.
fn forms(name: &str) -> Vec<Form> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/number")
        .join(name);
    let source = std::fs::read_to_string(&path).unwrap();
    let (mut language, mut hint) = (Language::ENGLISH, Hint::Any);
    let mut forms = Vec::new();
    for (index, line) in source.lines().enumerate() {
        let place = format!("{name}:{}", index + 1);
        if let Some(heading) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            let (tag, asked) = heading.split_once(' ').unwrap_or((heading, ""));
            language = tag.parse().unwrap();
            hint = match asked {
                "" => Hint::Any,
                "decimal" => Hint::Decimal,
                "time" => Hint::Time,
                other => panic!("{place}: unknown hint {other}"),
            };
            continue;
        }
        let Some((text, meaning)) = line.rsplit_once("->") else {
            continue;
        };
        if line.starts_with('#') {
            continue;
        }
        let (expected, refused) = meaning.split_once("not").unwrap_or((meaning, ""));
        forms.push(Form {
            place,
            language,
            hint,
            text: text.trim().to_owned(),
            expected: values(expected),
            refused: values(refused),
        });
    }
    forms
}

fn values(text: &str) -> Vec<Number> {
    text.split_whitespace()
        .filter(|word| *word != "none")
        .map(value)
        .collect()
}

fn value(text: &str) -> Number {
    if let Some((hour, minute)) = text.split_once(':') {
        let minutes = hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap();
        return Number::whole(minutes % 720);
    }
    match text.split_once('/') {
        Some((over, under)) => {
            Number::ratio(over.parse().unwrap(), under.parse().unwrap()).unwrap()
        }
        None => Number::from_decimal(text).unwrap(),
    }
}

fn values_read(text: &str, language: Language, hint: Hint) -> Vec<Number> {
    read(text, language, hint)
        .into_iter()
        .map(|reading| reading.value)
        .collect()
}

/// How many of `forms` are read as their line says; the others are printed.
fn read_rightly(forms: &[Form]) -> usize {
    let right = |form: &&Form| {
        let got = values_read(&form.text, form.language, form.hint);
        let best = got.first() == form.expected.first();
        let all = form.expected.iter().all(|value| got.contains(value));
        let ok = best && all && !form.refused.iter().any(|value| got.contains(value));
        if !ok {
            println!(
                "{}: {:?} expected {:?} got {got:?}",
                form.place, form.text, form.expected
            );
        }
        ok
    };
    forms.iter().filter(right).count()
}

#[test]
fn odd_forms_written_before_the_reader_are_understood() {
    for name in ["odd-en.txt", "odd-rw.txt", "odd-sw.txt"] {
        let forms = forms(name);
        let right = read_rightly(&forms);
        println!("{name}: {right} of {}", forms.len());
        assert!(
            right * 100 >= forms.len() * 98,
            "{name}: {right} of {}",
            forms.len()
        );
    }
}

#[track_caller]
fn check_round_trip(words: &str, value: u32, language: Language) {
    let got = values_read(words, language, Hint::Any);
    assert_eq!(
        got.first(),
        Some(&Number::whole(value.into())),
        "{words:?} read as {got:?}"
    );
}

/// Every number in release builds and with `ISHURI_NUMBERS=all`; else a stride without a factor of
/// ten, which meets every class of words.
fn to_a_million() -> impl Iterator<Item = u32> {
    let all = std::env::var("ISHURI_NUMBERS").is_ok_and(|value| value == "all");
    let step = if cfg!(debug_assertions) && !all {
        83
    } else {
        1
    };
    (0..2_000).chain((2_000..=1_000_000).step_by(step))
}

/// Checks each number, on every core; gives back how many there were.
fn check_each(values: impl Iterator<Item = u32>, check: impl Fn(u32) + Sync) -> usize {
    let values: Vec<u32> = values.collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let check = &check;
    std::thread::scope(|scope| {
        for part in values.chunks(values.len().div_ceil(cores).max(1)) {
            scope.spawn(move || part.iter().for_each(|value| check(*value)));
        }
    });
    values.len()
}

#[test]
fn every_number_spelled_by_num2words_reads_back() {
    let count = check_each(to_a_million(), |value| {
        let words = Num2Words::new(value).to_words().unwrap();
        check_round_trip(&words, value, Language::ENGLISH);
    });
    println!("{count} numbers spelled by num2words read back, every one exact");
}

#[test]
fn every_number_reads_back_from_its_words_and_digits() {
    let count = check_each(to_a_million(), |value| {
        for language in TAUGHT {
            check_round_trip(&spell(value.into(), language).unwrap(), value, language);
        }
        check_round_trip(&value.to_string(), value, Language::ENGLISH);
    });
    let trips = count * TAUGHT.len();
    println!("{trips} round trips of words in three languages, every one exact");
}

#[test]
fn every_number_reads_back_in_agreement_with_its_noun() {
    let classes = [
        NounClass::Four,
        NounClass::Six,
        NounClass::Eight,
        NounClass::Ten,
    ];
    let count = check_each(to_a_million().step_by(7), |value| {
        for class in classes {
            let words = spell_agreeing(value.into(), Language::KINYARWANDA, class).unwrap();
            check_round_trip(&words, value, Language::KINYARWANDA);
        }
    });
    println!("{count} numbers in agreement with nouns of four classes, every one exact");
}

/// Spellings that published courses use beside the first one.
#[test]
fn every_number_reads_back_in_other_published_spellings() {
    let count = check_each(to_a_million().step_by(3), |value| {
        let words = spell(value.into(), Language::KINYARWANDA).unwrap();
        for (from, to) in [
            ("mirongo i", "mirongwi"),
            ("n'", "n "),
            ("makumyabiri", "makumyabili"),
        ] {
            check_round_trip(&words.replace(from, to), value, Language::KINYARWANDA);
        }
        let words = spell(value.into(), Language::SWAHILI).unwrap();
        for (from, to) in [
            ("arobaini", "arubaini"),
            ("tisini", "tisaini"),
            ("elfu", "alfu"),
        ] {
            check_round_trip(&words.replace(from, to), value, Language::SWAHILI);
        }
        let words = spell(value.into(), Language::ENGLISH).unwrap();
        for (from, to) in [(" and ", " "), ("-", " "), ("forty", "fourty")] {
            check_round_trip(&words.replace(from, to), value, Language::ENGLISH);
        }
    });
    println!("{count} numbers in three other spellings of each language, every one exact");
}

fn any_language() -> impl Strategy<Value = Language> {
    prop::sample::select(TAUGHT.to_vec())
}

fn any_hint() -> impl Strategy<Value = Hint> {
    prop::sample::select(vec![Hint::Any, Hint::Decimal, Hint::Time])
}

/// True if the readings keep the promises of their type.
fn is_sound(readings: &[Reading]) -> bool {
    readings.len() <= 4
        && readings.iter().all(|reading| {
            reading.role != Role::Time
                || (Number::ZERO..Number::whole(720)).contains(&reading.value)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_reader_panic(text: String, language in any_language(), hint in any_hint()) {
        prop_assert!(is_sound(&read(&text, language, hint)));
    }

    #[test]
    fn words_around_a_number_do_not_change_it(value in 0_i64..1_000_000, language in any_language()) {
        let words = spell(value, language).unwrap();
        for wrapped in [format!("I think it's {words}"), format!("ni {words}"), format!("{words}.")] {
            let got = values_read(&wrapped, language, Hint::Any);
            prop_assert_eq!(got.first(), Some(&Number::whole(value)));
        }
    }

    #[test]
    fn a_correction_leaves_only_the_last_number(
        first in 0_i64..1_000, second in 0_i64..1_000, language in any_language()
    ) {
        prop_assume!(first != second);
        let takes = match language {
            Language::KINYARWANDA => "oya",
            Language::SWAHILI => "hapana",
            _ => "no",
        };
        let (a, b) = (spell(first, language).unwrap(), spell(second, language).unwrap());
        let got = values_read(&format!("{a}, {takes}, {b}"), language, Hint::Any);
        prop_assert_eq!(got.first(), Some(&Number::whole(second)));
        prop_assert!(!got.contains(&Number::whole(first)));
    }

    #[test]
    fn larger_numbers_in_digits_read_larger(a in 0_i64..100_000_000, b in 0_i64..100_000_000) {
        let read_back = |value: i64| values_read(&value.to_string(), Language::ENGLISH, Hint::Any)[0];
        prop_assert_eq!(read_back(a).cmp(&read_back(b)), a.cmp(&b));
    }
}

const PIECES: &[&str] = &[
    "three",
    "fifty",
    "hundred",
    "thousand",
    "million",
    "and",
    "a",
    "half",
    "quarter",
    "point",
    "oh",
    "double",
    "dozen",
    "no",
    "not",
    "or",
    "is",
    "to",
    "past",
    "seven",
    "minus",
    "first",
    "third",
    "of",
    "over",
    "magana",
    "mirongo",
    "ibihumbi",
    "igihumbi",
    "ijana",
    "na",
    "n'",
    "itanu",
    "kimwe",
    "cya",
    "kabiri",
    "saa",
    "mia",
    "elfu",
    "laki",
    "kumi",
    "nusu",
    "robo",
    "kasoro",
    "tatu",
    "nukta",
    "1",
    "0",
    "99",
    "350",
    "1,500",
    "7:30",
    "1/2",
    "½",
    ".",
    ",",
    "-",
    "/",
    "%",
    "=",
    "k",
    "th",
    "999999999999999",
    "\u{301}",
    "𝟛",
    "é",
];

/// Words and marks of the reader's own vocabulary in random order, from a fixed seed.
#[test]
fn a_fuzzed_answer_never_panics_or_takes_long() {
    let runs: u32 = std::env::var("ISHURI_FUZZ_RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(20_000);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap()
    };
    for run in 0..runs {
        let length = if run % 50 == 0 { 400 } else { 1 + next() % 12 };
        let mut text = String::new();
        for _ in 0..length {
            text.push_str(PIECES[next() % PIECES.len()]);
            if next() % 4 > 0 {
                text.push(' ');
            }
        }
        let language = TAUGHT[next() % 3];
        let hint = [Hint::Any, Hint::Decimal, Hint::Time][next() % 3];
        assert!(is_sound(&read(&text, language, hint)), "{text:?}");
    }
}
