//! Asking a hub over HTTP/1.1: one small question, one small answer, on a connection of its own.
//!
//! Without TLS on purpose: what is said is proved with the claim, and none of it is secret.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A slow link answers within this, or is asked again.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// Two certificates are 2 kB.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// Where a hub's page is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HubAddress {
    pub(super) host: String,
    pub(super) port: u16,
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Not an address.
    #[error("read the hub's address `{0}`: it looks like http://hub.example.org:8080")]
    Address(String),
    /// It cannot be reached, or went away.
    #[error("ask the hub at {host}:{port}: {source}")]
    Link {
        /// Its name or address.
        host: String,
        /// Its port.
        port: u16,
        /// Why not.
        source: std::io::Error,
    },
    /// It said nothing in time.
    #[error("ask the hub at {0}: no answer within a minute")]
    Silent(String),
    /// What answered is not a hub.
    #[error("read the hub's answer: {0}")]
    Form(String),
    /// It said no.
    #[error("join the hub: it says: {0}")]
    Refused(String),
}

impl HubAddress {
    pub(super) fn read(text: &str) -> Result<Self, AskError> {
        let wrong = || AskError::Address(text.to_owned());
        let rest = text.trim().trim_end_matches('/');
        let rest = match rest.split_once("://") {
            Some(("http", rest)) => rest,
            Some(_) => return Err(wrong()),
            None => rest,
        };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| wrong())?),
            None => (rest, 80),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let fine = |letter: char| letter.is_ascii_alphanumeric() || ".-:_".contains(letter);
        if host.is_empty() || !host.chars().all(fine) {
            return Err(wrong());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }

    /// Posts JSON; the answer, if it is a yes.
    pub(super) async fn post(&self, path: &str, question: &Value) -> Result<Value, AskError> {
        let silent = |_| AskError::Silent(self.host.clone());
        let asked = tokio::time::timeout(ANSWER_MAX, self.exchange(path, question)).await;
        let bytes = asked.map_err(silent)?.map_err(|source| AskError::Link {
            host: self.host.clone(),
            port: self.port,
            source,
        })?;
        read(&bytes)
    }

    async fn exchange(&self, path: &str, question: &Value) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        let body = question.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            self.host,
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        let mut answer = Vec::new();
        stream
            .take(ANSWER_BYTES_MAX)
            .read_to_end(&mut answer)
            .await?;
        Ok(answer)
    }
}

fn read(bytes: &[u8]) -> Result<Value, AskError> {
    let form = |what: &str| AskError::Form(what.to_owned());
    let text = std::str::from_utf8(bytes).map_err(|_| form("not text"))?;
    let (head, body) = text
        .split_once("\r\n\r\n")
        .ok_or_else(|| form("it is cut off"))?;
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let status = words.nth(1).unwrap_or_default();
    if !head.starts_with("HTTP/1.") || status.len() != 3 {
        return Err(form("what answers there is not a hub"));
    }
    let chunked = lines.any(|line| line.to_ascii_lowercase().starts_with("transfer-encoding:"));
    if chunked {
        return Err(form("it comes in pieces"));
    }
    let value: Result<Value, _> = serde_json::from_str(body);
    match (status, value) {
        ("200", Ok(value)) => Ok(value),
        ("200", Err(error)) => Err(AskError::Form(error.to_string())),
        (_, Ok(value)) => {
            let why = value.get("error").and_then(Value::as_str).unwrap_or(status);
            Err(AskError::Refused(why.to_owned()))
        }
        (_, Err(_)) => Err(AskError::Refused(format!("status {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hubs_address_is_read_as_it_is_written() {
        let check = |text: &str, expected: Option<(&str, u16)>| {
            let found = HubAddress::read(text).ok();
            let found = found
                .as_ref()
                .map(|found| (found.host.as_str(), found.port));
            assert_eq!(found, expected, "{text}");
        };
        check(
            "http://hub.example.org:8080/",
            Some(("hub.example.org", 8080)),
        );
        check("10.0.0.5:8080", Some(("10.0.0.5", 8080)));
        check("hub", Some(("hub", 80)));
        check("http://[::1]:8080", Some(("::1", 8080)));
        check("https://hub.example.org", None);
        check("hub:port", None);
        check("hub/../etc", None);
        check("", None);
    }

    #[test]
    fn a_no_is_told_in_the_hubs_words() {
        let no =
            b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/json\r\n\r\n{\"error\":\"used\"}";
        assert!(matches!(read(no), Err(AskError::Refused(why)) if why == "used"));
        let yes = b"HTTP/1.1 200 OK\r\n\r\n{\"kept\":true}";
        assert_eq!(read(yes).unwrap(), serde_json::json!({ "kept": true }));
        for other in [
            &b"SSH-2.0-x"[..],
            b"",
            b"HTTP/1.1 200 OK\r\n\r\n<html>",
            b"\xff\xfe",
        ] {
            assert!(read(other).is_err());
        }
    }
}
