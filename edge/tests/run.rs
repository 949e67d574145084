//! The daemon as it is installed, called by an independent telephone (`tests/peers/phone.py`: SIP and
//! RTP in plain Python, no code in common), judged by what that telephone heard.
//!
//! Needs the installed speech models and packs, Python and `espeak-ng` for the learner's voice (never
//! the box's own); says so and passes where one is absent.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use curriculum::Language;
use edge::conversation::packs_folder;
use models::audio::{SampleRate, Samples};
use models::install::installed_file;
use models::piper::PiperVoice;
use models::resample::resample;
use models::transcribe::{Expectation, Stop, Transcriber as _};
use models::whisper::{Engine, Settings, WhisperTranscriber};

/// First contact, then two questions, one answered by voice and one by key; then the line drops.
///
/// The pauses outlast the longest silence the box allows itself, so that no answer is given early
/// however busy the machine is.
const FIRST: &str = r##"[
    {"key": "1", "gap": 3.2}, {"say": "Aline.wav", "gap": 3.2}, {"key": "1", "gap": 3.2},
    {"key": "2", "gap": 3.2}, {"key": "0", "patience": 0.3}, {"key": "#", "patience": 0.3},
    {"say": "yes.wav", "gap": 3.2}, {"say": "two.wav", "gap": 3.2}, {"key": "1", "gap": 3.2},
    {"drop": true, "gap": 3.2}]"##;
/// Listens to the first turn and hangs up.
const AGAIN: &str = r#"[{"bye": true, "gap": 3.2}]"#;

#[test]
fn a_learner_is_taught_by_voice_and_keys_cut_off_and_taken_up_again() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    ["Aline", "yes", "two"]
        .iter()
        .for_each(|word| say(folder, word));
    let mut daemon = Daemon::start(folder);
    assert!(daemon.page("/healthz").starts_with("HTTP/1.1 200"));

    let first = daemon.called(folder, "first", FIRST);
    println!("first call: {first}");
    for words in [
        "press 1",
        "your name",
        "is that right",
        "how old",
        "do you agree",
        "welcome",
        "find where we start",
    ] {
        assert!(first.contains(words), "no `{words}` in `{first}`");
    }

    // The old call still looks alive to the box: nothing told it that the learner has gone.
    let again = daemon.called(folder, "again", AGAIN);
    println!("second call: {again}");
    let (asked, repeated) = (words(&first), words(&again));
    let same = repeated.intersection(&asked).count();
    assert!(
        again.contains("where we stop") && repeated.len() >= 5 && same * 10 >= repeated.len() * 6,
        "`{again}` is not where `{first}` ended"
    );

    let metrics = daemon.page("/metrics");
    for line in [
        "ishuri_conversation_reply_seconds_count{to=\"key\"}",
        "ishuri_conversation_turn_stage_seconds_count{stage=\"recognition\"}",
        "ishuri_telephony_answered_total 2",
    ] {
        assert!(metrics.contains(line), "no `{line}` in {metrics}");
    }
    assert!(!metrics.contains("what=\"failure\""), "{metrics}");
    assert!(daemon.page("/").contains("Ishuri box"));
    daemon.stop();
}

fn installed() -> bool {
    let runs = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let present = [
        ("espeak-ng", runs("espeak-ng")),
        ("python3", runs("python3")),
        ("packs", packs_folder().join("trusted.keys").exists()),
        (
            "a recogniser",
            installed_file("whisper-tiny.en", "ggml-f16.bin").is_ok(),
        ),
        ("a voice", PiperVoice::installed(Language::ENGLISH).is_ok()),
    ];
    let missing = present.iter().find(|(_, there)| !there);
    if let Some((what, _)) = missing {
        println!("skipped: {what} not installed");
    }
    missing.is_none()
}

struct Daemon {
    process: Child,
    sip: String,
    status: String,
}

impl Daemon {
    fn start(folder: &Path) -> Daemon {
        let config = format!(
            "[box]\ndata = {:?}\nlanguages = [\"en\"]\n[calls]\nlines = 4\n[status]\n\
             bind = \"127.0.0.1:0\"\n[sip]\nbind = \"127.0.0.1:0\"\n[[sip.gateways]]\n\
             address = \"127.0.0.1\"\n",
            folder.join("data")
        );
        let path = folder.join("box.toml");
        std::fs::write(&path, config).expect("a file");
        let mut process = Command::new(env!("CARGO_BIN_EXE_ishuri-edge"))
            .args(["run", "--config"])
            .arg(&path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the daemon starts");
        let output = process.stdout.take().expect("it was piped");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let mut address = |what: &str| {
            let line = lines.find(|line| line.starts_with(what));
            let line = line.unwrap_or_else(|| panic!("the daemon says no {what}"));
            line.split_once(' ').expect("a name and more").1.to_owned()
        };
        let (sip, status) = (address("sip"), address("status"));
        address("ready");
        Daemon {
            process,
            sip,
            status,
        }
    }

    /// Calls with a script; gives what was heard, in words.
    fn called(&self, folder: &Path, name: &str, script: &str) -> String {
        let path = folder.join(format!("{name}.json"));
        std::fs::write(&path, script).expect("a file");
        let phone = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/peers/phone.py");
        let out = folder.join(name);
        let called = Command::new("python3")
            .args(["-W", "ignore"])
            .args([phone.as_os_str(), self.sip.as_ref(), path.as_os_str()])
            .arg(&out)
            .output()
            .expect("python was there before");
        println!("{}", String::from_utf8_lossy(&called.stdout));
        let error = String::from_utf8_lossy(&called.stderr);
        assert!(called.status.success(), "{error}");
        in_words(&out.join("heard-0.wav"))
    }

    fn page(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.status).expect("the page is served");
        let request = format!("GET {path} HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it listens");
        let mut page = String::new();
        stream.read_to_string(&mut page).expect("text");
        page
    }

    /// As systemd stops it.
    fn stop(&mut self) {
        let pid = self.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.expect("kill is there").success());
        let ended = self.process.wait().expect("it is our child");
        assert!(ended.success(), "{ended}");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Gone already where the test has come to its end.
        let _gone = self.process.kill();
        let _gone = self.process.wait();
    }
}

fn in_words(wav: &Path) -> String {
    let file = installed_file("whisper-tiny.en", "ggml-f16.bin").expect("checked");
    let engine = Arc::new(Engine::load(&file).expect("weights"));
    let mut ear = WhisperTranscriber::new(engine, Language::ENGLISH, Settings::default())
        .expect("it hears English");
    let heard = models::wav::read(wav).expect("the telephone writes wav");
    let pieces = heard.values().chunks(20 * heard.rate().hz() as usize);
    let words = pieces.map(|piece| {
        let samples = Samples::new(heard.rate(), piece.to_vec());
        let heard = ear.transcribe(&samples, &Expectation::Free, &Stop::never());
        heard.expect("a recording can be recognised").text
    });
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Words long enough to mean something.
fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| word.len() > 2)
        .map(str::to_owned)
        .collect()
}

/// Writes a learner's word as the telephone speaks it.
fn say(folder: &Path, word: &str) {
    let output = Command::new("espeak-ng")
        .args(["-v", "en-us", "-s", "140", "--stdout", word])
        .output()
        .expect("espeak-ng was there before");
    let path = folder.join(format!("{word}.wav"));
    std::fs::write(&path, output.stdout).expect("a file");
    let wide = models::wav::read(&path).expect("espeak-ng writes wav");
    let narrow = resample(&wide, SampleRate::TELEPHONE);
    models::wav::write(&path, &narrow).expect("a file");
}
