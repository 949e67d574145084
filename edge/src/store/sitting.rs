//! What belongs to a sitting: its session, consent, evaluation, homework and safeguarding signs.

use curriculum::id::{LearnerId, SessionId};
use rusqlite::{Transaction, params};

use super::learner::RowError;
use super::sealing::{BoxSecret, TelephoneId};

/// Notes where a session stands.
pub(crate) fn keep_session(
    transaction: &Transaction<'_>,
    session: SessionId,
    learner: LearnerId,
    module: &str,
    state: &str,
    at_ms: i64,
) -> Result<(), RowError> {
    transaction
        .prepare_cached(
            "INSERT INTO session (session_id, learner_id, module, state, started_ms, moved_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT (session_id)
             DO UPDATE SET state = excluded.state, moved_ms = excluded.moved_ms",
        )?
        .execute(params![
            session.0.to_be_bytes(),
            learner.0.to_be_bytes(),
            module,
            state,
            at_ms
        ])?;
    Ok(())
}

/// Keeps who agreed to which wording.
pub(crate) fn keep_consent(
    transaction: &Transaction<'_>,
    learner: LearnerId,
    given_by: &str,
    wording: u16,
    at_ms: i64,
) -> Result<(), RowError> {
    transaction.execute(
        "INSERT INTO consent (learner_id, given_ms, given_by, wording) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
        params![learner.0.to_be_bytes(), at_ms, given_by, wording],
    )?;
    Ok(())
}

/// A provisional evaluation.
pub(crate) struct Evaluation<'a> {
    pub(crate) session: SessionId,
    pub(crate) learner: LearnerId,
    pub(crate) proficiency: Option<u8>,
    pub(crate) investment: Option<u8>,
    pub(crate) reason: &'a str,
    pub(crate) at_ms: i64,
}

/// Keeps the provisional evaluation of a session; the latest counts.
pub(crate) fn keep_evaluation(
    transaction: &Transaction<'_>,
    evaluation: &Evaluation<'_>,
) -> Result<(), RowError> {
    transaction.execute(
        "INSERT INTO evaluation (session_id, learner_id, proficiency, investment, reason, at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (session_id) DO UPDATE SET
         proficiency = excluded.proficiency, investment = excluded.investment,
         reason = excluded.reason, at_ms = excluded.at_ms",
        params![
            evaluation.session.0.to_be_bytes(),
            evaluation.learner.0.to_be_bytes(),
            evaluation.proficiency,
            evaluation.investment,
            evaluation.reason,
            evaluation.at_ms
        ],
    )?;
    Ok(())
}

/// Keeps a message for after the call.
pub(crate) fn keep_homework(
    transaction: &Transaction<'_>,
    learner: LearnerId,
    lesson: &str,
    text: &str,
    at_ms: i64,
) -> Result<(), RowError> {
    transaction.execute(
        "INSERT INTO homework (learner_id, at_ms, lesson, text) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (learner_id, at_ms) DO UPDATE SET lesson = excluded.lesson, text = excluded.text",
        params![learner.0.to_be_bytes(), at_ms, lesson, text],
    )?;
    Ok(())
}

/// Keeps a sign for the safeguarding officer.
pub(crate) fn keep_sign(
    transaction: &Transaction<'_>,
    secret: &BoxSecret,
    telephone: TelephoneId,
    learner: Option<LearnerId>,
    (concern, words): (&str, &str),
    at_ms: i64,
) -> Result<(), RowError> {
    transaction.execute(
        "INSERT INTO safeguarding (at_ms, telephone_id, learner_id, concern, words_sealed)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        params![
            at_ms,
            telephone.0,
            learner.map(|learner| learner.0.to_be_bytes()),
            concern,
            secret.seal.seal(words.as_bytes())?.0
        ],
    )?;
    Ok(())
}
