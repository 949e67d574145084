//! Claims: made, used, and answered with a receipt.

use sqlx::Row as _;
use sync::box_id::BoxId;
use sync::claim::{Claim, ClaimId, ClaimKey};

use crate::people::{audit, deed, place, random};
use crate::store::rows::{bytes, bytes16, signed};
use crate::store::{Connection, Database, StoreError, boxes};

/// A claim to be handed to a technician.
#[derive(Clone, Debug)]
pub struct ClaimMade {
    /// To be typed or scanned.
    pub claim: Claim,
    /// Until when it is good, in milliseconds since 1970.
    pub expires_ms: i64,
}

/// Why a box did not join.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// No such claim, a wrong proof, or too late: not told apart.
    #[error("this claim is not known, or no longer good; ask for a new one")]
    Unknown,
    /// Another box has used it.
    #[error("this claim has been used by another box")]
    Used,
    /// The box joined and was revoked.
    #[error("this box was revoked; it needs a new claim")]
    Revoked,
}

/// A claim as stored.
#[derive(Clone, Debug)]
pub(super) struct ClaimRow {
    pub(super) key: ClaimKey,
    pub(super) name: String,
    pub(super) place_id: String,
    pub(super) expires_ms: i64,
    pub(super) box_id: Option<BoxId>,
}

/// Makes a claim for a box of that name in that place.
///
/// # Errors
/// If the place is none, or the database refuses.
pub async fn make_claim(
    database: &Database,
    (name, path): (&str, &str),
    (now_ms, life_ms): (i64, i64),
) -> anyhow::Result<ClaimMade> {
    let names = place::named(path)?;
    anyhow::ensure!(
        (1..=60).contains(&name.len()),
        "name `{name}`: 1 to 60 bytes"
    );
    let claim = Claim::new(random::random()?);
    let expires_ms = now_ms + life_ms;
    let (name, id, key) = (name.to_owned(), claim.id(), claim.key());
    let written = database.write(move |connection| {
        let (name, names) = (name.clone(), names.clone());
        Box::pin(async move {
            let place = place::made(connection, &names).await?;
            sqlx::query(
                "INSERT INTO claim (claim_id, secret, name, place_id, made_ms, expires_ms)
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            )
            .bind(id.0.to_vec())
            .bind(key.bytes().to_vec())
            .bind(name.clone())
            .bind(place.place_id.clone())
            .bind(now_ms)
            .bind(expires_ms)
            .execute(&mut *connection)
            .await?;
            let object = format!("for box {name} in {}", place.place_id);
            audit::append(connection, &deed(now_ms, "make claim", object)).await
        })
    });
    written.await?;
    Ok(ClaimMade { claim, expires_ms })
}

pub(super) async fn find(
    connection: &mut Connection,
    id: ClaimId,
) -> Result<Option<ClaimRow>, StoreError> {
    let row = sqlx::query(
        "SELECT secret, name, place_id, expires_ms, box_id FROM claim WHERE claim_id = $1",
    )
    .bind(id.0.to_vec())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let used: Option<Vec<u8>> = row.try_get(4)?;
    Ok(Some(ClaimRow {
        key: ClaimKey::from_bytes(bytes(&row, 0)?),
        name: row.try_get(1)?,
        place_id: row.try_get(2)?,
        expires_ms: signed(&row, 3)?,
        box_id: used
            .is_some()
            .then(|| bytes16(&row, 4).map(BoxId))
            .transpose()?,
    }))
}

/// A box uses a claim. The same box may do so again until it expires: its answer may have been
/// lost.
pub(super) async fn join(
    connection: &mut Connection,
    id: ClaimId,
    (box_id, fingerprint): (BoxId, [u8; 32]),
    now_ms: i64,
) -> Result<Result<ClaimRow, JoinError>, StoreError> {
    // Written first: whoever comes second waits here, and then finds it used.
    sqlx::query(
        "UPDATE claim SET box_id = $2, used_ms = $3
         WHERE claim_id = $1 AND box_id IS NULL AND expires_ms > $3",
    )
    .bind(id.0.to_vec())
    .bind(box_id.0.to_vec())
    .bind(now_ms)
    .execute(&mut *connection)
    .await?;
    let found = find(connection, id).await?;
    let row = match found {
        Some(row) if row.expires_ms > now_ms => row,
        _ => return Ok(Err(JoinError::Unknown)),
    };
    if row.box_id != Some(box_id) {
        return Ok(Err(JoinError::Used));
    }
    if boxes::is_revoked(connection, box_id).await? {
        return Ok(Err(JoinError::Revoked));
    }
    boxes::register(connection, box_id, fingerprint, now_ms).await?;
    boxes::settle(connection, box_id, (&row.name, &row.place_id)).await?;
    let object = format!("{box_id} as {}", row.name);
    audit::append(connection, &deed(now_ms, "box joins", object)).await?;
    Ok(Ok(row))
}

/// Keeps what a box found when it looked at itself.
pub(super) async fn keep_receipt(
    connection: &mut Connection,
    id: ClaimId,
    receipt: &str,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE claim SET receipt = $2 WHERE claim_id = $1")
        .bind(id.0.to_vec())
        .bind(receipt.to_owned())
        .execute(connection)
        .await?;
    Ok(())
}
