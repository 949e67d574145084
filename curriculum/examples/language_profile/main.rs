//! Learns the weights of the language guess and measures them on held-out sentences.
//!
//! `cargo run --release -p curriculum --example language_profile -- DATA [--write]`, where `DATA`
//! holds `stories/` and `language/`. With `--write` the weights that come with the crate are
//! replaced; without it, those are measured.

use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;

use curriculum::Language;
use curriculum::language_guess::{GUESSED, Profile, features, guess_among, shipped};

mod corpus;

use corpus::{Sentence, sentences, windows};

const PROFILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/src/language_guess/profile.tsv"
);

/// Features kept: more change nothing in the second decimal place of the figures.
const KEPT: usize = 6_000;
/// A feature must be seen this often to be learned.
const SEEN_MIN: u32 = 4;
const PASSES: usize = 6;
const STEP: f32 = 0.1;
/// Pull towards zero of each weight each time its feature is seen.
const SHRINK: f32 = 1e-3;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(data) = arguments.first() else {
        eprintln!("language_profile: failed to start: name the data folder");
        return ExitCode::FAILURE;
    };
    let sentences = match sentences(Path::new(data)) {
        Ok(sentences) => sentences,
        Err(error) => {
            eprintln!("language_profile: failed to read {data}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let learned = arguments
        .get(1)
        .is_some_and(|argument| argument == "--write");
    let profile = if learned {
        learn(&sentences)
    } else {
        shipped().clone()
    };
    for length in [1, 2, 3, 5, 8] {
        measure(&sentences, length, &profile);
    }
    ExitCode::SUCCESS
}

/// Prints the share of held-out runs of `length` words whose language is found.
fn measure(sentences: &[Sentence], length: usize, profile: &Profile) {
    let mut rates = Vec::new();
    for language in GUESSED {
        let (mut right, mut all) = (0_u32, 0_u32);
        for sentence in sentences
            .iter()
            .filter(|s| s.held_out && s.language == language)
        {
            for run in windows(&sentence.text, length) {
                let guessed = guess_among(&run, &GUESSED, profile);
                right += u32::from(guessed.is_some_and(|guess| guess.language == language));
                all += 1;
            }
        }
        rates.push((f64::from(right) / f64::from(all.max(1)), all));
    }
    // Languages count alike, however many sentences each has.
    let mean = rates.iter().map(|(rate, _)| rate).sum::<f64>() / 3.0;
    let variance: f64 = rates
        .iter()
        .map(|(rate, n)| rate * (1.0 - rate) / f64::from(*n))
        .sum();
    let half_width = 1.96 * variance.sqrt() / 3.0;
    let n: u32 = rates.iter().map(|(_, n)| n).sum();
    let each: Vec<String> = GUESSED
        .iter()
        .zip(&rates)
        .map(|(language, (rate, n))| format!("{language} {rate:.4} (n={n})"))
        .collect();
    println!(
        "{length} words: {mean:.4} +- {half_width:.4} (95 %), n={n}: {}",
        each.join(", ")
    );
}

/// Multinomial logistic regression by stochastic gradient steps (AdaGrad), in a fixed order.
fn learn(sentences: &[Sentence]) -> Profile {
    let examples = examples(sentences);
    let mut seen: HashMap<String, u32> = HashMap::new();
    for (_, found) in &examples {
        for (feature, _) in found {
            *seen.entry(feature.clone()).or_default() += 1;
        }
    }
    seen.retain(|_, count| *count >= SEEN_MIN);
    let all = fit(&examples, &|feature| seen.contains_key(feature));
    let mut ranked: Vec<(&String, f32)> = all
        .iter()
        .map(|(feature, weights)| {
            let strength = weights
                .iter()
                .fold(0.0_f32, |most, weight| most.max(weight.abs()));
            (feature, strength * (seen[feature] as f32).sqrt())
        })
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let kept: std::collections::HashSet<&str> = ranked
        .iter()
        .take(KEPT)
        .map(|(feature, _)| feature.as_str())
        .collect();
    let weights = fit(&examples, &|feature| kept.contains(feature));
    let mut lines: Vec<String> = weights
        .iter()
        .map(|(feature, weights)| {
            let hundredths: Vec<String> = weights
                .iter()
                .map(|weight| format!("{:.0}", weight * 100.0 + 0.0))
                .collect();
            format!("{feature}\t{}", hundredths.join("\t"))
        })
        .collect();
    lines.sort();
    let source = format!(
        "# Made by the example `language_profile` from African Storybook stories (CC BY) and\n\
         # Common Voice Kinyarwanda sentences (CC0). Feature, en, rw, sw; hundredths.\n{}\n",
        lines.join("\n").replace("-0\t", "0\t")
    );
    std::fs::write(PROFILE, &source).expect("the crate's own folder can be written");
    Profile::read(&source).expect("just written in the form that is read")
}

type Example = (usize, Vec<(String, f32)>);

/// Runs of one to six words of the sentences learned from, languages in turn.
fn examples(sentences: &[Sentence]) -> Vec<Example> {
    let mut by_language: [Vec<Example>; 3] = Default::default();
    for sentence in sentences.iter().filter(|sentence| !sentence.held_out) {
        let column = column(sentence.language);
        for length in [1, 2, 3, 4, 6] {
            let runs = windows(&sentence.text, length);
            by_language[column].extend(runs.iter().map(|run| (column, features(run))));
        }
    }
    let most = by_language.iter().map(Vec::len).max().unwrap_or(0);
    let mut examples = Vec::with_capacity(3 * most);
    // A stride that shares no factor with the lengths mixes the stories.
    for index in 0..most {
        for of_language in by_language.iter().filter(|examples| !examples.is_empty()) {
            examples.push(of_language[(index * 7_919) % of_language.len()].clone());
        }
    }
    examples
}

fn column(language: Language) -> usize {
    GUESSED
        .iter()
        .position(|guessed| *guessed == language)
        .unwrap_or(0)
}

fn fit(examples: &[Example], is_kept: &dyn Fn(&str) -> bool) -> HashMap<String, [f32; 3]> {
    let mut weights: HashMap<String, ([f32; 3], [f32; 3])> = HashMap::new();
    for _ in 0..PASSES {
        for (column, found) in examples {
            let kept: Vec<_> = found
                .iter()
                .filter(|(feature, _)| is_kept(feature))
                .collect();
            let mut sums = [0.0_f32; 3];
            for (feature, weight) in &kept {
                let evidence = weights.get(feature).map_or([0.0; 3], |entry| entry.0);
                for (sum, evidence) in sums.iter_mut().zip(evidence) {
                    *sum += weight * evidence;
                }
            }
            let top = sums.iter().copied().fold(f32::MIN, f32::max);
            let exps = sums.map(|sum| (sum - top).exp());
            let total: f32 = exps.iter().sum();
            for (feature, weight) in kept {
                let (current, squares) = weights.entry(feature.clone()).or_default();
                for k in 0..3 {
                    let wanted = if k == *column { 1.0 } else { 0.0 };
                    let gradient = weight * (exps[k] / total - wanted) + SHRINK * current[k];
                    squares[k] += gradient * gradient;
                    current[k] -= STEP * gradient / (squares[k].sqrt() + 1e-3);
                }
            }
        }
    }
    weights
        .into_iter()
        .map(|(feature, (weights, _))| (feature, weights))
        .collect()
}
