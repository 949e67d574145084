//! Logging in and staying so for a while.

use sqlx::Row as _;

use super::permission::Role;
use super::random::token;
use super::{password, totp, user};
use crate::store::rows::signed;
use crate::store::{Connection, Database, Reads, StoreError};

/// A login ends when nothing was asked for so long.
const IDLE_MS: i64 = 30 * 60_000;
/// A login ends after so long in any case.
pub(crate) const LIFE_MS: i64 = 12 * 3_600_000;
/// Wrong passwords before a user is locked.
const FAILURES_MAX: i64 = 5;
/// For how long.
const LOCK_MS: i64 = 15 * 60_000;
/// `seen_ms` is written at most so often: a page must not cost a flush.
const SEEN_STEP_MS: i64 = 60_000;

/// Who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Viewer {
    pub(crate) user_id: String,
    pub(crate) login: String,
    pub(crate) role: Role,
    pub(crate) place_id: String,
    /// The path of their place.
    pub(crate) scope: String,
    /// What a form must carry.
    pub(crate) csrf: String,
    seen_ms: i64,
}

/// Why somebody was not let in. What a browser is told does not say which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// No such user, a wrong password or code.
    Wrong,
    /// Too many of these; try later.
    Locked,
}

/// What was typed.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) login: String,
    pub(crate) password: String,
    pub(crate) code: String,
}

/// Logs in: the token for the browser.
pub(crate) async fn log_in(
    database: &Database,
    typed: Typed,
    now_ms: i64,
) -> Result<Result<String, Refused>, StoreError> {
    let login = typed.login.trim().to_ascii_lowercase();
    let mut connection = database.reads().acquire().await?;
    let found = user::of_login(&mut connection, &login).await?;
    drop(connection);
    let Some(user) = found else {
        // As slow as with a user, so that nobody learns who there is.
        let _spent = fits(typed.password, DUMMY.to_owned()).await;
        return Ok(Err(Refused::Wrong));
    };
    if user.locked_ms > now_ms {
        return Ok(Err(Refused::Locked));
    }
    let fits = fits(typed.password, user.password.clone()).await;
    let step = match &user.totp {
        Some(secret) => {
            totp::step_of(secret, typed.code.trim(), now_ms).filter(|step| *step > user.totp_step)
        }
        None => Some(0),
    };
    let Some(step) = step.filter(|_| fits) else {
        let failures = user.failures + 1;
        let locked_ms = if failures >= FAILURES_MAX {
            now_ms + LOCK_MS
        } else {
            0
        };
        let user_id = user.user_id;
        let written = database.write(move |connection| {
            let user_id = user_id.clone();
            Box::pin(async move { failed(connection, &user_id, locked_ms).await })
        });
        written.await?;
        return Ok(Err(if locked_ms > 0 {
            Refused::Locked
        } else {
            Refused::Wrong
        }));
    };
    let begun = begin(database, user.user_id, step, now_ms).await?;
    Ok(begun.ok_or(Refused::Wrong))
}

/// Begins a login: its token, unless its code was used meanwhile.
async fn begin(
    database: &Database,
    user_id: String,
    step: i64,
    now_ms: i64,
) -> Result<Option<String>, StoreError> {
    let (browser, csrf) = (token(32)?, token(32)?);
    let hash = hash_of(&browser);
    let written = database.write(move |connection| {
        let (user_id, csrf, hash) = (user_id.clone(), csrf.clone(), hash.clone());
        Box::pin(async move {
            let clean = "UPDATE hub_user SET failures = 0, locked_ms = 0, totp_step = $2
                         WHERE user_id = $1 AND (totp IS NULL OR totp_step < $2)";
            let first = sqlx::query(clean)
                .bind(user_id.clone())
                .bind(step)
                .execute(&mut *connection)
                .await?;
            // The same code at the same time on two hubs: one of them.
            if first.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query("DELETE FROM login WHERE user_id = $1 AND made_ms < $2")
                .bind(user_id.clone())
                .bind(now_ms - LIFE_MS)
                .execute(&mut *connection)
                .await?;
            sqlx::query(
                "INSERT INTO login (token_hash, user_id, csrf, made_ms, seen_ms)
                 VALUES ($1, $2, $3, $4, $4)",
            )
            .bind(hash)
            .bind(user_id)
            .bind(csrf)
            .bind(now_ms)
            .execute(connection)
            .await?;
            Ok(true)
        })
    });
    Ok(written.await?.then_some(browser))
}

/// Who holds this token, if it still is good.
pub(crate) async fn viewer(
    reads: &Reads,
    browser: &str,
    now_ms: i64,
) -> Result<Option<Viewer>, StoreError> {
    let row = sqlx::query(
        "SELECT u.user_id, u.login, u.role, u.place_id, p.path, l.csrf, l.made_ms, l.seen_ms
         FROM login l JOIN hub_user u ON u.user_id = l.user_id
         JOIN place p ON p.place_id = u.place_id
         WHERE l.token_hash = $1 AND u.active = 1",
    )
    .bind(hash_of(browser))
    .fetch_optional(reads)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (made_ms, seen_ms) = (signed(&row, 6)?, signed(&row, 7)?);
    if now_ms - made_ms > LIFE_MS || now_ms - seen_ms > IDLE_MS {
        return Ok(None);
    }
    let role: String = row.try_get(2)?;
    let Some(role) = Role::read(&role) else {
        return Ok(None);
    };
    Ok(Some(Viewer {
        user_id: row.try_get(0)?,
        login: row.try_get(1)?,
        role,
        place_id: row.try_get(3)?,
        scope: row.try_get(4)?,
        csrf: row.try_get(5)?,
        seen_ms,
    }))
}

/// Notes that a login is in use.
pub(crate) async fn seen(
    database: &Database,
    browser: &str,
    viewer: &Viewer,
    now_ms: i64,
) -> Result<(), StoreError> {
    if now_ms - viewer.seen_ms < SEEN_STEP_MS {
        return Ok(());
    }
    let hash = hash_of(browser);
    let written = database.write(move |connection| {
        let hash = hash.clone();
        Box::pin(async move {
            sqlx::query("UPDATE login SET seen_ms = $2 WHERE token_hash = $1")
                .bind(hash)
                .bind(now_ms)
                .execute(connection)
                .await?;
            Ok(())
        })
    });
    written.await
}

/// Ends a login.
pub(crate) async fn log_out(database: &Database, browser: &str) -> Result<(), StoreError> {
    let hash = hash_of(browser);
    let written = database.write(move |connection| {
        let hash = hash.clone();
        Box::pin(async move {
            sqlx::query("DELETE FROM login WHERE token_hash = $1")
                .bind(hash)
                .execute(connection)
                .await?;
            Ok(())
        })
    });
    written.await
}

async fn failed(
    connection: &mut Connection,
    user_id: &str,
    locked_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE hub_user SET failures = CASE WHEN $2 > 0 THEN 0 ELSE failures + 1 END,
             locked_ms = $2 WHERE user_id = $1",
    )
    .bind(user_id.to_owned())
    .bind(locked_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// A hash of these parameters that no password has.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

async fn fits(typed: String, stored: String) -> bool {
    let work = tokio::task::spawn_blocking(move || password::fits(&typed, &stored));
    work.await.unwrap_or(false)
}

/// What is kept of a token.
fn hash_of(token: &str) -> Vec<u8> {
    let digest = ring::digest::digest(&ring::digest::SHA256, token.as_bytes());
    digest.as_ref().to_vec()
}
