//! What can go wrong while models are put in place.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::convert::ConvertError;

#[derive(Debug, Error)]
pub enum InstallError {
    #[error("write to {}: it cannot be written; set ISHURI_MODELS to a folder you may write to", path.display())]
    ReadOnly {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("write {}: the disk is full; make room there or set ISHURI_MODELS to a larger disk", path.display())]
    DiskFull { path: PathBuf },
    #[error("read or write {}", path.display())]
    Files {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "find the Python package client: neither `python3 -m pip` nor `pip` works here; \
         install it (Debian, Ubuntu: `apt install python3-pip`), or use --from FOLDER"
    )]
    NoPackageClient,
    #[error("find `curl`; install it (Debian, Ubuntu: `apt install curl`), or use --from FOLDER")]
    NoCurl,
    #[error("download {what}: no network ({said}); connect and run it again, or use --from FOLDER")]
    NoNetwork { what: String, said: String },
    #[error("download {what}: it is not offered there ({said})")]
    NotOffered { what: String, said: String },
    #[error("download {what}: {said}")]
    Client { what: String, said: String },
    #[error("download {what}: nothing came for {} s; run it again", seconds)]
    Stalled { what: String, seconds: u64 },
    #[error("unpack {} from {}: {fault}", inside, package.display())]
    Package {
        package: PathBuf,
        inside: String,
        fault: String,
    },
    #[error("accept {name}: its SHA-256 is {found}, expected {expected}; what was there is kept")]
    WrongHash {
        name: String,
        expected: String,
        found: String,
    },
    #[error("accept {name}: it has {found} bytes, expected {expected}; what was there is kept")]
    WrongSize {
        name: String,
        expected: u64,
        found: u64,
    },
    #[error("find {name} in {}: put there {wanted}", folder.display())]
    NotInFolder {
        name: String,
        folder: PathBuf,
        wanted: String,
    },
    #[error("find a file of speech model {id} for this processor ({arch})")]
    NoFileForProcessor { id: String, arch: String },
    #[error(transparent)]
    Convert(#[from] ConvertError),
}

impl InstallError {
    /// The error of writing at `path`, told apart by what a technician can do about it.
    pub(super) fn writing(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { path, source }
            }
            _ => Self::Files { path, source },
        }
    }

    pub(super) fn reading(path: &Path, source: io::Error) -> Self {
        Self::Files {
            path: path.to_owned(),
            source,
        }
    }
}
