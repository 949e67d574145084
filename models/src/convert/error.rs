//! What can be wrong with a file of weights.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

#[derive(Debug, Error)]
pub enum ConvertError {
    #[error("read {what}")]
    Read {
        what: String,
        #[source]
        source: io::Error,
    },
    #[error("write the converted weights")]
    Write(#[source] io::Error),
    #[error("understand {part}: {fault}")]
    Malformed { part: &'static str, fault: String },
    #[error("convert {}", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: Box<ConvertError>,
    },
}

pub(super) fn malformed(part: &'static str, fault: impl Into<String>) -> ConvertError {
    ConvertError::Malformed {
        part,
        fault: fault.into(),
    }
}

/// A name from a hostile file, made fit for one line of a terminal.
pub(super) fn shown(name: &str) -> String {
    let mut text: String = name
        .chars()
        .take(80)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    if name.chars().nth(80).is_some() {
        text.push('…');
    }
    text
}
