//! Learners: who they are, and the fold of their attempts.

use curriculum::Language;
use curriculum::id::LearnerId;
use curriculum::learner::LearnerModel;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::sealing::{BoxSecret, Key, SealError};

/// A learner as kept on this box.
#[derive(Clone, Debug, PartialEq)]
pub struct Learner {
    /// Who.
    pub id: LearnerId,
    /// As the learner wants to be called.
    pub name: String,
    /// Language of instruction.
    pub language: Language,
    /// Age in years when enrolled, if given.
    pub age: Option<u8>,
    /// `usual` or `slow`.
    pub pace: String,
    /// The fold of the learner's attempts; none before the first.
    pub model: Option<LearnerModel>,
}

/// Why rows could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// SQLite refused.
    #[error("use a row: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Something could not be sealed or unsealed.
    #[error("use a sealed row: {0}")]
    Seal(#[from] SealError),
    /// A row that this program did not write.
    #[error("read a row of `{table}`: {what}")]
    Broken {
        /// Which table.
        table: &'static str,
        /// What is wrong.
        what: String,
    },
}

/// A learner model's bytes may not be larger: ten thousand draws in thirty days and all skills.
const MODEL_BYTES_MAX: usize = 4 * 1024 * 1024;

fn format() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<MODEL_BYTES_MAX>()
}

/// Adds a learner with a key of their own.
pub(crate) fn add(
    transaction: &Transaction<'_>,
    secret: &BoxSecret,
    learner: &Learner,
    enrolled_ms: i64,
) -> Result<Key, RowError> {
    let key = Key::random()?;
    let id = learner.id.0.to_be_bytes();
    transaction.execute(
        "INSERT INTO learner_key (learner_id, key_sealed) VALUES (?1, ?2)",
        params![id, key.sealed_with(&secret.seal)?.0],
    )?;
    transaction.execute(
        "INSERT INTO learner (learner_id, name_sealed, language, age, pace, enrolled_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            id,
            key.seal(learner.name.as_bytes())?.0,
            learner.language.as_str(),
            learner.age,
            learner.pace,
            enrolled_ms
        ],
    )?;
    Ok(key)
}

/// The learner's own key; `None` once it has been destroyed.
pub(crate) fn key(
    connection: &Connection,
    secret: &BoxSecret,
    learner: LearnerId,
) -> Result<Option<Key>, RowError> {
    let sealed = connection
        .prepare_cached("SELECT key_sealed FROM learner_key WHERE learner_id = ?1")?
        .query_row([learner.0.to_be_bytes()], |row| row.get::<_, Vec<u8>>(0))
        .optional()?;
    sealed
        .map(|sealed| Ok(secret.seal.unseal_key(&sealed)?))
        .transpose()
}

/// The learner, unsealed; `None` if unknown or deleted.
pub(crate) fn find(
    connection: &Connection,
    secret: &BoxSecret,
    id: LearnerId,
) -> Result<Option<Learner>, RowError> {
    let Some(key) = key(connection, secret, id)? else {
        return Ok(None);
    };
    let row = connection
        .prepare_cached(
            "SELECT name_sealed, language, age, pace, model FROM learner WHERE learner_id = ?1",
        )?
        .query_row([id.0.to_be_bytes()], |row| {
            let sealed: Vec<u8> = row.get(0)?;
            let language: String = row.get(1)?;
            let model: Option<Vec<u8>> = row.get(4)?;
            Ok((sealed, language, row.get(2)?, row.get(3)?, model))
        })
        .optional()?;
    let Some((sealed, language, age, pace, model)) = row else {
        return Ok(None);
    };
    let broken = |what: String| RowError::Broken {
        table: "learner",
        what,
    };
    let name =
        String::from_utf8(key.unseal(&sealed)?).map_err(|error| broken(error.to_string()))?;
    let language = language
        .parse()
        .map_err(|error| broken(format!("{error}")))?;
    let model = model.map(|bytes| read_model(&bytes)).transpose()?;
    Ok(Some(Learner {
        id,
        name,
        language,
        age,
        pace,
        model,
    }))
}

/// Keeps the fold of the learner's attempts.
pub(crate) fn keep_model(
    transaction: &Transaction<'_>,
    id: LearnerId,
    model: &LearnerModel,
) -> Result<(), RowError> {
    let broken = |error: bincode::error::EncodeError| RowError::Broken {
        table: "learner",
        what: error.to_string(),
    };
    let bytes = bincode::serde::encode_to_vec(model, format()).map_err(broken)?;
    transaction
        .prepare_cached("UPDATE learner SET model = ?2 WHERE learner_id = ?1")?
        .execute(params![id.0.to_be_bytes(), bytes])?;
    Ok(())
}

/// Changes the language of instruction or the pace.
pub(crate) fn prefer(
    transaction: &Transaction<'_>,
    id: LearnerId,
    language: Option<Language>,
    pace: Option<&str>,
) -> Result<(), RowError> {
    transaction.execute(
        "UPDATE learner SET language = coalesce(?2, language), pace = coalesce(?3, pace)
         WHERE learner_id = ?1",
        params![
            id.0.to_be_bytes(),
            language.map(|language| language.to_string()),
            pace
        ],
    )?;
    Ok(())
}

/// Destroys the learner's key and rows. What the journal holds of them can no longer be read.
pub(crate) fn delete(transaction: &Transaction<'_>, id: LearnerId) -> Result<(), RowError> {
    for table in [
        "learner_key",
        "learner",
        "telephone_learner",
        "consent",
        "session",
        "attempt",
        "placement",
        "evaluation",
        "homework",
    ] {
        transaction.execute(
            &format!("DELETE FROM {table} WHERE learner_id = ?1"),
            [id.0.to_be_bytes()],
        )?;
    }
    Ok(())
}

fn read_model(bytes: &[u8]) -> Result<LearnerModel, RowError> {
    let broken = |what| RowError::Broken {
        table: "learner",
        what,
    };
    let (model, used): (LearnerModel, usize) =
        bincode::serde::decode_from_slice(bytes, format()).map_err(|e| broken(e.to_string()))?;
    if used == bytes.len() {
        Ok(model)
    } else {
        Err(broken("bytes after the model".to_owned()))
    }
}
