//! What a fetch says while it works; who shows it decides how.

use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody else is installing; `process` when they left their number.
    Waiting {
        process: Option<u32>,
    },
    /// Every file of this model was already in its place.
    Current {
        id: String,
    },
    /// `done` bytes of a download have come.
    Download {
        what: String,
        done: u64,
        total: Option<u64>,
    },
    /// The download is complete.
    Downloaded {
        what: String,
    },
    /// A step without a download: `unpack`, `convert`, `copy`, `check`.
    Step {
        verb: &'static str,
        what: String,
    },
    /// A file of an untested model had no known hash; this one is kept to from now on.
    Pinned {
        path: PathBuf,
        sha256: String,
    },
    Installed {
        id: String,
    },
}
