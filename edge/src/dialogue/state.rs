//! All that must be remembered between two turns: small, versioned, the same on every channel.

use curriculum::Language;
use curriculum::id::LearnerId;
use serde::{Deserialize, Serialize};

/// The state of one telephone number: who is learning, at which step, and every learner's sitting.
///
/// It is kept as JSON so that a newer box can read an older one's; a state that cannot be read is
/// forgotten, and the learner's model alone says where to go on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DialogueState {
    version: u16,
    language: Option<Language>,
    active: Option<LearnerId>,
    stopped: bool,
}

/// The version written now. Older ones read as long as their fields keep their meaning.
pub const STATE_VERSION: u16 = 1;

impl DialogueState {
    /// The state as bytes.
    ///
    /// # Errors
    /// Never for a state made by the machine; the encoder's error otherwise.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads a state back; `None` if it is not one, or is from a box too new to understand.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let state: Self = serde_json::from_slice(bytes).ok()?;
        (state.version <= STATE_VERSION).then_some(state)
    }

    /// The learner who is learning now, once known.
    pub fn active(&self) -> Option<LearnerId> {
        self.active
    }

    /// The language of the conversation, once chosen.
    pub fn language(&self) -> Option<Language> {
        self.language
    }

    /// True if this telephone wants no messages that it did not ask for.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_its_bytes_and_a_broken_one_is_forgotten() {
        let state = DialogueState {
            version: STATE_VERSION,
            active: Some(LearnerId(u128::MAX - 7)),
            language: Some(Language::SWAHILI),
            ..DialogueState::default()
        };
        let bytes = state.to_bytes().unwrap();
        assert_eq!(DialogueState::from_bytes(&bytes), Some(state.clone()));
        assert_eq!(DialogueState::from_bytes(&bytes[..bytes.len() / 2]), None);
        let newer = DialogueState {
            version: STATE_VERSION + 1,
            ..state
        };
        assert_eq!(DialogueState::from_bytes(&newer.to_bytes().unwrap()), None);
        assert_eq!(
            DialogueState::from_bytes(b"{}"),
            Some(DialogueState::default())
        );
    }
}
