//! `/metrics`: the hub in numbers, as Prometheus reads them.

use std::fmt::Write as _;

use crate::store::rows::signed;
use crate::store::{Database, StoreError};

/// A box not heard of for so long is silent.
const SILENT_MS: i64 = 24 * 3_600_000;

/// Text of Prometheus, version 0.0.4.
pub(crate) async fn text(database: &Database, now_ms: i64) -> Result<String, StoreError> {
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM box WHERE status = 'active'),
                (SELECT count(*) FROM box WHERE status = 'active' AND heard_ms > $1),
                (SELECT CAST(COALESCE(sum(entries), 0) AS BIGINT) FROM box),
                (SELECT count(*) FROM alarm),
                (SELECT count(*) FROM learner WHERE deleted = 0),
                (SELECT count(*) FROM parked),
                (SELECT generation FROM hub_identity)",
    )
    .bind(now_ms - SILENT_MS)
    .fetch_one(database.reads())
    .await?;
    let names = [
        ("boxes", "gauge", "boxes that may speak"),
        ("boxes_fresh", "gauge", "boxes heard within a day"),
        ("entries_total", "counter", "facts on main chains"),
        ("alarms_total", "counter", "alarms about boxes"),
        ("learners", "gauge", "learners enrolled"),
        ("parked", "gauge", "facts whose learner is not known yet"),
        (
            "generation",
            "gauge",
            "raised whenever the database is brought back from a backup",
        ),
    ];
    let mut text = String::new();
    for (column, (name, kind, help)) in names.into_iter().enumerate() {
        let value = signed(&row, column)?;
        let _infallible = write!(
            text,
            "# HELP ishuri_hub_{name} {help}\n# TYPE ishuri_hub_{name} {kind}\n\
             ishuri_hub_{name} {value}\n"
        );
    }
    Ok(text)
}
