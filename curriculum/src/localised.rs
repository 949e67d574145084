//! The same thing said in several languages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Language;

/// One value per language; what a learner hears is looked up with the learner's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Localised<T>(BTreeMap<Language, T>);

impl<T> Localised<T> {
    /// The value in exactly this language.
    pub fn exact(&self, language: Language) -> Option<&T> {
        self.0.get(&language)
    }

    /// The value in this language, else in English, which every pack carries.
    pub fn get_or_english(&self, language: Language) -> Option<&T> {
        self.0
            .get(&language)
            .or_else(|| self.0.get(&Language::ENGLISH))
    }

    /// The languages that have a value, in order of their subtags.
    pub fn languages(&self) -> impl Iterator<Item = Language> + '_ {
        self.0.keys().copied()
    }

    /// Each language with its value.
    pub fn iter(&self) -> impl Iterator<Item = (Language, &T)> {
        self.0.iter().map(|(language, value)| (*language, value))
    }

    /// True if no language has a value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Localised<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> FromIterator<(Language, T)> for Localised<T> {
    fn from_iter<I: IntoIterator<Item = (Language, T)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}
