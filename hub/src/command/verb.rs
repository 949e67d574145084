//! Which verbs there are.

use clap::Subcommand;

use super::{boxes, pack, restored, serve};

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Check, build and show packs: the signed files that carry courses.
    #[command(subcommand)]
    Pack(pack::Verb),
    /// Serve boxes.
    Serve(serve::Args),
    /// Sign, list and revoke boxes.
    #[command(subcommand, name = "box")]
    Box(boxes::Verb),
    /// Say that the database was brought back from a backup: boxes offer again what it lost.
    Restored(restored::Args),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Verb::Pack(verb) => verb.name(),
            Verb::Serve(_) => "serve",
            Verb::Box(verb) => verb.name(),
            Verb::Restored(_) => "note the restored database",
        }
    }

    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Verb::Pack(verb) => verb.run(),
            Verb::Serve(args) => serve::run(args),
            Verb::Box(verb) => verb.run(),
            Verb::Restored(args) => restored::run(&args),
        }
    }
}
