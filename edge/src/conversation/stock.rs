//! What a box teaches from: packs that a trusted publisher signed, and the tutor's own words in them.
//!
//! A pack from before packs carried those words leaves the program's own in use, see
//! `curriculum::tutor`.

use std::fs;
use std::path::{Path, PathBuf};

use curriculum::Language;
use curriculum::library::Library;
use curriculum::pack::{PACK_BYTES_MAX, Pack, PublicKey, read};
use curriculum::time::UtcOffset;
use curriculum::tutor::{TutorFault, TutorWords};

use crate::dialogue::{Context, Lessons};

/// Public keys of publishers, one in hexadecimal a line, beside the packs.
const TRUSTED: &str = "trusted.keys";

/// Why a box has nothing to teach from.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    /// The folder or a file in it could not be read.
    #[error("read {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// No pack is there.
    #[error(
        "find a pack in {0}: build one with `ishuri-hub pack build curriculum/packs --out \
         {0}/ishuri.pack` and put its signer's key into {0}/trusted.keys"
    )]
    Empty(PathBuf),
    /// The file of trusted keys holds something else.
    #[error("read {path}:{line}: not a public key in hexadecimal")]
    Key {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// A part of what the program itself carries is broken.
    #[error("read the tutor's own words")]
    Words(#[from] TutorFault),
}

/// Where packs are: `$ISHURI_PACKS`, else `packs` in `$ISHURI_CACHE`, else in `~/.cache/ishuri`.
pub fn packs_folder() -> PathBuf {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let home = || {
        set("HOME")
            .unwrap_or_default()
            .join(".cache")
            .join("ishuri")
    };
    set("ISHURI_PACKS").unwrap_or_else(|| set("ISHURI_CACHE").unwrap_or_else(home).join("packs"))
}

/// Loads every pack of a folder that a trusted key signed; a broken or untrusted one is left out
/// and named in the log.
///
/// # Errors
/// If no pack is left, or the folder cannot be read.
pub fn stock(folder: &Path, offset: UtcOffset) -> Result<Context, StockError> {
    let trusted = trusted(&folder.join(TRUSTED))?;
    let packs = packs(folder, &trusted)?;
    if packs.is_empty() {
        return Err(StockError::Empty(folder.to_owned()));
    }
    let (library, faults) = Library::new(packs);
    for fault in faults {
        tracing::warn!(%fault, "the packs are taught without what does not fit together");
    }
    let (words, unusable) = TutorWords::new(library.words())?;
    for fault in unusable {
        tracing::warn!(%fault, "a text of the tutor's own is left out; the program's is used");
    }
    Ok(Context {
        lessons: Lessons::new(library),
        interface: words.interface,
        watches: words.watches,
        offset,
        languages: vec![Language::KINYARWANDA, Language::ENGLISH, Language::SWAHILI],
        hears: vec![Language::ENGLISH],
        speaks: vec![Language::KINYARWANDA, Language::ENGLISH, Language::SWAHILI],
    })
}

fn trusted(path: &Path) -> Result<Vec<PublicKey>, StockError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(source) => {
            return Err(StockError::File {
                path: path.to_owned(),
                source,
            });
        }
    };
    let keys = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    keys.map(|(index, line)| {
        let key = line.trim().parse();
        key.map_err(|_| StockError::Key {
            path: path.to_owned(),
            line: index + 1,
        })
    })
    .collect()
}

fn packs(folder: &Path, trusted: &[PublicKey]) -> Result<Vec<Pack>, StockError> {
    let file = |path: &Path, source| StockError::File {
        path: path.to_owned(),
        source,
    };
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| file(folder, error))? {
        paths.push(entry.map_err(|error| file(folder, error))?.path());
    }
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "pack")
    });
    paths.sort();
    let mut packs = Vec::new();
    for path in paths {
        let size = fs::metadata(&path)
            .map_err(|error| file(&path, error))?
            .len();
        if usize::try_from(size).map_or(true, |size| size > PACK_BYTES_MAX) {
            tracing::warn!(path = %path.display(), size, "a pack is too large and is left out");
            continue;
        }
        let bytes = fs::read(&path).map_err(|error| file(&path, error))?;
        match read(&bytes, trusted) {
            Ok(pack) => packs.push(pack),
            Err(error) => tracing::warn!(path = %path.display(), %error, "a pack is left out"),
        }
    }
    Ok(packs)
}
