//! Running the programs that download: their output kept, their progress watched, their stalls ended.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::error::InstallError;

/// How often a running download is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// A download that has brought nothing for this long is given up.
const STALL_MAX: Duration = Duration::from_secs(180);
const OUTPUT_BYTES_MAX: u64 = 64 << 10;

pub(super) struct Watch<'a> {
    /// For messages.
    pub(super) what: &'a str,
    /// Where the program's output is kept.
    pub(super) log: &'a Path,
    /// Bytes that have come so far.
    pub(super) measure: &'a dyn Fn() -> u64,
    /// Told `measure` whenever it changes.
    pub(super) progress: &'a mut dyn FnMut(u64),
}

/// How a program ended, and the end of what it printed.
pub(super) struct Outcome {
    pub(super) status: ExitStatus,
    pub(super) output: String,
}

/// # Errors
/// `NotFound` is passed on as `Ok(None)`: the program is not installed.
pub(super) fn run(
    command: &mut Command,
    watch: &mut Watch<'_>,
) -> Result<Option<Outcome>, InstallError> {
    let failed = |source| InstallError::writing(watch.log, source);
    let log = File::create(watch.log).map_err(failed)?;
    let errors = log.try_clone().map_err(failed)?;
    let spawned = command
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(InstallError::Client {
                what: watch.what.to_owned(),
                said: error.to_string(),
            });
        }
    };
    // What an earlier run had brought is told first, so that it does not count as speed.
    let (mut seen, mut since) = ((watch.measure)(), Instant::now());
    (watch.progress)(seen);
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        let bytes = (watch.measure)();
        if bytes != seen {
            (seen, since) = (bytes, Instant::now());
            (watch.progress)(bytes);
        }
        if since.elapsed() > STALL_MAX {
            // It may have ended by itself in between; either way it is gone after this.
            let _ = child.kill();
            let _ = child.wait();
            return Err(InstallError::Stalled {
                what: watch.what.to_owned(),
                seconds: STALL_MAX.as_secs(),
            });
        }
        thread::sleep(LOOK_EVERY);
    };
    let output = tail(watch.log).map_err(|source| InstallError::reading(watch.log, source))?;
    Ok(Some(Outcome { status, output }))
}

fn tail(log: &Path) -> io::Result<String> {
    let mut file = File::open(log)?;
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(OUTPUT_BYTES_MAX)))?;
    let mut bytes = Vec::new();
    file.take(OUTPUT_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The last line that says something, for a message of one line.
pub(super) fn last_line(output: &str) -> String {
    let line = output.lines().rev().map(str::trim).find(|line| {
        !line.is_empty() && !line.starts_with("WARNING:") && !line.starts_with("[notice]")
    });
    line.unwrap_or("it said nothing")
        .chars()
        .take(300)
        .collect()
}

/// Bytes of the files below `folder`; what vanishes while we look does not count.
pub(super) fn size_below(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size_below(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}
