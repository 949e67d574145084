//! Patterns: a few words in order, with alternatives, gaps and beginnings of words.

use std::collections::{BTreeMap, BTreeSet};

use super::words::one_slip_apart;

/// Words any gap may skip.
const GAP_WORDS_MAX: usize = 3;

/// Most spellings of one word of a pattern.
const SPELLINGS_MAX: usize = 512;

/// Which slips of spelling a language forgives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slips {
    /// Shortest word in which a slip is forgiven: in shorter ones it is another word.
    pub letters_min: usize,
    /// Letters at the beginning that must be right: in Bantu languages they say who does it to whom.
    pub beginning: usize,
    /// Words that are themselves and never a slip for another.
    pub exact: BTreeSet<String>,
}

/// A pattern such as `(he|she|@family) .. (hit|beat)* me`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// One word: whole spellings, and beginnings.
    Word {
        whole: BTreeSet<String>,
        beginnings: Vec<String>,
    },
    /// Up to [`GAP_WORDS_MAX`] words of any kind.
    Gap,
}

impl Pattern {
    /// Reads a pattern; `sets` are the lists that `@name` stands for.
    pub(super) fn parse(text: &str, sets: &BTreeMap<String, Vec<String>>) -> Result<Self, String> {
        let parts = text
            .split_whitespace()
            .map(|word| parse_part(word, sets))
            .collect::<Result<Vec<_>, _>>()?;
        if parts.iter().all(|part| *part == Part::Gap) {
            return Err(format!("`{text}` has no word"));
        }
        Ok(Self { parts })
    }

    /// Every place where the pattern fits: the word it begins at and the one after its end.
    pub(super) fn places(&self, words: &[String], slips: &Slips) -> Vec<(usize, usize)> {
        (0..words.len())
            .filter_map(|at| fits(&self.parts, words, at, slips).map(|end| (at, end)))
            .collect()
    }
}

impl Pattern {
    /// Adds the words it looks for: whole spellings and beginnings.
    pub(super) fn vocabulary(&self, whole: &mut BTreeSet<String>, begin: &mut BTreeSet<String>) {
        for part in &self.parts {
            if let Part::Word {
                whole: spellings,
                beginnings,
            } = part
            {
                whole.extend(spellings.iter().cloned());
                begin.extend(beginnings.iter().cloned());
            }
        }
    }
}

impl Slips {
    pub(super) fn may_be_one(&self, word: &str) -> bool {
        word.len() >= self.letters_min && !self.exact.contains(word)
    }

    pub(super) fn forgive(&self, meant: &str, written: &str) -> bool {
        meant.len() >= self.letters_min
            && meant.as_bytes().get(..self.beginning) == written.as_bytes().get(..self.beginning)
            && one_slip_apart(meant, written)
    }
}

fn parse_part(word: &str, sets: &BTreeMap<String, Vec<String>>) -> Result<Part, String> {
    if word == ".." {
        return Ok(Part::Gap);
    }
    let spellings = match word.strip_prefix('@') {
        Some(name) => sets
            .get(name)
            .cloned()
            .ok_or_else(|| format!("`@{name}` is not a set"))?,
        None => vec![word.to_owned()],
    };
    let mut expanded = Vec::new();
    for spelling in &spellings {
        expand(spelling, &mut expanded)?;
    }
    let (beginnings, whole): (Vec<_>, Vec<_>) =
        expanded.into_iter().partition(|word| word.ends_with('*'));
    let whole = whole.into_iter().collect();
    let beginnings = beginnings
        .into_iter()
        .map(|word| word.trim_end_matches('*').to_owned())
        .collect();
    Ok(Part::Word { whole, beginnings })
}

/// Writes out the alternatives of one word: `(a|wa)nipiga` is `anipiga` and `wanipiga`.
pub(super) fn expand(word: &str, into: &mut Vec<String>) -> Result<(), String> {
    let Some((before, rest)) = word.split_once('(') else {
        if into.len() >= SPELLINGS_MAX {
            return Err(format!("`{word}` has more than {SPELLINGS_MAX} spellings"));
        }
        into.push(word.to_owned());
        return Ok(());
    };
    let (choices, after) = rest
        .split_once(')')
        .ok_or_else(|| format!("`{word}` has no closing bracket"))?;
    choices
        .split('|')
        .try_for_each(|choice| expand(&format!("{before}{choice}{after}"), into))
}

fn fits(parts: &[Part], words: &[String], at: usize, slips: &Slips) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else {
        return Some(at);
    };
    match part {
        Part::Gap => (0..=GAP_WORDS_MAX).find_map(|skip| fits(rest, words, at + skip, slips)),
        Part::Word { whole, beginnings } => {
            let word = words.get(at)?;
            let fits_here = whole.contains(word)
                || beginnings.iter().any(|b| word.starts_with(b.as_str()))
                || (slips.may_be_one(word) && whole.iter().any(|w| slips.forgive(w, word)));
            fits_here.then(|| fits(rest, words, at + 1, slips))?
        }
    }
}
