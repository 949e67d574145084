//! Which language something is in. A language is data, never code.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A BCP 47 primary language subtag: two or three lower-case letters (ISO 639).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language([u8; 3]);

/// Text that is not a language subtag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read language `{0}`: expected two or three letters a-z, such as `rw`")]
pub struct LanguageError(String);

impl Language {
    /// English.
    pub const ENGLISH: Self = Self(*b"en\0");
    /// Kinyarwanda.
    pub const KINYARWANDA: Self = Self(*b"rw\0");
    /// Swahili.
    pub const SWAHILI: Self = Self(*b"sw\0");

    /// The subtag, such as `rw`.
    pub fn as_str(&self) -> &str {
        let length = if self.0[2] == 0 { 2 } else { 3 };
        std::str::from_utf8(&self.0[..length]).expect("a subtag is ASCII")
    }
}

impl FromStr for Language {
    type Err = LanguageError;
    fn from_str(tag: &str) -> Result<Self, LanguageError> {
        let letters = tag.bytes().all(|b| b.is_ascii_lowercase());
        match *tag.as_bytes() {
            [a, b] if letters => Ok(Self([a, b, 0])),
            [a, b, c] if letters => Ok(Self([a, b, c])),
            _ => Err(LanguageError(tag.chars().take(16).collect())),
        }
    }
}

impl TryFrom<String> for Language {
    type Error = LanguageError;
    fn try_from(tag: String) -> Result<Self, LanguageError> {
        tag.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> String {
        language.as_str().to_owned()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Language({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtag_survives_its_text_form() {
        for tag in ["en", "rw", "sw", "lug"] {
            assert_eq!(
                tag.parse::<Language>().map(|l| l.to_string()),
                Ok(tag.to_owned())
            );
        }
        for bad in ["", "e", "EN", "engl", "r1"] {
            assert!(
                bad.parse::<Language>().is_err(),
                "{bad:?} should be refused"
            );
        }
    }
}
