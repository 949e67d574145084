//! `ishuri-edge`: the box beside the telephone gateway.

use std::process::ExitCode;

use clap::Parser;

use edge::command::Verb;
use edge::telephony::config::LOG_FILTER;

/// Teach over the telephone, offline.
#[derive(Parser)]
#[command(name = "ishuri-edge", version)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let usual = if matches!(cli.verb, Verb::Run(_)) {
        "warn,edge=info"
    } else {
        "warn"
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    // Whatever is asked for: raw SIP holds numbers and credentials.
    let filter = match LOG_FILTER.parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    };
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
