//! `ishuri-models list`.

use models::catalogue::{Job, Model};
use models::install::{State, models_dir, state};
use serde::Serialize;

use super::source::CatalogueFile;

/// Show every model in the catalogue: job, language, size, memory, licence, state.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// One JSON array instead of a table.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    catalogue: CatalogueFile,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    job: String,
    languages: &'a [String],
    /// Absent where only its publisher knows.
    size_bytes: Option<u64>,
    memory_bytes: u64,
    licence: &'a str,
    state: State,
    default: bool,
    tested: bool,
    note: Option<&'a str>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let catalogue = args.catalogue.load()?;
    let folder = models_dir()?;
    let row = |model| row(model, state(&folder, model));
    let rows: Vec<Row<'_>> = catalogue.models().iter().map(row).collect();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    let (id, job, language) = ("ID", "JOB", "LANGUAGE");
    let (size, memory, state, licence) = ("SIZE", "MEMORY", "STATE", "LICENCE");
    println!("{id:<28} {job:<10} {language:<9} {size:>8} {memory:>8} {state:<19} {licence}");
    for row in &rows {
        println!(
            "{:<28} {:<10} {:<9} {:>8} {:>8} {:<19} {}",
            row.id,
            row.job,
            if row.languages.is_empty() {
                "-".to_owned()
            } else {
                row.languages.join(" ")
            },
            row.size_bytes.map_or_else(|| "?".to_owned(), megabytes),
            megabytes(row.memory_bytes),
            in_words(row),
            row.licence
        );
    }
    println!("in {}", folder.display());
    Ok(())
}

fn row(model: &Model, state: State) -> Row<'_> {
    let job: Job = model.job;
    Row {
        id: &model.id,
        job: job.to_string(),
        languages: &model.languages,
        size_bytes: model.size_bytes(),
        memory_bytes: model.memory_bytes,
        licence: &model.licence,
        state,
        default: model.default,
        tested: model.tested,
        note: model.note.as_deref(),
    }
}

fn in_words(row: &Row<'_>) -> &'static str {
    match (row.state, row.tested) {
        (State::Installed, true) => "installed",
        (State::Installed, false) => "installed, untested",
        (State::Missing, true) => "missing",
        (State::Missing, false) => "missing, untested",
        (State::Partial, _) => "partial: run fetch",
        (State::Changed, _) => "changed: run verify",
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}
