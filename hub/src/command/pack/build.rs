//! `ishuri-hub pack build`.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use curriculum::pack::{PACK_BYTES_MAX, Pack, SecretKey, look, write};
use serde::Serialize;

use super::check::{Checked, check_folder, refuse_errors};
use super::key_file::read_or_make;
use super::print::{print_census, print_findings};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of sources: one folder per course, one file per lesson.
    folder: PathBuf,
    /// Where the pack is written.
    #[arg(long)]
    out: PathBuf,
    /// File with the signing key; made if it is missing. Default: the pack's name with `.key`.
    #[arg(long)]
    key: Option<PathBuf>,
    /// Name of the pack, the same for all its versions.
    #[arg(long, default_value = "ishuri")]
    name: String,
    /// Version; default: one more than that of the pack in OUT if anything changed.
    #[arg(long)]
    version: Option<u64>,
    /// Write what was built as one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Built {
    pack: String,
    name: String,
    version: u64,
    signer: String,
    contents: usize,
    size_bytes: usize,
    warnings: usize,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let checked = check_folder(&args.folder)?;
    if let Err(error) = refuse_errors(&checked.findings) {
        print_findings(&args.folder, &checked.findings)?;
        return Err(error);
    }
    let key = args.key.clone();
    let key = read_or_make(&key.unwrap_or_else(|| args.out.with_extension("key")))?;
    let version = match args.version {
        Some(version) => version,
        None => next_version(&args.out, &args.name, &checked, &key)?,
    };
    let bytes = write(&args.name, version, &checked.courses, &checked.words, &key)?;
    let pack = look(&bytes).context("read back what was built")?;
    replace(&args.out, &bytes)?;
    let built = Built {
        pack: pack.id.to_string(),
        name: args.name.clone(),
        version,
        signer: pack.signer.to_string(),
        contents: pack.manifest.contents.len(),
        size_bytes: bytes.len(),
        warnings: checked.findings.len(),
    };
    if args.json {
        writeln!(io::stdout(), "{}", serde_json::to_string(&built)?)?;
    } else {
        print_findings(&args.folder, &checked.findings)?;
        print_census(&checked.census)?;
        writeln!(
            io::stdout(),
            "wrote {}: pack {} version {version}, {} contents, {} bytes\nid {}\nsigned by {}",
            args.out.display(),
            built.name,
            built.contents,
            built.size_bytes,
            built.pack,
            built.signer,
        )?;
    }
    Ok(())
}

/// The version of the pack that stands there, plus one if the new one differs.
fn next_version(out: &Path, name: &str, new: &Checked, key: &SecretKey) -> anyhow::Result<u64> {
    if !out.exists() {
        return Ok(1);
    }
    let old = read_pack(out)?;
    if old.manifest.name != name {
        bail!(
            "{} holds another pack, `{}`: choose another --out",
            out.display(),
            old.manifest.name
        );
    }
    let version = old.manifest.version;
    let again = write(name, version, &new.courses, &new.words, key)?;
    let again = look(&again).context("read back what was built")?;
    Ok(if again.manifest == old.manifest {
        version
    } else {
        version + 1
    })
}

pub(super) fn read_pack(path: &Path) -> anyhow::Result<Pack> {
    let size = fs::metadata(path)
        .with_context(|| format!("read {}", path.display()))?
        .len();
    if size > PACK_BYTES_MAX as u64 {
        let path = path.display();
        bail!("read {path}: {size} bytes, at most {PACK_BYTES_MAX}");
    }
    let bytes = fs::read(path).with_context(|| format!("read {}", path.display()))?;
    look(&bytes).with_context(|| format!("read {}", path.display()))
}

/// Writes beside the place and renames: a reader sees the old file or the new one, never a part.
fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let beside = path.with_extension("part");
    let write = || -> std::io::Result<()> {
        let mut file = fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().with_context(|| format!("write {}", path.display()))
}
