//! `ishuri-hub box`: who may speak.

use std::path::PathBuf;

use anyhow::Context as _;
use hub::daemon::{list, register, revoke};
use sync::box_id::BoxId;

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Sign a box's request and register it: prints its certificate, then the authority's.
    Sign(Sign),
    /// List boxes: status, entries, alarms.
    List(List),
    /// Hear a box no more.
    Revoke(Revoke),
}

#[derive(clap::Args)]
pub(crate) struct Sign {
    /// The hub's folder.
    #[arg(long)]
    data: PathBuf,
    /// What `ishuri-edge uplink request` printed, in a file.
    request: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct List {
    /// The hub's folder.
    #[arg(long)]
    data: PathBuf,
    /// JSON, for programs.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct Revoke {
    /// The hub's folder.
    #[arg(long)]
    data: PathBuf,
    /// The box, 32 hexadecimal digits.
    box_id: String,
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Verb::Sign(_) => "box sign",
            Verb::List(_) => "box list",
            Verb::Revoke(_) => "box revoke",
        }
    }

    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Verb::Sign(args) => {
                let path = &args.request;
                let pem = std::fs::read_to_string(path)
                    .with_context(|| format!("read {}", path.display()))?;
                print!("{}", register(&args.data, &pem)?);
            }
            Verb::List(args) => {
                for row in list(&args.data)? {
                    if args.json {
                        println!("{}", serde_json::to_string(&row)?);
                    } else {
                        println!(
                            "{} {} epoch {} entries {} alarms {}",
                            row.box_id, row.status, row.latest_epoch, row.entries, row.alarms
                        );
                    }
                }
            }
            Verb::Revoke(args) => {
                let number = u128::from_str_radix(&args.box_id, 16)
                    .with_context(|| format!("read box `{}`", args.box_id))?;
                revoke(&args.data, BoxId(number.to_be_bytes()))?;
            }
        }
        Ok(())
    }
}
