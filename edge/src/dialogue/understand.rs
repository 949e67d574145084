//! Understanding: what came back, before it is known what it answers.

use curriculum::Language;
use curriculum::answer::{Answer, CONFIDENCE_TO_FAIL, Manner};
use curriculum::interface::{Interface, Meaning};
use curriculum::language_guess::guess;
use curriculum::number_reading::{Hint, read};

use super::input::Heard;

/// What came back, in the forms that are looked at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    /// As it came.
    pub raw: String,
    /// Lower-case words, without punctuation.
    pub plain: String,
    /// Keys, if it is nothing else.
    pub keys: Option<String>,
    pub confidence: Option<f32>,
    pub asks: bool,
}

/// Commands, in the order in which a phrase that two languages share is taken.
pub(super) const COMMANDS: [Meaning; 20] = [
    Meaning::Delete,
    Meaning::Stop,
    Meaning::Start,
    Meaning::Goodbye,
    Meaning::Menu,
    Meaning::Repeat,
    Meaning::Slower,
    Meaning::Hint,
    Meaning::Skip,
    Meaning::Help,
    Meaning::Progress,
    Meaning::Language,
    Meaning::Pay,
    Meaning::ChangeLearner,
    Meaning::Subject,
    Meaning::Ask,
    Meaning::WhyThis,
    Meaning::DontKnow,
    Meaning::Wait,
    Meaning::Frustrated,
];

/// Sure enough of another language to offer it.
const LANGUAGE_SURE: f64 = 0.95;
/// Fewest words from which a language can be told.
const LANGUAGE_WORDS_MIN: usize = 3;
/// Longest name kept, in letters.
const NAME_LETTERS_MAX: usize = 20;
/// A learner's age, in years.
const AGES: std::ops::RangeInclusive<i64> = 4..=99;

impl Said {
    pub(super) fn of(heard: Heard) -> Self {
        let (raw, confidence, keyed) = match heard {
            Heard::Speech {
                text, confidence, ..
            } => (text, Some(confidence), false),
            Heard::Keys(keys) => (keys, None, true),
            Heard::Text(text) => (text, None, false),
        };
        let trimmed = raw.trim();
        let on_keypad = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#');
        let only_keys = !trimmed.is_empty() && trimmed.chars().all(on_keypad);
        Self {
            plain: plain(&raw),
            keys: (keyed || (confidence.is_none() && only_keys)).then(|| trimmed.to_owned()),
            asks: trimmed.ends_with('?'),
            confidence,
            raw,
        }
    }

    /// True if speech was heard with doubt.
    pub(super) fn is_doubtful(&self) -> bool {
        self.confidence.is_some_and(|c| c < CONFIDENCE_TO_FAIL)
    }

    /// As an answer to an exercise.
    pub(super) fn answer(&self, language: Language) -> Answer {
        let manner = match (self.confidence, &self.keys) {
            (Some(confidence), _) => Manner::Spoken { confidence },
            (None, Some(_)) => Manner::Keyed,
            (None, None) => Manner::Texted,
        };
        Answer {
            text: self.raw.clone(),
            manner,
            language,
        }
    }

    /// True if it is one of the words for `meaning`, in any language.
    pub(super) fn means(&self, interface: &Interface, meaning: Meaning) -> bool {
        interface
            .iter()
            .flat_map(|wording| wording.words(meaning))
            .any(|words| plain(words) == self.plain)
    }

    /// The command it is, looked for in the language spoken first.
    pub(super) fn command(&self, interface: &Interface, language: Language) -> Option<Meaning> {
        match self.keys.as_deref() {
            Some("*") => return Some(Meaning::Repeat),
            Some("#") => return Some(Meaning::Skip),
            Some("0") => return Some(Meaning::Help),
            _ => {}
        }
        if self.plain.is_empty() {
            return None;
        }
        let spoken = interface.wording(language);
        let others = interface.iter().filter(|w| w.language != spoken.language);
        for wording in std::iter::once(spoken).chain(others) {
            let is_meant = |meaning: &&Meaning| {
                wording
                    .words(**meaning)
                    .iter()
                    .any(|words| plain(words) == self.plain)
            };
            if let Some(meaning) = COMMANDS.iter().find(is_meant) {
                return Some(*meaning);
            }
        }
        None
    }

    /// Yes or no, by word or key.
    pub(super) fn yes_or_no(&self, interface: &Interface) -> Option<bool> {
        match self.keys.as_deref() {
            Some("1") => Some(true),
            Some("2") => Some(false),
            Some(_) => None,
            None if self.means(interface, Meaning::Yes) => Some(true),
            None if self.means(interface, Meaning::No) => Some(false),
            None => None,
        }
    }

    /// The option it names, from 0, by key or place, if there are so many.
    pub(super) fn option(&self, interface: &Interface, options: usize) -> Option<usize> {
        let place = match self.keys.as_deref() {
            Some(keys) => keys.parse::<usize>().ok()?.checked_sub(1),
            None => [
                Meaning::First,
                Meaning::Second,
                Meaning::Third,
                Meaning::Fourth,
            ]
            .iter()
            .position(|place| self.means(interface, *place))
            .or_else(|| self.plain.parse::<usize>().ok()?.checked_sub(1)),
        };
        place.filter(|place| *place < options)
    }

    /// The language it names, among those the tutor speaks.
    pub(super) fn language_named(&self, interface: &Interface) -> Option<Language> {
        [
            (Meaning::NameOfEnglish, Language::ENGLISH),
            (Meaning::NameOfKinyarwanda, Language::KINYARWANDA),
            (Meaning::NameOfSwahili, Language::SWAHILI),
        ]
        .into_iter()
        .find(|(meaning, language)| interface.speaks(*language) && self.means(interface, *meaning))
        .map(|(_, language)| language)
    }

    /// "Say that in Kinyarwanda": the language asked for.
    pub(super) fn translation_asked(&self, interface: &Interface) -> Option<Language> {
        for wording in interface.iter() {
            for lead in wording.words(Meaning::Translate) {
                let rest = self.plain.strip_prefix(&plain(lead)).map(str::trim);
                let Some(rest) = rest.filter(|rest| !rest.is_empty()) else {
                    continue;
                };
                let named = Self::of(Heard::text(rest)).language_named(interface);
                if named.is_some() {
                    return named;
                }
            }
        }
        None
    }

    /// The language it is in, if surely another than `spoken`.
    pub(super) fn other_language(
        &self,
        interface: &Interface,
        spoken: Language,
    ) -> Option<Language> {
        if self.keys.is_some() || self.plain.split(' ').count() < LANGUAGE_WORDS_MIN {
            return None;
        }
        let guess = guess(&self.raw).filter(|guess| guess.probability >= LANGUAGE_SURE)?;
        (guess.language != spoken && interface.speaks(guess.language)).then_some(guess.language)
    }

    /// True if it asks something of its own.
    pub(super) fn is_question(&self, interface: &Interface) -> bool {
        if self.keys.is_some() {
            return false;
        }
        let several_words = self.plain.split(' ').count() >= 2;
        let begins = || {
            interface.iter().any(|wording| {
                let starts = wording.words(Meaning::QuestionStart).iter();
                starts.map(|start| plain(start)).any(|start| {
                    let rest = self.plain.strip_prefix(&start);
                    rest.is_some_and(|rest| rest.starts_with(' '))
                })
            })
        };
        several_words && (self.asks || begins())
    }

    /// The name in it: what is left after "my name is", as a name is written.
    pub(super) fn name(&self, interface: &Interface) -> Option<String> {
        if self.keys.is_some() {
            return None;
        }
        let mut leads: Vec<String> = interface
            .iter()
            .flat_map(|wording| wording.words(Meaning::NameLead))
            .map(|lead| format!("{} ", plain(lead)))
            .collect();
        leads.sort_by_key(|lead| std::cmp::Reverse(lead.len()));
        let plain = self.plain.as_str();
        let rest = leads
            .iter()
            .find_map(|lead| plain.strip_prefix(lead.as_str()));
        let words: Vec<&str> = rest.unwrap_or(plain).split(' ').collect();
        let is_name = |word: &&str| !word.is_empty() && word.chars().all(char::is_alphabetic);
        if words.len() > 3 || !words.iter().all(is_name) {
            return None;
        }
        let name: Vec<String> = words.into_iter().map(capitalised).collect();
        let name = name.join(" ");
        (2..=NAME_LETTERS_MAX)
            .contains(&name.chars().count())
            .then_some(name)
    }

    /// The age in it, in years.
    pub(super) fn age(&self, language: Language) -> Option<u8> {
        let readings = read(&self.raw, language, Hint::Any);
        let whole = readings.first()?.value.as_whole()?;
        let age = Some(whole).filter(|age| AGES.contains(age))?;
        u8::try_from(age).ok()
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Lower-case words without punctuation, one space between; apostrophes are dropped.
pub(super) fn plain(text: &str) -> String {
    let lower = text.to_lowercase().replace(['\'', '’', '‘', '`'], "");
    let spaced: String = lower
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}
