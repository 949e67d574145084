//! Which verbs there are.

use clap::Subcommand;

use super::{audit, backup, boxes, data, pack, restored, serve, user};

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
    /// Add and remove users of the dashboard.
    #[command(subcommand)]
    User(user::Verb),
    /// The log of who looked at what.
    #[command(subcommand)]
    Audit(audit::Verb),
    /// One learner's data, on request.
    #[command(subcommand)]
    Data(data::Verb),
    /// Copy a running hub, database and keys, into a folder.
    Backup(backup::Backup),
    /// Bring a hub back from such a folder.
    Restore(backup::Restore),
    /// Say that the database was brought back from a backup: boxes offer again what it lost.
    Restored(restored::Args),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Verb::Pack(verb) => verb.name(),
            Verb::Serve(_) => "serve",
            Verb::Box(verb) => verb.name(),
            Verb::User(verb) => verb.name(),
            Verb::Audit(verb) => verb.name(),
            Verb::Data(verb) => verb.name(),
            Verb::Backup(_) => "back the hub up",
            Verb::Restore(_) => "restore the hub",
            Verb::Restored(_) => "note the restored database",
        }
    }

    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Verb::Pack(verb) => verb.run(),
            Verb::Serve(args) => serve::run(args),
            Verb::Box(verb) => verb.run(),
            Verb::User(verb) => verb.run(),
            Verb::Audit(verb) => verb.run(),
            Verb::Data(verb) => verb.run(),
            Verb::Backup(args) => backup::backup(args),
            Verb::Restore(args) => backup::restore(&args),
            Verb::Restored(args) => restored::run(args),
        }
    }
}
