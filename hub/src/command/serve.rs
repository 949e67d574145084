//! `ishuri-hub serve`: the hub as a daemon.

use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::Context as _;
use curriculum::time::UtcOffset;
use hub::daemon::{Place, Setting, serve};

use super::place::{At, wait};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    at: At,
    /// Where boxes reach it (UDP); 0.0.0.0:4433 unless configured.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Where its pages are (TCP); 127.0.0.1:8080 unless configured. `/healthz` says whether it can
    /// still commit.
    #[arg(long)]
    http: Option<SocketAddr>,
    /// Browsers come by HTTPS, through a proxy: cookies are for HTTPS alone.
    #[arg(long)]
    https: bool,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let config = args.at.config()?;
    let setting = Setting {
        place: Place {
            data: config.data,
            database: config.database,
        },
        listen: args.listen.unwrap_or(config.listen),
        http: args.http.unwrap_or(config.http),
        https: args.https || config.https,
        offset: UtcOffset::from_minutes(config.utc_offset_min)
            .context("use utc_offset_min: no such offset")?,
    };
    wait(async {
        let mut end = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        let stop = async move {
            tokio::select! {
                _interrupted = tokio::signal::ctrl_c() => {}
                _terminated = end.recv() => {}
            }
        };
        let ready = |boxes: SocketAddr, page: SocketAddr| {
            // A program that started us reads where to go.
            println!("listening boxes {boxes} page {page}");
            let _closed = std::io::stdout().flush();
        };
        serve(&setting, ready, stop).await
    })
}
