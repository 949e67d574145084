//! Hashing what is installed, to find what a disk has lost.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::place::hash_file;
use super::record::Record;
use crate::catalogue::Model;

/// What was found out about one file.
#[derive(Debug, Serialize)]
pub struct Finding {
    pub id: String,
    pub path: PathBuf,
    #[serde(flatten)]
    pub kind: FindingKind,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum FindingKind {
    Good,
    /// The bytes are not those that were installed.
    Damaged {
        expected: String,
        found: String,
    },
    Missing,
    Unreadable {
        fault: String,
    },
    /// There is no hash to compare with.
    Unknown {
        found: String,
    },
}

/// Hashes every file of `model`. A model none of whose files is there yields nothing.
///
/// A damaged file is no longer taken for installed: the next fetch brings it anew.
pub fn verify(models: &Path, model: &Model) -> Vec<Finding> {
    let folder = models.join(&model.id);
    let mut record = Record::load(&folder);
    let (mut findings, mut damaged) = (Vec::new(), Vec::new());
    for file in model.files() {
        let path = folder.join(&file.name);
        let pinned = record.sha256(&file.name);
        let expected = file
            .sha256
            .as_ref()
            .map(|sha256| sha256.as_str())
            .or(pinned);
        let kind = match (hash_file(&path), expected) {
            (Ok((found, _)), None) => FindingKind::Unknown { found },
            (Ok((found, _)), Some(expected)) if found == expected => FindingKind::Good,
            (Ok((found, _)), Some(expected)) => FindingKind::Damaged {
                expected: expected.to_owned(),
                found,
            },
            (Err(error), _) if error.kind() == io::ErrorKind::NotFound => FindingKind::Missing,
            (Err(error), _) => FindingKind::Unreadable {
                fault: error.to_string(),
            },
        };
        if matches!(kind, FindingKind::Damaged { .. }) {
            damaged.push(file.name.as_str());
        }
        findings.push(Finding {
            id: model.id.clone(),
            path,
            kind,
        });
    }
    if findings
        .iter()
        .all(|finding| finding.kind == FindingKind::Missing)
    {
        findings.clear();
    }
    record.forget(&folder, &damaged);
    findings
}
