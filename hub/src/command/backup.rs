//! `ishuri-hub backup` and `restore`.

use std::path::PathBuf;

use super::place::{At, wait};

#[derive(clap::Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    at: At,
    /// A folder that is not there yet.
    #[arg(long)]
    to: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct Restore {
    /// The folder that `backup` made.
    #[arg(long)]
    from: PathBuf,
    /// The hub's folder; no hub may be there.
    #[arg(long)]
    data: PathBuf,
}

pub(crate) fn backup(args: Backup) -> anyhow::Result<()> {
    wait(hub::backup::backup(&args.at.place()?, &args.to))?;
    println!("backed up to {}", args.to.display());
    Ok(())
}

pub(crate) fn restore(args: &Restore) -> anyhow::Result<()> {
    let generation = wait(hub::backup::restore(&args.from, &args.data))?;
    println!("restored; generation {generation}: boxes offer again what came since");
    Ok(())
}
