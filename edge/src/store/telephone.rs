//! Telephones: which learners share one, and where its dialogue stands.

use curriculum::id::LearnerId;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::learner::RowError;
use super::sealing::{BoxSecret, TelephoneId};
use crate::phone_number::PhoneNumber;

/// Makes sure that the telephone has a row.
pub(crate) fn meet(
    transaction: &Transaction<'_>,
    secret: &BoxSecret,
    number: &PhoneNumber,
) -> Result<TelephoneId, RowError> {
    let telephone = secret.telephone_id(number);
    let known = transaction
        .prepare_cached("SELECT 1 FROM telephone WHERE telephone_id = ?1")?
        .exists([telephone.0])?;
    if !known {
        transaction.execute(
            "INSERT INTO telephone (telephone_id, number_sealed) VALUES (?1, ?2)",
            params![telephone.0, secret.seal.seal(number.e164().as_bytes())?.0],
        )?;
    }
    Ok(telephone)
}

/// The number of a telephone that has a row.
pub(crate) fn number(
    connection: &Connection,
    secret: &BoxSecret,
    telephone: TelephoneId,
) -> Result<PhoneNumber, RowError> {
    let sealed: Vec<u8> = connection
        .prepare_cached("SELECT number_sealed FROM telephone WHERE telephone_id = ?1")?
        .query_row([telephone.0], |row| row.get(0))?;
    let number = String::from_utf8_lossy(&secret.seal.unseal(&sealed)?).into_owned();
    PhoneNumber::parse(&number).map_err(|error| RowError::Broken {
        table: "telephone",
        what: error.to_string(),
    })
}

/// The state of its dialogue, if there is one that can be unsealed.
pub(crate) fn dialogue(
    connection: &Connection,
    secret: &BoxSecret,
    telephone: TelephoneId,
) -> Result<Option<Vec<u8>>, RowError> {
    let sealed = connection
        .prepare_cached("SELECT dialogue FROM telephone WHERE telephone_id = ?1")?
        .query_row([telephone.0], |row| row.get::<_, Option<Vec<u8>>>(0))
        .optional()?
        .flatten();
    Ok(sealed.and_then(|sealed| secret.seal.unseal(&sealed).ok()))
}

/// Keeps the state of its dialogue, sealed: a name waits in it until it is confirmed.
pub(crate) fn keep_dialogue(
    transaction: &Transaction<'_>,
    secret: &BoxSecret,
    telephone: TelephoneId,
    state: &[u8],
) -> Result<(), RowError> {
    transaction
        .prepare_cached("UPDATE telephone SET dialogue = ?2 WHERE telephone_id = ?1")?
        .execute(params![telephone.0, secret.seal.seal(state)?.0])?;
    Ok(())
}

/// Whether messages are wanted there.
pub(crate) fn set_stopped(
    transaction: &Transaction<'_>,
    telephone: TelephoneId,
    stopped: bool,
) -> Result<(), RowError> {
    transaction
        .prepare_cached("UPDATE telephone SET stopped = ?2 WHERE telephone_id = ?1")?
        .execute(params![telephone.0, stopped])?;
    Ok(())
}

/// Notes that this learner uses this telephone.
pub(crate) fn link(
    transaction: &Transaction<'_>,
    telephone: TelephoneId,
    learner: LearnerId,
    at_ms: i64,
) -> Result<(), RowError> {
    transaction
        .prepare_cached(
            "INSERT INTO telephone_learner (telephone_id, learner_id, last_ms) VALUES (?1, ?2, ?3)
             ON CONFLICT (telephone_id, learner_id) DO UPDATE SET last_ms = excluded.last_ms",
        )?
        .execute(params![telephone.0, learner.0.to_be_bytes(), at_ms])?;
    Ok(())
}

/// Learners who use this telephone, the latest first.
pub(crate) fn learners(
    connection: &Connection,
    telephone: TelephoneId,
) -> Result<Vec<LearnerId>, RowError> {
    let mut statement = connection.prepare_cached(
        "SELECT learner_id FROM telephone_learner WHERE telephone_id = ?1
         ORDER BY last_ms DESC, learner_id",
    )?;
    let rows = statement.query_map([telephone.0], |row| row.get::<_, [u8; 16]>(0))?;
    rows.map(|row| Ok(LearnerId(u128::from_be_bytes(row?))))
        .collect()
}
