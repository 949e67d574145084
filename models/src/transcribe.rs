//! What is asked of a speech recogniser and what it gives back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use curriculum::Language;

use crate::audio::Samples;

/// The longest utterance recognised at once: Whisper's window.
pub const UTTERANCE_MAX: Duration = Duration::from_secs(30);

/// Writes down what was said. Whisper is one; the scripted one serves tests.
pub trait Transcriber: Send {
    /// The languages it understands, best first.
    fn languages(&self) -> &[Language];

    /// What `samples` says, read in the light of what is expected.
    ///
    /// Speech that is no acceptable answer is a [`Transcript`] with a [`Rejection`], not an error.
    ///
    /// # Errors
    /// [`TranscribeError`] when it was stopped, or the recogniser failed.
    fn transcribe(
        &mut self,
        samples: &Samples,
        expectation: &Expectation,
        stop: &Stop,
    ) -> Result<Transcript, TranscribeError>;
}

/// What the learner was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// Anything at all.
    Free,
    /// A number, digit by digit or as a whole; `digits` when their count is known.
    Number { digits: Option<u8> },
    /// One of these.
    Choice(Choices),
    /// Yes or no.
    YesNo,
}

/// The words or phrases of a choice: one to [`Choices::COUNT_MAX`], none empty, none twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices(Vec<String>);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadChoices {
    #[error("offer {0} choices: one to {max} can be told apart", max = Choices::COUNT_MAX)]
    Count(usize),
    #[error("offer an empty choice")]
    Empty,
    #[error("offer a choice of {0} letters: {max} at most", max = Choices::LENGTH_MAX)]
    Long(usize),
    #[error("offer `{0}` twice")]
    Twice(String),
}

impl Choices {
    pub const COUNT_MAX: usize = 20;
    pub const LENGTH_MAX: usize = 80;

    /// # Errors
    /// [`BadChoices`] saying which rule was broken.
    pub fn new(phrases: Vec<String>) -> Result<Choices, BadChoices> {
        if !(1..=Self::COUNT_MAX).contains(&phrases.len()) {
            return Err(BadChoices::Count(phrases.len()));
        }
        let mut kept: Vec<String> = Vec::with_capacity(phrases.len());
        for phrase in phrases {
            let phrase = phrase.split_whitespace().collect::<Vec<_>>().join(" ");
            if !phrase.contains(char::is_alphanumeric) {
                return Err(BadChoices::Empty);
            }
            if phrase.chars().count() > Self::LENGTH_MAX {
                return Err(BadChoices::Long(phrase.chars().count()));
            }
            if kept
                .iter()
                .any(|before| before.eq_ignore_ascii_case(&phrase))
            {
                return Err(BadChoices::Twice(phrase));
            }
            kept.push(phrase);
        }
        Ok(Choices(kept))
    }

    pub fn phrases(&self) -> &[String] {
        &self.0
    }
}

/// What was heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// The words; for a choice the phrase that was chosen. Empty where nothing was understood.
    pub text: String,
    /// Every word of `text` with the chance, `0.0..=1.0`, that it was said.
    pub words: Vec<Word>,
    /// The answer in the form that was expected; what was most likely, even where it is rejected.
    pub answer: Option<SpokenAnswer>,
    /// Chance that the answer is right, `0.0..=1.0`: for a number, choice or yes-no its share among
    /// all possible answers, for free speech the mean over words.
    pub confidence: f32,
    /// Chance, by the recogniser, that nobody spoke.
    pub no_speech: f32,
    /// Why it must not be taken as an answer, or `None`.
    pub rejection: Option<Rejection>,
    pub times: Times,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    pub text: String,
    pub confidence: f32,
}

/// The value of an answer of a closed kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SpokenAnswer {
    /// Decimal digits; leading zeros are kept because they were said.
    Number(String),
    /// Index into the offered choices.
    Choice(usize),
    Yes,
    No,
}

/// Why a transcript is no answer. The dialogue asks again; nothing is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// Nothing was loud enough to be a voice.
    Silence,
    /// There was sound, but not of a voice: noise, tones, clicks, breath.
    NotSpeech,
    /// Somebody spoke, and it is too uncertain what was said.
    Unsure,
    /// Somebody spoke, and it was none of the expected answers.
    Unexpected,
    /// The recogniser repeated itself, which it does when it has lost the sound.
    Loop,
    /// The utterance is longer than [`UTTERANCE_MAX`].
    TooLong,
}

impl Rejection {
    /// A stable word for logs and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Rejection::Silence => "silence",
            Rejection::NotSpeech => "not-speech",
            Rejection::Unsure => "unsure",
            Rejection::Unexpected => "unexpected",
            Rejection::Loop => "loop",
            Rejection::TooLong => "too-long",
        }
    }
}

/// Where the time of one recognition went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Voice activity, resampling and loudness.
    pub prepare: Duration,
    /// Spectrogram and encoder.
    pub encode: Duration,
    /// Decoder steps.
    pub decode: Duration,
}

impl Transcript {
    pub fn accepted(&self) -> bool {
        self.rejection.is_none()
    }

    /// Nothing heard, for the given reason.
    pub fn nothing(rejection: Rejection) -> Transcript {
        Transcript {
            text: String::new(),
            words: Vec::new(),
            answer: None,
            confidence: 0.0,
            no_speech: 0.0,
            rejection: Some(rejection),
            times: Times::default(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TranscribeError {
    #[error("recognise speech before it was called off")]
    Cancelled,
    #[error("recognise speech before its deadline")]
    DeadlinePassed,
    #[error("recognise speech")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// When to give up: a deadline, and a switch that anybody holding a clone may throw.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    cancelled: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl Stop {
    /// Never, unless cancelled.
    pub fn never() -> Stop {
        Stop::default()
    }

    pub fn at(deadline: Instant) -> Stop {
        Stop {
            cancelled: Arc::default(),
            deadline: Some(deadline),
        }
    }

    /// Ends the work at its next step; every clone sees it.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// To be asked between steps.
    ///
    /// # Errors
    /// The reason to stop, once there is one.
    pub fn check(&self) -> Result<(), TranscribeError> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(TranscribeError::Cancelled);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(TranscribeError::DeadlinePassed),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(phrases: &[&str], expected: Result<&[&str], BadChoices>) {
        let made = Choices::new(phrases.iter().map(|&phrase| phrase.to_owned()).collect());
        let expected =
            expected.map(|kept| Choices(kept.iter().map(|&phrase| phrase.to_owned()).collect()));
        assert_eq!(made, expected);
    }

    #[test]
    fn choices_are_few_short_and_different() {
        check(&["river", " the  lake "], Ok(&["river", "the lake"]));
        check(&[], Err(BadChoices::Count(0)));
        check(&["a"; 21], Err(BadChoices::Count(21)));
        check(&["a", " "], Err(BadChoices::Empty));
        check(&["a", "?!"], Err(BadChoices::Empty));
        check(&["Lake", "lake"], Err(BadChoices::Twice("lake".into())));
        check(&[&"x".repeat(81)], Err(BadChoices::Long(81)));
    }

    #[test]
    fn every_clone_of_a_stop_sees_the_cancellation() {
        let stop = Stop::never();
        let clone = stop.clone();
        assert!(clone.check().is_ok());
        stop.cancel();
        assert!(matches!(clone.check(), Err(TranscribeError::Cancelled)));
    }

    #[test]
    fn a_deadline_in_the_past_stops_at_once() {
        let stop = Stop::at(Instant::now());
        assert!(matches!(stop.check(), Err(TranscribeError::DeadlinePassed)));
    }
}
