//! What an administrator does from the command line.

use super::audit::{self, Deed, Tampered};
use super::permission::Role;
use super::user::{self, NewUser, UserError};
use super::{place, random, totp};
use crate::store::{Database, StoreError};

/// A user to be added, as typed.
#[derive(Clone, Debug)]
pub struct Person {
    /// What they type.
    pub login: String,
    /// One of the nine.
    pub role: String,
    /// From a region down: `Kigali/Gasabo/GS Kacyiru/P3 A`; nothing for all places.
    pub place: Option<String>,
    /// Chosen; if absent, one is drawn.
    pub password: Option<String>,
    /// Whether a second factor is asked of them.
    pub second_factor: bool,
    /// Learners of a parent.
    pub children: Vec<u128>,
}

/// What must be handed to the new user.
#[derive(Clone, Debug)]
pub struct Added {
    /// The password, if it was drawn.
    pub password: Option<String>,
    /// What an authenticator application reads.
    pub second_factor: Option<String>,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// What was typed is wrong.
    #[error("{0}")]
    Wrong(String),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who does what the command line does.
const COMMAND_LINE: &str = "-";

/// Adds a user.
///
/// # Errors
/// If something typed is wrong, or the login is taken.
pub async fn add_user(
    database: &Database,
    person: Person,
    now_ms: i64,
) -> Result<Added, DeskError> {
    let login = user::login(&person.login).map_err(wrong)?;
    let role = Role::read(&person.role).ok_or_else(|| {
        let roles: Vec<&str> = Role::ALL.iter().map(|role| role.text()).collect();
        DeskError::Wrong(format!(
            "role `{}`: one of {}",
            person.role,
            roles.join(", ")
        ))
    })?;
    let names = match &person.place {
        Some(path) => place::named(path).map_err(wrong)?,
        None => Vec::new(),
    };
    let drawn = match person.password {
        None => Some(user::fresh_password()?),
        Some(_) => None,
    };
    let password = person
        .password
        .or_else(|| drawn.clone())
        .unwrap_or_default();
    let password_hash = user::password_hash(&password)?.map_err(wrong)?;
    let totp = if person.second_factor {
        Some(user::fresh_totp()?)
    } else {
        None
    };
    let second_factor = totp.as_deref().map(|secret| totp::address(secret, &login));
    let new = NewUser {
        user_id: random::token(12)?,
        login: login.clone(),
        role,
        place_id: place::ROOT.to_owned(),
        password_hash,
        totp,
    };
    let children = person.children;
    let added = database.write(move |connection| {
        let (mut new, names, children) = (new.clone(), names.clone(), children.clone());
        Box::pin(async move {
            new.place_id = place::made(connection, &names).await?.place_id;
            if !user::add(connection, &new, now_ms).await? {
                return Ok(false);
            }
            for child in children {
                user::link(connection, &new.user_id, child).await?;
            }
            let object = format!("{} as {}", new.login, new.role.text());
            audit::append(connection, &deed(now_ms, "add user", object)).await?;
            Ok(true)
        })
    });
    if !added.await? {
        return Err(wrong(UserError::Taken(login)));
    }
    Ok(Added {
        password: drawn,
        second_factor,
    })
}

/// Gives a user a drawn password; every login of theirs ends.
///
/// # Errors
/// If there is no such user.
pub async fn reset_password(
    database: &Database,
    login: &str,
    now_ms: i64,
) -> Result<String, DeskError> {
    let login = user::login(login).map_err(wrong)?;
    let password = user::fresh_password()?;
    let hash = user::password_hash(&password)?.map_err(wrong)?;
    let name = login.clone();
    let changed = database.write(move |connection| {
        let (login, hash) = (name.clone(), hash.clone());
        Box::pin(async move {
            let changed = user::change_password(connection, &login, &hash).await?;
            audit::append(connection, &deed(now_ms, "reset password", login)).await?;
            Ok(changed)
        })
    });
    if changed.await? {
        Ok(password)
    } else {
        Err(wrong(UserError::Unknown(login)))
    }
}

/// Lets a user in no more.
///
/// # Errors
/// If there is no such user.
pub async fn remove_user(database: &Database, login: &str, now_ms: i64) -> Result<(), DeskError> {
    let login = user::login(login).map_err(wrong)?;
    let name = login.clone();
    let removed = database.write(move |connection| {
        let login = name.clone();
        Box::pin(async move {
            let removed = user::remove(connection, &login).await?;
            audit::append(connection, &deed(now_ms, "remove user", login)).await?;
            Ok(removed)
        })
    });
    if removed.await? {
        Ok(())
    } else {
        Err(wrong(UserError::Unknown(login)))
    }
}

/// Recomputes the audit log: how many rows, and the last hash in hexadecimal.
///
/// # Errors
/// If a row is missing or was changed.
pub async fn verify_audit(
    database: &Database,
) -> Result<Result<(i64, String), Tampered>, StoreError> {
    let found = audit::verify(database.reads()).await?;
    Ok(found.map(|(rows, hash)| {
        let hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        (rows, hash)
    }))
}

pub(crate) fn deed(at_ms: i64, action: &str, object: String) -> Deed {
    Deed {
        at_ms,
        user_id: COMMAND_LINE.to_owned(),
        action: action.to_owned(),
        object,
    }
}

fn wrong(error: impl std::fmt::Display) -> DeskError {
    DeskError::Wrong(error.to_string())
}
