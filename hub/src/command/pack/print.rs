//! Findings and counts on the terminal.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

use curriculum::finding::{Finding, Severity};
use curriculum::pack::Census;

/// Each finding with its file as it can be opened from here, then how many there are.
pub(super) fn print_findings(folder: &Path, findings: &[Finding]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for finding in findings {
        writeln!(
            out,
            "{}",
            Path::new(folder).join(finding.to_string()).display()
        )?;
    }
    let errors = errors(findings);
    writeln!(out, "{errors} errors, {} warnings", findings.len() - errors)
}

pub(super) fn errors(findings: &[Finding]) -> usize {
    let errors = findings.iter().filter(|f| f.severity == Severity::Error);
    errors.count()
}

/// One line of counts per module, then what kinds and languages it has.
pub(super) fn print_census(census: &Census) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for (module, counts) in &census.modules {
        let name = format!("{module:?}").to_lowercase();
        writeln!(
            out,
            "{name}: {} lessons, {} skills, {} exercises ({} with hints and misconceptions, {} \
             drawn afresh), {} hints, {} misconceptions, {} questions and answers, {} stories, {} \
             topics, {} graded answers",
            counts.lessons,
            counts.skills,
            counts.exercises,
            counts.taught,
            counts.generated,
            counts.hints,
            counts.misconceptions,
            counts.questions,
            counts.stories,
            counts.topics,
            counts.graded,
        )?;
        writeln!(out, "  kinds: {}", listed(&counts.kinds))?;
        writeln!(out, "  lessons per level: {}", listed(&counts.levels))?;
        writeln!(
            out,
            "  exercises per language: {}",
            listed(&counts.languages)
        )?;
        if !counts.drafts.is_empty() {
            writeln!(
                out,
                "  drafts, need a native reviewer: {}",
                listed(&counts.drafts)
            )?;
        }
    }
    Ok(())
}

fn listed<K: Display>(counts: &std::collections::BTreeMap<K, usize>) -> String {
    let pairs = counts.iter().map(|(key, count)| format!("{key} {count}"));
    pairs.collect::<Vec<_>>().join(", ")
}
