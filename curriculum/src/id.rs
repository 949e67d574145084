//! Identifiers: small values that name things and are never reused.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A code or number that does not have the form of its identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Codes are short because they travel in every attempt.
    #[error("read code `{0}`: expected 1 to {CODE_BYTES_MAX} bytes")]
    Length(String),
    /// Codes are typed by teachers and printed in reports.
    #[error("read code `{0}`: only a-z, 0-9, `.` and `-` may be used")]
    Alphabet(String),
    /// Random identifiers are written as 32 hexadecimal digits.
    #[error("read identifier `{0}`: expected 32 hexadecimal digits")]
    Hexadecimal(String),
}

/// Longest code, in bytes.
pub const CODE_BYTES_MAX: usize = 48;

macro_rules! code_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// # Errors
            /// If `code` is empty, longer than [`CODE_BYTES_MAX`] or outside `a-z 0-9 . -`.
            pub fn new(code: &str) -> Result<Self, IdError> {
                check_code(code)?;
                Ok(Self(Arc::from(code)))
            }

            /// The code as written in the source.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(code: String) -> Result<Self, IdError> {
                Self::new(&code)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.as_ref().to_owned()
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(code: &str) -> Result<Self, IdError> {
                Self::new(code)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u128);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:032x})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let digits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
                let value = u128::from_str_radix(text, 16).ok().filter(|_| digits);
                value.map(Self).ok_or_else(|| IdError::Hexadecimal(text.to_owned()))
            }
        }
    };
}

code_id! {
    /// The smallest thing tracked, such as `ma1.add-10`.
    SkillId
}
code_id! {
    /// One thing that is asked, such as `ma1.add-10.count-on`.
    ExerciseId
}
code_id! {
    /// A lesson of a course, such as `ma1-adding`.
    LessonId
}
code_id! {
    /// A course, such as `mathematics`.
    CourseId
}
random_id! {
    /// Who calls to learn. Never a phone number: phones are shared and SIMs change.
    LearnerId
}
random_id! {
    /// One learner's sitting, by voice or text.
    SessionId
}
random_id! {
    /// One recorded attempt.
    AttemptId
}

fn check_code(code: &str) -> Result<(), IdError> {
    if code.is_empty() || code.len() > CODE_BYTES_MAX {
        return Err(IdError::Length(code.chars().take(CODE_BYTES_MAX).collect()));
    }
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
    if code.bytes().all(allowed) {
        Ok(())
    } else {
        Err(IdError::Alphabet(code.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_short_and_plain() {
        assert!(SkillId::new("ma1.add-10").is_ok());
        for bad in ["", "Ma1", "ma1 add", "ma1/add", &"a".repeat(49)] {
            assert!(SkillId::new(bad).is_err(), "{bad:?} should be refused");
        }
    }

    #[test]
    fn a_random_identifier_survives_its_text_form() {
        let id = LearnerId(0x0123_4567_89ab_cdef);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("+0123".parse::<LearnerId>().is_err());
    }
}
