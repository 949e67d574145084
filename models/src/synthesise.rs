//! Speaking: a text becomes audio sentence by sentence, at a pace a learner can follow.

use std::time::Duration;

use curriculum::Language;

use crate::audio::{SampleRate, Samples};
use crate::clause::{Sentence, sentences};
use crate::pause;
use crate::spoken::say;

/// The longest text spoken at once, in characters; a reply on a call has a few hundred.
pub const TEXT_CHARS_MAX: usize = 20_000;

/// How fast, as a multiple of the voice's own pace.
///
/// Invariant: within [`SpeakingRate::MIN`]`..=`[`SpeakingRate::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct SpeakingRate(f32);

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("speak at rate {rate}: {min} to {max} can be understood", min = SpeakingRate::MIN, max = SpeakingRate::MAX)]
pub struct BadSpeakingRate {
    pub rate: f32,
}

/// Pace and pauses. Silences shorter than the two pauses are drawn out to them, longer ones stay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpeakingStyle {
    pub rate: SpeakingRate,
    /// At a comma, semicolon, colon, bracket or dash.
    pub clause_pause: Duration,
    /// After a full stop, question mark or exclamation mark.
    pub sentence_pause: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum SynthesiseError {
    #[error("speak a text of {length} characters: at most {TEXT_CHARS_MAX} are spoken at once")]
    TooLong { length: usize },
    #[error("speak a sentence: {0}")]
    Engine(String),
}

/// A voice. It renders one sentence at a time and keeps nothing in between.
pub trait Synthesiser: Send {
    fn sample_rate(&self) -> SampleRate;

    /// One sentence as the voice was trained to say it, at the given pace.
    ///
    /// # Errors
    /// When the engine fails.
    fn render(
        &mut self,
        sentence: &Sentence,
        rate: SpeakingRate,
    ) -> Result<Samples, SynthesiseError>;
}

/// Speaks `text`: each sentence is rendered when it is asked for, so the first can be heard while
/// the next is made. To stop, drop the iterator.
///
/// # Errors
/// When the text is too long; each item fails by itself.
pub fn speak<'a>(
    voice: &'a mut dyn Synthesiser,
    text: &str,
    language: Language,
    style: SpeakingStyle,
) -> Result<impl Iterator<Item = Result<Samples, SynthesiseError>> + use<'a>, SynthesiseError> {
    let plan = plan(text, language)?;
    Ok(plan
        .into_iter()
        .map(move |sentence| render(voice, &sentence, style)))
}

/// The sentences that `text` will be spoken as, numbers and abbreviations in words.
///
/// # Errors
/// When the text is too long.
pub fn plan(text: &str, language: Language) -> Result<Vec<Sentence>, SynthesiseError> {
    let length = text.chars().count();
    if length > TEXT_CHARS_MAX {
        return Err(SynthesiseError::TooLong { length });
    }
    Ok(sentences(&say(text, language)))
}

/// One sentence in the given style.
///
/// # Errors
/// When the engine fails.
pub fn render(
    voice: &mut dyn Synthesiser,
    sentence: &Sentence,
    style: SpeakingStyle,
) -> Result<Samples, SynthesiseError> {
    let plain = voice.render(sentence, style.rate)?;
    Ok(pause::draw_out(&plain, sentence.breaths(), style))
}

impl SpeakingRate {
    pub const MIN: f32 = 0.5;
    pub const MAX: f32 = 2.0;
    pub const NATURAL: SpeakingRate = SpeakingRate(1.0);

    /// # Errors
    /// [`BadSpeakingRate`] outside `MIN..=MAX`.
    pub fn new(rate: f32) -> Result<Self, BadSpeakingRate> {
        if (Self::MIN..=Self::MAX).contains(&rate) {
            Ok(Self(rate))
        } else {
            Err(BadSpeakingRate { rate })
        }
    }

    pub fn get(self) -> f32 {
        self.0
    }
}

impl SpeakingStyle {
    /// As the voice speaks by itself.
    pub const NATURAL: SpeakingStyle = SpeakingStyle {
        rate: SpeakingRate::NATURAL,
        clause_pause: Duration::ZERO,
        sentence_pause: Duration::ZERO,
    };

    /// For somebody who listens in a second language: pauses first, then a little slower. Drawn
    /// out vowels help less than time between the clauses.
    pub const LEARNER: SpeakingStyle = SpeakingStyle {
        rate: SpeakingRate(0.85),
        clause_pause: Duration::from_millis(400),
        sentence_pause: Duration::from_millis(600),
    };
}
