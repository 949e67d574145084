//! Which verbs there are.

use clap::Subcommand;

use super::grade;

/// What `ishuri-edge` can be asked to do.
#[derive(Subcommand)]
pub enum Verb {
    /// Judge open answers (JSON lines in, JSON lines out).
    Grade(grade::Args),
}

impl Verb {
    /// The verb as it stands after "failed to".
    pub fn name(&self) -> &'static str {
        match self {
            Verb::Grade(_) => "grade",
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// Whatever stopped it, with its causes.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Verb::Grade(args) => grade::run(args),
        }
    }
}
