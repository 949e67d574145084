//! Backup and restore of a hub in one folder: its database and its keys.

use std::path::Path;

use anyhow::Context as _;

use crate::daemon::{Place, identity_folder, restored};
use crate::store::{Connection, Database};

const DATABASE: &str = "hub.sqlite";

/// Copies a running hub into a new folder: the database as of one moment, and the keys.
///
/// # Errors
/// If the folder exists, or the database is not SQLite: a server is backed up by its own tools.
pub async fn backup(place: &Place, to: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        place.database.is_none(),
        "copy the database: it is not in the hub's folder; use `pg_dump` for it, and keep {} too",
        identity_folder(&place.data).display()
    );
    let source = place.data.join(DATABASE);
    anyhow::ensure!(source.exists(), "find {}", source.display());
    std::fs::create_dir(to).with_context(|| format!("make folder {}", to.display()))?;
    // Opened as the hub does, so that drivers are there; the copy is SQLite's own.
    let database = Database::open(&Database::in_folder(&place.data)).await?;
    drop(database);
    let mut connection =
        <Connection as sqlx::Connection>::connect(&Database::in_folder(&place.data)).await?;
    let copy = to.join(DATABASE);
    sqlx::query("VACUUM INTO $1")
        .bind(copy.display().to_string())
        .execute(&mut connection)
        .await
        .context("copy the database")?;
    std::fs::File::open(&copy)?.sync_all()?;
    copy_folder(&identity_folder(&place.data), &identity_folder(to))
}

/// Brings a hub back into an empty folder, and raises its generation: boxes offer again what was
/// lost since. Returns the generation.
///
/// # Errors
/// If a hub is there already, or the backup is none.
pub async fn restore(from: &Path, data: &Path) -> anyhow::Result<u32> {
    let there = data.join(DATABASE);
    anyhow::ensure!(
        !there.exists(),
        "restore into {}: a hub is there; move it away first",
        data.display()
    );
    std::fs::create_dir_all(data).with_context(|| format!("make folder {}", data.display()))?;
    copy_folder(&identity_folder(from), &identity_folder(data))?;
    // The database last, under its name at once: a restore that was cut off is no hub.
    let beside = data.join("hub.sqlite.new");
    let copied = std::fs::copy(from.join(DATABASE), &beside);
    copied.with_context(|| format!("copy {}", from.join(DATABASE).display()))?;
    std::fs::File::open(&beside)?.sync_all()?;
    std::fs::rename(&beside, &there)?;
    let place = Place {
        data: data.to_owned(),
        database: None,
    };
    restored(&place).await
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("make folder {}", to.display()))?;
    let files = std::fs::read_dir(from).with_context(|| format!("read {}", from.display()))?;
    for file in files {
        let path = file?.path();
        let name = path.file_name().unwrap_or_default();
        // Copies keep who may read them.
        std::fs::copy(&path, to.join(name)).with_context(|| format!("copy {}", path.display()))?;
    }
    Ok(())
}
