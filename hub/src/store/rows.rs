//! Rows: many in one statement, since what costs is the statement; and columns read as what they are.

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Row as _};

use super::write::{Connection, StoreError};

pub(super) type Statement = Query<'static, Any, AnyArguments>;

/// Rows of one statement. Few sizes, so that prepared statements are found again.
const SIZES: [usize; 3] = [64, 8, 1];

/// Inserts rows: `head` ends before `VALUES`, `tail` stands behind. Returns rows that were added.
pub(super) async fn insert<R>(
    connection: &mut Connection,
    (head, tail): (&'static str, &'static str),
    columns: usize,
    rows: &[R],
    bind: impl Fn(Statement, &R) -> Statement,
) -> Result<u64, StoreError> {
    let mut added = 0;
    for now in pieces(rows) {
        let statement = statement((head, tail), columns, now, &bind);
        added += statement.execute(&mut *connection).await?.rows_affected();
    }
    Ok(added)
}

/// Inserts rows as [`insert`] does; returns what the tail's `RETURNING` names.
pub(super) async fn insert_returning<R>(
    connection: &mut Connection,
    text: (&'static str, &'static str),
    columns: usize,
    rows: &[R],
    bind: impl Fn(Statement, &R) -> Statement,
) -> Result<Vec<AnyRow>, StoreError> {
    let mut returned = Vec::new();
    for now in pieces(rows) {
        let statement = statement(text, columns, now, &bind);
        returned.extend(statement.fetch_all(&mut *connection).await?);
    }
    Ok(returned)
}

/// An unsigned number of a column.
pub(crate) fn number<N: TryFrom<i64>>(row: &AnyRow, column: usize) -> Result<N, StoreError> {
    let found = signed(row, column)?;
    N::try_from(found).map_err(|_| StoreError::Broken {
        what: format!("column {column}: {found} is out of range"),
    })
}

/// A number of a column that may be absent.
pub(crate) fn some_number(row: &AnyRow, column: usize) -> Result<Option<i64>, StoreError> {
    Ok(row.try_get(column)?)
}

/// A signed number of a column.
pub(crate) fn signed(row: &AnyRow, column: usize) -> Result<i64, StoreError> {
    Ok(row.try_get(column)?)
}

/// A column of so many bytes.
pub(crate) fn bytes<const N: usize>(row: &AnyRow, column: usize) -> Result<[u8; N], StoreError> {
    let found: Vec<u8> = row.try_get(column)?;
    let length = found.len();
    <[u8; N]>::try_from(found).map_err(|_| StoreError::Broken {
        what: format!("column {column}: {length} bytes instead of {N}"),
    })
}

/// An identifier.
pub(crate) fn bytes16(row: &AnyRow, column: usize) -> Result<[u8; 16], StoreError> {
    bytes(row, column)
}

fn pieces<R>(rows: &[R]) -> impl Iterator<Item = &[R]> {
    let mut left = rows;
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= left.len())?;
        let (now, later) = left.split_at(size);
        left = later;
        Some(now)
    })
}

fn statement<R>(
    (head, tail): (&'static str, &'static str),
    columns: usize,
    rows: &[R],
    bind: impl Fn(Statement, &R) -> Statement,
) -> Statement {
    let text = format!("{head} VALUES {} {tail}", places(rows.len(), columns));
    // Nothing but numbers of places enters the text.
    rows.iter().fold(sqlx::query(AssertSqlSafe(text)), bind)
}

/// `($1,$2),($3,$4)`.
fn places(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let numbers: Vec<String> = (1..=columns)
            .map(|column| format!("${}", row * columns + column))
            .collect();
        format!("({})", numbers.join(","))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_numbered_through() {
        assert_eq!(places(2, 3), "($1,$2,$3),($4,$5,$6)");
    }
}
