//! A place: its figures, the places in it, its learners.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::super::ask::Ask;
use super::super::view::{Cell, Table, View};
use super::figures;
use super::learner::link;
use crate::people::place::{self, Place};
use crate::people::{Capability, Reach};
use crate::store::StoreError;
use crate::store::rows::{bytes, bytes16, signed, some_number};

/// Learners in one page of a list.
const LEARNERS: i64 = 200;

pub(super) async fn view(ask: &Ask, place_id: &str) -> Result<Option<View>, StoreError> {
    let mut connection = ask.reads.acquire().await?;
    let found = place::find(&mut connection, place_id).await?;
    drop(connection);
    // A place elsewhere is as absent as one that does not exist.
    let within =
        |place: &Place| ask.reach == Reach::Place && place.path.starts_with(&ask.viewer.scope);
    let Some(place) = found.filter(within) else {
        return Ok(None);
    };
    let scope = format!("{}%", place.path);
    let age = figures::age(ask, &scope).await?;
    let (chart, days) = figures::days(ask, &scope).await?;
    let mut tables = vec![below(ask, &place).await?];
    if ask.may(Capability::Learner) {
        tables.push(learners(ask, &place).await?);
    }
    tables.push(days);
    tables.push(figures::modules(ask, &scope).await?);
    tables.push(figures::retention(ask, &scope).await?);
    tables.push(figures::languages(ask, &scope).await?);
    tables.retain(|table| !(table.rows.is_empty() && table.empty.is_empty()));
    let above = place::above(&ask.reads, &place, &ask.viewer.scope).await?;
    let crumb = |place: Place| (place.name, format!("/place/{}", place.place_id));
    Ok(Some(View {
        title: place.name.clone(),
        crumbs: above.into_iter().map(crumb).collect(),
        age: Some(age),
        figures: figures::totals(ask, &scope, &age).await?,
        charts: vec![chart],
        tables,
    }))
}

/// The places directly below, each with what lies in it.
async fn below(ask: &Ask, place: &Place) -> Result<Table, StoreError> {
    let rows = sqlx::query(
        "SELECT c.place_id, c.name, c.kind, count(DISTINCT l.learner_id),
                count(DISTINCT s.learner_id),
                CAST(COALESCE(sum(s.attempts), 0) AS BIGINT),
                CAST(COALESCE(sum(s.right_count), 0) AS BIGINT)
         FROM place c
         LEFT JOIN place p ON p.path LIKE c.path || '%'
         LEFT JOIN learner l ON l.place_id = p.place_id AND l.deleted = 0
         LEFT JOIN sitting s ON s.learner_id = l.learner_id AND s.day >= $2 AND s.day <= $3
         WHERE c.parent_id = $1
         GROUP BY c.place_id, c.name, c.kind ORDER BY c.name",
    )
    .bind(place.place_id.clone())
    .bind(i64::from(ask.range.from.0))
    .bind(i64::from(ask.range.to.0))
    .fetch_all(&ask.reads)
    .await?;
    let cells = |row: &AnyRow| {
        let place_id: String = row.try_get(0)?;
        Ok(vec![
            Cell::Link {
                text: row.try_get(1)?,
                to: format!("/place/{place_id}"),
            },
            Cell::Text(row.try_get(2)?),
            Cell::Number(signed(row, 3)?),
            Cell::Number(signed(row, 4)?),
            Cell::Number(signed(row, 5)?),
            Cell::share(signed(row, 6)?, signed(row, 5)?),
        ])
    };
    let rows: Result<_, StoreError> = rows.iter().map(cells).collect();
    Ok(Table {
        name: "places",
        title: "Places here",
        columns: vec!["Place", "Kind", "Learners", "Active", "Answers", "Right"],
        rows: rows?,
        empty: "",
    })
}

/// Learners of this very place, the latest first.
async fn learners(ask: &Ask, place: &Place) -> Result<Table, StoreError> {
    let rows = sqlx::query(
        "SELECT l.learner_id, l.language, l.age, l.skills, l.mastered, l.struggling,
                max(s.last_ms), CAST(COALESCE(sum(s.attempts), 0) AS BIGINT),
                CAST(COALESCE(sum(s.right_count), 0) AS BIGINT)
         FROM learner l
         LEFT JOIN sitting s ON s.learner_id = l.learner_id AND s.day >= $2 AND s.day <= $3
         WHERE l.place_id = $1 AND l.deleted = 0
         GROUP BY l.learner_id, l.language, l.age, l.skills, l.mastered, l.struggling
         ORDER BY COALESCE(max(s.last_ms), 0) DESC, l.learner_id LIMIT $4 OFFSET $5",
    )
    .bind(place.place_id.clone())
    .bind(i64::from(ask.range.from.0))
    .bind(i64::from(ask.range.to.0))
    .bind(LEARNERS)
    .bind(i64::from(ask.after))
    .fetch_all(&ask.reads)
    .await?;
    let cells = |row: &AnyRow| {
        Ok(vec![
            link(bytes16(row, 0)?),
            figures::language(bytes(row, 1)?),
            some_number(row, 2)?.map_or(Cell::Unknown, Cell::Number),
            Cell::time(some_number(row, 6)?),
            Cell::Number(signed(row, 7)?),
            Cell::share(signed(row, 8)?, signed(row, 7)?),
            Cell::share(signed(row, 4)?, signed(row, 3)?),
            Cell::Number(signed(row, 5)?),
        ])
    };
    let rows: Result<_, StoreError> = rows.iter().map(cells).collect();
    Ok(Table {
        name: "learners",
        title: "Learners here",
        columns: vec![
            "Learner",
            "Language",
            "Age",
            "Last answer",
            "Answers",
            "Right",
            "Skills mastered of those begun",
            "Skills stuck",
        ],
        rows: rows?,
        empty: "No learner in this place itself.",
    })
}
