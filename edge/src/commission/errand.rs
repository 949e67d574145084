//! The steps of joining, each told as it is done.

use std::path::Path;

use curriculum::time::UtcOffset;
use serde_json::{Value, json};
use sync::claim::{Claim, ClaimError, Said};
use sync::quic::{Identity, IdentityError, request};

use super::hub::{AskError, HubAddress};
use super::joined::Joined;
use crate::conversation::{Record, RecordError};
use crate::doctor::{Finding, Looked, look};

/// Why a box did not join. What was done stays done: the same command goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum CommissionError {
    /// The claim was mistyped.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The hub did not answer, or said no.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The box's records cannot be opened.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Keys or certificates cannot be made or kept.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A file cannot be written.
    #[error("keep what the hub said: {0}")]
    File(#[from] std::io::Error),
    /// Whoever answered does not hold the claim.
    #[error("trust the hub: what answered does not know this claim; is the address right?")]
    Impostor,
}

/// Joins the hub. `say` is told each step.
///
/// # Errors
/// Naming what stopped it; doing it again goes on.
pub async fn commission(
    data: &Path,
    (hub, claim): (&str, &str),
    say: impl Fn(&str),
) -> Result<(Joined, Vec<Finding>), CommissionError> {
    let (hub, claim) = (HubAddress::read(hub)?, Claim::read(claim)?);
    let record = Record::open(data, UtcOffset::KIGALI)?;
    let box_id = record.box_id();
    drop(record);
    let folder = data.join("identity");
    let request = request(&folder, box_id)?;
    say(&format!("1/4 key: made on this box, box {box_id}"));
    let (id, key) = (claim.id(), claim.key());
    let id: String = id.0.iter().map(|byte| format!("{byte:02x}")).collect();
    let question = json!({
        "claim": id, "request": request, "proof": key.prove(Said::Request, &[&request]),
    });
    let answer = hub.post("/api/v1/commission", &question).await?;
    let word = |name: &'static str| {
        let found = answer.get(name).and_then(Value::as_str);
        found.ok_or_else(|| AskError::Form(format!("it has no `{name}`")))
    };
    let (certificate, authority, name) = (word("certificate")?, word("authority")?, word("name")?);
    let (port, now_ms) = (word("port")?, word("now_ms")?);
    let words = [certificate, authority, name, port, now_ms];
    if !key.holds(Said::Answer, &words, word("proof")?) {
        return Err(CommissionError::Impostor);
    }
    let number = |text: &str| AskError::Form(format!("`{text}` is no number"));
    let joined = Joined {
        host: hub.host.clone(),
        port: port.parse().map_err(|_| number(port))?,
        name: name.to_owned(),
    };
    Identity::keep(&folder, authority, certificate)?;
    joined.write(data)?;
    say(&format!("2/4 hub: this box is `{name}`; certificate kept"));
    let looked = Looked {
        data: data.to_owned(),
        packs: None,
        hub_ms: Some(now_ms.parse().map_err(|_| number(now_ms))?),
    };
    let findings = look(&looked);
    say(&format!("3/4 this box: {} findings", findings.len()));
    let receipt = json!({
        "box": box_id.to_string(), "version": env!("CARGO_PKG_VERSION"),
        "findings": findings,
    });
    let receipt = receipt.to_string();
    let told = json!({
        "claim": id, "receipt": receipt, "proof": key.prove(Said::Receipt, &[&receipt]),
    });
    hub.post("/api/v1/commission/receipt", &told).await?;
    say("4/4 receipt: kept by the hub");
    Ok((joined, findings))
}
