//! `ishuri-edge bench`: how long a texted turn takes until it is durable, beside a bare commit.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::bench_text;
use crate::conversation::{Meaning, Record, Talk, packs_folder, stock};
use crate::dialogue::{Context, Heard, Line};
use crate::phone_number::PhoneNumber;
use curriculum::answer::Channel;
use curriculum::time::UtcOffset;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// Turns to take.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    turns: u32,
    #[command(subcommand)]
    kind: Option<Kind>,
}

#[derive(clap::Subcommand)]
enum Kind {
    /// Messages through a service centre on this machine.
    Text(bench_text::Args),
}

/// First contact of a learner of eleven who chose English, then a lesson.
const FIRST: [&str; 5] = ["English", "Aline", "yes", "11", "yes"];
/// What a learner texts, in turn; every fourth is a question of their own.
const LATER: [&str; 8] = [
    "7",
    "hint",
    "12",
    "why do we wash our hands?",
    "30",
    "b",
    "I don't know",
    "what is a noun?",
];
/// Turns of one learner before the next one writes.
const TURNS_EACH: u32 = 30;

#[derive(Default)]
struct Times {
    plain: Vec<Duration>,
    weighed: Vec<Duration>,
}

/// Does it.
///
/// # Errors
/// Whatever stopped it, with its causes.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if let Some(Kind::Text(args)) = &args.kind {
        return bench_text::run(args);
    }
    let context = Arc::new(stock(&packs_folder(), UtcOffset::KIGALI)?);
    let folder = tempfile::tempdir()?;
    let record = Arc::new(Record::open(folder.path(), UtcOffset::KIGALI)?);
    let meaning = Arc::new(Mutex::new(Meaning::open(folder.path())?));
    // Vectors of the packs are made once, when a pack arrives; turns are measured after that.
    let mut warm = Times::default();
    learner(&record, &meaning, &context, 0, TURNS_EACH, &mut warm)?;
    let mut times = Times::default();
    for number in 1..=args.turns.div_ceil(TURNS_EACH) {
        learner(&record, &meaning, &context, number, TURNS_EACH, &mut times)?;
    }
    let commits = bare_commits(folder.path(), times.plain.len().min(300))?;
    let base = print(
        "bare commit of one row, WAL, synchronous=FULL",
        commits,
        None,
    );
    print(
        "texted turn, durable, no vectors needed (reach p95 <= 15 ms)",
        times.plain,
        base,
    );
    print(
        "texted turn, durable, vectors needed (reach p95 <= 60 ms)",
        times.weighed,
        base,
    );
    Ok(())
}

fn learner(
    record: &Arc<Record>,
    meaning: &Arc<Mutex<Meaning>>,
    context: &Arc<Context>,
    number: u32,
    turns: u32,
    times: &mut Times,
) -> anyhow::Result<()> {
    let telephone = PhoneNumber::parse(&format!("+2507800{number:05}"))?;
    let answers = FIRST.into_iter().chain(LATER.into_iter().cycle());
    for answer in std::iter::once("hello").chain(answers).take(turns as usize) {
        // As with real messages, each one finds the state where the last one left it.
        let began = Instant::now();
        let line = Line::of(Channel::Sms);
        let mut talk = Talk::open(record, meaning, context, &telephone, line)?;
        let turn = talk.hear(Heard::text(answer))?;
        let into = if turn.weighed {
            &mut times.weighed
        } else {
            &mut times.plain
        };
        into.push(began.elapsed());
    }
    Ok(())
}

fn bare_commits(folder: &Path, count: usize) -> anyhow::Result<Vec<Duration>> {
    let connection = rusqlite::Connection::open(folder.join("bare.sqlite"))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (number INTEGER)",
    )?;
    let mut commits = Vec::with_capacity(count);
    for number in 0..count {
        let began = Instant::now();
        connection.execute("INSERT INTO row VALUES (?1)", [i64::try_from(number)?])?;
        commits.push(began.elapsed());
    }
    Ok(commits)
}

/// Prints median and 95th percentile, with their ratio to a baseline's median.
fn print(what: &str, mut times: Vec<Duration>, base: Option<Duration>) -> Option<Duration> {
    times.sort_unstable();
    let at = |percent: usize| {
        times
            .get((times.len().saturating_sub(1)) * percent / 100)
            .copied()
    };
    let (Some(median), Some(p95)) = (at(50), at(95)) else {
        println!("{what}: not measured, no such turn");
        return None;
    };
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let ratio = base.map_or(String::new(), |base| {
        format!(
            ", {:.1} times a bare commit",
            median.as_secs_f64() / base.as_secs_f64()
        )
    });
    println!(
        "{what}: median {:.1} ms, p95 {:.1} ms, n={}{ratio}",
        ms(median),
        ms(p95),
        times.len()
    );
    Some(median)
}
