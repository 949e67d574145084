//! `ishuri-edge commission`: this box joins a hub.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::commission::commission;
use crate::doctor::Weight;

#[derive(clap::Args)]
pub struct Args {
    /// Folder of the box's database.
    #[arg(long)]
    data: PathBuf,
    /// The hub's page, such as `http://hub.example.org:8080`.
    #[arg(long)]
    hub: String,
    /// What `ishuri-hub box claim` printed.
    #[arg(long)]
    claim: String,
}

/// Joins.
///
/// # Errors
/// Naming the step that stopped; the same command goes on from there.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("start the runtime")?;
    let joining = commission(&args.data, (&args.hub, &args.claim), |step| {
        println!("{step}");
    });
    let (joined, findings) = runtime.block_on(joining)?;
    for finding in &findings {
        println!("{finding}");
    }
    println!(
        "`{}` has joined {}:{}. Its facts go there by `ishuri-edge uplink run --data {}`.",
        joined.name,
        joined.host,
        joined.port,
        args.data.display()
    );
    let faults = findings
        .iter()
        .filter(|finding| finding.weight == Weight::Fault)
        .count();
    anyhow::ensure!(
        faults == 0,
        "find this box fit to teach: {faults} faults above"
    );
    Ok(())
}
