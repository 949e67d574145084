//! Findings: faults in content, each with its place.

use std::fmt;

use serde::Serialize;

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It must be mended: no pack is built.
    Error,
    /// It should be looked at.
    Warning,
}

/// A fault and where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// File, relative to the folder of sources.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// How bad it is.
    pub severity: Severity,
    /// The rule it breaks, such as `missing-translation`.
    pub rule: &'static str,
    /// What is not right and what to do.
    pub message: String,
}

/// `mathematics/ma1-adding.toml:12:7: error: no `sw` text [missing-translation]`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(
            f,
            "{}:{}:{}: {severity}: {} [{}]",
            self.file, self.line, self.column, self.message, self.rule
        )
    }
}

/// True if nothing among `findings` keeps a pack from being built.
pub fn is_sound(findings: &[Finding]) -> bool {
    findings
        .iter()
        .all(|finding| finding.severity != Severity::Error)
}
