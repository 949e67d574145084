//! The daemon as it is installed, written to through an independent service centre
//! (`tests/peers/smsc.js`: npm `smpp`, no code in common), judged by what that centre was given.
//!
//! Needs Node.js, the peer's library, the installed speech models and packs; says so and passes where
//! one is absent.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use curriculum::Language;
use edge::conversation::packs_folder;
use models::install::installed_file;
use models::piper::PiperVoice;
use serde_json::{Value, json};

/// Longest wait for anything: a machine that builds beside the tests is slow.
const WAIT_MAX: Duration = Duration::from_secs(120);
const ALINE: &str = "250788000001";
const ERIC: &str = "250788000002";

#[test]
fn a_learner_is_met_taught_and_taken_up_again_by_message() {
    let Some(library) = installed() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut centre = Centre::start(&library);
    let mut daemon = Daemon::start(folder.path(), centre.port);
    centre.expect("bound");

    // First contact, placement, a lesson's question: each answered in one part of plain letters.
    let mut said = Vec::new();
    for text in ["Hello", "2", "Aline", "10", "yes", "7"] {
        let mut reply = centre.ask(ALINE, text);
        // A welcome and a long question do not fit in one part.
        if !reply.contains('?') && text == "yes" {
            reply = format!("{reply} {}", centre.reply_to(ALINE));
        }
        println!("{text:>8} -> {reply}");
        said.push(reply);
    }
    for (reply, words) in said
        .iter()
        .zip(["English", "name", "old", "Agree", "Welcome"])
    {
        assert!(reply.contains(words), "no `{words}` in `{reply}`");
    }
    assert!(said[5].contains('?'), "no question in `{}`", said[5]);

    // Another telephone is another learner; a long question comes in parts, out of order, doubled.
    let long = "I want to learn English. ".repeat(9);
    centre.tell(&json!({"parts":
        {"id": 70, "from": ERIC, "text": long, "ref": 7, "order": [2, 1, 2, 1]}}));
    let met = centre.reply_to(ERIC);
    assert!(met.contains("English"), "{met}");
    for _part in 0..4 {
        centre.acked(70);
    }

    // What cannot be read is acknowledged and set aside; the session goes on.
    centre.tell(&json!({"raw": "00000018000000050000000000000009ffffffffffffffff"}));
    let help = centre.ask(ALINE, "help");
    assert!(help.contains("MENU"), "{help}");
    assert_eq!(centre.expect("receipt")["status"], 0);

    // The box is killed; a message that came meanwhile is brought when it is back.
    daemon.kill();
    centre.expect("closed");
    centre.tell(&json!({"mo": {"id": 90, "from": ALINE, "text": "menu"}}));
    let daemon = Daemon::start(folder.path(), centre.port);
    centre.expect("bound");
    let menu = centre.reply_to(ALINE);
    assert!(menu.contains("1 Learn"), "{menu}");
    centre.acked(90);

    let metrics = daemon.page("/metrics");
    let answered = "ishuri_text_messages_total{what=\"answered\"} 1";
    assert!(metrics.contains(answered), "no `{answered}` in {metrics}");
    // Each message was answered once: after a goodbye nothing more is there than its answer.
    let stop = centre.ask(ALINE, "STOP");
    assert!(stop.contains("START"), "{stop}");
    assert_eq!(
        centre.spare,
        Vec::<Value>::new(),
        "answers nobody waited for"
    );
    daemon.stop();
}

/// The folder of the peer's library; `None`, said, where something is missing.
fn installed() -> Option<PathBuf> {
    let cache = std::env::var_os("ISHURI_CACHE").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/ishuri"),
        PathBuf::from,
    );
    let library = cache.join("peers/smsc/node_modules");
    let recogniser = installed_file("whisper-tiny.en", "ggml-f16.bin").is_ok();
    let present = [
        (
            "node",
            Command::new("node").arg("--version").output().is_ok(),
        ),
        ("npm smpp", library.join("smpp").is_dir()),
        ("packs", packs_folder().join("trusted.keys").exists()),
        ("a recogniser", recogniser),
        ("a voice", PiperVoice::installed(Language::ENGLISH).is_ok()),
    ];
    if let Some((what, _)) = present.iter().find(|(_, there)| !there) {
        println!("skipped: {what} not installed");
        return None;
    }
    Some(library)
}

struct Centre {
    process: Child,
    input: ChildStdin,
    output: Receiver<Value>,
    port: u16,
    next: u64,
    /// What it told that nobody has waited for yet, but receipts.
    spare: Vec<Value>,
}

impl Centre {
    fn start(library: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/peers/smsc.js");
        let mut process = Command::new("node")
            .arg(script)
            .env("NODE_PATH", library)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let input = process.stdin.take().expect("it was piped");
        let lines = BufReader::new(process.stdout.take().expect("it was piped")).lines();
        let (told, output) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let value = serde_json::from_str(&line).expect("the centre tells JSON");
                if told.send(value).is_err() {
                    return;
                }
            }
        });
        let mut centre = Self {
            process,
            input,
            output,
            port: 0,
            next: 100,
            spare: Vec::new(),
        };
        let listening = centre.expect("listening");
        centre.port =
            u16::try_from(listening["listening"].as_u64().expect("a port")).expect("a port");
        centre
    }

    fn tell(&mut self, what: &Value) {
        writeln!(self.input, "{what}").expect("the centre listens");
    }

    /// The next thing it tells for which `wanted` holds; the rest is kept.
    fn wait(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.spare.iter().position(&wanted) {
            return self.spare.remove(at);
        }
        loop {
            let told = self.output.recv_timeout(WAIT_MAX);
            let told = told.unwrap_or_else(|_| panic!("no {what}; there was {:?}", self.spare));
            if wanted(&told) {
                return told;
            }
            if told.get("receipt").is_none() {
                self.spare.push(told);
            }
        }
    }

    fn expect(&mut self, key: &str) -> Value {
        self.wait(key, |told| told.get(key).is_some())
    }

    fn acked(&mut self, id: u64) {
        let told = self.wait("acknowledgement", |told| told["acked"] == id);
        assert_eq!(told["status"], 0, "{told}");
    }

    /// What is sent to this telephone: one part, GSM letters, no class.
    fn reply_to(&mut self, to: &str) -> String {
        let told = self.wait("reply", |told| told["sent"]["to"] == to);
        let sent = &told["sent"];
        assert_eq!(
            (&sent["parts"], &sent["dcs"]),
            (&json!(1), &json!(0)),
            "{sent}"
        );
        assert_eq!(
            (&sent["esm"], &sent["from"]),
            (&json!(0), &json!("8585")),
            "{sent}"
        );
        sent["text"].as_str().expect("a text").to_owned()
    }

    /// A learner writes; waits for the acknowledgement and for the answer.
    fn ask(&mut self, from: &str, text: &str) -> String {
        self.next += 1;
        let id = self.next;
        self.tell(&json!({"mo": {"id": id, "from": from, "text": text}}));
        self.acked(id);
        self.reply_to(from)
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

struct Daemon {
    process: Child,
    status: String,
}

impl Daemon {
    fn start(folder: &Path, port: u16) -> Self {
        let config = format!(
            "[box]\ndata = {:?}\nlanguages = [\"rw\", \"en\", \"sw\"]\n[status]\n\
             bind = \"127.0.0.1:0\"\n[[text.smpp]]\nname = \"mtn\"\naddress = \"127.0.0.1:{port}\"\n\
             system_id = \"ishuri\"\npassword = \"secret\"\nsource = \"8585\"\n",
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
        let status = lines.find_map(|line| line.strip_prefix("status ").map(str::to_owned));
        let status = status.expect("the daemon says where its page is");
        lines
            .find(|line| line.starts_with("ready"))
            .expect("the daemon is ready");
        Self { process, status }
    }

    fn page(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.status).expect("the page is served");
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").expect("a request");
        let mut page = String::new();
        stream.read_to_string(&mut page).expect("a page");
        page
    }

    fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ran");
    }

    fn stop(mut self) {
        let pid = self.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.expect("kill runs").success());
        assert!(self.process.wait().expect("it ran").success());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
