//! `ishuri-models fetch`.

use std::path::PathBuf;

use models::install::{self, Request, models_dir};

use super::progress::Progress;
use super::source::CatalogueFile;

/// Download, check and install speech models. Models that are already there cost nothing.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// These models instead of the default ones; `list` shows their ids.
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    only: Vec<String>,
    /// Take everything from this folder or USB stick; the network is not used.
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,
    #[command(flatten)]
    catalogue: CatalogueFile,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let catalogue = args.catalogue.load()?;
    let folder = models_dir()?;
    let chosen = catalogue.choose(&args.only)?;
    let mut progress = Progress::new();
    let request = Request {
        models: &folder,
        from: args.from.as_deref(),
    };
    let mut failures = Vec::new();
    for model in &chosen {
        // One model that cannot be had does not keep the others away.
        if let Err(error) = install::fetch(request, model, &mut |event| progress.show(event)) {
            failures.push((model.id.as_str(), anyhow::Error::from(error)));
        }
    }
    progress.clear();
    // The last is told by `main`, the others here: each once.
    let Some((id, last)) = failures.pop() else {
        return Ok(());
    };
    for (id, error) in failures {
        eprintln!("ishuri-models: failed to fetch: speech model {id}: {error:#}");
    }
    Err(last.context(format!("speech model {id}")))
}
