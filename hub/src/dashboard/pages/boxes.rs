//! Boxes: when heard, how much, what is wrong.

use sqlx::Row as _;
use sqlx::any::AnyRow;
use sync::box_id::BoxId;

use super::super::ask::Ask;
use super::super::view::{Cell, Table, View};
use super::figures::{self, FRESH_MS};
use crate::store::rows::{bytes16, signed, some_number};
use crate::store::{Reads, StoreError};

pub(super) async fn view(ask: &Ask) -> Result<View, StoreError> {
    let scope = ask.scope();
    let rows = sqlx::query(
        "SELECT b.box_id, COALESCE(b.name, ''), p.name, b.status, b.heard_ms, b.entries,
                b.latest_epoch, b.added_ms,
                (SELECT count(*) FROM learner l WHERE l.box_id = b.box_id AND l.deleted = 0),
                (SELECT count(*) FROM alarm a WHERE a.box_id = b.box_id)
         FROM box b JOIN place p ON p.place_id = b.place_id
         WHERE p.path LIKE $1 ORDER BY b.heard_ms, b.box_id",
    )
    .bind(scope.clone())
    .fetch_all(&ask.reads)
    .await?;
    let cells = |row: &AnyRow| {
        let id = BoxId(bytes16(row, 0)?).to_string();
        let heard = some_number(row, 4)?;
        let status: String = row.try_get(3)?;
        let is = match (status.as_str(), heard) {
            ("revoked", _) => "revoked",
            (_, None) => "never heard",
            (_, Some(heard)) if heard < ask.now_ms - FRESH_MS => "silent for a day",
            _ => "heard",
        };
        Ok(vec![
            Cell::Text(row.try_get(1)?),
            Cell::Text(row.try_get(2)?),
            Cell::text(is),
            Cell::time(heard),
            Cell::Number(signed(row, 8)?),
            Cell::Number(signed(row, 5)?),
            Cell::Number(signed(row, 9)?),
            Cell::Number(signed(row, 6)?),
            Cell::Time(signed(row, 7)?),
            Cell::Text(id),
        ])
    };
    let rows: Result<_, StoreError> = rows.iter().map(cells).collect();
    Ok(View {
        title: "Boxes".to_owned(),
        crumbs: Vec::new(),
        age: Some(figures::age(ask, &scope).await?),
        figures: Vec::new(),
        charts: Vec::new(),
        tables: vec![
            Table {
                name: "boxes",
                title: "Boxes here, the longest silent first",
                columns: vec![
                    "Name",
                    "Place",
                    "Is",
                    "Last heard",
                    "Learners",
                    "Facts",
                    "Alarms",
                    "Life",
                    "Joined",
                    "Box",
                ],
                rows: rows?,
                empty: "No box here yet: `ishuri-hub box claim` lets one join.",
            },
            alarms(ask, &scope).await?,
        ],
    })
}

async fn alarms(ask: &Ask, scope: &str) -> Result<Table, StoreError> {
    let rows = sqlx::query(
        "SELECT a.at_ms, COALESCE(b.name, ''), a.what FROM alarm a
         JOIN box b ON b.box_id = a.box_id JOIN place p ON p.place_id = b.place_id
         WHERE p.path LIKE $1 ORDER BY a.at_ms DESC LIMIT 100",
    )
    .bind(scope.to_owned())
    .fetch_all(&ask.reads)
    .await?;
    let cells = |row: &AnyRow| {
        Ok(vec![
            Cell::Time(signed(row, 0)?),
            Cell::Text(row.try_get(1)?),
            Cell::Text(row.try_get(2)?),
        ])
    };
    let rows: Result<_, StoreError> = rows.iter().map(cells).collect();
    Ok(Table {
        name: "alarms",
        title: "Alarms",
        columns: vec!["When", "Box", "What"],
        rows: rows?,
        empty: "None.",
    })
}

/// A box by its identifier, if it is in a place.
pub(in super::super) async fn box_within(
    reads: &Reads,
    scope: &str,
    id: &str,
) -> Result<Option<BoxId>, StoreError> {
    let number = (id.len() == 32).then(|| u128::from_str_radix(id, 16).ok());
    let Some(number) = number.flatten() else {
        return Ok(None);
    };
    let row = sqlx::query(
        "SELECT b.box_id FROM box b JOIN place p ON p.place_id = b.place_id
         WHERE b.box_id = $1 AND p.path LIKE $2",
    )
    .bind(number.to_be_bytes().to_vec())
    .bind(scope.to_owned())
    .fetch_optional(reads)
    .await?;
    row.map(|row| Ok(BoxId(bytes16(&row, 0)?))).transpose()
}
