//! Figures of a place over a range of days.

use sqlx::any::AnyRow;

use super::super::ask::{Ask, Range};
use super::super::view::{Age, Cell, Chart, Figure, Table};
use crate::store::StoreError;
use crate::store::rows::{bytes, signed, some_number};

/// Learners who did something so lately are active now.
const NOW_MS: i64 = 15 * 60_000;
/// A box that was not heard of for so long is stale.
pub(super) const FRESH_MS: i64 = 24 * 3_600_000;

/// How old what is known of a place is.
pub(super) async fn age(ask: &Ask, scope: &str) -> Result<Age, StoreError> {
    let row = sqlx::query(
        "SELECT max(b.heard_ms), CAST(COALESCE(sum(CASE WHEN b.heard_ms > $2 THEN 1 ELSE 0 END), 0) AS BIGINT),
                count(*)
         FROM box b JOIN place p ON p.place_id = b.place_id
         WHERE p.path LIKE $1 AND b.status = 'active'",
    )
    .bind(scope.to_owned())
    .bind(ask.now_ms - FRESH_MS)
    .fetch_one(&ask.reads)
    .await?;
    Ok(Age {
        newest_ms: some_number(&row, 0)?,
        fresh: signed(&row, 1)?,
        boxes: signed(&row, 2)?,
    })
}

/// Totals of a place. Where no box was ever heard they are unknown, not zero.
pub(super) async fn totals(ask: &Ask, scope: &str, age: &Age) -> Result<Vec<Figure>, StoreError> {
    let all = sqlx::query(
        "SELECT count(*), CAST(COALESCE(sum(l.mastered), 0) AS BIGINT)
         FROM learner l JOIN place p ON p.place_id = l.place_id
         WHERE p.path LIKE $1 AND l.deleted = 0",
    )
    .bind(scope.to_owned())
    .fetch_one(&ask.reads)
    .await?;
    let row = sqlx::query(
        "SELECT count(DISTINCT s.learner_id),
                count(DISTINCT CASE WHEN s.last_ms > $4 THEN s.learner_id END),
                count(DISTINCT s.session_id),
                CAST(COALESCE(sum(s.last_ms - s.first_ms), 0) AS BIGINT),
                CAST(COALESCE(sum(s.attempts), 0) AS BIGINT),
                CAST(COALESCE(sum(s.right_count), 0) AS BIGINT)
         FROM sitting s JOIN learner l ON l.learner_id = s.learner_id
         JOIN place p ON p.place_id = l.place_id
         WHERE p.path LIKE $1 AND s.day >= $2 AND s.day <= $3",
    )
    .bind(scope.to_owned())
    .bind(i64::from(ask.range.from.0))
    .bind(i64::from(ask.range.to.0))
    .bind(ask.now_ms - NOW_MS)
    .fetch_one(&ask.reads)
    .await?;
    let number = |row: &AnyRow, column: usize| -> Result<Cell, StoreError> {
        let value = signed(row, column)?;
        Ok(if age.newest_ms.is_some() {
            Cell::Number(value)
        } else {
            Cell::Unknown
        })
    };
    let minutes = signed(&row, 3)? / 60_000;
    let minutes = if age.newest_ms.is_some() {
        Cell::Number(minutes)
    } else {
        Cell::Unknown
    };
    let right = Cell::share(signed(&row, 5)?, signed(&row, 4)?);
    let figure = |name, cell, note| Figure { name, cell, note };
    Ok(vec![
        figure("Learners", number(&all, 0)?, "enrolled, all time"),
        figure("Active", number(&row, 0)?, "in these days"),
        figure(
            "Active now",
            number(&row, 1)?,
            "last 15 minutes, as far as heard",
        ),
        figure("Sessions", number(&row, 2)?, ""),
        figure("Minutes", minutes, "from first to last answer"),
        figure("Answers", number(&row, 4)?, ""),
        figure("Right", right, "of all answers"),
        figure(
            "Skills mastered",
            number(&all, 1)?,
            "above 80%, all learners",
        ),
    ])
}

/// A chart and a table of the days of a range.
pub(super) async fn days(ask: &Ask, scope: &str) -> Result<(Chart, Table), StoreError> {
    let Range { from, to } = ask.range;
    let rows = sqlx::query(
        "SELECT s.day, count(DISTINCT s.learner_id), count(DISTINCT s.session_id),
                CAST(sum(s.last_ms - s.first_ms) AS BIGINT), CAST(sum(s.attempts) AS BIGINT),
                CAST(sum(s.right_count) AS BIGINT)
         FROM sitting s JOIN learner l ON l.learner_id = s.learner_id
         JOIN place p ON p.place_id = l.place_id
         WHERE p.path LIKE $1 AND s.day >= $2 AND s.day <= $3
         GROUP BY s.day ORDER BY s.day",
    )
    .bind(scope.to_owned())
    .bind(i64::from(from.0))
    .bind(i64::from(to.0))
    .fetch_all(&ask.reads)
    .await?;
    let mut bars: Vec<(String, f64)> = (from.0..=to.0)
        .map(|day| (Cell::Day(day).shown(ask.offset), 0.0))
        .collect();
    let mut table = Vec::new();
    for row in &rows {
        let day = i32::try_from(signed(row, 0)?).unwrap_or(from.0);
        let active = signed(row, 1)?;
        if let Some(bar) = usize::try_from(day - from.0)
            .ok()
            .and_then(|at| bars.get_mut(at))
        {
            bar.1 = active as f64;
        }
        table.push(vec![
            Cell::Day(day),
            Cell::Number(active),
            Cell::Number(signed(row, 2)?),
            Cell::Number(signed(row, 3)? / 60_000),
            Cell::Number(signed(row, 4)?),
            Cell::share(signed(row, 5)?, signed(row, 4)?),
        ]);
    }
    let chart = Chart {
        name: "Active learners by day".to_owned(),
        bars,
        unit: "learners",
    };
    let table = Table {
        name: "days",
        title: "By day",
        columns: vec!["Day", "Active", "Sessions", "Minutes", "Answers", "Right"],
        rows: table,
        empty: "Nobody learnt in these days, as far as boxes have been heard.",
    };
    Ok((chart, table))
}

/// Who came back: of those whose first day is old enough, who learnt so many days later or after.
pub(super) async fn retention(ask: &Ask, scope: &str) -> Result<Table, StoreError> {
    let mut rows = Vec::new();
    for (name, days) in [
        ("after a day", 1),
        ("after a week", 7),
        ("after 30 days", 30),
    ] {
        let row = sqlx::query(
            "SELECT count(*), CAST(COALESCE(sum(CASE WHEN l.last_day >= l.first_day + $3 THEN 1 ELSE 0 END), 0) AS BIGINT)
             FROM learner l JOIN place p ON p.place_id = l.place_id
             WHERE p.path LIKE $1 AND l.deleted = 0 AND l.first_day <= $2",
        )
        .bind(scope.to_owned())
        .bind(i64::from(ask.today().0) - days)
        .bind(days)
        .fetch_one(&ask.reads)
        .await?;
        let (whole, part) = (signed(&row, 0)?, signed(&row, 1)?);
        rows.push(vec![
            Cell::text(name),
            Cell::Number(whole),
            Cell::share(part, whole),
        ]);
    }
    Ok(Table {
        name: "retention",
        title: "Came back",
        columns: vec!["When", "Learners long enough", "Came back then or later"],
        rows,
        empty: "",
    })
}

/// Names of modules, as boxes number them.
pub(super) const MODULES: [&str; 5] = [
    "Mathematics",
    "English",
    "Comprehension",
    "Debate",
    "General",
];
/// States of a session, as boxes number them.
pub(super) const STATES: [&str; 5] = ["started", "paused", "resumed", "completed", "cancelled"];
const COMPLETED: i64 = 3;

/// The text at a number, or the number.
pub(super) fn numbered(list: &[&str], number: i64) -> Cell {
    let text = usize::try_from(number).ok().and_then(|at| list.get(at));
    text.map_or_else(|| Cell::Number(number), |text| Cell::text(*text))
}

pub(super) async fn modules(ask: &Ask, scope: &str) -> Result<Table, StoreError> {
    let rows = sqlx::query(
        "SELECT s.module, count(*), count(DISTINCT s.learner_id),
                CAST(sum(CASE WHEN s.state = $4 THEN 1 ELSE 0 END) AS BIGINT)
         FROM session s JOIN learner l ON l.learner_id = s.learner_id
         JOIN place p ON p.place_id = l.place_id
         WHERE p.path LIKE $1 AND s.day >= $2 AND s.day <= $3
         GROUP BY s.module ORDER BY s.module",
    )
    .bind(scope.to_owned())
    .bind(i64::from(ask.range.from.0))
    .bind(i64::from(ask.range.to.0))
    .bind(COMPLETED)
    .fetch_all(&ask.reads)
    .await?;
    let cells = |row: &AnyRow| {
        let whole = signed(row, 1)?;
        Ok(vec![
            numbered(&MODULES, signed(row, 0)?),
            Cell::Number(signed(row, 2)?),
            Cell::Number(whole),
            Cell::share(signed(row, 3)?, whole),
        ])
    };
    let rows: Result<_, StoreError> = rows.iter().map(cells).collect();
    Ok(Table {
        name: "modules",
        title: "By module",
        columns: vec!["Module", "Learners", "Sessions", "Completed"],
        rows: rows?,
        empty: "No session in these days.",
    })
}

pub(super) async fn languages(ask: &Ask, scope: &str) -> Result<Table, StoreError> {
    let rows = sqlx::query(
        "SELECT l.language, count(*) FROM learner l JOIN place p ON p.place_id = l.place_id
         WHERE p.path LIKE $1 AND l.deleted = 0 GROUP BY l.language ORDER BY count(*) DESC",
    )
    .bind(scope.to_owned())
    .fetch_all(&ask.reads)
    .await?;
    let cells = |row: &AnyRow| {
        Ok(vec![
            language(bytes(row, 0)?),
            Cell::Number(signed(row, 1)?),
        ])
    };
    let rows: Result<_, StoreError> = rows.iter().map(cells).collect();
    Ok(Table {
        name: "languages",
        title: "Languages",
        columns: vec!["Language", "Learners"],
        rows: rows?,
        empty: "No learner yet.",
    })
}

/// A language's tag, as boxes write it: letters, padded.
pub(super) fn language(tag: [u8; 3]) -> Cell {
    let letters: String = tag
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .map(|byte| char::from(*byte))
        .collect();
    Cell::Text(letters)
}
