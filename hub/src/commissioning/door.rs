//! Where boxes that are not known yet knock, over HTTP. Everything said is proved with the claim,
//! so nothing rests on what carries it.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use sync::box_id::BoxId;
use sync::claim::{ClaimId, Said};
use sync::quic::{Authority, BoxRequest, Fingerprint};

use super::claims::{self, JoinError};
use crate::store::Database;

/// What the door needs.
#[derive(Clone, Debug)]
pub struct Door {
    /// Where claims and boxes are.
    pub database: Database,
    /// Who signs.
    pub authority: Arc<Authority>,
    /// The UDP port where boxes that joined send their facts.
    pub port: u16,
}

#[derive(Debug, Deserialize)]
struct Knock {
    claim: String,
    request: String,
    proof: String,
}

#[derive(Debug, Deserialize)]
struct Receipt {
    claim: String,
    receipt: String,
    proof: String,
}

/// Requests and receipts are small; a certificate request is below 1 kB.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// The way in.
pub fn router(door: Door) -> Router {
    Router::new()
        .route("/api/v1/commission", post(knock))
        .route("/api/v1/commission/receipt", post(receipt))
        .layer(axum::extract::DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(door)
}

async fn knock(State(door): State<Door>, Json(knock): Json<Knock>) -> Response {
    match let_in(&door, &knock).await {
        Ok(Ok(answer)) => Json(answer).into_response(),
        Ok(Err(refused)) => no(&refused),
        Err(error) => {
            tracing::warn!(%error, "a box could not join");
            let what = json!({ "error": "the hub could not do it; try again" });
            (StatusCode::SERVICE_UNAVAILABLE, Json(what)).into_response()
        }
    }
}

async fn let_in(
    door: &Door,
    knock: &Knock,
) -> anyhow::Result<Result<serde_json::Value, JoinError>> {
    let (now_ms, Some(id)) = (now_ms(), claim_id(&knock.claim)) else {
        return Ok(Err(JoinError::Unknown));
    };
    let mut connection = door.database.reads().acquire().await?;
    let found = claims::find(&mut connection, id).await?;
    drop(connection);
    let proved = found.filter(|row| {
        row.expires_ms > now_ms
            && row
                .key
                .holds(Said::Request, &[&knock.request], &knock.proof)
    });
    let Some(row) = proved else {
        return Ok(Err(JoinError::Unknown));
    };
    let request = BoxRequest::read(&knock.request)?;
    let certificate = door.authority.sign(&request)?;
    let (box_id, fingerprint) = (request.box_id, Fingerprint::of_pem(&certificate)?.0);
    let joined = door.database.write(move |connection| {
        Box::pin(claims::join(connection, id, (box_id, fingerprint), now_ms))
    });
    if let Err(refused) = joined.await? {
        return Ok(Err(refused));
    }
    let (authority, port, now) = (
        door.authority.pem(),
        door.port.to_string(),
        now_ms.to_string(),
    );
    let words = [certificate.as_str(), authority, &row.name, &port, &now];
    Ok(Ok(json!({
        "certificate": certificate,
        "authority": authority,
        "name": row.name,
        "port": port,
        "now_ms": now,
        "proof": row.key.prove(Said::Answer, &words),
    })))
}

async fn receipt(State(door): State<Door>, Json(told): Json<Receipt>) -> Response {
    let kept = async {
        let Some(id) = claim_id(&told.claim) else {
            return Ok(false);
        };
        let mut connection = door.database.reads().acquire().await?;
        let found = claims::find(&mut connection, id).await?;
        drop(connection);
        let proved = found.is_some_and(|row| {
            row.box_id.is_some() && row.key.holds(Said::Receipt, &[&told.receipt], &told.proof)
        });
        if proved {
            let text = Arc::<str>::from(told.receipt.as_str());
            let written = door.database.write(move |connection| {
                let text = Arc::clone(&text);
                Box::pin(async move { claims::keep_receipt(connection, id, &text).await })
            });
            written.await?;
        }
        anyhow::Ok(proved)
    };
    match kept.await {
        Ok(true) => Json(json!({ "kept": true })).into_response(),
        Ok(false) => no(&JoinError::Unknown),
        Err(error) => {
            tracing::warn!(%error, "a receipt could not be kept");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn no(refused: &JoinError) -> Response {
    let what = json!({ "error": refused.to_string() });
    (StatusCode::FORBIDDEN, Json(what)).into_response()
}

fn claim_id(hex: &str) -> Option<ClaimId> {
    let number = (hex.len() == 32).then(|| u128::from_str_radix(hex, 16).ok());
    number
        .flatten()
        .map(|number| ClaimId(BoxId(number.to_be_bytes()).0))
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}
