//! `ishuri-edge`: the box beside the telephone gateway.

use std::process::ExitCode;

use clap::Parser;

use edge::command::Verb;

/// Teach over the telephone, offline.
#[derive(Parser)]
#[command(name = "ishuri-edge", version)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
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
        // One line, causes included: a technician reads it over the phone to somebody.
        Err(error) => {
            eprintln!("ishuri-edge: failed to {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
