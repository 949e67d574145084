//! The wordings of one language, and all languages together.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Meaning, Saying};
use crate::Language;

/// By ear or by eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Spoken.
    Voice,
    /// One part of a message.
    Text,
}

/// Why interface files cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InterfaceError {
    /// Not the expected TOML.
    #[error("read interface file: {0}")]
    Syntax(String),
    /// A saying without a wording.
    #[error("read interface file `{language}`: `{key}` has no wording")]
    MissingSaying {
        /// Which file.
        language: Language,
        /// Which saying.
        key: &'static str,
    },
    /// A meaning without words.
    #[error("read interface file `{language}`: meaning `{key}` has no words")]
    MissingMeaning {
        /// Which file.
        language: Language,
        /// Which meaning.
        key: &'static str,
    },
    /// Two files of one language.
    #[error("read interface files: `{0}` comes twice")]
    Twice(Language),
    /// The language that everything falls back to.
    #[error("read interface files: English is missing")]
    NoEnglish,
}

/// What the tutor says in one language, and the words learners use in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// Which language.
    pub language: Language,
    /// True until a native speaker has reviewed it.
    pub draft: bool,
    /// The tutor's name.
    pub tutor: String,
    /// Version of the consent wording: kept with each consent.
    pub consent: u16,
    sayings: BTreeMap<Saying, Forms>,
    meanings: BTreeMap<Meaning, Vec<String>>,
}

/// Every language the tutor speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    wordings: BTreeMap<Language, Wording>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Forms {
    Same(String),
    Variants(Vec<String>),
    Two { voice: OneOrMore, text: OneOrMore },
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: Language,
    draft: bool,
    tutor: String,
    consent: u16,
    say: BTreeMap<Saying, Forms>,
    mean: BTreeMap<Meaning, Vec<String>>,
}

/// As [`File`], from a pack of another release: keys may be new, or not be there yet.
#[derive(Deserialize)]
struct Packed {
    language: Language,
    draft: bool,
    tutor: String,
    consent: u16,
    say: BTreeMap<String, Forms>,
    mean: BTreeMap<String, Vec<String>>,
}

impl Wording {
    /// Reads an interface file that came in a pack. What this release does not know is passed over;
    /// what the file lacks is taken from `spare`.
    ///
    /// # Errors
    /// If it is not the expected TOML, or something is missing that `spare` has not either.
    pub fn read(text: &str, spare: Option<&Self>) -> Result<Self, InterfaceError> {
        let mut packed: Packed =
            toml::from_str(text).map_err(|error| InterfaceError::Syntax(error.to_string()))?;
        let (mut sayings, mut meanings) = (BTreeMap::new(), BTreeMap::new());
        for &saying in Saying::ALL {
            let own = packed.say.remove(saying.key());
            let own = own.filter(|forms| !forms.is_empty());
            let other = || spare?.sayings.get(&saying).cloned();
            sayings.extend(own.or_else(other).map(|forms| (saying, forms)));
        }
        for &meaning in Meaning::ALL {
            let own = packed.mean.remove(meaning.key());
            let own = own.filter(|words| !words.is_empty());
            let other = || spare?.meanings.get(&meaning).cloned();
            meanings.extend(own.or_else(other).map(|words| (meaning, words)));
        }
        Self {
            language: packed.language,
            draft: packed.draft,
            tutor: packed.tutor,
            consent: packed.consent,
            sayings,
            meanings,
        }
        .complete()
    }

    /// Reads one interface file.
    ///
    /// # Errors
    /// If it is not the expected TOML, names an unknown key, or leaves one out.
    pub fn parse(text: &str) -> Result<Self, InterfaceError> {
        let file: File =
            toml::from_str(text).map_err(|error| InterfaceError::Syntax(error.to_string()))?;
        Self {
            language: file.language,
            draft: file.draft,
            tutor: file.tutor,
            consent: file.consent,
            sayings: file.say,
            meanings: file.mean,
        }
        .complete()
    }

    fn complete(self) -> Result<Self, InterfaceError> {
        let language = self.language;
        let has = |s: &Saying| self.sayings.get(s).is_some_and(|forms| !forms.is_empty());
        if let Some(key) = Saying::ALL.iter().find(|s| !has(s)).map(|s| s.key()) {
            return Err(InterfaceError::MissingSaying { language, key });
        }
        let wordless = Meaning::ALL
            .iter()
            .find(|m| self.meanings.get(m).is_none_or(Vec::is_empty));
        if let Some(key) = wordless.map(|m| m.key()) {
            return Err(InterfaceError::MissingMeaning { language, key });
        }
        Ok(self)
    }

    /// The wordings of a saying in one form: at least one.
    pub fn variants(&self, saying: Saying, form: Form) -> &[String] {
        self.sayings
            .get(&saying)
            .map_or(&[], |forms| forms.all(form))
    }

    /// The wording of a saying; `turn` chooses among variants so that they alternate.
    pub fn say(&self, saying: Saying, form: Form, turn: usize) -> &str {
        let variants = self.variants(saying, form);
        variants
            .get(turn % variants.len().max(1))
            .map_or("", String::as_str)
    }

    /// The words for a meaning, as written in the file.
    pub fn words(&self, meaning: Meaning) -> &[String] {
        self.meanings.get(&meaning).map_or(&[], Vec::as_slice)
    }
}

impl Interface {
    /// Puts languages together.
    ///
    /// # Errors
    /// If a language comes twice or English is missing.
    pub fn new(wordings: impl IntoIterator<Item = Wording>) -> Result<Self, InterfaceError> {
        let mut by_language = BTreeMap::new();
        for wording in wordings {
            let language = wording.language;
            if by_language.insert(language, wording).is_some() {
                return Err(InterfaceError::Twice(language));
            }
        }
        if !by_language.contains_key(&Language::ENGLISH) {
            return Err(InterfaceError::NoEnglish);
        }
        Ok(Self {
            wordings: by_language,
        })
    }

    /// The wording of `language`, else English.
    pub fn wording(&self, language: Language) -> &Wording {
        self.wordings
            .get(&language)
            .or_else(|| self.wordings.get(&Language::ENGLISH))
            .expect("`new` refuses to build without English")
    }

    /// True if the tutor speaks `language`.
    pub fn speaks(&self, language: Language) -> bool {
        self.wordings.contains_key(&language)
    }

    /// Every language with its wording.
    pub fn iter(&self) -> impl Iterator<Item = &Wording> {
        self.wordings.values()
    }
}

impl Forms {
    fn is_empty(&self) -> bool {
        self.all(Form::Voice).is_empty() || self.all(Form::Text).is_empty()
    }

    fn all(&self, form: Form) -> &[String] {
        match (self, form) {
            (Self::Same(one), _) => std::slice::from_ref(one),
            (Self::Variants(more), _) => more,
            (Self::Two { voice, .. }, Form::Voice) => voice.all(),
            (Self::Two { text, .. }, Form::Text) => text.all(),
        }
    }
}

impl OneOrMore {
    fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}
