//! How well the learner model predicts the next answer, measured on records of real learners.
//!
//! ```text
//! mastery FILE.csv --train TRAIN.csv   parameters from TRAIN, every step of FILE predicted
//! mastery FILE.csv --folds 5           cross-validation by learner
//! mastery FILE.csv --fit --plain       print weights to ship: nothing about what came just before
//! ```
//! Files have three lines for each learner: how many answers, their skills, and 0 or 1 for each.
//! Every step is predicted from the steps before it by `LearnerModel`, the same code that runs in a
//! box. A learner's first step is not scored: nothing is known before it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use curriculum::Timestamp;
use curriculum::answer::Channel;
use curriculum::attempt::Attempt;
use curriculum::grade::Outcome;
use curriculum::id::{AttemptId, ExerciseId, LearnerId, SessionId, SkillId};
use curriculum::learner::LearnerModel;
use curriculum::prediction::{FEATURES, JUST_BEFORE, Parameters, SIGNS, SKILL_ABILITY};
use curriculum::time::UtcOffset;

#[derive(Parser)]
#[command(about = "Measure the learner model's predictions on records of real learners")]
struct Arguments {
    /// Records to predict.
    file: PathBuf,
    /// Records to take parameters from.
    #[arg(long)]
    train: Option<PathBuf>,
    /// Cross-validate over this many groups of learners instead.
    #[arg(long, value_parser = clap::value_parser!(u16).range(2..=100))]
    folds: Option<u16>,
    /// Leave out what came just before at other skills.
    #[arg(long)]
    plain: bool,
    /// Print the weights that fit the whole file.
    #[arg(long)]
    fit: bool,
}

/// A yes or no for each feature.
type Features = [bool; FEATURES];

/// One learner's answers in order.
type Record = Vec<(SkillId, bool)>;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("failed to {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let records = read(&arguments.file)?;
    let all: Vec<&Record> = records.iter().collect();
    let mut without = Features::default();
    if arguments.plain {
        without[JUST_BEFORE].fill(true);
    }
    if arguments.fit {
        let fitted = fit_with_signs(&all, without);
        for weight in fitted.weights {
            println!("{weight:.4},");
        }
        return Ok(());
    }
    let mut predicted = Vec::new();
    match (arguments.folds, &arguments.train) {
        (Some(folds), None) => {
            for fold in 0..usize::from(folds) {
                let of = |inside: bool| {
                    let every = records.iter().enumerate();
                    every
                        .filter(|(n, _)| (group(*n, usize::from(folds)) == fold) == inside)
                        .map(|(_, record)| record)
                        .collect::<Vec<_>>()
                };
                predicted.extend(predict(&of(true), &fit(&of(false), without)));
            }
        }
        (None, Some(train)) => {
            let train = read(train)?;
            let parameters = fit(&train.iter().collect::<Vec<_>>(), without);
            predicted = predict(&all, &parameters);
        }
        (None, None) => predicted = predict(&all, &Parameters::default()),
        (Some(_), Some(_)) => return Err("choose: give either --train or --folds".to_owned()),
    }
    let n = predicted.len();
    let loss = log_loss(&predicted);
    println!(
        "AUC {:.3}  log-loss {loss:.3}  n={n}",
        area_under_curve(&mut predicted)
    );
    Ok(())
}

/// Which of `folds` groups the learner at `place` belongs to: spread evenly, whatever the order.
fn group(place: usize, folds: usize) -> usize {
    let spread = (place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    usize::try_from(spread % folds as u64).expect("a group is less than 100")
}

fn read(path: &PathBuf) -> Result<Vec<Record>, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("read {}: {error}", path.display()))?;
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let mut records = Vec::new();
    for (n, three) in lines.chunks(3).enumerate() {
        let place = format!("read {}: learner {}", path.display(), n + 1);
        let [count, skills, answers] = three else {
            return Err(format!(
                "{place}: three lines expected, {} found",
                three.len()
            ));
        };
        let numbers = |line: &str| -> Result<Vec<u32>, String> {
            let fields = line
                .split(',')
                .map(str::trim)
                .filter(|field| !field.is_empty());
            let numbers = fields.map(|field| {
                field
                    .parse()
                    .map_err(|_| format!("{place}: `{field}` is not a number"))
            });
            numbers.collect()
        };
        let (count, skills, answers) = (numbers(count)?, numbers(skills)?, numbers(answers)?);
        if skills.len() != answers.len()
            || count.first() != u32::try_from(skills.len()).ok().as_ref()
        {
            return Err(format!(
                "{place}: count {count:?}, {} skills and {} answers differ",
                skills.len(),
                answers.len()
            ));
        }
        let mut record = Vec::with_capacity(skills.len());
        for (skill, answer) in skills.into_iter().zip(answers) {
            if answer > 1 {
                return Err(format!("{place}: answer `{answer}` is neither 0 nor 1"));
            }
            let id =
                SkillId::new(&format!("s.{skill}")).map_err(|error| format!("{place}: {error}"))?;
            record.push((id, answer == 1));
        }
        records.push(record);
    }
    Ok(records)
}

/// Walks one record through the model; `seen` is told the model, skill and answer before each step
/// but the first.
fn walk(
    record: &Record,
    parameters: &Parameters,
    mut seen: impl FnMut(&LearnerModel, &SkillId, bool, Timestamp),
) {
    let mut model = LearnerModel::new(UtcOffset::KIGALI);
    let exercise = ExerciseId::new("e").expect("`e` is a code");
    for (step, (skill, right)) in (0_u32..).zip(record) {
        // The files carry no times: steps follow each other at the pace of a call.
        let at = Timestamp(i64::from(step) * 20_000);
        if step > 0 {
            seen(&model, skill, *right, at);
        }
        let attempt = Attempt {
            id: AttemptId(u128::from(step)),
            learner: LearnerId(0),
            session: SessionId(0),
            exercise: exercise.clone(),
            skill: skill.clone(),
            numbers: Vec::new(),
            at,
            channel: Channel::Terminal,
            outcome: if *right {
                Outcome::Right
            } else {
                Outcome::NotYet
            },
            difficulty: curriculum::mastery::REFERENCE_DIFFICULTY,
            attempt_number: 1,
            hints: 0,
            latency_ms: 0,
            misconception: None,
            review: false,
            luck_percent: 0,
        };
        model.apply_with(&attempt, parameters);
    }
}

fn predict(records: &[&Record], parameters: &Parameters) -> Vec<(f64, bool)> {
    let mut predicted = Vec::new();
    for record in records {
        walk(record, parameters, |model, skill, right, at| {
            let chance = model.predict_with(
                skill,
                curriculum::mastery::REFERENCE_DIFFICULTY,
                at,
                parameters,
            );
            predicted.push((chance, right));
        });
    }
    predicted
}

/// A small ridge keeps features that say the same from running apart.
const RIDGE: f64 = 1.0;

/// Parameters from records: how easy each skill is, then weights by Newton's method.
fn fit(records: &[&Record], without: Features) -> Parameters {
    fit_near(records, without, [(0.0, RIDGE); FEATURES])
}

/// As [`fit`], each weight drawn towards a value with a given force.
fn fit_near(records: &[&Record], without: Features, near: [(f64, f64); FEATURES]) -> Parameters {
    let mut parameters = Parameters {
        easiness: easiness(records),
        ..Parameters::default()
    };
    let mut rows: Vec<([f64; FEATURES], bool)> = Vec::new();
    for record in records {
        walk(record, &parameters, |model, skill, right, _| {
            let easiness = parameters.easiness(skill, curriculum::mastery::REFERENCE_DIFFICULTY);
            let mut features = model.features(skill, easiness);
            for (feature, _) in features.iter_mut().zip(without).filter(|(_, out)| *out) {
                *feature = 0.0;
            }
            rows.push((features, right));
        });
    }
    parameters.weights = newton(&rows, near);
    parameters
}

/// As [`fit`], leaving out features one by one until all that is left has the sign a teacher would
/// expect: in a box, a right answer must not make the next one look less likely. The weight of
/// ability at the skill itself is set, not fitted: in the records all skills are of one subject, so
/// that answers elsewhere say nearly as much, while a box teaches five.
fn fit_with_signs(records: &[&Record], mut without: Features) -> Parameters {
    let mut near = [(0.0, RIDGE); FEATURES];
    near[SKILL_ABILITY] = (0.5, 1e9);
    loop {
        let parameters = fit_near(records, without, near);
        let against = parameters
            .weights
            .iter()
            .zip(SIGNS)
            .map(|(weight, sign)| -weight * sign);
        let worst = against.enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        match worst {
            Some((feature, against)) if against > 0.0 => without[feature] = true,
            _ => return parameters,
        }
    }
}

/// Log-odds of a right answer per skill, drawn towards the mean by five answers.
fn easiness(records: &[&Record]) -> BTreeMap<SkillId, f64> {
    let mut counts: BTreeMap<&SkillId, (f64, f64)> = BTreeMap::new();
    let (mut rights, mut all) = (0.0, 0.0);
    for (skill, right) in records.iter().copied().flatten() {
        let right = f64::from(u8::from(*right));
        let count = counts.entry(skill).or_default();
        *count = (count.0 + right, count.1 + 1.0);
        (rights, all) = (rights + right, all + 1.0);
    }
    let mean = (rights + 0.5) / (all + 1.0);
    let log_odds = |(right, n): (f64, f64)| {
        let share = (right + 5.0 * mean) / (n + 5.0);
        libm::log(share / (1.0 - share))
    };
    counts
        .into_iter()
        .map(|(skill, count)| (skill.clone(), log_odds(count)))
        .collect()
}

/// Weights of a logistic regression with a ridge around given values.
fn newton(rows: &[([f64; FEATURES], bool)], near: [(f64, f64); FEATURES]) -> [f64; FEATURES] {
    let mut weights = [0.0; FEATURES];
    for _ in 0..25 {
        let mut slope = [0.0; FEATURES];
        for i in 0..FEATURES {
            slope[i] = near[i].1 * (near[i].0 - weights[i]);
        }
        let mut curvature = [[0.0; FEATURES]; FEATURES];
        for (features, right) in rows {
            let log_odds: f64 = features.iter().zip(&weights).map(|(x, w)| x * w).sum();
            let chance = 1.0 / (1.0 + libm::exp(-log_odds));
            let surprise = f64::from(u8::from(*right)) - chance;
            let weight = chance * (1.0 - chance);
            for i in 0..FEATURES {
                slope[i] += surprise * features[i];
                for j in 0..=i {
                    curvature[i][j] += weight * features[i] * features[j];
                }
            }
        }
        for i in 0..FEATURES {
            curvature[i][i] += near[i].1;
        }
        let step = solve(curvature, slope);
        let largest = step.iter().fold(0.0_f64, |most, s| most.max(s.abs()));
        for (weight, step) in weights.iter_mut().zip(step) {
            *weight += step;
        }
        if largest < 1e-8 {
            break;
        }
    }
    weights
}

/// Solves `a x = b` for a symmetric positive `a` given by its lower half (Cholesky).
fn solve(mut a: [[f64; FEATURES]; FEATURES], mut b: [f64; FEATURES]) -> [f64; FEATURES] {
    for i in 0..FEATURES {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| a[i][k] * a[j][k]).sum();
            let rest = a[i][j] - sum;
            a[i][j] = if i == j {
                rest.max(1e-12).sqrt()
            } else {
                rest / a[j][j]
            };
        }
    }
    for i in 0..FEATURES {
        let sum: f64 = (0..i).map(|k| a[i][k] * b[k]).sum();
        b[i] = (b[i] - sum) / a[i][i];
    }
    for i in (0..FEATURES).rev() {
        let sum: f64 = (i + 1..FEATURES).map(|k| a[k][i] * b[k]).sum();
        b[i] = (b[i] - sum) / a[i][i];
    }
    b
}

fn log_loss(predicted: &[(f64, bool)]) -> f64 {
    let loss = predicted.iter().map(|(chance, right)| {
        let given = if *right { *chance } else { 1.0 - chance };
        -given.max(1e-12).ln()
    });
    loss.sum::<f64>() / predicted.len().max(1) as f64
}

/// Chance that a right step was given a higher chance than a wrong one, ties half (Mann-Whitney).
fn area_under_curve(predicted: &mut [(f64, bool)]) -> f64 {
    predicted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut wrong_below, mut pairs_won) = (0.0, 0.0);
    let (mut rights, mut wrongs) = (0.0, 0.0);
    for tied in predicted.chunk_by(|a, b| a.0 == b.0) {
        let right = tied.iter().filter(|(_, right)| *right).count() as f64;
        let wrong = tied.len() as f64 - right;
        pairs_won += right * (wrong_below + wrong / 2.0);
        wrong_below += wrong;
        (rights, wrongs) = (rights + right, wrongs + wrong);
    }
    pairs_won / (rights * wrongs)
}
