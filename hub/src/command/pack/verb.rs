//! Which verbs `pack` has.

use clap::Subcommand;

use super::check;

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// List every fault of a folder of sources, with file and line, and count what is there.
    Check(check::Args),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Verb::Check(_) => "check sources",
        }
    }

    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Verb::Check(args) => check::run(&args),
        }
    }
}
