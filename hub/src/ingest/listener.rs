//! Sessions of boxes: each message to the database, each answer after its commit.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use curriculum::time::UtcOffset;
use sync::box_id::BoxId;
use sync::contact::{Contact, Generation};
use sync::quic::{Calling, Listener, Session};
use sync::receiver::{Receiver, Task};
use tokio::sync::Semaphore;

use super::keep::{confirmed, keep, meet};
use crate::store::{Database, boxes};

/// Sessions served at once. One more is told to come again: those that run finish sooner.
const SESSIONS_MAX: usize = 512;
/// How often a session's box is looked up again: a revoked one is cut off well within a minute.
const LOOK: Duration = Duration::from_secs(20);
/// When a box that found no room comes again, at the earliest.
const RETRY: Duration = Duration::from_secs(30);

/// What ingest needs.
#[derive(Clone, Debug)]
pub struct Ingest {
    /// Where facts are kept.
    pub database: Database,
    /// The hub's generation.
    pub generation: Generation,
    /// How clocks of the place differ from UTC.
    pub offset: UtcOffset,
}

/// Serves boxes until the listener is closed.
pub async fn listen(listener: &Listener, ingest: Ingest) {
    let places = Arc::new(Semaphore::new(SESSIONS_MAX));
    while let Some(calling) = listener.accept().await {
        let (ingest, places) = (ingest.clone(), Arc::clone(&places));
        tokio::spawn(async move {
            let full = places.available_permits() == 0;
            let place = places.try_acquire();
            if let Err(error) = serve(calling, &ingest, full).await {
                tracing::warn!(%error, "a session ended");
            }
            drop(place);
        });
    }
}

async fn serve(calling: Calling, ingest: &Ingest, full: bool) -> anyhow::Result<()> {
    let mut session = calling.greet().await?;
    let fingerprint = session.peer().0;
    let mut connection = ingest.database.reads().acquire().await?;
    let peer = boxes::speaking(&mut connection, fingerprint).await?;
    drop(connection);
    let Some(peer) = peer else {
        session.close("this box is not registered, or was revoked");
        anyhow::bail!("no active box has this certificate");
    };
    let mut receiver = Receiver::new(peer, ingest.generation, Instant::now());
    let mut looks = tokio::time::interval_at(tokio::time::Instant::now() + LOOK, LOOK);
    loop {
        let silence = tokio::time::Instant::from_std(receiver.poll_timeout());
        let message = tokio::select! {
            message = session.receive() => message?,
            () = tokio::time::sleep_until(silence) => None,
            _ = looks.tick() => {
                if boxes::is_active(ingest.database.reads(), fingerprint).await? {
                    continue;
                }
                session.close("this box was revoked");
                anyhow::bail!("box {peer} was revoked in the middle of a session");
            }
        };
        let Some(message) = message else {
            return Ok(());
        };
        let task = receiver.handle_message(Instant::now(), message)?;
        if full {
            receiver.handle_full(RETRY);
        } else if let Some(task) = task {
            perform(task, &mut receiver, peer, ingest).await?;
        }
        transmit(&mut session, &mut receiver).await?;
    }
}

async fn perform(
    task: Task,
    receiver: &mut Receiver,
    peer: BoxId,
    ingest: &Ingest,
) -> anyhow::Result<()> {
    let now_ms = now_ms();
    match task {
        Task::Greet(hello) => {
            let (fresh, generation) = (fresh_contact()?, ingest.generation);
            let hello = Arc::new(hello);
            let greeting = ingest.database.write(move |connection| {
                let hello = Arc::clone(&hello);
                Box::pin(async move { meet(connection, &hello, generation, (fresh, now_ms)).await })
            });
            let greeting = greeting.await?;
            receiver.handle_greeted(greeting, now_ms.cast_unsigned());
        }
        Task::Confirm(epoch, contact) => {
            let noted = ingest
                .database
                .write(move |connection| Box::pin(confirmed(connection, peer, epoch, contact)));
            noted.await?;
        }
        Task::Store(parcel) => {
            let (parcel, offset) = (Arc::new(parcel), ingest.offset);
            let kept = Arc::clone(&parcel);
            let written = ingest.database.write(move |connection| {
                let parcel = Arc::clone(&kept);
                Box::pin(async move { keep(connection, &parcel, offset, now_ms).await })
            });
            let (stored, last) = written.await?;
            receiver.handle_stored(&parcel, stored, last);
        }
    }
    Ok(())
}

async fn transmit(session: &mut Session, receiver: &mut Receiver) -> anyhow::Result<()> {
    while let Some(message) = receiver.poll_transmit() {
        session.send(message).await?;
    }
    Ok(())
}

/// A number never drawn before, but for a chance of 2^-64 each time. 0 means "none yet".
fn fresh_contact() -> anyhow::Result<Contact> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("draw random bytes: {error}"))?;
    Ok(Contact(u64::from_le_bytes(bytes).max(1)))
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}
