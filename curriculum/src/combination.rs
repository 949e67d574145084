//! Curriculum combinations: what is to be written, for whom, and how far it is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Language;
use crate::course::Module;

/// The plan of all content: every combination, and what its codes stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Combinations {
    /// Languages of instruction, by code.
    pub languages: Vec<(Code, Language)>,
    /// Levels of lessons that a level stands for.
    pub levels: Vec<(Code, Vec<u8>)>,
    /// Categories, each in a module.
    pub categories: Vec<(Code, Module)>,
    /// Types of exercise and the kind each is written as.
    pub types: Vec<(Code, String)>,
    /// Topics and their names.
    pub topics: Vec<(Code, String)>,
    /// The combinations in order.
    pub combinations: Vec<Combination>,
}

/// One thing to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Combination {
    /// `COMBO_001`.
    pub id: Code,
    /// `LANG_001`.
    pub language: Code,
    /// `LEVEL_001`.
    pub level: Code,
    /// `CAT_VOCAB`.
    pub category: Code,
    /// `EX_MCQ`.
    pub kind: Code,
    /// `TOPIC_DAILY`.
    pub topic: Code,
    /// How far it is.
    pub status: Status,
}

/// How far the content of a combination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing yet.
    Planned,
    /// Written, but no native speaker has reviewed the wording.
    Draft,
    /// Written and reviewed.
    Ready,
    /// In a pack that boxes have.
    Published,
}

/// A code of the plan, such as `COMBO_001`: capitals, digits and `_`, at most 24 bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(String);

/// A text that is no code or status of the plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CombinationError {
    /// Not a code.
    #[error("read code `{0}`: expected capitals, digits and `_`, such as COMBO_001")]
    Code(String),
    /// Not a status.
    #[error("read status `{0}`: expected planned, draft, ready or published")]
    Status(String),
}

impl Code {
    /// The code as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Code {
    type Err = CombinationError;
    fn from_str(text: &str) -> Result<Self, CombinationError> {
        let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        if (1..=24).contains(&text.len()) && text.bytes().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(CombinationError::Code(text.chars().take(24).collect()))
    }
}

impl TryFrom<String> for Code {
    type Error = CombinationError;
    fn try_from(text: String) -> Result<Self, CombinationError> {
        text.parse()
    }
}

impl From<Code> for String {
    fn from(code: Code) -> String {
        code.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({self})")
    }
}

impl FromStr for Status {
    type Err = CombinationError;
    fn from_str(text: &str) -> Result<Self, CombinationError> {
        Ok(match text {
            "planned" => Self::Planned,
            "draft" => Self::Draft,
            "ready" => Self::Ready,
            "published" => Self::Published,
            _ => return Err(CombinationError::Status(text.chars().take(24).collect())),
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Planned => "planned",
            Self::Draft => "draft",
            Self::Ready => "ready",
            Self::Published => "published",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_statuses_survive_their_text() {
        for code in ["COMBO_001", "CAT_VOCAB", "EX_MCQ"] {
            assert_eq!(code.parse::<Code>().unwrap().to_string(), code);
        }
        for bad in ["", "combo_001", "COMBO 1", "COMBO_001_AND_SO_ON_AND_ON"] {
            assert!(bad.parse::<Code>().is_err(), "{bad:?}");
        }
        for status in [
            Status::Planned,
            Status::Draft,
            Status::Ready,
            Status::Published,
        ] {
            assert_eq!(status.to_string().parse(), Ok(status));
        }
        assert!("done".parse::<Status>().is_err());
    }
}
