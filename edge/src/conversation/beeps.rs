//! What is remembered of missed calls: it outlives a restart, so that nobody is called twice for one
//! beep and no limit begins anew.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use curriculum::Timestamp;
use curriculum::time::LocalDay;
use serde::{Deserialize, Serialize};

use crate::phone_number::{PhoneNumber, PhoneNumberError};

/// The beeps that wait, the calls under way and what was done today.
///
/// Kept as JSON, sealed: a newer box reads an older one's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Beeps {
    /// Who is to be called, in the order in which they beeped.
    pub waiting: VecDeque<Beep>,
    /// Who is being called now, with the tries made.
    pub calling: HashMap<Callee, u8>,
    /// When somebody last beeped or was called.
    pub recent: HashMap<Callee, Timestamp>,
    /// Who is to be texted.
    pub texts: VecDeque<Callee>,
    pub today: Today,
}

/// Somebody who rang and hung up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Beep {
    pub callee: Callee,
    pub at: Timestamp,
    pub not_before: Timestamp,
    pub tries: u8,
    pub of_night: bool,
}

/// Calls placed in one local day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Today {
    pub day: LocalDay,
    pub all: u16,
    pub of_number: HashMap<Callee, u16>,
    pub of_prefix: HashMap<String, u16>,
}

/// A number to be called. It can be written down, which a [`PhoneNumber`] cannot: only to be sealed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct Callee(pub PhoneNumber);

impl From<Callee> for String {
    fn from(callee: Callee) -> Self {
        callee.0.e164()
    }
}

impl TryFrom<String> for Callee {
    type Error = PhoneNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        PhoneNumber::parse(&text).map(Callee)
    }
}

impl Beeps {
    /// # Errors
    /// Never for beeps made by the machine; the encoder's error otherwise.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads what an earlier run of the box kept. Whom it was calling when it stopped may have been
    /// reached or not: they are texted, for called twice would be worse.
    ///
    /// # Errors
    /// When the bytes are none that a box wrote.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let mut beeps: Self = serde_json::from_slice(bytes)?;
        let called = std::mem::take(&mut beeps.calling);
        beeps.texts.extend(called.into_keys());
        Ok(beeps)
    }

    pub(super) fn forget_recent(&mut self, now: Timestamp, after: Duration) {
        self.recent.retain(|_, at| now.since(*at) < after);
    }
}

impl Today {
    pub(super) fn of(&self, callee: &Callee) -> u16 {
        self.of_number.get(callee).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_a_box_is_refused() {
        let read = |text: &str| Beeps::from_bytes(text.as_bytes());
        assert_eq!(read("{}").unwrap(), Beeps::default());
        assert!(read("").is_err());
        assert!(read(r#"{"texts": ["not a number"]}"#).is_err());
    }
}
