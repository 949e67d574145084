//! `ishuri-models bench`: each figure beside its baseline, measured in the same run.

mod cpu;
mod dice;
mod hearing;
mod noises;
mod words;

#[derive(Clone, Copy, clap::Args)]
pub(crate) struct Args {
    /// Only these figures.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Hear only a part of each set of clips, such as 0.1: quick, and less sure.
    #[arg(long, default_value_t = 1.0)]
    part: f64,
    /// Print one JSON object for each figure.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Part {
    Hearing,
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
    let Args { only, part, json } = args;
    let wanted = |part| only.is_none_or(|only| only == part);
    if wanted(Part::Hearing) {
        print(&hearing::rows(part.clamp(0.01, 1.0))?, json);
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
