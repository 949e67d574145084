//! `ishuri-hub pack check`.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::bail;
use curriculum::course::Course;
use curriculum::finding::{Finding, is_sound};
use curriculum::pack::{Census, census};
use curriculum::tutor::TutorText;
use serde::Serialize;

use super::folder::read_folder;
use super::print::{errors, print_census, print_findings};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of sources: one folder per course, one file per lesson.
    folder: PathBuf,
    /// Write findings and counts as one JSON object.
    #[arg(long)]
    json: bool,
}

/// What a folder of sources holds and what is not right with it.
#[derive(Serialize)]
pub(super) struct Checked {
    #[serde(skip)]
    pub(super) courses: Vec<Course>,
    #[serde(skip)]
    pub(super) words: Vec<TutorText>,
    pub(super) findings: Vec<Finding>,
    pub(super) census: Census,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let checked = check_folder(&args.folder)?;
    let printed = print(args, &checked);
    // Faults decide the exit status even if nobody read them to the end.
    refuse_errors(&checked.findings)?;
    printed
}

fn print(args: &Args, checked: &Checked) -> anyhow::Result<()> {
    if args.json {
        writeln!(io::stdout(), "{}", serde_json::to_string(checked)?)?;
    } else {
        print_findings(&args.folder, &checked.findings)?;
        print_census(&checked.census)?;
    }
    Ok(())
}

pub(super) fn check_folder(folder: &Path) -> anyhow::Result<Checked> {
    let files = read_folder(folder)?;
    let (source, mut findings) = curriculum::source::read(&files);
    findings.extend(curriculum::pack::check(&source));
    findings.sort();
    findings.dedup();
    let courses: Vec<Course> = source
        .courses
        .iter()
        .map(|source| source.course())
        .collect();
    Ok(Checked {
        census: census(&courses),
        words: source.words,
        courses,
        findings,
    })
}

pub(super) fn refuse_errors(findings: &[Finding]) -> anyhow::Result<()> {
    if is_sound(findings) {
        return Ok(());
    }
    bail!("{} errors: mend them and try again", errors(findings))
}
