//! Which verbs there are.

use clap::Subcommand;

use super::pack;

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Check, build and show packs: the signed files that carry courses.
    #[command(subcommand)]
    Pack(pack::Verb),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Verb::Pack(verb) => verb.name(),
        }
    }

    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Verb::Pack(verb) => verb.run(),
        }
    }
}
