//! What lists and charts are drawn from: facts by session and day, told so that their order does
//! not matter.

use std::collections::BTreeMap;

use curriculum::Timestamp;
use curriculum::time::UtcOffset;
use sync::box_id::BoxId;
use sync::event::{AttemptV1, EvaluationV1, SessionV1, TicketV1};

use super::rows::insert;
use super::write::{Connection, StoreError};

/// An answer that was right, as boxes number outcomes.
const RIGHT: u8 = 0;

/// Which row of `sitting`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SittingKey {
    learner: u128,
    session: u128,
    day: i32,
    box_id: BoxId,
}

#[derive(Clone, Copy, Debug)]
struct SittingRow {
    first_ms: i64,
    last_ms: i64,
    attempts: i64,
    right: i64,
    channel: u8,
}

/// Attempts, gathered before they are written.
#[derive(Debug, Default)]
pub(crate) struct Sittings(BTreeMap<SittingKey, SittingRow>);

impl Sittings {
    /// Counts an attempt that was never counted before.
    pub(crate) fn count(&mut self, box_id: BoxId, attempt: &AttemptV1, offset: UtcOffset) {
        let at_ms = attempt.at_ms;
        let key = SittingKey {
            learner: attempt.learner,
            session: attempt.session,
            day: Timestamp(at_ms).local_day(offset).0,
            box_id,
        };
        let row = self.0.entry(key).or_insert(SittingRow {
            first_ms: at_ms,
            last_ms: at_ms,
            attempts: 0,
            right: 0,
            channel: attempt.channel,
        });
        row.first_ms = row.first_ms.min(at_ms);
        row.last_ms = row.last_ms.max(at_ms);
        row.attempts += 1;
        row.right += i64::from(attempt.outcome == RIGHT);
    }

    /// Adds what was gathered to what is there.
    pub(crate) async fn write(&mut self, connection: &mut Connection) -> Result<(), StoreError> {
        let rows: Vec<_> = std::mem::take(&mut self.0).into_iter().collect();
        let text = (
            "INSERT INTO sitting (learner_id, session_id, day, box_id, first_ms, last_ms, attempts,
                                  right_count, channel)",
            "ON CONFLICT (learner_id, session_id, day, box_id) DO UPDATE SET
                 first_ms = CASE WHEN excluded.first_ms < sitting.first_ms
                            THEN excluded.first_ms ELSE sitting.first_ms END,
                 last_ms = CASE WHEN excluded.last_ms > sitting.last_ms
                           THEN excluded.last_ms ELSE sitting.last_ms END,
                 attempts = sitting.attempts + excluded.attempts,
                 right_count = sitting.right_count + excluded.right_count",
        );
        insert(connection, text, 9, &rows, |statement, (key, row)| {
            statement
                .bind(key.learner.to_be_bytes().to_vec())
                .bind(key.session.to_be_bytes().to_vec())
                .bind(i64::from(key.day))
                .bind(key.box_id.0.to_vec())
                .bind(row.first_ms)
                .bind(row.last_ms)
                .bind(row.attempts)
                .bind(row.right)
                .bind(i64::from(row.channel))
        })
        .await?;
        Ok(())
    }
}

/// A session moved; of two moves the later counts.
pub(crate) async fn session(
    connection: &mut Connection,
    box_id: BoxId,
    session: &SessionV1,
    offset: UtcOffset,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO session (learner_id, session_id, box_id, module, state, at_ms, day)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (learner_id, session_id) DO UPDATE SET module = excluded.module,
             state = excluded.state, at_ms = excluded.at_ms, day = excluded.day
         WHERE excluded.at_ms > session.at_ms
            OR (excluded.at_ms = session.at_ms AND excluded.state > session.state)",
    )
    .bind(session.learner.to_be_bytes().to_vec())
    .bind(session.session.to_be_bytes().to_vec())
    .bind(box_id.0.to_vec())
    .bind(i64::from(session.module))
    .bind(i64::from(session.to))
    .bind(session.at_ms)
    .bind(i64::from(Timestamp(session.at_ms).local_day(offset).0))
    .execute(connection)
    .await?;
    Ok(())
}

/// A box evaluated a session, provisionally.
pub(crate) async fn evaluation(
    connection: &mut Connection,
    box_id: BoxId,
    evaluation: &EvaluationV1,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO evaluation (learner_id, session_id, at_ms, box_id, proficiency, investment,
                                 reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(evaluation.learner.to_be_bytes().to_vec())
    .bind(evaluation.session.to_be_bytes().to_vec())
    .bind(evaluation.at_ms)
    .bind(box_id.0.to_vec())
    .bind(evaluation.proficiency.map(i64::from))
    .bind(evaluation.investment.map(i64::from))
    .bind(evaluation.reason.clone())
    .execute(connection)
    .await?;
    Ok(())
}

/// A box asked for a person.
pub(crate) async fn ticket(
    connection: &mut Connection,
    box_id: BoxId,
    ticket: &TicketV1,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO ticket (learner_id, at_ms, box_id, skill, reason)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind(ticket.learner.to_be_bytes().to_vec())
    .bind(ticket.at_ms)
    .bind(box_id.0.to_vec())
    .bind(ticket.skill.clone())
    .bind(ticket.reason.clone())
    .execute(connection)
    .await?;
    Ok(())
}
