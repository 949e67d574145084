//! One utterance from samples to transcript: how much to listen to, how to decode, whether to
//! believe it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use curriculum::Language;

use crate::audio::{SampleRate, Samples, loudness};
use crate::resample::resample;
use crate::transcribe::{
    Expectation, Rejection, SpokenAnswer, Stop, Times, TranscribeError, Transcriber, Transcript,
    UTTERANCE_MAX, Word,
};

use super::bursts::bursts;
use super::decoder::{Decoder, Opening, log_sum};
use super::engine::{Ear, Engine, EngineError};
use super::free::{self, FreeText};
use super::grammar::{Ending, Grammar};
use super::search::{Candidate, Found, search};

/// Silence put around every utterance: Whisper misses words that touch the edge.
const PAD_BEFORE: Duration = Duration::from_millis(300);
const PAD_AFTER: Duration = Duration::from_millis(500);

/// A voice on a telephone line is louder than this (full scale is 1.0) for a tenth of a second.
const VOICE_LOUDNESS_MIN: f32 = 0.001;

/// Free speech has no short list of answers to lean on, and needs a wider look: 640 positions cost
/// one word in a hundred against the whole window, 512 one and a half.
const FREE_CONTEXT: usize = 640;

/// Free speech whose words are less sure than this, in the mean, is looked at again, more widely: one
/// utterance in six. The whole window hears no better than these positions.
const FREE_SURE: f32 = 0.8;
const SECOND_CONTEXT: usize = 1_024;

/// What may be tuned; [`Settings::default`] is what the figures in the README were measured with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Threads of one recognition.
    pub threads: usize,
    /// Smallest share of the likeliest number among all that were found,
    pub digit_confidence_min: f32,
    /// and of one of several digits, where the shares are spread over many more numbers.
    pub digits_confidence_min: f32,
    /// The same for a choice, and for yes or no.
    pub phrase_confidence_min: f32,
    /// No-speech chance and chance of a bracket together above this: it was not a voice.
    pub not_speech_max: f32,
    /// Least chance (natural logarithm) of a number among everything that could be said; for each
    /// further digit `log_chance_of_digit` less.
    pub number_log_chance_min: f32,
    pub log_chance_of_digit: f32,
    /// The same for a choice, and for yes or no.
    pub phrase_log_chance_min: f32,
    /// Encoder positions of 20 ms for utterances up to 8 s; `None` is the whole window.
    pub audio_context: Option<usize>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            threads: 1,
            digit_confidence_min: 0.5,
            digits_confidence_min: 0.15,
            phrase_confidence_min: 0.6,
            not_speech_max: 0.7,
            number_log_chance_min: -7.0,
            log_chance_of_digit: -0.7,
            phrase_log_chance_min: -5.5,
            audio_context: Some(512),
        }
    }
}

/// Whisper as a [`Transcriber`]. Its working memory is made once and used for every utterance.
pub struct WhisperTranscriber {
    engine: Arc<Engine>,
    ear: Ear,
    settings: Settings,
    languages: Vec<Language>,
}

impl WhisperTranscriber {
    /// `language` is what a multilingual model listens for; an English one hears English.
    ///
    /// # Errors
    /// [`EngineError::State`] when there is no memory for it, [`EngineError::Language`] when the
    /// model does not know the language.
    pub fn new(
        engine: Arc<Engine>,
        language: Language,
        settings: Settings,
    ) -> Result<Self, EngineError> {
        let known = match engine.is_multilingual() {
            true => engine.language(language.as_str()).is_some(),
            false => language == Language::ENGLISH,
        };
        if !known {
            return Err(EngineError::Language { language });
        }
        let ear = engine.ear(settings.threads)?;
        Ok(WhisperTranscriber {
            engine,
            ear,
            settings,
            languages: vec![language],
        })
    }
}

impl Transcriber for WhisperTranscriber {
    fn languages(&self) -> &[Language] {
        &self.languages
    }

    fn transcribe(
        &mut self,
        samples: &Samples,
        expectation: &Expectation,
        stop: &Stop,
    ) -> Result<Transcript, TranscribeError> {
        stop.check()?;
        let started = Instant::now();
        if samples.duration() > UTTERANCE_MAX {
            return Ok(Transcript::nothing(Rejection::TooLong));
        }
        if !has_voice_loudness(samples) {
            return Ok(Transcript::nothing(Rejection::Silence));
        }
        let heard = resample(&samples.padded(PAD_BEFORE, PAD_AFTER), SampleRate::HEARING);
        let prepared = Instant::now();
        let free = *expectation == Expectation::Free;
        let short = match self.settings.audio_context {
            Some(short) if free => Some(short.max(FREE_CONTEXT)),
            short => short,
        };
        let full = self.engine.audio_context_max();
        let context = audio_context(heard.duration(), short, full);
        let (mut transcript, mut encode) =
            self.understand(samples, &heard, context, expectation, stop)?;
        let wider = SECOND_CONTEXT.min(full);
        if free && context < wider && transcript.confidence < FREE_SURE {
            let (second, more) = self.understand(samples, &heard, wider, expectation, stop)?;
            encode += more;
            if second.confidence >= transcript.confidence {
                transcript = second;
            }
        }
        transcript.times = Times {
            prepare: prepared - started,
            encode,
            decode: prepared.elapsed().saturating_sub(encode),
        };
        Ok(transcript)
    }
}

impl WhisperTranscriber {
    /// One look at an utterance, and how long the encoder took.
    fn understand(
        &mut self,
        samples: &Samples,
        heard: &Samples,
        context: usize,
        expectation: &Expectation,
        stop: &Stop,
    ) -> Result<(Transcript, Duration), TranscribeError> {
        let started = Instant::now();
        self.ear.listen(heard, context)?;
        let encode = started.elapsed();
        stop.check()?;
        let language = self.engine.language(self.languages[0].as_str());
        let (mut decoder, opening) = Decoder::open(&self.engine, &mut self.ear, stop, language)?;
        let transcript = match Grammar::of(expectation, bursts(samples)) {
            Some(grammar) => answer(&mut decoder, &grammar, opening, &self.settings)?,
            None => anything(&mut decoder, opening, samples.duration(), &self.settings)?,
        };
        Ok((transcript, encode))
    }
}

/// Whether any tenth of a second is as loud as a quiet voice.
fn has_voice_loudness(samples: &Samples) -> bool {
    let window = samples.rate().samples_in(Duration::from_millis(100)).max(1);
    samples
        .values()
        .chunks(window)
        .any(|chunk| loudness(chunk) > VOICE_LOUDNESS_MIN)
}

/// Encoder positions for audio of this length. Below 512 the decoder loops, whatever the length.
fn audio_context(duration: Duration, short: Option<usize>, full: usize) -> usize {
    let Some(short) = short else { return full };
    let seconds = duration.as_secs_f64();
    if seconds <= 8.8 {
        short.min(full)
    } else if seconds <= 14.0 {
        768.min(full)
    } else {
        full
    }
}

fn answer(
    decoder: &mut Decoder<'_>,
    grammar: &Grammar,
    opening: Opening,
    settings: &Settings,
) -> Result<Transcript, TranscribeError> {
    let Opening {
        no_speech,
        bracket,
        first,
    } = opening;
    if no_speech + bracket > settings.not_speech_max {
        return Ok(Transcript {
            no_speech,
            ..Transcript::nothing(Rejection::NotSpeech)
        });
    }
    let Found { candidates, rivals } = search(decoder, grammar, &first)?;
    let unexpected = || {
        Ok(Transcript {
            no_speech,
            ..Transcript::nothing(Rejection::Unexpected)
        })
    };
    let Some(best) = candidates.first() else {
        return unexpected();
    };
    let Ending::Answer(said) = &best.answer else {
        return unexpected();
    };
    let total = log_sum(
        candidates
            .iter()
            .map(|candidate| candidate.log_chance)
            .chain([rivals]),
    );
    let confidence = (best.log_chance - total).exp();
    let (confidence_min, log_chance_min) = least_chances(said, settings);
    let rejection = if best.log_chance < log_chance_min {
        Some(Rejection::Unexpected)
    } else if confidence < confidence_min {
        Some(Rejection::Unsure)
    } else {
        None
    };
    let words = words_of(best, &candidates, total);
    Ok(Transcript {
        text: best.text.trim().to_owned(),
        words,
        answer: Some(said.clone()),
        confidence,
        no_speech,
        rejection,
        times: Times::default(),
    })
}

/// The least share among all answers, and the least chance (as a logarithm) among everything that
/// can be said, at which an answer is believed.
fn least_chances(said: &SpokenAnswer, settings: &Settings) -> (f32, f32) {
    match said {
        SpokenAnswer::Number(digits) if digits.len() == 1 => (
            settings.digit_confidence_min,
            settings.number_log_chance_min,
        ),
        SpokenAnswer::Number(digits) => {
            let further = digits.len() as f32 - 1.0;
            (
                settings.digits_confidence_min,
                settings.number_log_chance_min + further * settings.log_chance_of_digit,
            )
        }
        _ => (
            settings.phrase_confidence_min,
            settings.phrase_log_chance_min,
        ),
    }
}

/// The words of the best answer. A digit is as certain as the answers that agree on it.
fn words_of(best: &Candidate, candidates: &[Candidate], total: f32) -> Vec<Word> {
    let share = |agrees: &dyn Fn(&Ending) -> bool| {
        let agreeing = candidates
            .iter()
            .filter(|candidate| agrees(&candidate.answer));
        agreeing
            .map(|candidate| (candidate.log_chance - total).exp())
            .sum::<f32>()
            .min(1.0)
    };
    let texts: Vec<&str> = best.text.split_whitespace().collect();
    let word = |(at, text): (usize, &&str)| {
        let confidence = match &best.answer {
            Ending::Answer(SpokenAnswer::Number(digits)) if digits.len() == texts.len() => {
                share(&|other| match other {
                    Ending::Answer(SpokenAnswer::Number(others)) => {
                        others.as_bytes().get(at) == digits.as_bytes().get(at)
                    }
                    _ => false,
                })
            }
            answer => share(&|other| other == answer),
        };
        Word {
            text: (*text).to_owned(),
            confidence,
        }
    };
    texts.iter().enumerate().map(word).collect()
}

fn anything(
    decoder: &mut Decoder<'_>,
    opening: Opening,
    duration: Duration,
    settings: &Settings,
) -> Result<Transcript, TranscribeError> {
    let Opening {
        no_speech,
        bracket,
        first,
    } = opening;
    // Nobody says more than some eight tokens a second.
    let tokens_max = 16 + (duration.as_secs_f64() * 8.0) as usize;
    let FreeText {
        text,
        words,
        looped,
        cut,
        ..
    } = free::write(decoder, first, tokens_max)?;
    let sum: f32 = words.iter().map(|word| word.confidence).sum();
    let confidence = if words.is_empty() {
        0.0
    } else {
        sum / words.len() as f32
    };
    let rejection = if no_speech + bracket > settings.not_speech_max || words.is_empty() {
        Some(Rejection::NotSpeech)
    } else if cut || looped {
        Some(Rejection::Loop)
    } else {
        None
    };
    Ok(Transcript {
        text,
        words,
        answer: None,
        confidence,
        no_speech,
        rejection,
        times: Times::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telephone::telephone_line;
    use crate::testing;
    use crate::transcribe::Choices;

    /// The installed tiny.en, or `None` where it is absent.
    fn whisper() -> Option<WhisperTranscriber> {
        let file = testing::model("whisper-tiny.en", "ggml-f16.bin")?;
        let engine = Arc::new(Engine::load(&file).unwrap());
        Some(WhisperTranscriber::new(engine, Language::ENGLISH, Settings::default()).unwrap())
    }

    fn recording(path: &str) -> Option<Samples> {
        Some(telephone_line(
            &crate::wav::read(&testing::data(path)?).unwrap(),
        ))
    }

    #[test]
    fn digits_of_real_people_over_a_telephone_line_are_heard() {
        let Some(mut whisper) = whisper() else { return };
        for (digit, clip) in [
            ("3", "3_theo_12"),
            ("7", "7_jackson_4"),
            ("0", "0_yweweler_30"),
            ("9", "9_george_21"),
        ] {
            let Some(samples) = recording(&format!("speech/spoken-digits-8k/{clip}.wav")) else {
                return;
            };
            let expectation = Expectation::Number { digits: None };
            let transcript = whisper
                .transcribe(&samples, &expectation, &Stop::never())
                .unwrap();
            assert_eq!(
                transcript.answer,
                Some(SpokenAnswer::Number(digit.into())),
                "{clip}: {transcript:?}"
            );
            assert!(transcript.accepted(), "{clip}: {transcript:?}");
        }
    }

    #[test]
    fn a_speech_is_written_down() {
        let Some(mut whisper) = whisper() else { return };
        let Some(samples) = recording("speech/jfk-16k.wav") else {
            return;
        };
        let transcript = whisper
            .transcribe(&samples, &Expectation::Free, &Stop::never())
            .unwrap();
        assert!(transcript.accepted(), "{transcript:?}");
        assert!(
            transcript
                .text
                .to_lowercase()
                .contains("what you can do for your country"),
            "{transcript:?}"
        );
        let spoken: Vec<&str> = transcript.text.split(' ').collect();
        let words: Vec<&str> = transcript
            .words
            .iter()
            .map(|word| word.text.as_str())
            .collect();
        assert_eq!(words, spoken);
    }

    #[test]
    fn a_choice_is_made_by_its_name() {
        let Some(mut whisper) = whisper() else { return };
        let Some(samples) = recording("speech/spoken-digits-8k/6_jackson_3.wav") else {
            return;
        };
        let choices = Choices::new(vec!["four".into(), "six".into(), "ten".into()]).unwrap();
        let transcript = whisper
            .transcribe(&samples, &Expectation::Choice(choices), &Stop::never())
            .unwrap();
        assert_eq!(
            transcript.answer,
            Some(SpokenAnswer::Choice(1)),
            "{transcript:?}"
        );
        assert!(transcript.accepted());
    }

    #[test]
    fn silence_and_what_is_too_long_cost_nothing() {
        let Some(mut whisper) = whisper() else { return };
        for (seconds, reason) in [
            (0, Rejection::Silence),
            (2, Rejection::Silence),
            (31, Rejection::TooLong),
        ] {
            let silence = Samples::silence(SampleRate::TELEPHONE, Duration::from_secs(seconds));
            let transcript = whisper
                .transcribe(&silence, &Expectation::YesNo, &Stop::never())
                .unwrap();
            assert_eq!(transcript.rejection, Some(reason), "{seconds} s");
            assert_eq!(transcript.times, Times::default());
        }
    }

    #[test]
    fn a_recognition_that_is_called_off_ends_without_a_transcript() {
        let Some(mut whisper) = whisper() else { return };
        let Some(samples) = recording("speech/jfk-16k.wav") else {
            return;
        };
        let stop = Stop::never();
        stop.cancel();
        let ended = whisper.transcribe(&samples, &Expectation::Free, &stop);
        assert!(
            matches!(ended, Err(TranscribeError::Cancelled)),
            "{ended:?}"
        );
        let stop = Stop::at(Instant::now() + Duration::from_millis(5));
        let ended = whisper.transcribe(&samples, &Expectation::Free, &stop);
        assert!(
            matches!(ended, Err(TranscribeError::DeadlinePassed)),
            "{ended:?}"
        );
        // The same ear hears the next utterance.
        let transcript = whisper
            .transcribe(&samples, &Expectation::Free, &Stop::never())
            .unwrap();
        assert!(transcript.accepted());
    }

    #[test]
    fn an_english_model_hears_no_swahili() {
        let Some(file) = testing::model("whisper-tiny.en", "ggml-f16.bin") else {
            return;
        };
        let engine = Arc::new(Engine::load(&file).unwrap());
        let refused = WhisperTranscriber::new(engine, Language::SWAHILI, Settings::default());
        assert!(matches!(refused.err(), Some(EngineError::Language { .. })));
    }

    #[test]
    fn a_file_that_is_no_model_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ggml-f16.bin");
        std::fs::write(&file, b"not a model").unwrap();
        assert!(matches!(
            Engine::load(&file).err(),
            Some(EngineError::Load { .. })
        ));
    }

    #[test]
    fn longer_speech_is_given_more_context() {
        let context = |seconds| audio_context(Duration::from_secs(seconds), Some(512), 1_500);
        assert_eq!(
            [1, 8, 10, 14, 15, 30].map(context),
            [512, 512, 768, 768, 1_500, 1_500]
        );
    }
}
