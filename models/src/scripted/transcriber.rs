use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use curriculum::Language;

use crate::audio::Samples;
use crate::number;
use crate::transcribe::{
    Expectation, Rejection, SpokenAnswer, Stop, TranscribeError, Transcriber, Transcript, Word,
};

/// Hears what its [`Script`] says next, whatever the audio; silence when there is nothing more.
///
/// A text that fits the expectation is accepted with confidence 1; one that does not is rejected as
/// [`Rejection::Unexpected`].
#[derive(Debug)]
pub struct ScriptedTranscriber {
    script: Script,
    languages: Vec<Language>,
}

/// What is to be heard, in order. Clones share it, so a test keeps one and gives one away.
#[derive(Clone, Debug, Default)]
pub struct Script(Arc<Mutex<VecDeque<Line>>>);

#[derive(Clone, Debug)]
enum Line {
    Said(String),
    Rejected(Rejection),
}

impl Script {
    pub fn say(&self, text: &str) {
        self.add(Line::Said(text.to_owned()));
    }

    pub fn reject(&self, rejection: Rejection) {
        self.add(Line::Rejected(rejection));
    }

    fn add(&self, line: Line) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(line);
    }

    fn next(&self) -> Line {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines
            .pop_front()
            .unwrap_or(Line::Rejected(Rejection::Silence))
    }
}

impl ScriptedTranscriber {
    pub fn new(script: Script) -> ScriptedTranscriber {
        let languages = vec![Language::ENGLISH, Language::KINYARWANDA, Language::SWAHILI];
        ScriptedTranscriber { script, languages }
    }
}

impl Transcriber for ScriptedTranscriber {
    fn languages(&self) -> &[Language] {
        &self.languages
    }

    fn transcribe(
        &mut self,
        _samples: &Samples,
        expectation: &Expectation,
        stop: &Stop,
    ) -> Result<Transcript, TranscribeError> {
        stop.check()?;
        let text = match self.script.next() {
            Line::Said(text) => text,
            Line::Rejected(rejection) => return Ok(Transcript::nothing(rejection)),
        };
        let answer = answer(&text, expectation);
        let fits = answer.is_some() || *expectation == Expectation::Free;
        let words = text.split_whitespace();
        Ok(Transcript {
            words: words
                .map(|word| Word {
                    text: word.to_owned(),
                    confidence: 1.0,
                })
                .collect(),
            text,
            answer,
            confidence: 1.0,
            rejection: (!fits).then_some(Rejection::Unexpected),
            ..Transcript::nothing(Rejection::Unexpected)
        })
    }
}

fn answer(text: &str, expectation: &Expectation) -> Option<SpokenAnswer> {
    match expectation {
        Expectation::Free => None,
        Expectation::Number { digits: count } => {
            let digits = number::digits(text)?;
            let fits = count.is_none_or(|count| usize::from(count) == digits.len());
            fits.then_some(SpokenAnswer::Number(digits))
        }
        Expectation::Choice(choices) => {
            let same = |phrase: &String| phrase.eq_ignore_ascii_case(text.trim());
            choices
                .phrases()
                .iter()
                .position(same)
                .map(SpokenAnswer::Choice)
        }
        Expectation::YesNo => match text.trim().to_ascii_lowercase().as_str() {
            "yes" => Some(SpokenAnswer::Yes),
            "no" => Some(SpokenAnswer::No),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::SampleRate;
    use crate::transcribe::Choices;
    use std::time::Duration;

    #[track_caller]
    fn check(
        text: &str,
        expectation: &Expectation,
        expected: Result<Option<&SpokenAnswer>, Rejection>,
    ) {
        let script = Script::default();
        let mut transcriber = ScriptedTranscriber::new(script.clone());
        script.say(text);
        let audio = Samples::silence(SampleRate::TELEPHONE, Duration::from_secs(1));
        let transcript = transcriber
            .transcribe(&audio, expectation, &Stop::never())
            .unwrap();
        assert_eq!(transcript.text, text);
        let heard = transcript
            .rejection
            .map_or(Ok(transcript.answer.as_ref()), Err);
        assert_eq!(heard, expected, "{text}");
    }

    #[test]
    fn what_is_said_is_read_as_expected() {
        let number = Expectation::Number { digits: Some(2) };
        check(
            "forty two",
            &number,
            Ok(Some(&SpokenAnswer::Number("42".into()))),
        );
        check("four", &number, Err(Rejection::Unexpected));
        check("No", &Expectation::YesNo, Ok(Some(&SpokenAnswer::No)));
        let choices = Choices::new(vec!["river".into(), "lake".into()]).unwrap();
        check(
            "Lake",
            &Expectation::Choice(choices),
            Ok(Some(&SpokenAnswer::Choice(1))),
        );
        check("anything", &Expectation::Free, Ok(None));
    }

    #[test]
    fn an_empty_script_is_silence() {
        let mut transcriber = ScriptedTranscriber::new(Script::default());
        let audio = Samples::silence(SampleRate::TELEPHONE, Duration::from_secs(1));
        let transcript = transcriber
            .transcribe(&audio, &Expectation::Free, &Stop::never())
            .unwrap();
        assert_eq!(transcript.rejection, Some(Rejection::Silence));
    }
}
