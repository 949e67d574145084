//! `ishuri-edge run`: takes calls until it is told to stop.

use std::path::PathBuf;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::daemon::Daemon;

#[derive(clap::Args)]
pub struct Args {
    /// Configuration file; see deploy/edge/ishuri-edge.toml.example.
    #[arg(long)]
    config: PathBuf,
}

/// Does it.
///
/// # Errors
/// Whatever stopped it, with its causes.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let config = Config::load(&args.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("start threads")?;
    runtime.block_on(async {
        let mut stop = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let daemon = Daemon::open(&config).await?;
        for (what, address) in &daemon.addresses {
            println!("{what} {address}");
        }
        println!("ready for {} calls", daemon.lines);
        tokio::select! {
            _ = stop.recv() => {}
            _ = interrupt.recv() => {}
        }
        daemon.close().await;
        Ok(())
    })
}
