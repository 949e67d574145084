//! An independent Python beside us: piper-tts, and onnxruntime with tokenizers.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde_json::Value;

/// Pinned where a version decides a figure: the runtime is the one that `fetch` installs.
const PACKAGES: [&str; 4] = [
    "piper-tts==1.8.0",
    "onnxruntime==1.24.4",
    "tokenizers",
    "numpy",
];

/// The Python to use: the given one, else a virtual environment in the cache folder, made now if
/// it is not there.
///
/// # Errors
/// Why there is none, to be printed beside the figures.
pub(super) fn find(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(python) = given {
        return Ok(python);
    }
    let folder = cache_dir()
        .context("set ISHURI_CACHE or HOME")?
        .join("peers/speaking");
    let python = folder.join("bin/python");
    let ready = folder.join("ready");
    if ready.is_file() {
        return Ok(python);
    }
    eprintln!(
        "setting up the Python to compare with in {}",
        folder.display()
    );
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    run(Command::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(PACKAGES))?;
    std::fs::write(&ready, PACKAGES.join("\n"))
        .with_context(|| format!("write {}", ready.display()))?;
    Ok(python)
}

/// What `script` prints for `job`.
pub(super) fn ask(python: &Path, script: &str, job: &Value) -> anyhow::Result<Value> {
    let mut child = Command::new(python)
        .args(["-c", script])
        .env("OMP_NUM_THREADS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("start {}", python.display()))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin
            .write_all(job.to_string().as_bytes())
            .context("write to the peer")?;
    }
    let output = child.wait_with_output().context("wait for the peer")?;
    if !output.status.success() {
        bail!("the peer ended with {}", output.status);
    }
    serde_json::from_slice(&output.stdout).context("read what the peer printed")
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let name = format!("{:?}", command.get_program());
    let status = command
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("start {name}"))?;
    if !status.success() {
        bail!("{name} ended with {status}");
    }
    Ok(())
}

fn cache_dir() -> Option<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("ISHURI_CACHE").or_else(|| Some(set("HOME")?.join(".cache/ishuri")))
}
