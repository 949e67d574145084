//! `ishuri-edge doctor`: what is wrong, and what to do.

use std::path::PathBuf;

use crate::doctor::{Looked, Weight, look};

#[derive(clap::Args)]
pub struct Args {
    /// Folder of the box's database.
    #[arg(long)]
    data: PathBuf,
    /// Folder of packs, if it is not where they usually are.
    #[arg(long)]
    packs: Option<PathBuf>,
    /// JSON lines, for programs.
    #[arg(long)]
    json: bool,
}

/// Looks, and tells.
///
/// # Errors
/// If there is a fault.
pub fn run(args: Args) -> anyhow::Result<()> {
    let findings = look(&Looked {
        data: args.data,
        packs: args.packs,
        hub_ms: None,
    });
    for finding in &findings {
        if args.json {
            println!("{}", serde_json::to_string(finding)?);
        } else {
            println!("{finding}");
        }
    }
    let faults = findings
        .iter()
        .filter(|finding| finding.weight == Weight::Fault)
        .count();
    anyhow::ensure!(faults == 0, "find this box healthy: {faults} faults");
    if findings.is_empty() && !args.json {
        println!("nothing is wrong");
    }
    Ok(())
}
