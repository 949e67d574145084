//! Who needs help: learners stuck on a skill, called for by the tutor, or away.

use sqlx::any::AnyRow;

use super::super::ask::Ask;
use super::super::view::{Cell, Table, View};
use super::figures;
use super::learner::link;
use crate::store::StoreError;
use crate::store::rows::{bytes16, signed, some_number};

/// Days without an answer after which somebody is away.
const AWAY_DAYS: i64 = 7;
const ROWS: i64 = 200;

pub(super) async fn view(ask: &Ask) -> Result<View, StoreError> {
    let scope = ask.scope();
    Ok(View {
        title: "Needs help".to_owned(),
        crumbs: Vec::new(),
        age: Some(figures::age(ask, &scope).await?),
        figures: Vec::new(),
        charts: Vec::new(),
        tables: vec![
            called(ask, &scope).await?,
            stuck(ask, &scope).await?,
            away(ask, &scope).await?,
        ],
    })
}

/// The tutor asked for a person.
async fn called(ask: &Ask, scope: &str) -> Result<Table, StoreError> {
    let rows = sqlx::query(
        "SELECT t.learner_id, p.name, t.at_ms, COALESCE(t.skill, ''), t.reason
         FROM ticket t JOIN learner l ON l.learner_id = t.learner_id
         JOIN place p ON p.place_id = l.place_id
         WHERE p.path LIKE $1 AND l.deleted = 0 ORDER BY t.at_ms DESC LIMIT $2 OFFSET $3",
    )
    .bind(scope.to_owned())
    .bind(ROWS)
    .bind(i64::from(ask.after))
    .fetch_all(&ask.reads)
    .await?;
    let cells = |row: &AnyRow| {
        Ok(vec![
            link(bytes16(row, 0)?),
            Cell::Text(sqlx::Row::try_get(row, 1)?),
            Cell::Time(signed(row, 2)?),
            Cell::Text(sqlx::Row::try_get(row, 3)?),
            Cell::Text(sqlx::Row::try_get(row, 4)?),
        ])
    };
    let rows: Result<_, StoreError> = rows.iter().map(cells).collect();
    Ok(Table {
        name: "called",
        title: "The tutor asks for a person",
        columns: vec!["Learner", "Place", "When", "Skill", "Why"],
        rows: rows?,
        empty: "Nobody.",
    })
}

/// Six tries without gain on some skill.
async fn stuck(ask: &Ask, scope: &str) -> Result<Table, StoreError> {
    let rows = sqlx::query(
        "SELECT l.learner_id, p.name, l.struggling,
                (SELECT max(s.last_ms) FROM sitting s WHERE s.learner_id = l.learner_id)
         FROM learner l JOIN place p ON p.place_id = l.place_id
         WHERE p.path LIKE $1 AND l.deleted = 0 AND l.struggling > 0
         ORDER BY l.struggling DESC, l.learner_id LIMIT $2 OFFSET $3",
    )
    .bind(scope.to_owned())
    .bind(ROWS)
    .bind(i64::from(ask.after))
    .fetch_all(&ask.reads)
    .await?;
    let cells = |row: &AnyRow| {
        Ok(vec![
            link(bytes16(row, 0)?),
            Cell::Text(sqlx::Row::try_get(row, 1)?),
            Cell::Number(signed(row, 2)?),
            Cell::time(some_number(row, 3)?),
        ])
    };
    let rows: Result<_, StoreError> = rows.iter().map(cells).collect();
    Ok(Table {
        name: "stuck",
        title: "Stuck: six tries without gain",
        columns: vec!["Learner", "Place", "Skills stuck", "Last answer"],
        rows: rows?,
        empty: "Nobody.",
    })
}

/// Began, and has not been heard for a week. Counted from when their box was heard: a learner is
/// not away because a link is.
async fn away(ask: &Ask, scope: &str) -> Result<Table, StoreError> {
    let rows = sqlx::query(
        "SELECT l.learner_id, p.name, max(s.last_ms)
         FROM learner l JOIN place p ON p.place_id = l.place_id
         JOIN box b ON b.box_id = l.box_id
         JOIN sitting s ON s.learner_id = l.learner_id
         WHERE p.path LIKE $1 AND l.deleted = 0
         GROUP BY l.learner_id, p.name, b.heard_ms
         HAVING max(s.last_ms) < b.heard_ms - $2
         ORDER BY max(s.last_ms) DESC LIMIT $3 OFFSET $4",
    )
    .bind(scope.to_owned())
    .bind(AWAY_DAYS * 86_400_000)
    .bind(ROWS)
    .bind(i64::from(ask.after))
    .fetch_all(&ask.reads)
    .await?;
    let cells = |row: &AnyRow| {
        Ok(vec![
            link(bytes16(row, 0)?),
            Cell::Text(sqlx::Row::try_get(row, 1)?),
            Cell::time(some_number(row, 2)?),
        ])
    };
    let rows: Result<_, StoreError> = rows.iter().map(cells).collect();
    Ok(Table {
        name: "away",
        title: "Away for a week",
        columns: vec!["Learner", "Place", "Last answer"],
        rows: rows?,
        empty: "Nobody, as far as boxes have been heard.",
    })
}
