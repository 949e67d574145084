//! Utterances become what the dialogue can use: through the speech workers that all calls share.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use curriculum::Language;
use models::audio::Samples;
use models::pool::{CallKey, Limits, Load, Overload, Pool, Ticket};
use models::transcribe::{
    Choices, Expectation, Rejection, SpokenAnswer, Stop, TranscribeError, Transcriber, Transcript,
};

use super::endpointer::{Utterance, Verdict};
use crate::dialogue::{Expected, Heard, Unclear};

/// Words for the place of an option, in the order of the options. As many as a menu has.
const PLACES: [&str; 6] = ["one", "two", "three", "four", "five", "six"];
const LETTERS: [&str; 6] = ["A", "B", "C", "D", "E", "F"];
/// Surest that a second, free reading of a closed answer may be: it was not what was asked for.
const FREE_CONFIDENCE_MAX: f32 = 0.75;

/// One worker's recognisers, by the language each understands.
pub type Listener = BTreeMap<Language, Box<dyn Transcriber>>;

/// The speech workers of a box.
pub struct Ears {
    pool: Pool<Listener>,
    hears: Vec<Language>,
}

/// What came of an utterance.
#[derive(Clone, Debug, PartialEq)]
pub struct Hearing {
    /// For the dialogue.
    pub heard: Result<Heard, Unclear>,
    /// For the endpointer.
    pub verdict: Verdict,
    /// Recognition itself, without waiting for a worker.
    pub took: Duration,
}

impl Ears {
    /// Workers that understand the same languages.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(listeners: Vec<Listener>, limits: Limits) -> std::io::Result<Self> {
        let hears = listeners.first().into_iter().flat_map(BTreeMap::keys);
        Ok(Self {
            hears: hears.copied().collect(),
            pool: Pool::new(listeners, limits)?,
        })
    }

    /// Languages that can be heard.
    pub fn hears(&self) -> &[Language] {
        &self.hears
    }

    pub fn load(&self) -> Load {
        self.pool.load()
    }

    /// Whether a recogniser that is asked now may have to be waited for.
    pub fn is_busy(&self) -> bool {
        let load = self.pool.load();
        load.running + load.waiting >= load.workers
    }

    /// Begins to recognise an utterance in the light of what was asked. Dropping the ticket calls
    /// it off.
    ///
    /// # Errors
    /// When too much waits already.
    pub fn recognise(
        &self,
        call: CallKey,
        language: Language,
        expected: &Expected,
        utterance: &Utterance,
        deadline: Instant,
    ) -> Result<Ticket<Hearing>, Overload> {
        let samples = Samples::from_frames(&utterance.frames);
        let (expected, barged) = (expected.clone(), utterance.barged);
        self.pool.submit(call, Some(deadline), move |ears, stop| {
            let began = Instant::now();
            let (heard, verdict) = match ears.get_mut(&language) {
                Some(ear) => listen(ear.as_mut(), &samples, &expected, barged, stop),
                None => (Err(Unclear::NoModel), Verdict::Open),
            };
            let took = began.elapsed();
            Hearing {
                heard,
                verdict,
                took,
            }
        })
    }
}

/// What the recogniser is to listen for; `None` where only keys count.
pub fn expectation(expected: &Expected) -> Option<Expectation> {
    match expected {
        Expected::Number { .. } => Some(Expectation::Number { digits: None }),
        Expected::YesNo => Some(Expectation::YesNo),
        Expected::Choice { options, words } => Some(choice(*options, words)),
        Expected::Phrase { .. } | Expected::Free { .. } => Some(Expectation::Free),
        Expected::Keys(_) => None,
    }
}

/// A choice by its wording, its place or its letter.
fn choice(options: u8, words: &[String]) -> Expectation {
    let count = usize::from(options).min(PLACES.len());
    let places = PLACES[..count].iter().map(|&place| place.to_owned());
    let letters = LETTERS[..count].iter().map(|&letter| letter.to_owned());
    let mut phrases: Vec<String> = Vec::new();
    for phrase in words.iter().cloned().chain(places).chain(letters) {
        let known = |other: &String| other.eq_ignore_ascii_case(&phrase);
        if phrases.len() < Choices::COUNT_MAX && !phrases.iter().any(known) {
            phrases.push(phrase);
        }
    }
    // An option too long to be offered as a whole leaves free speech, which the grader reads.
    Choices::new(phrases).map_or(Expectation::Free, Expectation::Choice)
}

/// A closed question is first heard as such; where that gives nothing, as free speech: "repeat
/// that" is no number, but it is an answer.
fn listen(
    ear: &mut dyn Transcriber,
    samples: &Samples,
    expected: &Expected,
    barged: bool,
    stop: &Stop,
) -> (Result<Heard, Unclear>, Verdict) {
    let unclear = if barged {
        Unclear::Overlap
    } else {
        Unclear::Speech
    };
    let asked = expectation(expected).unwrap_or(Expectation::Free);
    let language = ear.languages().first().copied();
    let first = match ear.transcribe(samples, &asked, stop) {
        Ok(transcript) => transcript,
        Err(error) => return (failed(&error, unclear), Verdict::Open),
    };
    match first.rejection {
        None => return (Ok(heard(&first, 1.0, language)), verdict(&first, expected)),
        Some(Rejection::Silence | Rejection::NotSpeech) => {
            return (Err(Unclear::Noise), Verdict::NotSpeech);
        }
        Some(Rejection::Loop | Rejection::TooLong) => return (Err(unclear), Verdict::Open),
        Some(Rejection::Unsure | Rejection::Unexpected) if asked == Expectation::Free => {
            return (Err(unclear), Verdict::Open);
        }
        Some(Rejection::Unsure | Rejection::Unexpected) => {}
    }
    match ear.transcribe(samples, &Expectation::Free, stop) {
        Ok(free) if free.accepted() && !free.text.trim().is_empty() => {
            let heard = heard(&free, FREE_CONFIDENCE_MAX, language);
            (Ok(heard), Verdict::Open)
        }
        Ok(free) if free.rejection == Some(Rejection::NotSpeech) => {
            (Err(Unclear::Noise), Verdict::NotSpeech)
        }
        Ok(_) => (Err(unclear), Verdict::Open),
        Err(error) => (failed(&error, unclear), Verdict::Open),
    }
}

fn heard(transcript: &Transcript, confidence_max: f32, language: Option<Language>) -> Heard {
    let text = match &transcript.answer {
        Some(SpokenAnswer::Number(digits)) => digits,
        _ => &transcript.text,
    };
    Heard::speech(text, transcript.confidence.min(confidence_max), language)
}

/// Whether more may follow: "twenty" may become "twenty five".
fn verdict(transcript: &Transcript, expected: &Expected) -> Verdict {
    let complete = match (expected, &transcript.answer) {
        (
            Expected::Number {
                digits: Some(count),
            },
            Some(SpokenAnswer::Number(digits)),
        ) => digits.len() >= usize::from(*count),
        (_, Some(SpokenAnswer::Yes | SpokenAnswer::No | SpokenAnswer::Choice(_))) => true,
        _ => false,
    };
    if complete {
        Verdict::Complete
    } else {
        Verdict::Open
    }
}

fn failed(error: &TranscribeError, unclear: Unclear) -> Result<Heard, Unclear> {
    if matches!(error, TranscribeError::Engine(_)) {
        tracing::warn!(%error, "an utterance was not recognised");
    }
    Err(unclear)
}

#[cfg(test)]
mod tests {
    use models::scripted::{Script, ScriptedTranscriber};

    use super::*;
    use crate::dialogue::Keyed;

    fn number(digits: Option<u8>) -> Expected {
        Expected::Number { digits }
    }

    /// `said` is what the recogniser hears each time it is asked.
    #[track_caller]
    fn check(expected: &Expected, said: &[&str], text: Result<&str, Unclear>, verdict: Verdict) {
        let script = Script::default();
        said.iter().for_each(|line| script.say(line));
        let mut ear = ScriptedTranscriber::new(script);
        let samples = Samples::from_frames(&[]);
        let (heard, got) = listen(&mut ear, &samples, expected, false, &Stop::never());
        let heard = heard.map(|heard| match heard {
            Heard::Speech { text, .. } => text,
            other => format!("{other:?}"),
        });
        assert_eq!((heard.as_deref().map_err(|why| *why), got), (text, verdict));
    }

    #[test]
    fn a_whole_answer_needs_no_long_pause() {
        check(&number(Some(2)), &["2 5"], Ok("25"), Verdict::Complete);
        check(&number(Some(2)), &["2"], Ok("2"), Verdict::Open);
        check(&number(None), &["2 5"], Ok("25"), Verdict::Open);
        check(&Expected::YesNo, &["yes"], Ok("yes"), Verdict::Complete);
    }

    #[test]
    fn what_is_no_number_may_be_a_command() {
        check(
            &number(Some(1)),
            &["repeat please", "repeat please"],
            Ok("repeat please"),
            Verdict::Open,
        );
    }

    #[test]
    fn what_is_no_voice_is_noise() {
        check(
            &Expected::YesNo,
            &[],
            Err(Unclear::Noise),
            Verdict::NotSpeech,
        );
    }

    #[test]
    fn an_option_is_heard_by_wording_place_and_letter() {
        let expected = Expected::Choice {
            options: 2,
            words: vec!["the river".to_owned(), "lake".to_owned()],
        };
        let Some(Expectation::Choice(choices)) = expectation(&expected) else {
            panic!("a choice is expected");
        };
        assert_eq!(
            choices.phrases(),
            ["the river", "lake", "one", "two", "A", "B"]
        );
        assert_eq!(expectation(&Expected::Keys(Keyed::One)), None);
    }
}
