//! Decoder steps over one utterance, with what can be kept from step to step.

use crate::transcribe::{Stop, TranscribeError};

use super::engine::{Ear, Engine, EngineError, Token};

/// The latest start of speech that an opening timestamp may claim, in positions of 20 ms
/// (OpenAI's decoder: `max_initial_timestamp` 1.0 s).
const INITIAL_TIMESTAMP_MAX: usize = 50;

/// Walks over token paths after the opening of a transcript; the audio is already encoded.
pub(super) struct Decoder<'a> {
    engine: &'a Engine,
    ear: &'a mut Ear,
    stop: &'a Stop,
    /// Tokens whose keys and values the model holds now, opening included.
    held: Vec<Token>,
    opening_len: usize,
    steps: usize,
}

/// What the model thinks before any word.
pub(super) struct Opening {
    /// Chance that nobody speaks.
    pub no_speech: f32,
    /// Chance that the transcript would open with a bracket, as in "[BLANK_AUDIO]" or
    /// "(dial tone)": how Whisper was taught to write down other sounds than words.
    pub bracket: f32,
    /// Log-probabilities of the first token of text.
    pub first: Vec<f32>,
}

impl<'a> Decoder<'a> {
    /// Opens a transcript: start, language where the model knows several, first timestamp.
    pub(super) fn open(
        engine: &'a Engine,
        ear: &'a mut Ear,
        stop: &'a Stop,
        language: Option<Token>,
    ) -> Result<(Decoder<'a>, Opening), TranscribeError> {
        let mut decoder = Decoder {
            engine,
            ear,
            stop,
            held: Vec::new(),
            opening_len: 0,
            steps: 0,
        };
        let after_start = decoder.after(&[engine.start_of_transcript()])?;
        let no_speech = after_start[engine.no_speech().index()].exp();
        let (mut path, mut latest) = (vec![engine.start_of_transcript()], after_start);
        if let Some(language) = language {
            path.extend([language, engine.transcribe_task()]);
            latest = decoder.after(&path)?;
        }
        let first = engine.first_timestamp().index();
        let timestamp = (first..=first + INITIAL_TIMESTAMP_MAX)
            .max_by(|&a, &b| latest[a].total_cmp(&latest[b]))
            .unwrap_or(first);
        path.push(Token::at(timestamp));
        let latest = decoder.after(&path)?;
        decoder.opening_len = path.len();
        let bracket = engine
            .brackets()
            .iter()
            .map(|token| latest[token.index()].exp())
            .sum();
        Ok((
            decoder,
            Opening {
                no_speech,
                bracket,
                first: latest,
            },
        ))
    }

    /// Log-probabilities of what follows the opening and then `path`.
    pub(super) fn follow(&mut self, path: &[Token]) -> Result<Vec<f32>, TranscribeError> {
        let mut whole = self.held[..self.opening_len].to_vec();
        whole.extend_from_slice(path);
        self.after(&whole)
    }

    /// Decoder steps taken so far.
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    fn after(&mut self, path: &[Token]) -> Result<Vec<f32>, TranscribeError> {
        let shared = self
            .held
            .iter()
            .zip(path)
            .take_while(|(held, wanted)| held == wanted)
            .count();
        // The last token always runs again: its logits are not kept.
        let from = shared.min(path.len().saturating_sub(1));
        self.held.truncate(from);
        for (position, &token) in path.iter().enumerate().skip(from) {
            self.stop.check()?;
            self.ear.step(token, position)?;
            self.held.push(token);
            self.steps += 1;
        }
        Ok(log_softmax(self.ear.logits()?))
    }

    pub(super) fn engine(&self) -> &'a Engine {
        self.engine
    }
}

impl From<EngineError> for TranscribeError {
    fn from(error: EngineError) -> Self {
        TranscribeError::Engine(Box::new(error))
    }
}

fn log_softmax(logits: &[f32]) -> Vec<f32> {
    let total = log_sum(logits.iter().copied());
    logits.iter().map(|logit| logit - total).collect()
}

/// Logarithm of the sum of the exponentials, without overflow.
pub(super) fn log_sum(values: impl Iterator<Item = f32> + Clone) -> f32 {
    let highest = values.clone().fold(f32::NEG_INFINITY, f32::max);
    if highest == f32::NEG_INFINITY {
        return highest;
    }
    highest
        + values
            .map(|value| (value - highest).exp())
            .sum::<f32>()
            .ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_add_up_to_one() {
        let logs = log_softmax(&[1.0, -3.0, 80.0, f32::NEG_INFINITY]);
        let total: f32 = logs.iter().map(|log| log.exp()).sum();
        assert!((total - 1.0).abs() < 1e-6);
        assert_eq!(log_sum(std::iter::empty()), f32::NEG_INFINITY);
    }
}
