//! Findings.

use std::fmt;

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// The box works; somebody should look some day.
    Advice,
    /// The box cannot do its work.
    Fault,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The same for ever, to be told by telephone.
    pub code: &'static str,
    /// How bad it is.
    pub weight: Weight,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.weight {
            Weight::Fault => "fault",
            Weight::Advice => "advice",
        };
        write!(
            f,
            "{} {weight}: {}\n     do: {}",
            self.code, self.what, self.remedy
        )
    }
}
