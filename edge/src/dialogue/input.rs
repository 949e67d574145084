//! What the shell hands to the turn machine.

use std::sync::Arc;

use curriculum::Language;
use curriculum::answer::ANSWER_BYTES_MAX;
use curriculum::grade::GrammarFinding;

/// What came back from the learner, already bounded by the one constructor of each form.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Recognised speech.
    Speech {
        /// The transcript.
        text: String,
        /// The recogniser's confidence, 0.0..=1.0.
        confidence: f32,
        /// The language that the recogniser or the identifier named, if it was sure.
        language: Option<Language>,
    },
    /// Telephone keys, `0-9 * #`.
    Keys(String),
    /// A message or a line typed in a terminal.
    Text(String),
}

/// Why something was heard but cannot be used as words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// Speech that the recogniser could not make out.
    Speech,
    /// Noise: a radio, wind, other people.
    Noise,
    /// The learner and the tutor spoke at once and nothing usable came.
    Overlap,
    /// No speech model for the language on this box: keys and text only.
    NoModel,
}

/// What answers an [`Output::Weigh`](super::Output::Weigh).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The vector of the weighed text; empty without an encoder.
    pub text: Vec<f32>,
    /// The vectors of the texts of the request, in the same order; empty without an encoder.
    pub against: Vec<Arc<[f32]>>,
    /// What a grammar checker found in the weighed text; empty unless it was asked.
    pub grammar: Vec<GrammarFinding>,
}

impl Evidence {
    /// Cosine of the weighed text to each text of the request; 0.0 for what has no direction.
    pub(super) fn likeness(&self) -> Vec<f32> {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
        let cosine = |other: &Arc<[f32]>| {
            let length = (dot(&self.text, &self.text) * dot(other, other)).sqrt();
            if length > 0.0 && other.len() == self.text.len() {
                dot(&self.text, other) / length
            } else {
                0.0
            }
        };
        self.against.iter().map(cosine).collect()
    }
}

impl Heard {
    /// Speech with its confidence forced into range; text beyond the bound is cut.
    pub fn speech(text: &str, confidence: f32, language: Option<Language>) -> Self {
        let confidence = if confidence.is_finite() {
            confidence.clamp(0.0, 1.0)
        } else {
            0.0
        };
        Self::Speech {
            text: bounded(text),
            confidence,
            language,
        }
    }

    /// Keys; anything that is not on a keypad is left out.
    pub fn keys(keys: &str) -> Self {
        let on_keypad = |c: &char| c.is_ascii_digit() || matches!(c, '*' | '#');
        Self::Keys(keys.chars().filter(on_keypad).take(KEYS_MAX).collect())
    }

    /// A message; text beyond the bound is cut.
    pub fn text(text: &str) -> Self {
        Self::Text(bounded(text))
    }
}

/// More keys than any answer needs.
pub const KEYS_MAX: usize = 32;

fn bounded(text: &str) -> String {
    let end = (0..=ANSWER_BYTES_MAX.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_bounded() {
        let long = "é".repeat(ANSWER_BYTES_MAX);
        let Heard::Text(text) = Heard::text(&long) else {
            unreachable!("text was made");
        };
        assert!(text.len() <= ANSWER_BYTES_MAX && text.len() >= ANSWER_BYTES_MAX - 1);
        assert_eq!(
            Heard::speech("yes", f32::NAN, None),
            Heard::speech("yes", 0.0, None)
        );
        assert_eq!(Heard::keys("1 2a#"), Heard::Keys("12#".to_owned()));
    }
}
