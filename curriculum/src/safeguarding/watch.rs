//! The phrase set of one language, read from its file.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::notice::{Concern, Sign};
use super::pattern::{Pattern, Slips, expand};
use crate::Language;

/// What to watch for in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    pub(super) language: Language,
    /// Words written out, such as `dont` as `do not`.
    pub(super) same: BTreeMap<String, Vec<String>>,
    pub(super) slips: Slips,
    /// Every word and beginning that any pattern looks for: all others are passed over.
    whole: BTreeSet<String>,
    beginnings: BTreeSet<String>,
    pub(super) negators: Vec<String>,
    pub(super) stops: Vec<String>,
    /// Marks of a story or a question about words: nothing is noticed.
    pub(super) quiet: Vec<Pattern>,
    pub(super) signs: Vec<SignPatterns>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SignPatterns {
    pub sign: Sign,
    pub any: Vec<Pattern>,
    pub unless: Vec<Pattern>,
    /// The pattern itself says no ("do not want to live"): negation before it changes nothing.
    pub negated: bool,
}

/// Why a phrase set cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    /// Not the expected TOML.
    #[error("read phrase set: {0}")]
    Syntax(String),
    /// A pattern that cannot be read.
    #[error("read phrase set `{language}`: {fault}")]
    Pattern {
        /// Which file.
        language: Language,
        /// What is wrong.
        fault: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: Language,
    #[serde(default)]
    same: BTreeMap<String, String>,
    slips: SlipText,
    negators: Vec<String>,
    stops: Vec<String>,
    quiet: Vec<String>,
    #[serde(default)]
    sets: BTreeMap<String, Vec<String>>,
    sign: Vec<SignText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SlipText {
    letters_min: usize,
    beginning: usize,
    exact: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignText {
    concern: Concern,
    #[serde(default)]
    other: bool,
    #[serde(default)]
    negated: bool,
    any: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
}

impl Watch {
    /// Reads one phrase set.
    ///
    /// # Errors
    /// If it is not the expected TOML or holds a pattern that cannot be read.
    pub fn parse(text: &str) -> Result<Self, WatchError> {
        let file: File =
            toml::from_str(text).map_err(|error| WatchError::Syntax(error.to_string()))?;
        let language = file.language;
        let fault = |fault| WatchError::Pattern { language, fault };
        let patterns = |texts: &[String]| -> Result<Vec<Pattern>, WatchError> {
            texts
                .iter()
                .map(|text| Pattern::parse(text, &file.sets).map_err(fault))
                .collect()
        };
        let signs = file
            .sign
            .iter()
            .map(|text| {
                Ok(SignPatterns {
                    sign: Sign {
                        concern: text.concern,
                        other: text.other,
                    },
                    any: patterns(&text.any)?,
                    unless: patterns(&text.unless)?,
                    negated: text.negated,
                })
            })
            .collect::<Result<_, WatchError>>()?;
        let quiet = patterns(&file.quiet)?;
        let signs: Vec<SignPatterns> = signs;
        let (mut whole, mut beginnings) = (BTreeSet::new(), BTreeSet::new());
        let of_signs = signs
            .iter()
            .flat_map(|sign| sign.any.iter().chain(&sign.unless));
        for pattern in of_signs.chain(&quiet) {
            pattern.vocabulary(&mut whole, &mut beginnings);
        }
        let mut exact = Vec::new();
        for word in &file.slips.exact {
            expand(word, &mut exact).map_err(fault)?;
        }
        let same = file.same.iter().map(|(word, is)| {
            let is = is.split_whitespace().map(str::to_owned).collect();
            (word.clone(), is)
        });
        Ok(Self {
            language,
            same: same.collect(),
            slips: Slips {
                letters_min: file.slips.letters_min,
                beginning: file.slips.beginning,
                exact: exact.into_iter().collect::<BTreeSet<_>>(),
            },
            negators: file.negators.clone(),
            stops: file.stops.clone(),
            whole,
            beginnings,
            quiet,
            signs,
        })
    }

    /// True if any pattern could take `word` for one of its own.
    pub(super) fn looks_for(&self, word: &str) -> bool {
        self.whole.contains(word)
            || self
                .beginnings
                .iter()
                .any(|begin| word.starts_with(begin.as_str()))
            || (self.slips.may_be_one(word)
                && self
                    .whole
                    .iter()
                    .any(|meant| self.slips.forgive(meant, word)))
    }

    /// Which language it watches.
    pub fn language(&self) -> Language {
        self.language
    }
}
