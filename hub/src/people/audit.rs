//! The audit log: append-only, each row's hash over the one before.

use sqlx::Row as _;

use crate::store::rows::{bytes, signed};
use crate::store::{Connection, Reads, StoreError};

/// Something that was looked at or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deed {
    pub(crate) at_ms: i64,
    /// Who; `-` for the command line.
    pub(crate) user_id: String,
    /// What was done, such as `look` or `add user`.
    pub(crate) action: String,
    /// To what: identifiers, never words of a person.
    pub(crate) object: String,
}

/// The log is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Tampered {
    /// A row is gone.
    #[error("row {0} is missing")]
    Missing(i64),
    /// A row, or one before it, was changed.
    #[error("row {0} is not what was written")]
    Changed(i64),
}

type Hash = [u8; 32];

/// Appends a deed.
pub(crate) async fn append(connection: &mut Connection, deed: &Deed) -> Result<(), StoreError> {
    let last = sqlx::query("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")
        .fetch_optional(&mut *connection)
        .await?;
    let (number, before) = match last {
        Some(row) => (signed(&row, 0)? + 1, bytes(&row, 1)?),
        None => (1, [0; 32]),
    };
    // Of two hubs that append at once, one meets the other's number and does it again.
    sqlx::query(
        "INSERT INTO audit (number, at_ms, user_id, action, object, hash)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(number)
    .bind(deed.at_ms)
    .bind(deed.user_id.clone())
    .bind(deed.action.clone())
    .bind(deed.object.clone())
    .bind(hash(&before, number, deed).to_vec())
    .execute(connection)
    .await?;
    Ok(())
}

/// Recomputes every hash. The number of rows, and the last hash, to be compared with one noted
/// elsewhere: rows cut off at the end leave no other trace.
pub(crate) async fn verify(reads: &Reads) -> Result<Result<(i64, Hash), Tampered>, StoreError> {
    let (mut before, mut expected) = ([0; 32], 1);
    loop {
        let rows = sqlx::query(
            "SELECT number, at_ms, user_id, action, object, hash FROM audit
             WHERE number >= $1 ORDER BY number LIMIT 1000",
        )
        .bind(expected)
        .fetch_all(reads)
        .await?;
        if rows.is_empty() {
            return Ok(Ok((expected - 1, before)));
        }
        for row in &rows {
            let number = signed(row, 0)?;
            let deed = Deed {
                at_ms: signed(row, 1)?,
                user_id: row.try_get(2)?,
                action: row.try_get(3)?,
                object: row.try_get(4)?,
            };
            if number != expected {
                return Ok(Err(Tampered::Missing(expected)));
            }
            before = hash(&before, number, &deed);
            if before != bytes::<32>(row, 5)? {
                return Ok(Err(Tampered::Changed(number)));
            }
            expected += 1;
        }
    }
}

fn hash(before: &Hash, number: i64, deed: &Deed) -> Hash {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    context.update(before);
    context.update(&number.to_be_bytes());
    context.update(&deed.at_ms.to_be_bytes());
    for text in [&deed.user_id, &deed.action, &deed.object] {
        // Each with its length, so that no two rows run together to the same bytes.
        context.update(&(text.len() as u64).to_be_bytes());
        context.update(text.as_bytes());
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Database;

    async fn log(folder: &std::path::Path, count: i64) -> Database {
        let database = Database::open(&Database::in_folder(folder)).await.unwrap();
        for at_ms in 0..count {
            let written = database.write(move |connection| {
                Box::pin(async move {
                    let deed = Deed {
                        at_ms,
                        user_id: "u".to_owned(),
                        action: "look".to_owned(),
                        object: format!("learner {at_ms}"),
                    };
                    append(connection, &deed).await
                })
            });
            written.await.unwrap();
        }
        database
    }

    #[track_caller]
    fn check(tamper: &'static str, expected: &Result<i64, Tampered>) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let found = runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let database = log(folder.path(), 5).await;
            let tampered = database.write(move |connection| {
                Box::pin(async move {
                    sqlx::raw_sql(tamper).execute(connection).await?;
                    Ok(())
                })
            });
            tampered.await.unwrap();
            verify(database.reads()).await.unwrap()
        });
        assert_eq!(&found.map(|(rows, _)| rows), expected, "{tamper}");
    }

    #[test]
    fn a_log_that_was_touched_is_found_at_the_row() {
        check("SELECT 1", &Ok(5));
        check(
            "UPDATE audit SET object = 'x' WHERE number = 3",
            &Err(Tampered::Changed(3)),
        );
        check(
            "UPDATE audit SET at_ms = 9 WHERE number = 5",
            &Err(Tampered::Changed(5)),
        );
        check(
            "DELETE FROM audit WHERE number = 2",
            &Err(Tampered::Missing(2)),
        );
        check(
            "DELETE FROM audit WHERE number = 1",
            &Err(Tampered::Missing(1)),
        );
    }
}
