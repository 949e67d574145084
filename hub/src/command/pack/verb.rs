//! Which verbs `pack` has.

use clap::Subcommand;

use super::{build, check, show};

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// List every fault of a folder of sources, with file and line, and count what is there.
    Check(check::Args),
    /// Turn a folder of sources into one signed pack.
    Build(build::Args),
    /// Say what a pack holds, and whether it is whole.
    Show(show::Args),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Verb::Check(_) => "check sources",
            Verb::Build(_) => "build pack",
            Verb::Show(_) => "show pack",
        }
    }

    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Verb::Check(args) => check::run(&args),
            Verb::Build(args) => build::run(&args),
            Verb::Show(args) => show::run(&args),
        }
    }
}
