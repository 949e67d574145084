//! Who may log in.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::super::ask::Ask;
use super::super::view::{Cell, Table, View};
use crate::store::StoreError;
use crate::store::rows::signed;

pub(super) async fn view(ask: &Ask) -> Result<View, StoreError> {
    let rows = sqlx::query(
        "SELECT u.login, u.role, p.name, u.active, u.locked_ms, u.added_ms,
                CASE WHEN u.totp IS NULL THEN 0 ELSE 1 END
         FROM hub_user u JOIN place p ON p.place_id = u.place_id
         WHERE p.path LIKE $1 ORDER BY u.login LIMIT 1000 OFFSET $2",
    )
    .bind(ask.scope())
    .bind(i64::from(ask.after))
    .fetch_all(&ask.reads)
    .await?;
    let cells = |row: &AnyRow| {
        let is = match (signed(row, 3)?, signed(row, 4)?) {
            (0, _) => "removed",
            (_, locked) if locked > ask.now_ms => "locked",
            _ => "active",
        };
        let role: String = row.try_get(1)?;
        let second = if signed(row, 6)? == 1 { "yes" } else { "no" };
        Ok(vec![
            Cell::Text(row.try_get(0)?),
            Cell::text(role.replace('_', " ")),
            Cell::Text(row.try_get(2)?),
            Cell::text(is),
            Cell::text(second),
            Cell::Time(signed(row, 5)?),
        ])
    };
    let rows: Result<_, StoreError> = rows.iter().map(cells).collect();
    Ok(View {
        title: "Users".to_owned(),
        crumbs: Vec::new(),
        age: None,
        figures: Vec::new(),
        charts: Vec::new(),
        tables: vec![Table {
            name: "users",
            title: "Who may log in here",
            columns: vec!["Login", "Role", "Place", "Is", "Second factor", "Added"],
            rows: rows?,
            empty: "Nobody.",
        }],
    })
}
