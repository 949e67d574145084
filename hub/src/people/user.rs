//! Users: who may log in, as what, where.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::password;
use super::permission::Role;
use super::random::{random, token};
use super::totp;
use crate::store::rows::signed;
use crate::store::{Connection, StoreError};

/// What a login is compared with.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) user_id: String,
    pub(crate) password: String,
    pub(crate) totp: Option<Vec<u8>>,
    /// The step of the last code that was used: no code is good twice.
    pub(crate) totp_step: i64,
    pub(crate) failures: i64,
    pub(crate) locked_ms: i64,
}

/// A user to be added.
#[derive(Clone, Debug)]
pub(crate) struct NewUser {
    pub(crate) user_id: String,
    pub(crate) login: String,
    pub(crate) role: Role,
    pub(crate) place_id: String,
    pub(crate) password_hash: String,
    pub(crate) totp: Option<Vec<u8>>,
}

/// Why a user was not added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UserError {
    #[error("login `{0}`: 2 to 64 letters, digits, and . _ - @")]
    Login(String),
    #[error("password: at least {} characters", password::LENGTH_MIN)]
    Password,
    #[error("login `{0}` is taken")]
    Taken(String),
    #[error("there is no user `{0}`")]
    Unknown(String),
}

/// A login as it is stored.
pub(crate) fn login(text: &str) -> Result<String, UserError> {
    let fine = |letter: char| letter.is_ascii_alphanumeric() || ".-_@".contains(letter);
    if (2..=64).contains(&text.len()) && text.chars().all(fine) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(UserError::Login(text.to_owned()))
    }
}

/// A password's hash.
///
/// # Errors
/// If it is too short.
pub(crate) fn password_hash(password: &str) -> Result<Result<String, UserError>, StoreError> {
    if password.chars().count() < password::LENGTH_MIN {
        return Ok(Err(UserError::Password));
    }
    password::hash(password).map(Ok)
}

/// A password nobody has chosen: 80 random bits.
pub(crate) fn fresh_password() -> Result<String, StoreError> {
    token(16)
}

pub(crate) fn fresh_totp() -> Result<Vec<u8>, StoreError> {
    Ok(random::<{ totp::SECRET_BYTES }>()?.to_vec())
}

/// Adds a user; `false` if the login is taken.
pub(crate) async fn add(
    connection: &mut Connection,
    user: &NewUser,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let added = sqlx::query(
        "INSERT INTO hub_user (user_id, login, role, place_id, password, totp, added_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(user.user_id.clone())
    .bind(user.login.clone())
    .bind(user.role.text().to_owned())
    .bind(user.place_id.clone())
    .bind(user.password_hash.clone())
    .bind(user.totp.clone())
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Gives a new password and ends every login; `false` if there is no such user.
pub(crate) async fn change_password(
    connection: &mut Connection,
    login: &str,
    password_hash: &str,
) -> Result<bool, StoreError> {
    let changed = sqlx::query(
        "UPDATE hub_user SET password = $2, failures = 0, locked_ms = 0 WHERE login = $1",
    )
    .bind(login.to_owned())
    .bind(password_hash.to_owned())
    .execute(&mut *connection)
    .await?;
    end_logins(connection, login).await?;
    Ok(changed.rows_affected() == 1)
}

/// Lets a user in no more; `false` if there is no such user.
pub(crate) async fn remove(connection: &mut Connection, login: &str) -> Result<bool, StoreError> {
    let changed = sqlx::query("UPDATE hub_user SET active = 0 WHERE login = $1 AND active = 1")
        .bind(login.to_owned())
        .execute(&mut *connection)
        .await?;
    end_logins(connection, login).await?;
    Ok(changed.rows_affected() == 1)
}

async fn end_logins(connection: &mut Connection, login: &str) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM login WHERE user_id IN (SELECT user_id FROM hub_user WHERE login = $1)",
    )
    .bind(login.to_owned())
    .execute(connection)
    .await?;
    Ok(())
}

/// Links a learner to a parent.
pub(crate) async fn link(
    connection: &mut Connection,
    user_id: &str,
    learner: u128,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO child (user_id, learner_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(user_id.to_owned())
        .bind(learner.to_be_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

/// The user of a login, if they may log in at all.
pub(crate) async fn of_login(
    connection: &mut Connection,
    login: &str,
) -> Result<Option<User>, StoreError> {
    let row = sqlx::query(
        "SELECT user_id, password, totp, totp_step, failures, locked_ms FROM hub_user
         WHERE active = 1 AND login = $1",
    )
    .bind(login.to_owned())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &AnyRow) -> Result<User, StoreError> {
    Ok(User {
        user_id: row.try_get(0)?,
        password: row.try_get(1)?,
        totp: row.try_get(2)?,
        totp_step: signed(row, 3)?,
        failures: signed(row, 4)?,
        locked_ms: signed(row, 5)?,
    })
}
