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
    let name = cli.verb.name();
    match cli.verb.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ishuri-hub: failed to {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
