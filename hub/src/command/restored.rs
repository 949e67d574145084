//! `ishuri-hub restored`: the database was brought back from a backup.

use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The hub's folder.
    #[arg(long)]
    data: PathBuf,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    println!("generation {}", hub::daemon::restored(&args.data)?);
    Ok(())
}
