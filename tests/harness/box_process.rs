//! A box in a process of its own, to be called and killed.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::binary::binary;

/// `ishuri-edge run`; killed when dropped.
#[derive(Debug)]
pub struct BoxProcess {
    child: Child,
    /// Where it takes calls.
    pub sip: String,
    /// Where Asterisk would bring calls.
    pub audiosocket: String,
    /// Its pages.
    pub status: String,
}

/// What a box is told in its configuration.
#[derive(Clone, Debug)]
pub struct BoxConfig {
    pub data: PathBuf,
    pub lines: u16,
    /// Where its gateway takes calls.
    pub gateway_port: Option<u16>,
    /// More of it, as TOML.
    pub more: String,
}

impl BoxConfig {
    /// A box that teaches in English.
    pub fn new(data: &Path, lines: u16) -> Self {
        Self {
            data: data.to_owned(),
            lines,
            gateway_port: None,
            more: String::new(),
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "[box]\ndata = {:?}\nlanguages = [\"en\"]\n[calls]\nlines = {}\n[status]\n\
             bind = \"127.0.0.1:0\"\n[audiosocket]\nbind = \"127.0.0.1:0\"\n[sip]\n\
             bind = \"127.0.0.1:0\"\nlines_max = 64\n[[sip.gateways]]\naddress = \"127.0.0.1\"\n",
            self.data, self.lines
        );
        if let Some(port) = self.gateway_port {
            writeln!(text, "port = {port}").expect("a string takes all");
        }
        text.push_str(&self.more);
        text
    }
}

impl BoxProcess {
    /// Starts it and waits until it takes calls.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(config: &BoxConfig) -> Self {
        std::fs::create_dir_all(&config.data).expect("the folder can be made");
        let path = config.data.join("box.toml");
        std::fs::write(&path, config.text()).expect("the folder is writable");
        let mut child = Command::new(binary("ishuri-edge"))
            .args(["run", "--config"])
            .arg(&path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the box starts");
        let output = child.stdout.take().expect("its output is piped");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let mut address = |what: &str| {
            let line = lines.find(|line| line.starts_with(what));
            let line = line.unwrap_or_else(|| panic!("the box says no {what}"));
            line.split_once(' ').expect("a name and more").1.to_owned()
        };
        let (sip, audiosocket) = (address("sip"), address("audiosocket"));
        let status = address("status");
        address("ready");
        Self {
            child,
            sip,
            audiosocket,
            status,
        }
    }

    /// Ends it as nothing can be ended more suddenly.
    ///
    /// # Panics
    /// If it was not running.
    pub fn kill(mut self) {
        let running = self.child.try_wait().expect("it is ours to wait for");
        assert!(
            running.is_none(),
            "the box has ended by itself: {running:?}"
        );
        self.child.kill().expect("the box was running");
        self.child.wait().expect("it is ours to wait for");
    }

    /// Asks it to end, as systemd does.
    ///
    /// # Panics
    /// If it cannot be asked.
    pub fn ask_to_end(&self) {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.expect("kill is there").success());
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// If it did not end well.
    pub fn ended(mut self) {
        let ended = self.child.wait().expect("it is ours to wait for");
        assert!(ended.success(), "{ended}");
    }

    /// One of its pages, with its head; nothing if it serves none any more.
    pub fn page(&self, path: &str) -> String {
        let mut page = String::new();
        if let Ok(mut stream) = TcpStream::connect(&self.status) {
            let request = format!("GET {path} HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\r\n");
            let sent = stream.write_all(request.as_bytes());
            // A page that breaks off is as far as it came.
            let _read = sent.and_then(|()| stream.read_to_string(&mut page));
        }
        page
    }

    /// A number of its metrics page; 0 if it is not there.
    pub fn metric(&self, name: &str) -> u64 {
        let page = self.page("/metrics");
        let line = page.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.trim().parse().ok()).unwrap_or(0)
    }
}

impl Drop for BoxProcess {
    fn drop(&mut self) {
        // Ended already is as good.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Lets a learner who types begin on a box that is not running: each line is an answer, digits are
/// keys, and after the last they hang up. Returns what the tutor said.
///
/// # Panics
/// If the program fails.
pub fn type_to(data: &Path, number: &str, lines: &[&str]) -> String {
    let mut child = Command::new(binary("ishuri-edge"))
        .args(["chat", "--voice-form", "--language", "en"])
        .args(["--phone", number, "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("its input is piped");
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    input.write_all(text.as_bytes()).expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it is ours to wait for");
    assert!(output.status.success(), "{}", output.status);
    String::from_utf8(output.stdout).expect("a program prints UTF-8")
}
