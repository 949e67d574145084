//! Packages of the Python package index, through the ordinary client.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use zip::ZipArchive;
use zip::result::ZipError;

use super::client::{self, Watch};
use super::error::InstallError;
use super::event::Event;
use super::place;
use crate::catalogue::Package;

/// Downloads a package into `folder` and returns the wheel's path.
///
/// pip itself keeps what it has downloaded whole, and newer ones take up a broken download where
/// it ended.
pub(super) fn download(
    package: &Package,
    folder: &Path,
    say: &mut dyn FnMut(Event),
) -> Result<PathBuf, InstallError> {
    let what = format!("{} {}", package.package, package.version);
    let scratch = folder.join("scratch");
    fs::create_dir_all(&scratch).map_err(|source| InstallError::writing(&scratch, source))?;
    let log = folder.join("log");
    let total = package.download_bytes;
    for (program, arguments) in [("python3", &["-m", "pip"][..]), ("pip", &[]), ("pip3", &[])] {
        let mut command = Command::new(program);
        command.args(arguments);
        ask(&mut command, package, folder, &scratch);
        let mut watch = Watch {
            what: &what,
            log: &log,
            measure: &|| client::size_below(folder),
            progress: &mut |done| {
                say(Event::Download {
                    what: what.clone(),
                    done,
                    total,
                });
            },
        };
        let Some(outcome) = client::run(&mut command, &mut watch)? else {
            continue;
        };
        if outcome.output.contains("No module named pip") {
            continue;
        }
        if !outcome.status.success() {
            return Err(explain(what, folder, &outcome.output));
        }
        say(Event::Downloaded { what: what.clone() });
        return wheel_in(folder, package).ok_or_else(|| InstallError::Client {
            what,
            said: "the package client left no wheel".to_owned(),
        });
    }
    Err(InstallError::NoPackageClient)
}

fn ask(command: &mut Command, package: &Package, folder: &Path, scratch: &Path) {
    // Wheels only: a source archive would run its own build script just to tell its name.
    command
        .args([
            "download",
            "--no-deps",
            "--only-binary=:all:",
            "--no-input",
            "--no-color",
        ])
        .args([
            "--disable-pip-version-check",
            "--progress-bar=off",
            "--retries=3",
        ])
        .arg("--dest")
        .arg(folder);
    for platform in &package.platforms {
        command.args(["--platform", platform]);
    }
    if let Some(python) = &package.python {
        command.args(["--implementation=cp", "--python-version", python]);
        command.args(["--abi", &format!("cp{python}")]);
    }
    command.arg(format!("{}=={}", package.package, package.version));
    // On the models disk, which has the room, and where its growth is the progress.
    command.env("TMPDIR", scratch);
    // Read by pip 25.1 and later, ignored by older ones.
    command.env("PIP_RESUME_RETRIES", "5");
}

fn explain(what: String, folder: &Path, output: &str) -> InstallError {
    let has = |signs: &[&str]| signs.iter().any(|sign| output.contains(sign));
    let said = client::last_line(output);
    if has(&["No space left on device", "Disk quota exceeded"]) {
        return InstallError::DiskFull {
            path: folder.to_owned(),
        };
    }
    // pip reports an index it could not reach as a package it could not find.
    if has(&[
        "NewConnectionError",
        "NameResolutionError",
        "Temporary failure in name resolution",
        "Network is unreachable",
        "ConnectTimeoutError",
        "ReadTimeoutError",
        "Connection refused",
        "ProxyError",
        "Connection broken",
    ]) {
        let said = "the package index could not be reached".to_owned();
        return InstallError::NoNetwork { what, said };
    }
    if has(&["No matching distribution", "Could not find a version"]) {
        return InstallError::NotOffered { what, said };
    }
    InstallError::Client { what, said }
}

/// The wheel of this package among the files of a folder.
pub(super) fn wheel_in(folder: &Path, package: &Package) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let mut wheels: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| is_wheel(&entry.file_name().to_string_lossy(), package))
        .map(|entry| entry.path())
        .collect();
    wheels.sort();
    wheels.into_iter().next()
}

/// `name-version-python-abi-platform.whl`; names compare as PEP 503 says.
fn is_wheel(file_name: &str, package: &Package) -> bool {
    let Some(stem) = file_name.strip_suffix(".whl") else {
        return false;
    };
    let mut parts = stem.split('-');
    let named = parts
        .next()
        .is_some_and(|name| normal(name) == normal(&package.package));
    let versioned = parts.next() == Some(package.version.as_str());
    let platform = parts.next_back().unwrap_or_default();
    let fits = package.platforms.is_empty()
        || platform
            .split('.')
            .any(|tag| package.platforms.iter().any(|known| known == tag));
    named && versioned && fits
}

fn normal(name: &str) -> String {
    name.to_lowercase().replace(['-', '.'], "_")
}

/// Copies one file out of a wheel.
pub(super) fn unpack(
    wheel: &Path,
    package: &Package,
    size_max: Option<u64>,
    out: &mut dyn Write,
) -> Result<(), InstallError> {
    let fault = |fault: String| InstallError::Package {
        package: wheel.to_owned(),
        inside: package.inside.clone(),
        fault,
    };
    let broken = |error: ZipError| fault(format!("{error}; remove it and run it again"));
    let file = File::open(wheel).map_err(|source| InstallError::reading(wheel, source))?;
    let mut archive = ZipArchive::new(file).map_err(broken)?;
    let entry = archive.by_name(&package.inside).map_err(broken)?;
    // One byte more than expected is enough to be refused: a zip may unfold without end.
    let limit = size_max.map_or(u64::MAX, |size| size.saturating_add(1));
    place::copy(&mut entry.take(limit), wheel, out, wheel)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, platforms: &[&str]) -> Package {
        Package {
            package: name.to_owned(),
            version: "1.24.4".to_owned(),
            inside: "x".to_owned(),
            platforms: platforms
                .iter()
                .map(|platform| (*platform).to_owned())
                .collect(),
            python: None,
            download_bytes: None,
        }
    }

    #[test]
    fn a_wheel_is_known_by_name_version_and_platform() {
        let runtime = package("onnxruntime", &["manylinux_2_28_x86_64"]);
        let name = |platform| format!("onnxruntime-1.24.4-cp312-cp312-{platform}.whl");
        assert!(is_wheel(
            &name("manylinux_2_27_x86_64.manylinux_2_28_x86_64"),
            &runtime
        ));
        assert!(!is_wheel(&name("manylinux_2_28_aarch64"), &runtime));
        assert!(!is_wheel(
            "onnxruntime-1.24.5-cp312-cp312-manylinux_2_28_x86_64.whl",
            &runtime
        ));
        assert!(is_wheel(
            "gt_All_x-1.24.4-py3-none-any.whl",
            &package("gt-all.x", &[])
        ));
        assert!(!is_wheel(
            "gt_all_x-1.24.4.tar.gz",
            &package("gt-all-x", &[])
        ));
    }

    #[track_caller]
    fn check_explained(output: &str, expected: &str) {
        let error = explain("x 1".to_owned(), Path::new("/m"), output).to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn what_pip_says_becomes_what_to_do() {
        check_explained(
            "WARNING: Retrying (Retry(total=0)) after connection broken by \
             'NewConnectionError(...: [Errno -3] Temporary failure in name resolution')\n\
             ERROR: No matching distribution found for x==1\n",
            "no network (the package index could not be reached); connect",
        );
        check_explained(
            "ERROR: No matching distribution found for x==1",
            "not offered",
        );
        check_explained(
            "ERROR: Could not install: [Errno 28] No space left on device",
            "disk is full",
        );
        check_explained(
            "ERROR: hash\n\n[notice] upgrade\n",
            "download x 1: ERROR: hash",
        );
    }
}
