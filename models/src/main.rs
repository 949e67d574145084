//! `ishuri-models`: fetch, check and try the speech models from a terminal.

use std::process::ExitCode;

use clap::Parser;

mod command;

/// Fetch, check and try the speech models that an Ishuri box works with.
#[derive(Parser)]
#[command(name = "ishuri-models", version)]
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
        // One line, causes included: a technician reads it over the phone to somebody.
        Err(error) => {
            eprintln!("ishuri-models: failed to {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
