use std::sync::{Mutex, PoisonError};

use crate::clause::Sentence;

/// How a voice turns text into the symbols it was trained on.
pub(super) enum Phonemiser {
    /// espeak-ng, in this of its languages.
    Espeak { language: String },
    /// The letters themselves.
    Letters,
}

/// espeak-ng keeps its voice and its position in static variables.
static ESPEAK: Mutex<()> = Mutex::new(());

impl Phonemiser {
    /// The symbols of a sentence with its marks: each clause is phonemised alone, then its mark is
    /// put back, and a space where the sentence goes on, as in the voice's training data.
    pub(super) fn phonemes(&self, sentence: &Sentence) -> Result<String, String> {
        let mut all = String::new();
        for clause in sentence.clauses() {
            if !all.is_empty() {
                all.push(' ');
            }
            match self {
                Phonemiser::Espeak { language } => {
                    all.push_str(espeak(clause.words(), language)?.trim());
                }
                Phonemiser::Letters => all.push_str(&clause.words().to_lowercase()),
            }
            all.push(clause.mark().as_char());
        }
        Ok(all)
    }
}

fn espeak(words: &str, language: &str) -> Result<String, String> {
    // It reads C strings; the clauses of a text hold no control characters, so this drops nothing
    // that is spoken.
    let words = words.replace('\0', " ");
    // The lock guards no data of ours: a panic elsewhere leaves nothing half done.
    let _alone = ESPEAK.lock().unwrap_or_else(PoisonError::into_inner);
    espeak_rs::text_to_phonemes(&words, language, None)
        .map(|clauses| clauses.join(" "))
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::sentences;

    fn english(text: &str) -> String {
        let phonemiser = Phonemiser::Espeak {
            language: "en-us".to_owned(),
        };
        let all = sentences(text)
            .iter()
            .map(|s| phonemiser.phonemes(s).unwrap())
            .collect::<Vec<_>>();
        all.join("|")
    }

    /// The right side is what the Python package piper-tts 1.8 makes of the left.
    #[test]
    fn marks_and_spaces_stay_where_piper_puts_them() {
        for (text, expected) in [
            (
                "Right? Yes, it is. Well done!",
                "ɹˈaɪt?|jˈɛs, ɪɾ ˈɪz.|wˈɛl dˈʌn!",
            ),
            (
                "Press one for English, two for Kinyarwanda.",
                "pɹˈɛs wˈʌn fɔːɹ ˈɪŋɡlɪʃ, tˈuː fɔːɹ kˌɪnjɑːɹwˈændə.",
            ),
            (
                "Listen: three birds; two fly away.",
                "lˈɪsən: θɹˈiː bˈɜːdz; tˈuː flˈaɪ ɐwˈeɪ.",
            ),
            ("What is seven plus five?", "wˌʌt ɪz sˈɛvən plˈʌs fˈaɪv?"),
        ] {
            assert_eq!(english(text), expected);
        }
    }

    #[test]
    fn letters_serve_where_espeak_does_not() {
        let all = Phonemiser::Letters.phonemes(&sentences("Muraho, Keza!")[0]);
        assert_eq!(all.unwrap(), "muraho, keza!");
    }

    #[test]
    fn many_threads_get_what_one_gets() {
        let alone = english("Seven plus five equals twelve.");
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|n| {
                    scope.spawn(move || {
                        let text =
                            ["Seven plus five equals twelve.", "My goat, my dog; my cow."][n % 2];
                        (n % 2, (0..40).map(|_| english(text)).collect::<Vec<_>>())
                    })
                })
                .collect();
            for thread in threads {
                let (which, heard) = thread.join().unwrap();
                if which == 0 {
                    assert!(heard.iter().all(|phonemes| *phonemes == alone));
                }
            }
        });
    }
}
