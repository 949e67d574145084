//! All that is known of one learner: handed out, or destroyed.

use serde_json::{Value, json};
use sqlx::Row as _;
use sync::box_id::BoxId;
use sync::envelope::Frame;
use sync::event::{Event, Reading};

use super::progress;
use super::rows::{bytes16, number, signed, some_number};
use super::write::{Connection, Reads, StoreError};

/// Everything, as JSON; `None` if no such learner is known. Names stay sealed: their key is on the
/// learner's box, whose own export opens them.
pub(crate) async fn export(reads: &Reads, learner: u128) -> Result<Option<Value>, StoreError> {
    let key = learner.to_be_bytes().to_vec();
    let row = sqlx::query(
        "SELECT box_id, age, at_ms, deleted, COALESCE(place_id, '') FROM learner
         WHERE learner_id = $1",
    )
    .bind(key.clone())
    .fetch_optional(reads)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let facts = sqlx::query(
        "SELECT kind, schema, body FROM learning WHERE learner_id = $1
         ORDER BY hlc, box_id, epoch, seq",
    )
    .bind(key.clone())
    .fetch_all(reads)
    .await?;
    let mut answers = Vec::with_capacity(facts.len());
    for fact in &facts {
        let frame = Frame {
            kind: number(fact, 0)?,
            schema: number(fact, 1)?,
            body: fact.try_get(2)?,
        };
        if let Ok(Reading::Known(Event::Attempt(attempt))) = Event::from_frame(&frame) {
            answers.push(json!({
                "at_ms": attempt.at_ms, "exercise": attempt.exercise, "skill": attempt.skill,
                "numbers": attempt.numbers, "outcome": attempt.outcome, "hints": attempt.hints,
                "latency_ms": attempt.latency_ms, "channel": attempt.channel,
            }));
        }
    }
    let evaluations = sqlx::query(
        "SELECT at_ms, proficiency, investment, reason FROM evaluation WHERE learner_id = $1
         ORDER BY at_ms",
    )
    .bind(key.clone())
    .fetch_all(reads)
    .await?;
    let evaluation = |row: &sqlx::any::AnyRow| -> Result<Value, StoreError> {
        Ok(json!({
            "at_ms": signed(row, 0)?, "proficiency": some_number(row, 1)?,
            "investment": some_number(row, 2)?, "reason": row.try_get::<String, _>(3)?,
        }))
    };
    let evaluations: Result<Vec<Value>, _> = evaluations.iter().map(evaluation).collect();
    let tickets =
        sqlx::query("SELECT at_ms, reason FROM ticket WHERE learner_id = $1 ORDER BY at_ms")
            .bind(key)
            .fetch_all(reads)
            .await?;
    let ticket = |row: &sqlx::any::AnyRow| -> Result<Value, StoreError> {
        Ok(json!({ "at_ms": signed(row, 0)?, "reason": row.try_get::<String, _>(1)? }))
    };
    let tickets: Result<Vec<Value>, _> = tickets.iter().map(ticket).collect();
    Ok(Some(json!({
        "learner": format!("{learner:032x}"),
        "box": BoxId(bytes16(&row, 0)?).to_string(),
        "age": some_number(&row, 1)?, "enrolled_ms": signed(&row, 2)?,
        "deleted": signed(&row, 3)? != 0, "place": row.try_get::<String, _>(4)?,
        "answers": answers, "evaluations": evaluations?, "tickets": tickets?,
    })))
}

/// Destroys what is known; only that there was such a learner remains, so that nothing about them
/// is taken in again. How many facts were destroyed; `None` if no such learner is known.
pub(crate) async fn destroy(
    connection: &mut Connection,
    learner: u128,
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    let key = learner.to_be_bytes().to_vec();
    let row = sqlx::query("SELECT box_id FROM learner WHERE learner_id = $1")
        .bind(key.clone())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let box_id = BoxId(bytes16(&row, 0)?);
    let count = sqlx::query("SELECT count(*) FROM learning WHERE learner_id = $1")
        .bind(key)
        .fetch_one(&mut *connection)
        .await?;
    let count = signed(&count, 0)?;
    progress::delete(connection, box_id, learner, now_ms).await?;
    Ok(Some(count))
}
