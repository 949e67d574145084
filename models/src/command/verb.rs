//! Which verbs there are.

use clap::Subcommand;

use super::{bench, fetch, list, meaning, speak, transcribe, verify};

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Download, check and install speech models.
    Fetch(fetch::Args),
    /// Show every model in the catalogue and whether it is installed.
    List(list::Args),
    /// Hash every installed file and compare it with the catalogue.
    Verify(verify::Args),
    /// Write down what is said in WAV files.
    Transcribe(transcribe::Args),
    /// Speak a text into a WAV file.
    Speak(speak::Args),
    /// Score how alike two sentences are in meaning (JSON lines in, JSON lines out).
    Meaning(meaning::Args),
    /// Measure accuracy, time and memory of the speech models.
    Bench(bench::Args),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Verb::Fetch(_) => "fetch",
            Verb::List(_) => "list",
            Verb::Verify(_) => "verify",
            Verb::Transcribe(_) => "transcribe",
            Verb::Speak(_) => "speak",
            Verb::Meaning(_) => "meaning",
            Verb::Bench(_) => "bench",
        }
    }

    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Verb::Fetch(args) => fetch::run(&args),
            Verb::List(args) => list::run(&args),
            Verb::Verify(args) => verify::run(&args),
            Verb::Transcribe(args) => transcribe::run(args),
            Verb::Speak(args) => speak::run(args),
            Verb::Meaning(args) => meaning::run(args),
            Verb::Bench(args) => bench::run(args),
        }
    }
}
