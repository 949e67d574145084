//! What came back from the learner.

use serde::{Deserialize, Serialize};

use crate::Language;

/// Which way the learner and the tutor are talking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A telephone call.
    Voice,
    /// SMS.
    Sms,
    /// USSD.
    Ussd,
    /// WhatsApp.
    Whatsapp,
    /// A terminal.
    Terminal,
}

/// How an answer reached us.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Manner {
    /// Recognised from speech.
    Spoken {
        /// The recogniser's confidence in what it heard, 0.0..=1.0.
        confidence: f32,
    },
    /// Telephone keys.
    Keyed,
    /// Written.
    Texted,
}

/// What came back: the words or keys, and how they came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The words or keys, at most [`ANSWER_BYTES_MAX`] bytes.
    pub text: String,
    /// How it came.
    pub manner: Manner,
    /// The language the learner is being taught in.
    pub language: Language,
}

/// Longest answer kept, in bytes: about two minutes of fast speech.
pub const ANSWER_BYTES_MAX: usize = 2_000;

/// Below this confidence an answer can be right but is never judged wrong: it is asked again.
pub const CONFIDENCE_TO_FAIL: f32 = 0.55;

impl Manner {
    /// True if what was received may differ from what was said, so that it cannot be judged wrong.
    pub fn is_doubtful(self) -> bool {
        match self {
            Self::Spoken { confidence } => confidence < CONFIDENCE_TO_FAIL,
            Self::Keyed | Self::Texted => false,
        }
    }
}
