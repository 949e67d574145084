//! Which catalogue a verb works from.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use models::catalogue::Catalogue;

#[derive(clap::Args)]
pub(crate) struct CatalogueFile {
    /// Another catalogue than the built-in one.
    #[arg(long, value_name = "FILE", env = "ISHURI_CATALOGUE")]
    catalogue: Option<PathBuf>,
}

impl CatalogueFile {
    pub(crate) fn load(&self) -> anyhow::Result<Catalogue> {
        let Some(path) = &self.catalogue else {
            return Ok(Catalogue::built_in());
        };
        let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        Catalogue::parse(&text).with_context(|| format!("read {}", path.display()))
    }
}
