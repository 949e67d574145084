//! Migrations: paired by name in both dialects, each applied once, in order.

use sqlx::Row as _;

use super::database::{DatabaseError, Engine};
use super::write::Connection;

/// One step of the schema, in both dialects.
struct Migration {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($name:literal,)*) => {
        [$(Migration {
            name: $name,
            sqlite: include_str!(concat!("migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("migrations/postgres/", $name, ".sql")),
        },)*]
    };
}

const MIGRATIONS: [Migration; 3] = migrations!["0001-ingest", "0002-people", "0003-figures",];

/// A hub that starts beside another waits for the other's migration by meeting its row.
const TRIES: u32 = 20;

/// Brings the schema up to this program's.
pub(super) async fn migrate(
    connection: &mut Connection,
    engine: Engine,
) -> Result<(), DatabaseError> {
    let table = "CREATE TABLE IF NOT EXISTS migration (name TEXT NOT NULL PRIMARY KEY)";
    // Two hubs may make it at once; the one that comes second finds it made.
    let mut made = sqlx::raw_sql(table).execute(&mut *connection).await;
    for _ in 0..TRIES {
        if made.is_ok() {
            break;
        }
        made = sqlx::raw_sql(table).execute(&mut *connection).await;
    }
    made?;
    let found = applied(connection).await?;
    if let Some(name) = found
        .iter()
        .find(|name| !MIGRATIONS.iter().any(|known| known.name == **name))
    {
        return Err(DatabaseError::Newer { name: name.clone() });
    }
    for migration in &MIGRATIONS {
        let mut tries = 0;
        while !applied(connection)
            .await?
            .iter()
            .any(|name| name == migration.name)
        {
            tries += 1;
            match apply(connection, migration, engine).await {
                Ok(()) => {}
                Err(_) if tries < TRIES => {
                    sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
                }
                Err(source) => {
                    let name = migration.name;
                    return Err(DatabaseError::Migration { name, source });
                }
            }
        }
    }
    Ok(())
}

async fn applied(connection: &mut Connection) -> Result<Vec<String>, sqlx::Error> {
    let rows = sqlx::query("SELECT name FROM migration ORDER BY name")
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

async fn apply(
    connection: &mut Connection,
    migration: &Migration,
    engine: Engine,
) -> Result<(), sqlx::Error> {
    let (begin, text) = match engine {
        Engine::Sqlite => ("BEGIN IMMEDIATE", migration.sqlite),
        Engine::Postgres => ("BEGIN", migration.postgres),
    };
    sqlx::raw_sql(begin).execute(&mut *connection).await?;
    // First of all its name: of two hubs, one waits here for the other.
    sqlx::query("INSERT INTO migration (name) VALUES ($1)")
        .bind(migration.name)
        .execute(&mut *connection)
        .await?;
    sqlx::raw_sql(text).execute(&mut *connection).await?;
    sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The PostgreSQL text says the same, in its own names of types.
    #[test]
    fn both_dialects_say_the_same() {
        for migration in &MIGRATIONS {
            let translated: Vec<String> = migration
                .sqlite
                .lines()
                .map(|line| {
                    let line = line.replace(") STRICT, WITHOUT ROWID;", ");");
                    let line = line.replace(") STRICT;", ");");
                    let word = |word: &str| match word {
                        "BLOB" => "BYTEA".to_owned(),
                        "INTEGER" => "BIGINT".to_owned(),
                        "REAL" => "DOUBLE PRECISION".to_owned(),
                        other => other.to_owned(),
                    };
                    let words = line.split_inclusive(|letter: char| !letter.is_alphanumeric());
                    words
                        .map(|piece| {
                            let end =
                                piece.trim_end_matches(|letter: char| !letter.is_alphanumeric());
                            word(end) + &piece[end.len()..]
                        })
                        .collect()
                })
                .collect();
            let own: Vec<&str> = migration.postgres.lines().collect();
            assert_eq!(translated, own, "{}", migration.name);
        }
    }

    /// What distributed databases that speak PostgreSQL's language ask: a primary key on each
    /// table, none of them counted up by the database, no statement that they lack.
    #[test]
    fn nothing_relies_on_the_order_of_a_sequence() {
        for migration in &MIGRATIONS {
            let text = migration.postgres.to_uppercase();
            for word in ["SERIAL", "AUTOINCREMENT", "GENERATED", "NEXTVAL", "NOTIFY"] {
                assert!(!text.contains(word), "{}: {word}", migration.name);
            }
            let tables = text.matches("CREATE TABLE").count();
            assert_eq!(
                text.matches("PRIMARY KEY").count(),
                tables,
                "{}",
                migration.name
            );
        }
    }
}
