//! What is known to be in place, so that a second fetch need not hash 400 MB again.
//!
//! One file per model, `.installed.json`, beside what it tells of. It is a memory of checks, not
//! the truth: lost or broken, everything is hashed once more.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::InstallError;
use crate::catalogue::{File, Model};

const NAME: &str = ".installed.json";
const VERSION: u32 = 1;

#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct Record {
    version: u32,
    files: Vec<Entry>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Entry {
    name: String,
    size_bytes: u64,
    modified_s: i64,
    modified_ns: i64,
    sha256: String,
}

/// How much of a model is in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Missing,
    /// Some files are there, or all but not yet checked.
    Partial,
    Installed,
    /// A file is not the one that was checked: its size or time differs.
    Changed,
}

/// The state of `model` below the folder `models`, from sizes and times alone.
pub fn state(models: &Path, model: &Model) -> State {
    let folder = models.join(&model.id);
    let record = Record::load(&folder);
    let (mut there, mut current, mut changed, mut all) = (0, 0, false, 0);
    for file in model.files() {
        all += 1;
        if folder.join(&file.name).is_file() {
            there += 1;
            match record.is_current(&folder, file) {
                true => current += 1,
                false => changed |= record.entry(&file.name).is_some(),
            }
        }
    }
    match (there, current) {
        _ if changed => State::Changed,
        (0, _) => State::Missing,
        (_, current) if current == all => State::Installed,
        _ => State::Partial,
    }
}

impl Record {
    pub(super) fn load(folder: &Path) -> Self {
        let record = fs::read(folder.join(NAME))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok())
            .filter(|record| record.version == VERSION);
        record.unwrap_or_default()
    }

    /// True if the file has the size and time it had when its hash was found good.
    pub(super) fn is_current(&self, folder: &Path, file: &File) -> bool {
        let Some(entry) = self.entry(&file.name) else {
            return false;
        };
        let Ok(metadata) = fs::metadata(folder.join(&file.name)) else {
            return false;
        };
        metadata.is_file()
            && metadata.size() == entry.size_bytes
            && metadata.mtime() == entry.modified_s
            && metadata.mtime_nsec() == entry.modified_ns
            && file
                .sha256
                .as_ref()
                .is_none_or(|sha256| sha256.as_str() == entry.sha256)
    }

    /// The hash this file was found or pinned with.
    pub(super) fn sha256(&self, name: &str) -> Option<&str> {
        self.entry(name).map(|entry| entry.sha256.as_str())
    }

    pub(super) fn note(
        &mut self,
        folder: &Path,
        name: &str,
        sha256: &str,
    ) -> Result<(), InstallError> {
        let path = folder.join(name);
        let metadata =
            fs::metadata(&path).map_err(|source| InstallError::reading(&path, source))?;
        self.files.retain(|entry| entry.name != name);
        self.files.push(Entry {
            name: name.to_owned(),
            size_bytes: metadata.size(),
            modified_s: metadata.mtime(),
            modified_ns: metadata.mtime_nsec(),
            sha256: sha256.to_owned(),
        });
        self.version = VERSION;
        self.save(folder)
    }

    /// Takes files out of the record; on a folder that cannot be written it stays as it was.
    pub(super) fn forget(&mut self, folder: &Path, names: &[&str]) {
        let before = self.files.len();
        self.files
            .retain(|entry| !names.contains(&entry.name.as_str()));
        if self.files.len() != before
            && let Err(error) = self.save(folder)
        {
            tracing::warn!(%error, folder = %folder.display(), "cannot forget a damaged file");
        }
    }

    fn save(&self, folder: &Path) -> Result<(), InstallError> {
        let part = folder.join(format!("{NAME}.part"));
        let failed = |source| InstallError::writing(&part, source);
        let bytes = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        let mut file = fs::File::create(&part).map_err(failed)?;
        file.write_all(&bytes)
            .and_then(|()| file.sync_all())
            .map_err(failed)?;
        fs::rename(&part, folder.join(NAME)).map_err(failed)
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.files.iter().find(|entry| entry.name == name)
    }
}
