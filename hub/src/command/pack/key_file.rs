//! The file that holds the signing key.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use curriculum::pack::SecretKey;

/// The key in this file; a missing file is made, for its owner's eyes only, and that is said.
pub(super) fn read_or_make(path: &Path) -> anyhow::Result<SecretKey> {
    if !path.exists() {
        make(path).with_context(|| format!("make key file {}", path.display()))?;
        eprintln!(
            "made a new signing key in {}: keep it secret and keep a copy; boxes that trust \
             another key will not use packs signed with it",
            path.display()
        );
    }
    let read = || format!("read key file {}", path.display());
    let mode = fs::metadata(path).with_context(read)?.permissions().mode();
    if mode & 0o077 != 0 {
        let path = path.display();
        bail!("key file {path} can be read by others: run `chmod 600 {path}`");
    }
    let text = fs::read_to_string(path).with_context(read)?;
    text.parse().with_context(read)
}

fn make(path: &Path) -> anyhow::Result<()> {
    let mut seed = [0; 32];
    let mut random = fs::File::open("/dev/urandom").context("open /dev/urandom")?;
    random.read_exact(&mut seed).context("read /dev/urandom")?;
    let text: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    Ok(())
}
