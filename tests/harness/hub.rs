//! A hub in a process of its own, to be killed.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::binary::{binary, output};

/// `ishuri-hub serve`; killed when dropped.
#[derive(Debug)]
pub struct HubProcess {
    child: Child,
    /// Where boxes reach it.
    pub boxes: SocketAddr,
    /// Its page.
    pub page: SocketAddr,
}

impl HubProcess {
    /// Starts it and waits until it listens.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(data: &Path, listen: SocketAddr) -> Self {
        Self::start_on(data, listen, None)
    }

    /// Starts it on a database elsewhere.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_on(data: &Path, listen: SocketAddr, database: Option<&str>) -> Self {
        let mut child = Command::new(binary("ishuri-hub"))
            .args(["serve", "--http", "127.0.0.1:0", "--listen"])
            .arg(listen.to_string())
            .arg("--data")
            .arg(data)
            .envs(database.map(|url| ("ISHURI_HUB__DATABASE", url)))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the hub starts");
        let mut line = String::new();
        let said = child.stdout.take().expect("its output is piped");
        BufReader::new(said)
            .read_line(&mut line)
            .expect("its output is text");
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["listening", "boxes", boxes, "page", page] = words[..] else {
            panic!("the hub said {line:?}");
        };
        Self {
            boxes: boxes.parse().expect("an address"),
            page: page.parse().expect("an address"),
            child,
        }
    }

    /// Ends it as a power cut does: without a word.
    ///
    /// # Panics
    /// If it was not running.
    pub fn kill(mut self) {
        self.child.kill().expect("the hub was running");
        self.child.wait().expect("it is ours to wait for");
    }

    /// Registers a box by its request; returns the answer for the box, in a file.
    ///
    /// # Panics
    /// If the hub refuses.
    pub fn sign(data: &Path, request_pem: &str) -> PathBuf {
        let (request, answer) = (data.join("request.pem"), data.join("answer.pem"));
        std::fs::write(&request, request_pem).expect("the folder is writable");
        let said = output(
            Command::new(binary("ishuri-hub"))
                .args(["box", "sign", "--data"])
                .arg(data)
                .arg(&request),
        );
        std::fs::write(&answer, said).expect("the folder is writable");
        answer
    }
}

impl Drop for HubProcess {
    fn drop(&mut self) {
        // Killed already is as good.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
