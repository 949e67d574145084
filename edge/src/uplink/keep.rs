//! Session after session, as long as the box runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use sync::lane::Lane;
use sync::quic::{Identity, Profile};
use sync::sender::Outcome;
use tokio_util::sync::CancellationToken;

use super::backoff::wait;
use super::plan::{Plan, Waiting};
use super::send::{Sent, UplinkError, send};
use crate::conversation::{Record, RecordError};

/// How often the journal is looked at for something to send.
const LOOK: Duration = Duration::from_secs(5);

/// The folder of the box's certificate in its data folder.
pub fn identity_folder(data: &Path) -> PathBuf {
    data.join("identity")
}

/// Where the hub is and how it is spoken to.
#[derive(Clone, Debug)]
pub struct Uplink {
    /// Host and port.
    pub hub: String,
    /// Folder of the box's certificate.
    pub identity: PathBuf,
    /// Kind of link.
    pub profile: Profile,
    /// When and how much.
    pub plan: Plan,
    /// The longest wait after the first failure; doubles with each up to an hour.
    pub retry: Duration,
}

/// What the metrics page and the technician see.
#[derive(Clone, Debug, Default)]
pub struct UplinkCounts {
    /// Sessions that ended well.
    pub sessions: Counter,
    /// Sessions that did not.
    pub failures: Counter,
    /// Entries that became durable at the hub.
    pub entries: Counter,
    /// When the hub was spoken to last, in seconds since 1970 as the box believes.
    pub heard_s: Gauge,
}

impl UplinkCounts {
    /// Shows the counts under `uplink_…` on the metrics page.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("uplink");
        registry.register(
            "sessions",
            "Sessions with the hub that ended well",
            self.sessions.clone(),
        );
        registry.register(
            "failures",
            "Sessions with the hub that did not",
            self.failures.clone(),
        );
        registry.register(
            "entries",
            "Entries durable at the hub",
            self.entries.clone(),
        );
        registry.register(
            "heard_timestamp_seconds",
            "When the hub was spoken to last",
            self.heard_s.clone(),
        );
    }
}

/// Sends whenever the plan says so, until `closing`. What a session cut off by it had sent is
/// durable or is sent again.
pub async fn keep_sending(
    record: Arc<Record>,
    uplink: Uplink,
    counts: UplinkCounts,
    closing: CancellationToken,
) {
    let work = async {
        // After a power cut a whole district comes back in the same second.
        let mut pause = wait(uplink.retry, 0, random());
        let (mut failures, mut last) = (0, None::<Instant>);
        loop {
            tokio::time::sleep(pause).await;
            pause = LOOK.min(uplink.plan.every);
            let since = last.map_or(Duration::MAX, |last| last.elapsed());
            match session(&record, &uplink, since).await {
                Ok(None) => {}
                Ok(Some(sent)) => {
                    failures = 0;
                    counts.sessions.inc();
                    counts.entries.inc_by(sent.entries);
                    counts.heard_s.set(record.now().0 / 1000);
                    tracing::info!(entries = sent.entries, outcome = ?sent.outcome, "sent to the hub");
                    match sent.outcome {
                        Outcome::Drained { renew, left } => {
                            // More than one session's share waits, or a new life begins.
                            let again = renew || (left > 0 && sent.entries > 0);
                            last = (!again).then(Instant::now);
                        }
                        Outcome::Wait(after) => pause = after + wait(uplink.retry, 0, random()),
                        Outcome::Stalled => pause = wait(uplink.retry, 0, random()),
                    }
                }
                Err(error) => {
                    pause = wait(uplink.retry, failures, random());
                    failures = failures.saturating_add(1);
                    counts.failures.inc();
                    tracing::warn!(%error, ?pause, "the hub was not reached");
                }
            }
        }
    };
    tokio::select! {
        () = closing.cancelled() => {}
        () = work => {}
    }
}

/// One session, if it is time for one.
async fn session(
    record: &Record,
    uplink: &Uplink,
    since: Duration,
) -> Result<Option<Sent>, UplinkError> {
    let waiting = waiting(record)?;
    let Some(budget) = uplink.plan.due(record.local_minute(), since, waiting) else {
        return Ok(None);
    };
    let identity = Identity::open(&uplink.identity)?;
    let unknown = |source| UplinkError::Address {
        hub: uplink.hub.clone(),
        source,
    };
    let mut found = tokio::net::lookup_host(&uplink.hub)
        .await
        .map_err(unknown)?;
    let hub = found
        .next()
        .ok_or_else(|| unknown(std::io::ErrorKind::NotFound.into()))?;
    let (day, mut allowance) = record.reserve(budget)?;
    let sent = send(record, &identity, hub, (uplink.profile, &mut allowance)).await;
    record.give_back(day, allowance)?;
    sent.map(Some)
}

fn waiting(record: &Record) -> Result<Waiting, RecordError> {
    let standings = record.hello(0)?.standings;
    let mut undrained = standings
        .iter()
        .filter(|standing| standing.head != standing.acked)
        .peekable();
    Ok(Waiting {
        any: undrained.peek().is_some(),
        urgent: undrained.any(|standing| standing.lane <= Lane::Payments),
    })
}

/// Without random bytes the wait is the longest: the box is in no hurry then.
pub(crate) fn random() -> u64 {
    let mut bytes = [0; 8];
    let drawn = getrandom::fill(&mut bytes);
    drawn.map_or(u64::MAX, |()| u64::from_le_bytes(bytes))
}
