//! `ishuri-hub serve`: the hub as a daemon.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use hub::daemon::{Setting, serve};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The hub's folder: database, keys.
    #[arg(long)]
    data: PathBuf,
    /// Where boxes reach it (UDP).
    #[arg(long, default_value = "0.0.0.0:4433")]
    listen: SocketAddr,
    /// Where its page is (TCP); `/healthz` says whether it can still commit.
    #[arg(long, default_value = "127.0.0.1:8080")]
    http: SocketAddr,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("start the runtime")?;
    let setting = Setting {
        data: args.data,
        listen: args.listen,
        http: args.http,
    };
    runtime.block_on(async {
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
