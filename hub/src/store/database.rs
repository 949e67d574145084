//! Opening the database: settings that make "committed" mean "durable", and migrations.

use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Row as _};

use super::migration::migrate;
use super::write::{Connection, Writer};

/// Which kind of database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One file beside the hub; one writer.
    Sqlite,
    /// A server, or what speaks its language; several hubs may share it.
    Postgres,
}

/// The hub's database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    engine: Engine,
    pool: AnyPool,
    writer: Writer,
}

/// Why the hub's database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It cannot be reached, or refused.
    #[error("open database {place}: {source}")]
    Open {
        /// Where it is, without its password.
        place: String,
        /// Its reason.
        source: sqlx::Error,
    },
    /// A statement was refused.
    #[error("open database: {0}")]
    Sql(#[from] sqlx::Error),
    /// A migration failed.
    #[error("open database: apply migration {name}: {source}")]
    Migration {
        /// Which.
        name: &'static str,
        /// Its reason.
        source: sqlx::Error,
    },
    /// A newer program wrote it.
    #[error("open database: migration {name} is of a newer version of this program")]
    Newer {
        /// The migration it has and this program does not know.
        name: String,
    },
    /// It would acknowledge what it may lose.
    #[error(
        "open database: its `synchronous_commit` is off, so that it acknowledges what a power cut takes back; set it to `on`"
    )]
    NotDurable,
    /// The address is of another kind.
    #[error("open database {0}: the address begins neither with `sqlite:` nor `postgres:`")]
    Kind(String),
}

/// Connections that only read, on SQLite; all, on PostgreSQL.
const CONNECTIONS_MAX: u32 = 16;
/// How long a page waits for a connection before it says so.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// `synchronous=FULL`: an acknowledgement is a promise that a power cut must not break.
const SQLITE_WRITES: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;";
const SQLITE_READS: &str = "PRAGMA busy_timeout = 10000; PRAGMA query_only = ON;";

impl Database {
    /// The address of the database that lies in a hub's folder.
    pub fn in_folder(folder: &Path) -> String {
        format!("sqlite://{}?mode=rwc", folder.join("hub.sqlite").display())
    }

    /// Opens a database by its address, creating (SQLite) and migrating it if needed.
    ///
    /// # Errors
    /// If it refuses, is not durable, or a newer program wrote it.
    pub async fn open(url: &str) -> Result<Self, DatabaseError> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        let place = without_password(url);
        let open = |source| DatabaseError::Open {
            place: place.clone(),
            source,
        };
        let engine = engine_of(url).ok_or_else(|| DatabaseError::Kind(place.clone()))?;
        let (pool, writer) = match engine {
            Engine::Sqlite => {
                let mut one = <Connection as sqlx::Connection>::connect(url)
                    .await
                    .map_err(open)?;
                sqlx::raw_sql(SQLITE_WRITES)
                    .execute(&mut one)
                    .await
                    .map_err(open)?;
                migrate(&mut one, engine).await?;
                let pool = pool(url, SQLITE_READS).await.map_err(open)?;
                (pool, Writer::alone(one))
            }
            Engine::Postgres => {
                let pool = pool(url, "SET lock_timeout = '30s'").await.map_err(open)?;
                let mut one = pool.acquire().await.map_err(open)?;
                durable(&mut one).await?;
                migrate(&mut one, engine).await?;
                (pool.clone(), Writer::many(pool))
            }
        };
        Ok(Self {
            engine,
            pool,
            writer,
        })
    }

    /// Which kind it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// For statements that read.
    pub(crate) fn reads(&self) -> &AnyPool {
        &self.pool
    }

    pub(crate) fn writer(&self) -> &Writer {
        &self.writer
    }
}

async fn pool(url: &str, settings: &'static str) -> Result<AnyPool, sqlx::Error> {
    AnyPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(settings).execute(connection).await?;
                Ok(())
            })
        })
        .connect(url)
        .await
}

async fn durable(connection: &mut Connection) -> Result<(), DatabaseError> {
    let row = sqlx::query("SELECT current_setting('synchronous_commit')")
        .fetch_one(connection)
        .await?;
    if row.try_get::<String, _>(0)? == "off" {
        return Err(DatabaseError::NotDurable);
    }
    Ok(())
}

fn engine_of(url: &str) -> Option<Engine> {
    match url.split_once(':')?.0 {
        "sqlite" => Some(Engine::Sqlite),
        "postgres" | "postgresql" => Some(Engine::Postgres),
        _ => None,
    }
}

/// An address as it may be printed.
fn without_password(url: &str) -> String {
    let Some((head, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let rest = rest.split('?').next().unwrap_or_default();
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{head}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_printed_without_its_password() {
        let check = |url, expected: &str| assert_eq!(without_password(url), expected);
        check("postgres://hub:secret@db/hub?x=y", "postgres://db/hub");
        check("postgres://db/hub?password=secret", "postgres://db/hub");
        check(
            "sqlite:///srv/hub.sqlite?mode=rwc",
            "sqlite:///srv/hub.sqlite",
        );
    }

    #[test]
    fn an_address_of_another_kind_is_refused() {
        assert_eq!(engine_of("mysql://db/hub"), None);
        assert_eq!(engine_of("hub.sqlite"), None);
        assert_eq!(engine_of("postgresql:///hub"), Some(Engine::Postgres));
    }
}
