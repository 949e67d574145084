//! One session: connect, drain, close.

use std::net::SocketAddr;
use std::time::Instant;

use sync::batch::BatchError;
use sync::quic::{Identity, IdentityError, Link, LinkError, Profile, connect};
use sync::sender::{Allowance, Outcome, Sender};

use crate::conversation::{Record, RecordError};

/// What a session brought up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Entries that became durable at the hub.
    pub entries: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// Why a session did not end well. What was acknowledged before stays so.
#[derive(Debug, thiserror::Error)]
pub enum UplinkError {
    /// The link broke.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The records could not be used.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The box has no certificate that fits.
    #[error("{0}; `ishuri-edge uplink request` makes the request for one")]
    Identity(#[from] IdentityError),
    /// The hub's name leads nowhere.
    #[error("find the hub {hub}: {source}")]
    Address {
        /// As configured.
        hub: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Entries could not be packed.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// No random bytes.
    #[error("draw random bytes: {0}")]
    Random(getrandom::Error),
}

/// Sends what the hub lacks, within the allowance; what is left of it is there afterwards, however the
/// session ended.
///
/// # Errors
/// If the link breaks or the records cannot be read.
pub async fn send(
    record: &Record,
    identity: &Identity,
    hub: SocketAddr,
    (profile, allowance): (Profile, &mut Allowance),
) -> Result<Sent, UplinkError> {
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce).map_err(UplinkError::Random)?;
    let hello = record.hello(u64::from_le_bytes(nonce))?;
    let mut link = connect(identity, hub, profile).await?;
    let sender = Sender::new(hello, *allowance, Instant::now());
    let mut sender = sender.speaking(link.dialect());
    let mut entries = 0;
    let drained = drain(record, &mut link, &mut sender, &mut entries).await;
    *allowance = sender.allowance();
    let outcome = drained?;
    link.close().await;
    Ok(Sent { entries, outcome })
}

async fn drain(
    record: &Record,
    link: &mut Link,
    sender: &mut Sender,
    entries: &mut u64,
) -> Result<Outcome, UplinkError> {
    let mut from = std::collections::BTreeMap::new();
    loop {
        if let Some(adoption) = sender.poll_adoption() {
            record.adopt(adoption)?;
            sender.handle_adopted(Instant::now());
        }
        while let Some(want) = sender.poll_want() {
            let wanted = record.wanted(&want)?;
            sender.handle_entries(&want, &wanted)?;
        }
        while let Some(message) = sender.poll_transmit() {
            link.send(message).await?;
        }
        let mut acked = Vec::new();
        while let Some((epoch, lane, mark)) = sender.poll_acked() {
            // The first mark of a lane says from where it goes on.
            let before = from.insert((epoch, lane), mark.seq.0).unwrap_or(mark.seq.0);
            *entries += mark.seq.0.saturating_sub(before);
            acked.push((epoch, lane, mark));
        }
        if !acked.is_empty() {
            record.keep_acked(acked)?;
        }
        if let Some(outcome) = sender.poll_outcome() {
            return Ok(outcome);
        }
        let until = tokio::time::Instant::from_std(sender.poll_timeout());
        tokio::select! {
            message = link.receive() => {
                let message = message?;
                let own = |epoch, lane, seq| record.tag(epoch, lane, seq).ok().flatten();
                sender.handle_message(Instant::now(), &message, own);
            }
            () = tokio::time::sleep_until(until) => sender.handle_timeout(Instant::now()),
        }
    }
}
