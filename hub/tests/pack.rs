//! `ishuri-hub pack` as a person at a terminal uses it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

/// A copy of the sample course, in which `from` is replaced by `to`.
fn sources(folder: &Path, from: &str, to: &str) {
    let sample =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../curriculum/fixtures/sources/sample");
    let copy = folder.join("sources/sample");
    fs::create_dir_all(&copy).expect("make the folder of sources");
    for name in ["course.toml", "sample-kinds.toml"] {
        let text = fs::read_to_string(sample.join(name)).expect("read the sample");
        fs::write(copy.join(name), text.replacen(from, to, 1)).expect("write the copy");
    }
}

/// Runs `ishuri-hub pack` with these words; `@name` is that file or folder in `folder`.
fn hub(folder: &Path, words: &str) -> Output {
    let words = words.split(' ').map(|word| match word.strip_prefix('@') {
        Some(name) => folder.join(name).into_os_string(),
        None => word.into(),
    });
    Command::new(env!("CARGO_BIN_EXE_ishuri-hub"))
        .arg("pack")
        .args(words)
        .output()
        .expect("start ishuri-hub")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_folder_becomes_the_same_pack_until_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    sources(folder.path(), "", "");
    let out = folder.path().join("sample.pack");
    let build = || {
        let built = hub(folder.path(), "build @sources --out @sample.pack --json");
        assert!(built.status.success(), "{}", text(&built.stderr));
        (
            text(&built.stdout),
            text(&built.stderr),
            fs::read(&out).unwrap(),
        )
    };
    let (_, said, first) = build();
    assert!(said.contains("made a new signing key"), "{said}");
    let mode = fs::metadata(folder.path().join("sample.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let (_, said, second) = build();
    assert_eq!((said.as_str(), &second), ("", &first));
    sources(folder.path(), "minutes = 6", "minutes = 7");
    let (told, _, third) = build();
    assert!(told.contains("\"version\":2"), "{told}");
    assert_ne!(third, second);
    let shown = hub(folder.path(), "show @sample.pack");
    assert!(text(&shown.stdout).contains("pack ishuri version 2"));
}

#[test]
fn a_fault_is_told_with_file_and_line_and_no_pack_is_written() {
    let folder = tempfile::tempdir().unwrap();
    sources(folder.path(), "right = 1", "right = 9");
    let out = folder.path().join("sample.pack");
    for words in ["check @sources", "build @sources --out @sample.pack"] {
        let output = hub(folder.path(), words);
        assert!(!output.status.success());
        let told = text(&output.stdout);
        assert!(
            told.contains("sources/sample/sample-kinds.toml:73:9: error: `right` is 9"),
            "{told}"
        );
        assert!(text(&output.stderr).starts_with("ishuri-hub: failed to "));
    }
    assert!(!out.exists());
}

#[test]
fn a_damaged_pack_and_an_open_key_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    sources(folder.path(), "", "");
    let out = folder.path().join("sample.pack");
    assert!(
        hub(folder.path(), "build @sources --out @sample.pack")
            .status
            .success()
    );
    let mut bytes = fs::read(&out).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let damaged = folder.path().join("damaged.pack");
    fs::write(&damaged, bytes).unwrap();
    let shown = hub(folder.path(), "show @damaged.pack");
    assert!(!shown.status.success());
    assert!(
        text(&shown.stderr).contains("is damaged"),
        "{}",
        text(&shown.stderr)
    );
    let key = folder.path().join("sample.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let built = hub(folder.path(), "build @sources --out @sample.pack");
    assert!(
        text(&built.stderr).contains("chmod 600"),
        "{}",
        text(&built.stderr)
    );
}
