//! `ishuri-hub box`: who may speak.

use std::path::PathBuf;

use anyhow::Context as _;
use hub::commissioning::make_claim;
use hub::daemon::{list, register, revoke};
use sync::box_id::BoxId;

use super::place::{At, now_ms, wait};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Make a code by which one box may join; prints it, with a QR code for its technician.
    Claim(Claim),
    /// Sign a box's request and register it: prints its certificate, then the authority's.
    Sign(Sign),
    /// List boxes: status, entries, alarms.
    List(List),
    /// Hear a box no more.
    Revoke(Revoke),
}

#[derive(clap::Args)]
pub(crate) struct Claim {
    #[command(flatten)]
    at: At,
    /// What people call the box.
    #[arg(long)]
    name: String,
    /// Where it will stand, from a region down: `Kigali/Gasabo/GS Kacyiru`.
    #[arg(long)]
    place: String,
    /// Hours until the code is worth nothing.
    #[arg(long, default_value_t = 72, value_parser = clap::value_parser!(u16).range(1..=720))]
    hours: u16,
    /// The hub's address as the box reaches it, for the QR code.
    #[arg(long, default_value = "http://hub:8080")]
    hub: String,
    /// JSON, for programs.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct Sign {
    #[command(flatten)]
    at: At,
    /// What `ishuri-edge uplink request` printed, in a file.
    request: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct List {
    #[command(flatten)]
    at: At,
    /// JSON, for programs.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct Revoke {
    #[command(flatten)]
    at: At,
    /// The box, 32 hexadecimal digits.
    box_id: String,
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Verb::Claim(_) => "make a claim",
            Verb::Sign(_) => "box sign",
            Verb::List(_) => "box list",
            Verb::Revoke(_) => "box revoke",
        }
    }

    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Verb::Claim(args) => wait(claim(args))?,
            Verb::Sign(args) => {
                let path = &args.request;
                let pem = std::fs::read_to_string(path)
                    .with_context(|| format!("read {}", path.display()))?;
                print!("{}", wait(register(&args.at.place()?, &pem))?);
            }
            Verb::List(args) => {
                for row in wait(list(&args.at.place()?))? {
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
                wait(revoke(&args.at.place()?, BoxId(number.to_be_bytes())))?;
            }
        }
        Ok(())
    }
}

async fn claim(args: Claim) -> anyhow::Result<()> {
    let (database, _authority) = args.at.place()?.open().await?;
    let life_ms = i64::from(args.hours) * 3_600_000;
    let named = (args.name.as_str(), args.place.as_str());
    let made = make_claim(&database, named, (now_ms(), life_ms)).await?;
    let code = made.claim.to_string();
    if args.json {
        let line = serde_json::json!({ "claim": code, "expires_ms": made.expires_ms });
        println!("{line}");
        return Ok(());
    }
    print!("{}", super::qr::drawn(&format!("{}#{code}", args.hub))?);
    println!("claim {code}");
    println!("good for one box, for {} hours. On the box:", args.hours);
    println!("  ishuri-edge commission --hub {} --claim {code}", args.hub);
    Ok(())
}
