//! `ishuri-hub pack show`.

use std::path::PathBuf;

use curriculum::pack::{Census, Manifest, census};
use serde::Serialize;

use super::build::read_pack;
use super::print::print_census;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The pack file.
    file: PathBuf,
    /// Write manifest and counts as one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Shown<'a> {
    pack: String,
    signer: String,
    manifest: &'a Manifest,
    census: &'a Census,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let pack = read_pack(&args.file)?;
    let census = census(&pack.courses);
    let manifest = &pack.manifest;
    if args.json {
        let shown = Shown {
            pack: pack.id.to_string(),
            signer: pack.signer.to_string(),
            manifest,
            census: &census,
        };
        println!("{}", serde_json::to_string(&shown)?);
        return Ok(());
    }
    println!("pack {} version {}", manifest.name, manifest.version);
    println!("id {}", pack.id);
    println!("signed by {} (the signature matches)", pack.signer);
    for entry in &manifest.contents {
        let kind = format!("{:?}", entry.kind).to_lowercase();
        println!(
            "{kind:>7} {:<32} {:>7} bytes  {}",
            entry.code, entry.size_bytes, entry.hash
        );
    }
    print_census(&census);
    Ok(())
}
