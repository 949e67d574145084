//! Where a hub's things are: every verb that works on a hub takes these.

use std::path::PathBuf;

use hub::config::Config;
use hub::daemon::Place;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct At {
    /// The hub's configuration; see `deploy/hub/ishuri-hub.toml.example`.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The hub's folder: keys, and the database unless it is elsewhere.
    #[arg(long)]
    data: Option<PathBuf>,
    /// The database's address, such as `postgres://hub@db/ishuri`; a SQLite file in the folder if
    /// absent.
    #[arg(long)]
    database: Option<String>,
}

impl At {
    /// The configuration, with what was said on the command line above it.
    pub(crate) fn config(self) -> anyhow::Result<Config> {
        let mut config = Config::read(self.config.as_deref())?;
        config.data = self.data.unwrap_or(config.data);
        config.database = self.database.or(config.database);
        Ok(config)
    }

    pub(crate) fn place(self) -> anyhow::Result<Place> {
        let config = self.config()?;
        Ok(Place {
            data: config.data,
            database: config.database,
        })
    }
}

/// Runs what a verb does to its end.
pub(crate) fn wait<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}
