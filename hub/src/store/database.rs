//! Opening the database: settings that make "committed" mean "durable", and migrations.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

/// Migrations in order; the database's `user_version` counts those applied.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/sqlite/0001-ingest.sql")];

/// How long a reader waits for a checkpoint before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why the hub's database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// SQLite refused.
    #[error("open database {path}: {source}")]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// Its reason.
        source: rusqlite::Error,
    },
    /// A newer program wrote it.
    #[error(
        "open database {path}: written by a newer version ({found} migrations, this program knows {known})"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Migrations found.
        found: u32,
        /// Migrations known.
        known: u32,
    },
}

/// Opens a database, creating and migrating it if needed. WAL with `synchronous=FULL`: an
/// acknowledgement is a promise that a power cut must not break.
///
/// # Errors
/// If SQLite refuses or a newer program wrote the file.
pub fn open(path: &Path) -> Result<Connection, DatabaseError> {
    let sqlite = |source| DatabaseError::Sqlite {
        path: path.to_owned(),
        source,
    };
    let mut connection = Connection::open(path).map_err(sqlite)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(sqlite)?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;",
        )
        .map_err(sqlite)?;
    let found = connection
        .query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0))
        .map_err(sqlite)?;
    let known = MIGRATIONS.len() as u32;
    if found > known {
        let path = path.to_owned();
        return Err(DatabaseError::Newer { path, found, known });
    }
    for (number, migration) in (1_u32..).zip(MIGRATIONS).skip(found as usize) {
        let applied = connection.transaction().and_then(|transaction| {
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "user_version", number)?;
            transaction.commit()
        });
        applied.map_err(sqlite)?;
    }
    Ok(connection)
}
