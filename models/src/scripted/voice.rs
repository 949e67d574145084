use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::audio::{SampleRate, Samples};
use crate::clause::Sentence;
use crate::synthesise::{SpeakingRate, SynthesiseError, Synthesiser};

/// One letter takes this long at the natural rate, near a real voice's pace.
const LETTER: Duration = Duration::from_millis(60);
/// Silence after every clause, that of a sentence's end included.
const PAUSE: Duration = Duration::from_millis(150);

/// Hums: each clause is a tone as long as its letters take, then a pause. It speaks at 8 kHz, so
/// its sound can go out on a line as it is.
#[derive(Clone, Debug, Default)]
pub struct ScriptedVoice {
    said: Arc<Mutex<Vec<String>>>,
}

impl ScriptedVoice {
    /// Every sentence rendered so far, with its marks, by this voice and its clones.
    pub fn said(&self) -> Vec<String> {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Synthesiser for ScriptedVoice {
    fn sample_rate(&self) -> SampleRate {
        SampleRate::TELEPHONE
    }

    fn render(
        &mut self,
        sentence: &Sentence,
        rate: SpeakingRate,
    ) -> Result<Samples, SynthesiseError> {
        let mut values = Vec::new();
        let mut text = Vec::new();
        for clause in sentence.clauses() {
            let letters = u32::try_from(clause.words().chars().count()).unwrap_or(u32::MAX);
            let length = LETTER.saturating_mul(letters).div_f32(rate.get());
            let count = self.sample_rate().samples_in(length);
            // A square wave of 200 Hz needs no sine, which differs between processors.
            values.extend((0..count).map(|at| if at / 20 % 2 == 0 { 0.25 } else { -0.25 }));
            values.resize(values.len() + self.sample_rate().samples_in(PAUSE), 0.0);
            text.push(format!("{}{}", clause.words(), clause.mark().as_char()));
        }
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text.join(" "));
        Ok(Samples::new(self.sample_rate(), values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pause::silences;
    use crate::synthesise::{SpeakingStyle, speak};
    use curriculum::Language;

    fn hum(voice: &mut ScriptedVoice, text: &str, style: SpeakingStyle) -> Vec<Samples> {
        speak(voice, text, Language::ENGLISH, style)
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn it_says_what_it_was_given_in_words() {
        let mut voice = ScriptedVoice::default();
        hum(
            &mut voice,
            "Pay 350 RWF, please. Is 7 + 5 = ?",
            SpeakingStyle::NATURAL,
        );
        assert_eq!(
            voice.said(),
            [
                "Pay three hundred and fifty francs, please.",
                "Is seven plus five equals what?"
            ]
        );
    }

    #[test]
    fn only_what_is_asked_for_is_rendered() {
        let mut voice = ScriptedVoice::default();
        let keep = voice.clone();
        let mut sentences = speak(
            &mut voice,
            "One. Two. Three. Four.",
            Language::ENGLISH,
            SpeakingStyle::NATURAL,
        )
        .unwrap();
        sentences.next();
        drop(sentences);
        assert_eq!(keep.said(), ["One."]);
    }

    #[test]
    fn a_learner_gets_time_at_every_mark() {
        let sentence = &hum(
            &mut ScriptedVoice::default(),
            "Take one, add two.",
            SpeakingStyle::LEARNER,
        )[0];
        let pauses: Vec<usize> = silences(sentence, PAUSE)
            .iter()
            .map(|silence| silence.len() * 1_000 / 8_000)
            .collect();
        assert_eq!(pauses, [400, 600]);
    }

    #[test]
    fn a_book_is_not_spoken_at_once() {
        let book = "word ".repeat(5_000);
        let refused = speak(
            &mut ScriptedVoice::default(),
            &book,
            Language::ENGLISH,
            SpeakingStyle::NATURAL,
        )
        .err();
        assert!(matches!(
            refused,
            Some(SynthesiseError::TooLong { length: 25_000 })
        ));
    }
}
