//! Which verbs there are.

use clap::Subcommand;

use super::{bench, chat, commission, doctor, grade, run, uplink};

/// What `ishuri-edge` can be asked to do.
#[derive(Subcommand)]
pub enum Verb {
    /// Take calls and teach, until told to stop.
    Run(run::Args),
    /// Judge open answers (JSON lines in, JSON lines out).
    Grade(grade::Args),
    /// Talk with the tutor in a terminal.
    Chat(chat::Args),
    /// Measure how long a texted turn takes until it is durable.
    Bench(bench::Args),
    /// Join a hub, with the claim its people gave you. May be run again: it goes on where it stopped.
    Commission(commission::Args),
    /// Say what is wrong with this box, and what to do.
    Doctor(doctor::Args),
    /// Register this box with a hub, and send it what happened here.
    #[command(subcommand)]
    Uplink(uplink::Verb),
}

impl Verb {
    /// The verb as it stands after "failed to".
    pub fn name(&self) -> &'static str {
        match self {
            Verb::Run(_) => "run",
            Verb::Grade(_) => "grade",
            Verb::Chat(_) => "chat",
            Verb::Bench(_) => "bench",
            Verb::Commission(_) => "commission this box",
            Verb::Doctor(_) => "look",
            Verb::Uplink(verb) => verb.name(),
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// Whatever stopped it, with its causes.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Verb::Run(args) => run::run(&args),
            Verb::Grade(args) => grade::run(args),
            Verb::Chat(args) => chat::run(args),
            Verb::Bench(args) => bench::run(&args),
            Verb::Commission(args) => commission::run(&args),
            Verb::Doctor(args) => doctor::run(args),
            Verb::Uplink(verb) => verb.run(),
        }
    }
}
