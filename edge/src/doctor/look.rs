//! Looking at the box.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use curriculum::time::UtcOffset;
use models::catalogue::Catalogue;
use models::install::{State, models_dir, state};

use super::finding::{Finding, Weight};
use crate::conversation::{packs_folder, stock};

/// What to look at.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Folder of the box's database.
    pub data: PathBuf,
    /// Folder of packs; where they usually are, if absent.
    pub packs: Option<PathBuf>,
    /// What the hub's clock said just now, in milliseconds since 1970, if it was asked.
    pub hub_ms: Option<i64>,
}

/// Below this a box stops taking new models and packs, and soon its own records.
const DISK_MB_MIN: u64 = 500;
/// Speech needs this.
const MEMORY_MB_MIN: u64 = 900;
/// A clock further off puts answers on the wrong day.
const CLOCK_MS_MAX: i64 = 5 * 60_000;
/// Nothing of this program was written before: 2026-11-01.
const WRITTEN_MS: i64 = 1_793_491_200_000;

/// Every finding, the worst first.
pub fn look(at: &Looked) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(disk(&at.data));
    findings.extend(memory(
        &std::fs::read_to_string("/proc/meminfo").unwrap_or_default(),
    ));
    findings.extend(clock(now_ms(), at.hub_ms));
    findings.extend(speech());
    let packs = at.packs.clone().unwrap_or_else(packs_folder);
    findings.extend(lessons(&packs));
    findings.extend(joined(&at.data));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.weight));
    findings
}

fn fault(code: &'static str, what: String, remedy: &str) -> Finding {
    Finding {
        code,
        weight: Weight::Fault,
        what,
        remedy: remedy.to_owned(),
    }
}

fn disk(data: &Path) -> Vec<Finding> {
    let probe = data.join(".doctor");
    let written = std::fs::create_dir_all(data)
        .and_then(|()| std::fs::write(&probe, b"x"))
        .and_then(|()| std::fs::remove_file(&probe));
    if let Err(error) = written {
        return vec![fault(
            "B01",
            format!("nothing can be written to {}: {error}", data.display()),
            "run as the user `ishuri`; if the card has become read-only it is dying: replace it",
        )];
    }
    // `df` knows every file system; its columns are POSIX's with -P.
    let told = Command::new("df").args(["-Pm"]).arg(data).output();
    let told = told.map(|told| String::from_utf8_lossy(&told.stdout).into_owned());
    match told.ok().as_deref().and_then(free_mb) {
        Some(free) if free < DISK_MB_MIN => vec![fault(
            "B02",
            format!("only {free} MB are free at {}", data.display()),
            "remove what does not belong on the box, or use a larger card",
        )],
        _ => Vec::new(),
    }
}

/// The fourth column of the last line of `df -Pm`.
fn free_mb(told: &str) -> Option<u64> {
    told.lines().last()?.split_whitespace().nth(3)?.parse().ok()
}

fn memory(told: &str) -> Vec<Finding> {
    let line = told.lines().find(|line| line.starts_with("MemTotal:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    match kilobytes.map(|kilobytes| kilobytes / 1024) {
        Some(mb) if mb < MEMORY_MB_MIN => vec![fault(
            "B03",
            format!("this computer has {mb} MB of memory; speech needs {MEMORY_MB_MIN}"),
            "use a computer with at least 2 GB",
        )],
        _ => Vec::new(),
    }
}

fn clock(now_ms: i64, hub_ms: Option<i64>) -> Vec<Finding> {
    let remedy = "set the clock: `timedatectl set-ntp true` with a link, `date -s` without; \
                  a box that loses its time when it is off needs a clock battery";
    if now_ms < WRITTEN_MS {
        let what = "the clock shows a time before this program was written".to_owned();
        return vec![fault("B04", what, remedy)];
    }
    let off = hub_ms.map_or(0, |hub_ms| now_ms - hub_ms);
    if off.abs() > CLOCK_MS_MAX {
        let minutes = off.abs() / 60_000;
        let way = if off > 0 { "ahead of" } else { "behind" };
        let what = format!("the clock is {minutes} minutes {way} the hub's");
        return vec![fault("B05", what, remedy)];
    }
    Vec::new()
}

fn speech() -> Vec<Finding> {
    let folder = match models_dir() {
        Ok(folder) => folder,
        Err(error) => {
            let what = format!("no folder of speech models: {error}");
            return vec![fault(
                "B06",
                what,
                "set ISHURI_MODELS, or run `ishuri-models fetch`",
            )];
        }
    };
    let catalogue = Catalogue::built_in();
    let missing: Vec<&str> = catalogue
        .models()
        .iter()
        .filter(|model| model.default && !matches!(state(&folder, model), State::Installed))
        .map(|model| model.id.as_str())
        .collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let what = format!("missing in {}: {}", folder.display(), missing.join(", "));
    vec![fault(
        "B06",
        what,
        "run `ishuri-models fetch`, or copy the folder from a USB stick",
    )]
}

fn lessons(packs: &Path) -> Vec<Finding> {
    match stock(packs, UtcOffset::KIGALI) {
        Ok(_) => Vec::new(),
        Err(error) => vec![fault(
            "B07",
            format!("there is nothing to teach: {error}"),
            "put a signed pack and `trusted.keys` into that folder",
        )],
    }
}

fn joined(data: &Path) -> Vec<Finding> {
    if data.join("identity/certificate.pem").exists() {
        return Vec::new();
    }
    vec![Finding {
        code: "B08",
        weight: Weight::Advice,
        what: "this box has not joined a hub: it teaches, and nobody hears of it".to_owned(),
        remedy: "ask for a claim and run `ishuri-edge commission --hub … --claim …`".to_owned(),
    }]
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(findings: &[Finding], expected: &[&str]) {
        let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, expected, "{findings:?}");
    }

    #[test]
    fn a_clock_of_the_past_or_far_from_the_hub_is_found() {
        let now = WRITTEN_MS + 1_000_000_000;
        check(&clock(1_000, None), &["B04"]);
        check(&clock(now, None), &[]);
        check(&clock(now, Some(now - CLOCK_MS_MAX)), &[]);
        check(&clock(now, Some(now - CLOCK_MS_MAX - 1)), &["B05"]);
        check(&clock(now, Some(now + 3_600_000)), &["B05"]);
    }

    #[test]
    fn too_little_memory_is_found() {
        check(&memory("MemTotal:        512000 kB\n"), &["B03"]);
        check(&memory("MemTotal:       1900000 kB\n"), &[]);
        check(&memory(""), &[]);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_found() {
        check(&disk(Path::new("/proc/ishuri")), &["B01"]);
        let folder = tempfile::tempdir().unwrap();
        check(&disk(folder.path()), &[]);
    }

    #[test]
    fn free_space_is_read_as_posix_prints_it() {
        let told = "Filesystem 1048576-blocks Used Available Capacity Mounted on\n\
                    /dev/mmcblk0p2 29000 28700 300 99% /\n";
        assert_eq!(free_mb(told), Some(300));
        assert_eq!(free_mb(""), None);
    }

    #[test]
    fn a_folder_without_packs_is_found() {
        let folder = tempfile::tempdir().unwrap();
        check(&lessons(folder.path()), &["B07"]);
    }

    #[test]
    fn a_box_that_joined_no_hub_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        check(&joined(folder.path()), &["B08"]);
        std::fs::create_dir(folder.path().join("identity")).unwrap();
        std::fs::write(folder.path().join("identity/certificate.pem"), "x").unwrap();
        check(&joined(folder.path()), &[]);
    }
}
