//! `ishuri-hub pack show`.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use curriculum::library::Library;
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
    let started = Instant::now();
    let pack = read_pack(&args.file)?;
    let (library, faults) = Library::new([pack.clone()]);
    let loaded = started.elapsed();
    let census = census(&pack.courses);
    let manifest = &pack.manifest;
    if args.json {
        let shown = Shown {
            pack: pack.id.to_string(),
            signer: pack.signer.to_string(),
            manifest,
            census: &census,
        };
        writeln!(io::stdout(), "{}", serde_json::to_string(&shown)?)?;
        return Ok(());
    }
    writeln!(
        io::stdout(),
        "pack {} version {}",
        manifest.name,
        manifest.version
    )?;
    writeln!(io::stdout(), "id {}", pack.id)?;
    writeln!(
        io::stdout(),
        "signed by {} (the signature matches)",
        pack.signer
    )?;
    for entry in &manifest.contents {
        let kind = format!("{:?}", entry.kind).to_lowercase();
        writeln!(
            io::stdout(),
            "{kind:>12} {:<32} {:>7} bytes  {}",
            entry.code,
            entry.size_bytes,
            entry.hash
        )?;
    }
    for fault in &faults {
        writeln!(io::stdout(), "cannot {fault}")?;
    }
    writeln!(
        io::stdout(),
        "a box shelves {} exercises of {} skills; reading and shelving took {:.1} ms here",
        library.exercises().count(),
        library.skills().len(),
        loaded.as_secs_f64() * 1_000.0,
    )?;
    print_census(&census)?;
    Ok(())
}
