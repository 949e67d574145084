//! The `ishuri-models` program itself, against a scripted package client, curl and a full disk.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that is not as expected"
)]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const PROGRAM: &str = env!("CARGO_BIN_EXE_ishuri-models");

/// Stands in for `python3 -m pip download`: takes wheels from a folder, and can fail as pip does.
const CLIENT: &str = r#"#!/bin/sh
echo "$*" >> "$ASKED"
for word in "$@"; do
    case "$word" in *==*) wanted="$word" ;; esac
    [ "$before" = --dest ] && dest="$word"
    before="$word"
done
name=$(echo "${wanted%%==*}" | tr - _)
wheel="$name-${wanted##*==}-py3-none-any.whl"
case "$CLIENT_MODE" in
    offline)
        echo "WARNING: Retrying: NewConnectionError: Temporary failure in name resolution" >&2
        echo "ERROR: No matching distribution found for $wanted" >&2
        exit 1 ;;
    unknown)
        echo "ERROR: No matching distribution found for $wanted" >&2
        exit 1 ;;
    gate) read -r _ < "$GATE" ;;
esac
cp "$WHEELS/$wheel" "$dest/"
"#;

/// A models folder, a catalogue of one model `toy` with one file, and its package.
struct World {
    root: TempDir,
}

impl World {
    fn new(content: &str) -> Self {
        let world = Self {
            root: tempfile::tempdir().unwrap(),
        };
        for folder in ["bin", "wheels", "models"] {
            fs::create_dir(world.path(folder)).unwrap();
        }
        // Other tests run the program as another user.
        for folder in [".", "models"] {
            open_to_all(&world.path(folder));
        }
        let client = world.path("bin/python3");
        fs::write(&client, CLIENT).unwrap();
        open_to_all(&client);
        world.offer("toy_pack-1.0-py3-none-any.whl", "toy_pack/toy.bin", content);
        world.expect(content);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn offer(&self, wheel: &str, inside: &str, content: &str) {
        let mut zip = ZipWriter::new(fs::File::create(self.path("wheels").join(wheel)).unwrap());
        zip.start_file(inside, SimpleFileOptions::default())
            .unwrap();
        zip.write_all(content.as_bytes()).unwrap();
        zip.finish().unwrap();
    }

    /// Writes the catalogue: the file in use is to be `content`, from the package.
    fn expect(&self, content: &str) {
        self.catalogue(
            true,
            Some(content),
            r#"{ package = "toy-pack", version = "1.0", inside = "toy_pack/toy.bin" }"#,
        );
    }

    fn catalogue(&self, tested: bool, content: Option<&str>, source: &str) {
        let known = content.map_or_else(String::new, |content| {
            let hash: String = Sha256::digest(content)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!("size_bytes = {}\nsha256 = \"{hash}\"\n", content.len())
        });
        let text = format!(
            "[[model]]\nid = \"toy\"\njob = \"speak\"\nlanguages = [\"en\"]\nmemory_bytes = 1\n\
             licence = \"MIT\"\ndefault = true\ntested = {tested}\n\
             [[model.file]]\nname = \"toy.bin\"\n{known}sources = [{source}]\n"
        );
        fs::write(self.path("catalogue.toml"), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        let system = std::env::var("PATH").unwrap();
        command
            .args(arguments)
            .env("ISHURI_CATALOGUE", self.path("catalogue.toml"))
            .env("ISHURI_MODELS", self.path("models"))
            .env("PATH", format!("{}:{system}", self.path("bin").display()))
            .env("WHEELS", self.path("wheels"))
            .env("ASKED", self.path("asked"))
            .env("GATE", self.path("gate"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    #[track_caller]
    fn check_ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    }

    /// It fails with one line on standard error that holds every one of `parts`.
    #[track_caller]
    fn check_fails(&self, arguments: &[&str], mode: &str, parts: &[&str]) {
        let output = self
            .command(arguments)
            .env("CLIENT_MODE", mode)
            .output()
            .unwrap();
        check_failure(&output, parts);
    }

    fn installed(&self) -> Option<String> {
        fs::read_to_string(self.path("models/toy/toy.bin")).ok()
    }

    /// How often the package client was asked to download.
    fn asked(&self) -> usize {
        fs::read_to_string(self.path("asked")).map_or(0, |text| text.lines().count())
    }
}

fn open_to_all(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

#[track_caller]
fn check_failure(output: &Output, parts: &[&str]) {
    assert!(!output.status.success(), "{}", said(output));
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = errors.lines().last().unwrap_or_default();
    for part in parts {
        assert!(line.contains(part), "`{part}` is not in: {line}");
    }
}

#[test]
fn a_second_fetch_asks_nobody_and_is_quick() {
    let world = World::new("abc");
    world.check_ok(&["fetch"]);
    assert_eq!(world.installed().as_deref(), Some("abc"));
    assert_eq!(world.asked(), 1);
    let began = Instant::now();
    world.check_ok(&["fetch"]);
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(world.asked(), 1);
    assert!(
        !world.path("models/.fetch/toy").exists(),
        "downloads are cleared away"
    );
}

#[test]
fn without_a_network_it_says_so_and_later_it_works() {
    let world = World::new("abc");
    world.check_fails(
        &["fetch"],
        "offline",
        &["toy-pack 1.0", "no network", "--from FOLDER"],
    );
    assert_eq!(world.installed(), None);
    world.check_ok(&["fetch"]);
    assert_eq!(world.installed().as_deref(), Some("abc"));
}

#[test]
fn a_package_that_is_not_there_is_told_from_no_network() {
    let world = World::new("abc");
    world.check_fails(&["fetch"], "unknown", &["toy-pack 1.0", "not offered"]);
}

#[test]
fn without_a_package_client_it_says_how_to_get_one() {
    let world = World::new("abc");
    let nothing = world.path("nothing");
    fs::create_dir(&nothing).unwrap();
    let output = world
        .command(&["fetch"])
        .env("PATH", nothing)
        .output()
        .unwrap();
    check_failure(&output, &["python3 -m pip", "apt install python3-pip"]);
}

#[test]
fn a_wrong_hash_keeps_the_last_good_file() {
    let world = World::new("old");
    world.check_ok(&["fetch"]);
    // The catalogue moves on, the package brings something else of the same size.
    world.expect("new");
    world.offer("toy_pack-1.0-py3-none-any.whl", "toy_pack/toy.bin", "bad");
    world.check_fails(&["fetch"], "", &["accept toy.bin", "SHA-256", "is kept"]);
    assert_eq!(world.installed().as_deref(), Some("old"));
    world.offer("toy_pack-1.0-py3-none-any.whl", "toy_pack/toy.bin", "new");
    world.check_ok(&["fetch"]);
    assert_eq!(world.installed().as_deref(), Some("new"));
}

#[test]
fn half_a_wheel_from_a_run_that_was_cut_off_is_fetched_anew() {
    let world = World::new("abc");
    let wheel = "toy_pack-1.0-py3-none-any.whl";
    let whole = fs::read(world.path("wheels").join(wheel)).unwrap();
    let downloads = world.path("models/.fetch/toy/toy-pack-1.0");
    fs::create_dir_all(&downloads).unwrap();
    fs::write(downloads.join(wheel), &whole[..whole.len() / 2]).unwrap();
    fs::create_dir_all(world.path("models/toy")).unwrap();
    fs::write(world.path("models/toy/.toy.bin.part"), "ab").unwrap();
    world.check_ok(&["fetch"]);
    assert_eq!(world.installed().as_deref(), Some("abc"));
    assert!(!world.path("models/toy/.toy.bin.part").exists());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let world = World::new("abc");
    let models = world.path("models");
    fs::set_permissions(&models, fs::Permissions::from_mode(0o555)).unwrap();
    let mut command = world.command(&["fetch"]);
    // Permissions do not bind root: then it runs as somebody else, from a place they can reach.
    let program = world.path("ishuri-models");
    if fs::write(models.join("probe"), "").is_ok() {
        fs::copy(PROGRAM, &program).unwrap();
        open_to_all(&program);
        let mut other = Command::new(&program);
        other.arg("fetch").uid(65_534).gid(65_534).current_dir("/");
        for (name, value) in command.get_envs() {
            other.env(name, value.unwrap_or_default());
        }
        command = other;
    }
    check_failure(
        &command.output().unwrap(),
        &["cannot be written", "set ISHURI_MODELS"],
    );
    fs::set_permissions(&models, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn what_is_installed_stays_usable_in_a_folder_that_cannot_be_written() {
    let world = World::new("abc");
    world.check_ok(&["fetch"]);
    for folder in ["models/toy", "models"] {
        fs::set_permissions(world.path(folder), fs::Permissions::from_mode(0o555)).unwrap();
    }
    assert!(world.check_ok(&["fetch"]).contains("toy: installed"));
    world.check_ok(&["verify"]);
    for folder in ["models", "models/toy"] {
        open_to_all(&world.path(folder));
    }
}

#[test]
fn a_full_disk_is_named_and_leaves_no_half_file() {
    let content = "x".repeat(4 << 20);
    let world = World::new(&content);
    // A disk of 1 MB, in a mount namespace of its own: no privilege is needed where the kernel
    // allows user namespaces.
    let script = "mount -t tmpfs -o size=1m tmpfs \"$ISHURI_MODELS\" || exit 77\n\
        \"$0\" fetch; status=$?; find \"$ISHURI_MODELS\" -name '*.part'; exit $status";
    let mut command = Command::new("unshare");
    command.args([
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        script,
        PROGRAM,
    ]);
    for (name, value) in world.command(&[]).get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    match command.output() {
        Ok(output) if !said(&output).contains("unshare:") && output.status.code() != Some(77) => {
            check_failure(&output, &["the disk is full", "toy"]);
            assert!(output.stdout.is_empty(), "{}", said(&output));
        }
        _ => println!("skipped: this machine does not let a test mount a small disk"),
    }
}

#[test]
fn two_at_once_take_turns() {
    let world = World::new("abc");
    let gate = world.path("gate");
    assert!(
        Command::new("mkfifo")
            .arg(&gate)
            .status()
            .unwrap()
            .success()
    );
    let start = || -> Child {
        let mut command = world.command(&["fetch"]);
        command
            .env("CLIENT_MODE", "gate")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut first = start();
    while world.asked() == 0 {
        assert_eq!(
            first.try_wait().unwrap(),
            None,
            "the first one ended before it asked"
        );
        thread::yield_now();
    }
    // The first one now holds the lock and waits in its client.
    let mut second = start();
    let mut line = [0; 8];
    second
        .stderr
        .as_mut()
        .unwrap()
        .read_exact(&mut line)
        .unwrap();
    assert_eq!(&line, b"waiting:");
    fs::write(&gate, "go\n").unwrap();
    for child in [first, second] {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
    }
    assert_eq!(world.asked(), 1);
    assert_eq!(world.installed().as_deref(), Some("abc"));
}

#[test]
fn a_flipped_byte_is_found_named_and_mended() {
    let world = World::new("abc");
    world.check_ok(&["fetch"]);
    assert!(world.check_ok(&["verify"]).contains("good "));
    // The disk lies: the size and the time are as they were.
    let path = world.path("models/toy/toy.bin");
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, "abd").unwrap();
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(time)
        .unwrap();
    world.check_ok(&["fetch"]);
    world.check_fails(
        &["verify"],
        "",
        &["1 of 1 files", "toy/toy.bin", "run `ishuri-models fetch`"],
    );
    world.check_ok(&["fetch"]);
    assert_eq!(world.installed().as_deref(), Some("abc"));
    world.check_ok(&["verify"]);
}

#[test]
fn a_stick_serves_files_and_packages_without_any_network() {
    for (name, is_wheel) in [("toy/toy.bin", false), ("toy.bin", false), ("wheel", true)] {
        let world = World::new("abc");
        let stick = world.path("stick");
        fs::create_dir_all(stick.join("toy")).unwrap();
        if is_wheel {
            let wheel = "toy_pack-1.0-py3-none-any.whl";
            fs::copy(world.path("wheels").join(wheel), stick.join(wheel)).unwrap();
        } else {
            fs::write(stick.join(name), "abc").unwrap();
        }
        world.check_ok(&["fetch", "--from", stick.to_str().unwrap()]);
        assert_eq!(world.installed().as_deref(), Some("abc"), "{name}");
        assert_eq!(world.asked(), 0);
    }
}

#[test]
fn an_empty_stick_says_what_belongs_on_it() {
    let world = World::new("abc");
    let stick = world.path("wheels/nothing");
    let parts = ["toy/toy.bin", "the wheel of toy-pack 1.0"];
    world.check_fails(&["fetch", "--from", stick.to_str().unwrap()], "", &parts);
}

#[test]
fn a_file_without_a_known_hash_is_pinned_by_the_first_fetch() {
    let world = World::new("abc");
    let source = r#"{ package = "toy-pack", version = "1.0", inside = "toy_pack/toy.bin" }"#;
    world.catalogue(false, None, source);
    assert!(world.check_ok(&["fetch"]).contains("no hash was known"));
    world.check_ok(&["verify"]);
    fs::write(world.path("models/toy/toy.bin"), "abd").unwrap();
    world.check_fails(&["verify"], "", &["toy/toy.bin"]);
}

#[test]
fn list_tells_job_language_size_memory_licence_and_state() {
    let world = World::new("abc");
    let state = |world: &World| {
        let text = world.check_ok(&["list", "--json"]);
        let rows: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(rows[0]["job"], "speak");
        assert_eq!(rows[0]["size_bytes"], 3);
        assert_eq!(rows[0]["licence"], "MIT");
        rows[0]["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(&world), "missing");
    world.check_ok(&["fetch"]);
    assert_eq!(state(&world), "installed");
    fs::write(world.path("models/toy/toy.bin"), "abcd").unwrap();
    assert_eq!(state(&world), "changed");
}

#[test]
fn an_unknown_model_is_answered_with_the_known_ones() {
    let world = World::new("abc");
    world.check_fails(
        &["fetch", "--only", "joe"],
        "",
        &["speech model joe", "it has toy"],
    );
}

/// Serves `content` once in part and once from where the client asks to go on.
fn serve_in_two_pieces(content: &'static str, listener: &TcpListener) -> Vec<String> {
    let half = content.len() / 2;
    let mut requests = Vec::new();
    for part in [&content[..half], &content[half..]] {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        requests.push(String::from_utf8(request).unwrap().to_lowercase());
        let (status, size) = match requests.len() {
            1 => ("200 OK".to_owned(), content.len()),
            _ => {
                let range = format!("bytes {half}-{}/{}", content.len() - 1, content.len());
                (
                    format!("206 Partial Content\r\nContent-Range: {range}"),
                    content.len() - half,
                )
            }
        };
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Length: {size}\r\n\r\n{part}"
        )
        .unwrap();
    }
    requests
}

#[test]
fn a_broken_download_from_an_address_goes_on_where_it_ended() {
    const CONTENT: &str = "the first half, the other half";
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: curl is not installed");
        return;
    }
    let world = World::new("abc");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let source = format!("{{ url = \"http://127.0.0.1:{port}/toy\" }}");
    world.catalogue(true, Some(CONTENT), &source);
    let server = thread::spawn(move || serve_in_two_pieces(CONTENT, &listener));
    world.check_fails(&["fetch"], "", &["127.0.0.1", "run it again"]);
    world.check_ok(&["fetch"]);
    assert_eq!(world.installed().as_deref(), Some(CONTENT));
    let requests = server.join().unwrap();
    assert!(
        requests[1].contains(&format!("range: bytes={}-", CONTENT.len() / 2)),
        "{requests:?}"
    );
}
