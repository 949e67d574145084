//! Files at an address, and in Hugging Face repositories, through curl.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::client::{self, Watch};
use super::error::InstallError;
use super::event::Event;
use crate::catalogue::Repository;

/// Hugging Face's own variable for a mirror, as its client reads it.
const MIRROR: &str = "HF_ENDPOINT";

pub(super) fn address_of(repository: &Repository) -> String {
    let host = env::var(MIRROR).ok().filter(|host| !host.is_empty());
    let host = host.unwrap_or_else(|| "https://huggingface.co".to_owned());
    let Repository { repository, file } = repository;
    format!(
        "{}/{repository}/resolve/main/{file}",
        host.trim_end_matches('/')
    )
}

/// Downloads `url` to `path`, going on where an earlier try ended.
pub(super) fn download(
    url: &str,
    path: PathBuf,
    total: Option<u64>,
    say: &mut dyn FnMut(Event),
) -> Result<PathBuf, InstallError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let part = path.with_added_extension("part");
    let mut command = Command::new("curl");
    command
        .args([
            "--fail",
            "--location",
            "--silent",
            "--show-error",
            "--retry",
            "3",
        ])
        .args(["--connect-timeout", "30", "--continue-at", "-", "--output"])
        .arg(&part)
        .arg("--")
        .arg(url);
    let mut watch = Watch {
        what: url,
        log: &folder.join("log"),
        measure: &|| fs::metadata(&part).map_or(0, |metadata| metadata.len()),
        progress: &mut |done| {
            say(Event::Download {
                what: url.to_owned(),
                done,
                total,
            });
        },
    };
    let outcome = client::run(&mut command, &mut watch)?.ok_or(InstallError::NoCurl)?;
    if !outcome.status.success() {
        let (what, said) = (url.to_owned(), client::last_line(&outcome.output));
        // Exit codes: curl(1).
        return Err(match outcome.status.code() {
            Some(5..=7 | 18 | 28 | 35 | 52 | 55 | 56) => InstallError::NoNetwork { what, said },
            Some(22 | 78) => InstallError::NotOffered { what, said },
            Some(23) => InstallError::DiskFull { path: part },
            _ => InstallError::Client { what, said },
        });
    }
    say(Event::Downloaded {
        what: url.to_owned(),
    });
    fs::rename(&part, &path).map_err(|source| InstallError::writing(&path, source))?;
    Ok(path)
}
