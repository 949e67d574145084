//! `ishuri-models bench`: each figure beside its baseline, measured in the same run.

mod cpu;
mod dice;
mod hearing;
mod memory;
mod noises;
mod peer;
mod speaking;
mod words;

use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these figures.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Hear only a part of each set of clips, such as 0.1: quick, and less sure.
    #[arg(long, default_value_t = 1.0)]
    part: f64,
    /// A Python with piper-tts, onnxruntime and tokenizers to compare with, instead of one that is
    /// set up in the cache folder.
    #[arg(long, value_name = "PYTHON")]
    peer: Option<PathBuf>,
    /// Print one JSON object for each figure.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Part {
    Memory,
    Hearing,
    /// The part of hearing that is free speech.
    FreeSpeech,
    Speaking,
}

/// One figure: what was measured, what came out, what it is compared with, what is asked for.
struct Row {
    what: String,
    ours: String,
    baseline: String,
    reach: &'static str,
    /// Nothing when there was no baseline to judge by.
    met: Option<bool>,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let Args {
        only,
        part,
        peer,
        json,
    } = args;
    let wanted = |part| only.is_none_or(|only| only == part);
    // Memory first, while the process has used nothing else.
    if wanted(Part::Memory) {
        print(&memory::rows()?, json);
    }
    if wanted(Part::Hearing) {
        print(&hearing::rows(part.clamp(0.01, 1.0), true)?, json);
    }
    if only == Some(Part::FreeSpeech) {
        print(&hearing::rows(part.clamp(0.01, 1.0), false)?, json);
    }
    if wanted(Part::Speaking) {
        print(&speaking::rows(peer)?, json);
    }
    Ok(())
}

fn print(rows: &[Row], json: bool) {
    for Row {
        what,
        ours,
        baseline,
        reach,
        met,
    } in rows
    {
        if json {
            let row = serde_json::json!({
                "what": what, "ours": ours, "baseline": baseline, "reach": reach, "met": met,
            });
            println!("{row}");
        } else {
            let verdict = match met {
                Some(true) => "reached",
                Some(false) => "MISSED",
                None => "not judged",
            };
            println!("{what}\n    ours {ours} | baseline {baseline} | reach {reach} | {verdict}");
        }
    }
}

/// A baseline that is not there.
fn absent(reason: &str) -> String {
    format!("skipped: {reason}")
}
