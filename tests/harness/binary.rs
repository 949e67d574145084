//! The workspace's binaries, as they were built for these tests.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The path of a binary of this workspace.
///
/// # Panics
/// If it cannot be built.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test
        .parent()
        .and_then(Path::parent)
        .expect("tests lie in `deps`");
    let path = folder.join(name);
    if !path.exists() {
        let package = name.trim_start_matches("ishuri-");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", package, "--bin", name])
            .arg("--target-dir")
            .arg(
                folder
                    .parent()
                    .expect("a profile lies in the target folder"),
            )
            .status()
            .expect("cargo runs");
        assert!(built.success(), "build {name}");
    }
    path
}

/// What a command printed.
///
/// # Panics
/// If it failed: then with what it said.
pub fn output(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).expect("a program prints UTF-8")
}
