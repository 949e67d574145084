//! Who looked at what and changed what.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::super::ask::Ask;
use super::super::view::{Cell, Table, View};
use crate::store::StoreError;
use crate::store::rows::signed;

pub(super) async fn view(ask: &Ask) -> Result<View, StoreError> {
    // What the command line did is for those above all; the rest by the place of who did it.
    let rows = sqlx::query(
        "SELECT a.number, a.at_ms, COALESCE(u.login, a.user_id), a.action, a.object
         FROM audit a LEFT JOIN hub_user u ON u.user_id = a.user_id
         LEFT JOIN place p ON p.place_id = u.place_id
         WHERE COALESCE(p.path, '/all/') LIKE $1
         ORDER BY a.number DESC LIMIT 200 OFFSET $2",
    )
    .bind(ask.scope())
    .bind(i64::from(ask.after))
    .fetch_all(&ask.reads)
    .await?;
    let cells = |row: &AnyRow| {
        Ok(vec![
            Cell::Number(signed(row, 0)?),
            Cell::Time(signed(row, 1)?),
            Cell::Text(row.try_get(2)?),
            Cell::Text(row.try_get(3)?),
            Cell::Text(row.try_get(4)?),
        ])
    };
    let rows: Result<_, StoreError> = rows.iter().map(cells).collect();
    Ok(View {
        title: "Audit".to_owned(),
        crumbs: Vec::new(),
        age: None,
        figures: Vec::new(),
        charts: Vec::new(),
        tables: vec![Table {
            name: "audit",
            title: "The latest first",
            columns: vec!["Number", "When", "Who", "Did", "What"],
            rows: rows?,
            empty: "Nothing yet.",
        }],
    })
}
