//! `ishuri-edge uplink`: the box's certificate, and its facts on their way to the hub.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use curriculum::time::UtcOffset;
use sync::quic::{Identity, Profile, request};
use sync::sender::{Allowance, Outcome};

use crate::commission::Joined;
use crate::conversation::Record;
use crate::uplink::{FIRST, identity_folder, random, send, wait};

/// Pause between sessions of a box that is up to date.
const PAUSE: Duration = Duration::from_secs(300);

#[derive(clap::Subcommand)]
pub enum Verb {
    /// Make the box's key, which never leaves it, and print its request for a certificate.
    Request {
        /// Folder of the box's database.
        #[arg(long)]
        data: PathBuf,
    },
    /// Keep what the hub answered to the request.
    Accept {
        /// Folder of the box's database.
        #[arg(long)]
        data: PathBuf,
        /// The hub's answer: two certificates in one file.
        answer: PathBuf,
    },
    /// Send what the hub lacks, again and again.
    Run(Run),
}

#[derive(clap::Args)]
pub struct Run {
    /// Folder of the box's database.
    #[arg(long)]
    data: PathBuf,
    /// Address of the hub; the one this box joined if absent.
    #[arg(long)]
    hub: Option<SocketAddr>,
    /// End once everything is durable at the hub, or when the hub cannot be reached.
    #[arg(long)]
    once: bool,
    /// A satellite or fibre link that loses packets by chance.
    #[arg(long)]
    wide: bool,
}

impl Verb {
    /// The verb as it stands after "failed to".
    pub fn name(&self) -> &'static str {
        match self {
            Verb::Request { .. } => "make the box's request",
            Verb::Accept { .. } => "keep the box's certificate",
            Verb::Run(_) => "send to the hub",
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// Whatever stopped it, with its causes.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Verb::Request { data } => {
                let record = Record::open(&data, UtcOffset::KIGALI)?;
                print!("{}", request(&identity_folder(&data), record.box_id())?);
                Ok(())
            }
            Verb::Accept { data, answer } => {
                let text = std::fs::read_to_string(&answer)
                    .with_context(|| format!("read {}", answer.display()))?;
                let end = "-----END CERTIFICATE-----";
                let cut = text.find(end).map(|at| at + end.len());
                let (own, authority) = cut
                    .and_then(|cut| text.split_at_checked(cut))
                    .context("find two certificates in the hub's answer")?;
                Ok(Identity::keep(
                    &identity_folder(&data),
                    authority.trim_start(),
                    own,
                )?)
            }
            Verb::Run(args) => {
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(2)
                    .enable_all()
                    .build()
                    .context("start the runtime")?;
                runtime.block_on(keep_sending(&args))
            }
        }
    }
}

async fn keep_sending(args: &Run) -> anyhow::Result<()> {
    let record = Record::open(&args.data, UtcOffset::KIGALI)?;
    let identity = Identity::open(&identity_folder(&args.data))?;
    let profile = if args.wide {
        Profile::Wide
    } else {
        Profile::Narrow
    };
    let mut failures = 0;
    loop {
        // Looked up each time: a hub moves, and a box runs for years.
        let mut allowance = Allowance::UNLIMITED;
        let tried = match hub(args).await {
            Ok(hub) => send(&record, &identity, hub, (profile, &mut allowance))
                .await
                .map_err(anyhow::Error::from),
            Err(error) => Err(error),
        };
        let pause = match tried {
            Ok(sent) => {
                println!("sent {} entries: {:?}", sent.entries, sent.outcome);
                failures = 0;
                match sent.outcome {
                    Outcome::Drained { renew: true, .. } => Duration::ZERO,
                    Outcome::Drained { .. } if args.once => return Ok(()),
                    Outcome::Drained { .. } => PAUSE,
                    Outcome::Wait(after) => after + wait(FIRST, 0, random()),
                    Outcome::Stalled => wait(FIRST, 0, random()),
                }
            }
            Err(error) if args.once => return Err(error),
            Err(error) => {
                let pause = wait(FIRST, failures, random());
                tracing::warn!(%error, ?pause, "the hub was not reached");
                failures = failures.saturating_add(1);
                pause
            }
        };
        tokio::time::sleep(pause).await;
    }
}

async fn hub(args: &Run) -> anyhow::Result<SocketAddr> {
    if let Some(given) = args.hub {
        return Ok(given);
    }
    let joined = Joined::read(&args.data)
        .context("read which hub this box joined")?
        .context(
            "find the hub: this box joined none; run `ishuri-edge commission`, or say --hub",
        )?;
    let mut found = tokio::net::lookup_host((joined.host.as_str(), joined.port))
        .await
        .with_context(|| format!("find the hub {}", joined.host))?;
    let none = || format!("find the hub {}: it has no address", joined.host);
    found.next().with_context(none)
}
