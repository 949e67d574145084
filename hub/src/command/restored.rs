//! `ishuri-hub restored`: the database was brought back from a backup.

use super::place::{At, wait};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    at: At,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let generation = wait(hub::daemon::restored(&args.at.place()?))?;
    println!("generation {generation}");
    Ok(())
}
