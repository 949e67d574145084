//! `ishuri-hub audit`: the log of who looked at what.

use super::place::{At, wait};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Recompute the log's chain of hashes; fails at the first row that is not what was written.
    /// Prints the number of rows and the last hash: note them elsewhere, to see later that nothing
    /// was cut off the end.
    Verify(Verify),
}

#[derive(clap::Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    at: At,
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        "verify the audit log"
    }

    pub(crate) fn run(self) -> anyhow::Result<()> {
        let Verb::Verify(args) = self;
        wait(async {
            let (database, _authority) = args.at.place()?.open().await?;
            let (rows, hash) = hub::people::verify_audit(&database).await??;
            println!("{rows} rows {hash}");
            Ok(())
        })
    }
}
