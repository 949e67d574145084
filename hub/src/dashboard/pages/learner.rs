//! One learner, and a parent's own.

use curriculum::Timestamp;
use curriculum::learner::LearnerModel;
use curriculum::mastery::Band;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use sync::envelope::Frame;
use sync::event::{Event, Reading};

use super::super::ask::Ask;
use super::super::view::{Cell, Figure, Table, View};
use super::figures::{MODULES, STATES, language, numbered};
use crate::people::Reach;
use crate::people::place;
use crate::store::rows::{bytes, bytes16, number, signed, some_number};
use crate::store::{StoreError, progress};

/// Answers in the timeline.
const ANSWERS: i64 = 60;

/// A learner as a list names them: by the head of their identifier. Names are sealed with the
/// learner's own key, which the hub does not have.
pub(super) fn link(learner_id: [u8; 16]) -> Cell {
    let whole = hex(&learner_id);
    Cell::Link {
        text: short(&whole),
        to: format!("/learner/{whole}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The end of an identifier: its beginning is a time, which many share.
fn short(whole: &str) -> String {
    let tail = whole.get(whole.len().saturating_sub(8)..).unwrap_or(whole);
    format!("Learner {tail}")
}

pub(super) async fn view(ask: &Ask) -> Result<Option<View>, StoreError> {
    let number_of = (ask.id.len() == 32).then(|| u128::from_str_radix(&ask.id, 16).ok());
    let Some(learner) = number_of.flatten() else {
        return Ok(None);
    };
    let key = learner.to_be_bytes().to_vec();
    let Some(row) = within(ask, &key).await? else {
        return Ok(None);
    };
    let place_id: String = row.try_get(0)?;
    let stored: Option<Vec<u8>> = row.try_get(3)?;
    let model = progress::read(stored.as_deref(), learner)?;
    let mut connection = ask.reads.acquire().await?;
    let place = place::find(&mut connection, &place_id).await?;
    drop(connection);
    let mut crumbs = Vec::new();
    if let (Some(place), Reach::Place) = (&place, ask.reach) {
        for above in place::above(&ask.reads, place, &ask.viewer.scope).await? {
            crumbs.push((above.name, format!("/place/{}", above.place_id)));
        }
    }
    let now = Timestamp(ask.now_ms);
    let figure = |name, cell, note| Figure { name, cell, note };
    let count = |number: usize| Cell::Number(i64::try_from(number).unwrap_or(i64::MAX));
    let figures = vec![
        figure("Language", language(bytes(&row, 1)?), ""),
        figure(
            "Age",
            some_number(&row, 2)?.map_or(Cell::Unknown, Cell::Number),
            "when enrolled",
        ),
        figure("Enrolled", Cell::time(some_number(&row, 4)?), ""),
        figure(
            "Days practised",
            model
                .as_ref()
                .map_or(Cell::Unknown, |model| count(model.days().len())),
            "",
        ),
        figure(
            "Days in a row",
            model.as_ref().map_or(Cell::Unknown, |model| {
                Cell::Number(i64::from(model.streak(now).days))
            }),
            "up to today or yesterday",
        ),
        figure(
            "Skills mastered",
            model
                .as_ref()
                .map_or(Cell::Unknown, |model| count(model.mastered(now))),
            "above 80%",
        ),
    ];
    let mut tables = vec![mastery(model.as_ref(), now)];
    tables.push(sessions(ask, &key).await?);
    tables.push(evaluations(ask, &key).await?);
    tables.push(tickets(ask, &key).await?);
    tables.push(answers(ask, &key).await?);
    Ok(Some(View {
        title: short(&ask.id),
        crumbs,
        age: None,
        figures,
        charts: Vec::new(),
        tables,
    }))
}

/// The learner's row, if they are within the viewer's reach.
async fn within(ask: &Ask, key: &[u8]) -> Result<Option<AnyRow>, StoreError> {
    let (text, limit) = match ask.reach {
        Reach::Place => (
            "SELECT l.place_id, l.language, l.age, l.model, l.at_ms
             FROM learner l JOIN place p ON p.place_id = l.place_id
             WHERE l.learner_id = $1 AND l.deleted = 0 AND p.path LIKE $2",
            ask.scope(),
        ),
        Reach::Own => (
            "SELECT l.place_id, l.language, l.age, l.model, l.at_ms
             FROM learner l JOIN child c ON c.learner_id = l.learner_id
             WHERE l.learner_id = $1 AND l.deleted = 0 AND c.user_id = $2",
            ask.viewer.user_id.clone(),
        ),
    };
    let row = sqlx::query(text)
        .bind(key.to_vec())
        .bind(limit)
        .fetch_optional(&ask.reads)
        .await?;
    Ok(row)
}

/// Skills in the order of the course, as their codes sort.
fn mastery(model: Option<&LearnerModel>, now: Timestamp) -> Table {
    let rows = model.into_iter().flat_map(|model| {
        model.skills().map(move |(skill, record)| {
            let mastery = model.mastery(skill, now);
            let band = match mastery.band() {
                Band::Untouched => "beginning",
                Band::InProgress => "in progress",
                Band::Mastered => "mastered",
            };
            let stuck = if record.mastery.is_struggling() {
                ", stuck"
            } else {
                ""
            };
            vec![
                Cell::text(skill.as_str()),
                Cell::Percent(i64::from(mastery.percent())),
                Cell::text(format!("{band}{stuck}")),
                Cell::Number(i64::from(record.answers())),
                Cell::Time(record.practised_at.0),
                Cell::time(model.due_at(skill).map(|at| at.0)),
            ]
        })
    });
    Table {
        name: "mastery",
        title: "Mastery",
        columns: vec![
            "Skill",
            "Mastery",
            "Is",
            "Answers",
            "Last practised",
            "Due again",
        ],
        rows: rows.collect(),
        empty: "No judged answer yet.",
    }
}

async fn sessions(ask: &Ask, key: &[u8]) -> Result<Table, StoreError> {
    let rows = sqlx::query(
        "SELECT min(s.first_ms), max(s.last_ms), CAST(sum(s.attempts) AS BIGINT),
                CAST(sum(s.right_count) AS BIGINT), COALESCE(max(m.module), -1),
                COALESCE(max(m.state), -1)
         FROM sitting s
         LEFT JOIN session m ON m.learner_id = s.learner_id AND m.session_id = s.session_id
         WHERE s.learner_id = $1 AND s.day >= $2 AND s.day <= $3
         GROUP BY s.session_id ORDER BY min(s.first_ms) DESC LIMIT 200",
    )
    .bind(key.to_vec())
    .bind(i64::from(ask.range.from.0))
    .bind(i64::from(ask.range.to.0))
    .fetch_all(&ask.reads)
    .await?;
    let cells = |row: &AnyRow| {
        let (first, last) = (signed(row, 0)?, signed(row, 1)?);
        let name = |list: &[&str], number: i64| {
            if number < 0 {
                Cell::Unknown
            } else {
                numbered(list, number)
            }
        };
        Ok(vec![
            Cell::Time(first),
            name(&MODULES, signed(row, 4)?),
            name(&STATES, signed(row, 5)?),
            Cell::Number((last - first) / 60_000),
            Cell::Number(signed(row, 2)?),
            Cell::share(signed(row, 3)?, signed(row, 2)?),
        ])
    };
    let rows: Result<_, StoreError> = rows.iter().map(cells).collect();
    Ok(Table {
        name: "sessions",
        title: "Sessions",
        columns: vec!["Began", "Module", "Is", "Minutes", "Answers", "Right"],
        rows: rows?,
        empty: "No session in these days.",
    })
}

async fn evaluations(ask: &Ask, key: &[u8]) -> Result<Table, StoreError> {
    let rows = sqlx::query(
        "SELECT at_ms, proficiency, investment, reason FROM evaluation
         WHERE learner_id = $1 ORDER BY at_ms DESC LIMIT 100",
    )
    .bind(key.to_vec())
    .fetch_all(&ask.reads)
    .await?;
    let cells = |row: &AnyRow| {
        let score = |score: Option<i64>| {
            score.map_or(Cell::Unknown, |of| Cell::text(format!("{of} of 10")))
        };
        Ok(vec![
            Cell::Time(signed(row, 0)?),
            score(some_number(row, 1)?),
            score(some_number(row, 2)?),
            // The box judged alone; no verdict of the hub is there yet.
            Cell::text("provisional"),
            Cell::Text(row.try_get(3)?),
        ])
    };
    let rows: Result<_, StoreError> = rows.iter().map(cells).collect();
    Ok(Table {
        name: "evaluations",
        title: "Evaluations",
        columns: vec!["When", "Proficiency", "Investment", "Status", "Why"],
        rows: rows?,
        empty: "No evaluation yet.",
    })
}

async fn tickets(ask: &Ask, key: &[u8]) -> Result<Table, StoreError> {
    let rows = sqlx::query(
        "SELECT at_ms, COALESCE(skill, ''), reason FROM ticket WHERE learner_id = $1
         ORDER BY at_ms DESC LIMIT 50",
    )
    .bind(key.to_vec())
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
        name: "tickets",
        title: "Calls for a mentor",
        columns: vec!["When", "Skill", "Why"],
        rows: rows?,
        empty: "None.",
    })
}

/// The latest answers. What was said stays on the box, sealed.
async fn answers(ask: &Ask, key: &[u8]) -> Result<Table, StoreError> {
    let rows = sqlx::query(
        "SELECT kind, schema, body FROM learning WHERE learner_id = $1 ORDER BY hlc DESC LIMIT $2",
    )
    .bind(key.to_vec())
    .bind(ANSWERS)
    .fetch_all(&ask.reads)
    .await?;
    let mut cells = Vec::with_capacity(rows.len());
    for row in &rows {
        let frame = Frame {
            kind: number(row, 0)?,
            schema: number(row, 1)?,
            body: row.try_get(2)?,
        };
        if let Ok(Reading::Known(Event::Attempt(attempt))) = Event::from_frame(&frame) {
            cells.push(vec![
                Cell::Time(attempt.at_ms),
                Cell::Text(attempt.skill),
                Cell::Text(attempt.exercise),
                numbered(
                    &["right", "not yet", "waits for the hub"],
                    i64::from(attempt.outcome),
                ),
                numbered(
                    &["voice", "SMS", "USSD", "WhatsApp", "terminal"],
                    i64::from(attempt.channel),
                ),
                Cell::Number(i64::from(attempt.attempt_number)),
                Cell::Number(i64::from(attempt.hints)),
            ]);
        }
    }
    Ok(Table {
        name: "answers",
        title: "Latest answers",
        columns: vec!["When", "Skill", "Exercise", "Was", "By", "Try", "Hints"],
        rows: cells,
        empty: "No answer yet.",
    })
}

/// A parent's own children.
pub(super) async fn children(ask: &Ask) -> Result<View, StoreError> {
    let rows = sqlx::query(
        "SELECT l.learner_id, l.language, l.mastered, l.skills,
                (SELECT max(s.last_ms) FROM sitting s WHERE s.learner_id = l.learner_id)
         FROM learner l JOIN child c ON c.learner_id = l.learner_id
         WHERE c.user_id = $1 AND l.deleted = 0 ORDER BY l.learner_id",
    )
    .bind(ask.viewer.user_id.clone())
    .fetch_all(&ask.reads)
    .await?;
    let cells = |row: &AnyRow| {
        Ok(vec![
            link(bytes16(row, 0)?),
            language(bytes(row, 1)?),
            Cell::time(some_number(row, 4)?),
            Cell::share(signed(row, 2)?, signed(row, 3)?),
        ])
    };
    let rows: Result<_, StoreError> = rows.iter().map(cells).collect();
    Ok(View {
        title: "My children".to_owned(),
        crumbs: Vec::new(),
        age: None,
        figures: Vec::new(),
        charts: Vec::new(),
        tables: vec![Table {
            name: "children",
            title: "Children",
            columns: vec![
                "Learner",
                "Language",
                "Last answer",
                "Skills mastered of those begun",
            ],
            rows: rows?,
            empty: "No learner is linked to you yet; ask the school.",
        }],
    })
}
