//! `ishuri-hub`: the central server and the tools of those who make content.

use std::process::ExitCode;

use clap::Parser;

mod command;

/// The central server of Ishuri, and the tools of those who make content.
#[derive(Parser)]
#[command(name = "ishuri-hub", version)]
struct Cli {
    #[command(subcommand)]
    verb: command::Verb,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let name = cli.verb.name();
    match cli.verb.run() {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever was reading has seen enough, as `head` has.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ishuri-hub: failed to {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<std::io::Error>();
    cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
