//! Asking a page, as a browser or a program does.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its number.
    pub status: u16,
    /// Lines before the body, lower-case names.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// Gets a page; `headers` are whole lines.
///
/// # Panics
/// If nobody answers.
pub fn get(at: SocketAddr, path: &str, headers: &[String]) -> Answer {
    ask(at, &format!("GET {path} HTTP/1.1\r\n"), headers, "")
}

/// Posts a form or JSON, as its headers say.
///
/// # Panics
/// If nobody answers.
pub fn post(at: SocketAddr, path: &str, headers: &[String], body: &str) -> Answer {
    let line = format!("POST {path} HTTP/1.1\r\ncontent-length: {}\r\n", body.len());
    ask(at, &line, headers, body)
}

fn ask(at: SocketAddr, line: &str, headers: &[String], body: &str) -> Answer {
    let mut stream = TcpStream::connect(at).expect("the page is served");
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let question = format!("{line}host: {at}\r\nconnection: close\r\n{headers}\r\n{body}");
    stream
        .write_all(question.as_bytes())
        .expect("the page listens");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the page answers");
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").expect("an answer has a head");
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    Answer {
        status: status.expect("an answer has a status"),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}
