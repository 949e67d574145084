//! Fits and measures the judging of open answers.
//!
//! `cargo run --release -p edge --example judging -- FILE.jsonl` judges every answer of the file
//! through the path of `ishuri-edge grade`: once with the other four fifths of the answers to its
//! question as graded examples, once with none. With `--fit` the coefficients are fitted first and
//! printed, those of a fold without its answers. The file has lines of `id`, `question`,
//! `references`, `answer` and `label`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;

use curriculum::grade::Outcome;
use curriculum::grade::open::{ACCEPT_AT, Judged, REJECT_AT, decide};
use edge::command::grade::{GradedLine, Judge, Line};
use models::onnx::MiniLm;

const FOLDS: usize = 5;
/// Weight of the prior that keeps coefficients small, in answers.
const PRIOR: f64 = 3.0;

#[derive(Deserialize)]
struct Labelled {
    id: String,
    question: String,
    references: Vec<String>,
    answer: String,
    label: String,
}

struct Case {
    question_id: String,
    fold: usize,
    line: Line,
    right: bool,
    contradictory: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(path) = arguments.first() else {
        bail!("name the file of labelled answers")
    };
    let fitting = arguments.iter().any(|argument| argument == "--fit");
    let cases = read(Path::new(path))?;
    let mut judge = Judge::new(MiniLm::installed()?);
    println!(
        "{} answers to {} questions",
        cases.len(),
        by_question(&cases).len()
    );
    let alone: Vec<Judged> = cases
        .iter()
        .map(|case| judge.judged(&case.line))
        .collect::<Result<_, _>>()?;
    let with_examples: Vec<Judged> = (0..cases.len())
        .map(|at| judge.judged(&with_graded(&cases, at, cases[at].fold, usize::MAX)))
        .collect::<Result<_, _>>()?;
    if fitting {
        fit_reference(&cases, &alone);
        fit_graded(&cases, &mut judge, &with_examples)?;
    }
    println!("through the shipped coefficients:");
    report("no graded examples", &cases, &alone);
    report("with graded examples", &cases, &with_examples);
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Vec<Case>> {
    let source =
        std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    let mut cases = Vec::new();
    for (index, line) in source.lines().enumerate() {
        let labelled: Labelled =
            serde_json::from_str(line).with_context(|| format!("line {}", index + 1))?;
        let question_id = labelled.id.split('.').next().unwrap_or_default().to_owned();
        cases.push(Case {
            question_id,
            fold: 0,
            right: labelled.label == "correct",
            contradictory: labelled.label == "contradictory",
            line: Line {
                question: labelled.question,
                references: labelled.references,
                graded: Vec::new(),
                answer: labelled.answer,
            },
        });
    }
    // Folds by answer within a question, in an order drawn from a fixed seed.
    let questions: Vec<Vec<usize>> = by_question(&cases).into_values().collect();
    let mut draw = Draw(0x51_7e_5e_ed);
    for mut of_question in questions {
        draw.shuffle(&mut of_question);
        for (place, &at) in of_question.iter().enumerate() {
            cases[at].fold = place % FOLDS;
        }
    }
    Ok(cases)
}

fn by_question(cases: &[Case]) -> BTreeMap<&str, Vec<usize>> {
    let mut questions: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, case) in cases.iter().enumerate() {
        questions.entry(&case.question_id).or_default().push(at);
    }
    questions
}

/// The case with graded examples: those of its question outside `fold`, itself never among them.
fn with_graded(cases: &[Case], at: usize, fold: usize, most: usize) -> Line {
    let case = &cases[at];
    let mut others: Vec<usize> = (0..cases.len())
        .filter(|&other| other != at && cases[other].fold != fold)
        .filter(|&other| cases[other].question_id == case.question_id)
        .collect();
    if others.len() > most {
        Draw(at as u64 + 1).shuffle(&mut others);
        others.truncate(most);
        others.sort_unstable();
    }
    let graded = others.into_iter().map(|other| GradedLine {
        answer: cases[other].line.answer.clone(),
        correct: cases[other].right,
    });
    Line {
        graded: graded.collect(),
        ..case.line.clone()
    }
}

/// Prints the figures of probabilities against labels.
fn report(name: &str, cases: &[Case], judged: &[Judged]) {
    let probabilities: Vec<f64> = judged.iter().map(|judged| judged.probability).collect();
    print_figures(name, cases, &probabilities);
    let decided: Vec<(usize, Outcome)> = judged
        .iter()
        .map(decide)
        .enumerate()
        .filter(|(_, outcome)| *outcome != Outcome::Deferred)
        .collect();
    let agrees =
        |(at, outcome): &&(usize, Outcome)| (*outcome == Outcome::Right) == cases[*at].right;
    let right = decided.iter().filter(agrees).count();
    let contradictory = cases.iter().filter(|case| case.contradictory).count();
    let accepted = decided
        .iter()
        .filter(|(at, outcome)| *outcome == Outcome::Right && cases[*at].contradictory)
        .count();
    let failed_wrongly = decided
        .iter()
        .filter(|(at, outcome)| *outcome == Outcome::NotYet && cases[*at].right)
        .count();
    println!(
        "  deferring (accept at {ACCEPT_AT}, reject at {REJECT_AT}): decided {:.3} at accuracy {:.3}; \
         contradictory accepted {:.3}; right ones failed {:.3}",
        share(decided.len(), cases.len()),
        share(right, decided.len()),
        share(accepted, contradictory),
        share(
            failed_wrongly,
            cases.iter().filter(|case| case.right).count()
        ),
    );
}

fn print_figures(name: &str, cases: &[Case], probabilities: &[f64]) {
    let all: Vec<usize> = (0..cases.len()).collect();
    let folds: Vec<String> = (0..FOLDS)
        .map(|fold| {
            let of_fold: Vec<usize> = all
                .iter()
                .copied()
                .filter(|&at| cases[at].fold == fold)
                .collect();
            format!("{:.3}", macro_f1(cases, probabilities, &of_fold))
        })
        .collect();
    let contradictory: Vec<usize> = all
        .iter()
        .copied()
        .filter(|&at| cases[at].contradictory)
        .collect();
    let accepted = contradictory
        .iter()
        .filter(|&&at| probabilities[at] >= 0.5)
        .count();
    let right = all
        .iter()
        .filter(|&&at| (probabilities[at] >= 0.5) == cases[at].right)
        .count();
    println!(
        "  {name}: macro-F1 {:.4} ({}), accuracy {:.4}, contradictory accepted {:.3}, calibration error {:.3}, n={}",
        macro_f1(cases, probabilities, &all),
        folds.join(" "),
        share(right, cases.len()),
        share(accepted, contradictory.len()),
        calibration_error(cases, probabilities),
        cases.len(),
    );
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// Mean of the F1 of right and of not right, forced at one half.
fn macro_f1(cases: &[Case], probabilities: &[f64], of: &[usize]) -> f64 {
    let f1 = |class: bool| {
        let said = |at: &&usize| (probabilities[**at] >= 0.5) == class;
        let true_said = of
            .iter()
            .filter(said)
            .filter(|at| cases[**at].right == class)
            .count();
        let all_said = of.iter().filter(said).count();
        let all_true = of.iter().filter(|at| cases[**at].right == class).count();
        2.0 * share(true_said, all_said + all_true)
    };
    f64::midpoint(f1(true), f1(false))
}

/// Expected calibration error over ten bins of equal width.
fn calibration_error(cases: &[Case], probabilities: &[f64]) -> f64 {
    let mut bins = [(0.0, 0.0, 0.0); 10];
    for (case, probability) in cases.iter().zip(probabilities) {
        let bin = &mut bins[((probability * 10.0) as usize).min(9)];
        *bin = (
            bin.0 + 1.0,
            bin.1 + probability,
            bin.2 + f64::from(u8::from(case.right)),
        );
    }
    bins.iter()
        .map(|(_, said, right)| (said - right).abs())
        .sum::<f64>()
        / cases.len().max(1) as f64
}

/// Whole questions are held out: a question's answers are judged without any of them.
fn fit_reference(cases: &[Case], alone: &[Judged]) {
    let rows: Vec<Vec<f64>> = alone
        .iter()
        .map(|judged| judged.findings.reference.to_vec())
        .collect();
    let questions: Vec<Vec<usize>> = by_question(cases).into_values().collect();
    let mut probabilities = vec![0.0; cases.len()];
    for held_out in &questions {
        let train: Vec<usize> = (0..cases.len())
            .filter(|at| !held_out.contains(at))
            .collect();
        let weights = fit(&rows, cases, &train);
        for &at in held_out {
            probabilities[at] = probability(&weights, &rows[at]);
        }
    }
    print_figures("each question held out", cases, &probabilities);
    let all: Vec<usize> = (0..cases.len()).collect();
    println!("REFERENCE_COEFFICIENTS = {:.3?}", fit(&rows, cases, &all));
}

/// Each fold is judged by coefficients fitted on the others, whose answers were judged by others
/// again; every second with few examples, as packs have.
fn fit_graded(cases: &[Case], judge: &mut Judge<MiniLm>, test: &[Judged]) -> anyhow::Result<()> {
    let row = |judged: &Judged| {
        judged
            .findings
            .graded
            .map_or_else(Vec::new, |terms| terms.to_vec())
    };
    let mut probabilities = vec![0.0; cases.len()];
    for fold in 0..FOLDS {
        let (train, held_out): (Vec<usize>, Vec<usize>) =
            (0..cases.len()).partition(|&at| cases[at].fold != fold);
        let mut rows = vec![Vec::new(); cases.len()];
        for &at in &train {
            rows[at] = row(&judge.judged(&with_graded(cases, at, fold, most(at)))?);
        }
        let weights = fit(&rows, cases, &train);
        for at in held_out {
            probabilities[at] = probability(&weights, &row(&test[at]));
        }
    }
    print_figures("each fold held out", cases, &probabilities);
    let mut rows = Vec::new();
    for at in 0..cases.len() {
        rows.push(row(&judge.judged(&with_graded(
            cases,
            at,
            FOLDS,
            most(at),
        ))?));
    }
    let all: Vec<usize> = (0..cases.len()).collect();
    println!("GRADED_COEFFICIENTS = {:.3?}", fit(&rows, cases, &all));
    Ok(())
}

fn most(at: usize) -> usize {
    [usize::MAX, usize::MAX, 40, usize::MAX, 20][at % 5]
}

fn probability(weights: &[f64], row: &[f64]) -> f64 {
    let logit: f64 = weights.iter().zip(row).map(|(w, x)| w * x).sum();
    1.0 / (1.0 + (-logit).exp())
}

/// Logistic regression by Newton's steps, with a normal prior on all but the constant.
fn fit(rows: &[Vec<f64>], cases: &[Case], train: &[usize]) -> Vec<f64> {
    let n = rows[train[0]].len();
    let mut weights = vec![0.0; n];
    for _ in 0..12 {
        let mut gradient: Vec<f64> = weights.iter().map(|w| -PRIOR * w).collect();
        let mut curve = vec![vec![0.0; n]; n];
        gradient[0] = 0.0;
        for (i, line) in curve.iter_mut().enumerate() {
            line[i] = if i == 0 { 1e-6 } else { PRIOR };
        }
        for &at in train {
            let p = probability(&weights, &rows[at]);
            let error = f64::from(u8::from(cases[at].right)) - p;
            for i in 0..n {
                gradient[i] += error * rows[at][i];
                for j in 0..n {
                    curve[i][j] += p * (1.0 - p) * rows[at][i] * rows[at][j];
                }
            }
        }
        for (weight, step) in weights.iter_mut().zip(solved(curve, gradient)) {
            *weight += step;
        }
    }
    weights
}

/// Gauss elimination with pivots.
fn solved(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for k in 0..n {
        let pivot = (k..n)
            .max_by(|&a, &b| matrix[a][k].abs().total_cmp(&matrix[b][k].abs()))
            .unwrap_or(k);
        matrix.swap(k, pivot);
        right.swap(k, pivot);
        for i in k + 1..n {
            let factor = matrix[i][k] / matrix[k][k];
            let above = matrix[k].clone();
            matrix[i]
                .iter_mut()
                .zip(&above)
                .skip(k)
                .for_each(|(x, above)| *x -= factor * above);
            right[i] -= factor * right[k];
        }
    }
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| matrix[k][j] * right[j]).sum();
        right[k] = (right[k] - known) / matrix[k][k];
    }
    right
}

/// A small generator with a fixed seed (xorshift64*), so that the folds are the same everywhere.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d);
        usize::try_from((drawn >> 33) % bound.max(1) as u64).unwrap_or(0)
    }

    fn shuffle(&mut self, list: &mut [usize]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}
