//! What a box remembers of its hub.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Beside the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Joined {
    /// Name or address of the hub's computer.
    pub host: String,
    /// The UDP port where it takes facts.
    pub port: u16,
    /// What people call this box.
    pub name: String,
}

impl Joined {
    /// As it is kept; `None` if this box joined no hub.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read(data: &Path) -> std::io::Result<Option<Self>> {
        match std::fs::read_to_string(path(data)) {
            Ok(text) => Ok(Some(serde_json::from_str(&text)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps it, whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn write(&self, data: &Path) -> std::io::Result<()> {
        let beside = path(data).with_extension("new");
        std::fs::write(&beside, serde_json::to_vec_pretty(self)?)?;
        std::fs::File::open(&beside)?.sync_all()?;
        std::fs::rename(&beside, path(data))
    }
}

fn path(data: &Path) -> PathBuf {
    data.join("hub.json")
}
