//! How alike two answers are: in words, in word order, in letters, and in meaning.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use super::vocabulary::{NOT, is_common, is_negation, stem};

/// Terms of an answer with their weights, of unit length together.
type Terms = Vec<(u32, f64)>;

/// How many ways there are to look at an answer's words.
pub(super) const VIEWS: usize = 3;

/// An answer as terms, one list for each view: words under negation, neighbours, letters.
#[derive(Clone, Debug)]
pub(super) struct Viewed([Terms; VIEWS]);

/// Turns words into terms, as rare terms weigh more among the answers to this question.
#[derive(Clone, Debug, Default)]
pub(super) struct Views {
    numbers: [HashMap<String, u32>; VIEWS],
    weights: [Vec<f64>; VIEWS],
    unknown: f64,
}

impl Views {
    /// Learns the terms and their weights from the answers given as words.
    pub(super) fn new(answers: &[Vec<String>]) -> Self {
        let mut views = Self::default();
        let count = answers.len() as f64;
        views.unknown = libm::log((count + 1.0) / 0.5);
        let mut seen: [Vec<u32>; VIEWS] = Default::default();
        for answer in answers {
            for (view, terms) in terms(answer).into_iter().enumerate() {
                for term in terms.into_keys() {
                    let next = views.numbers[view].len();
                    let number = *views.numbers[view]
                        .entry(term)
                        .or_insert(u32::try_from(next).unwrap_or(u32::MAX));
                    let at = number as usize;
                    if at == seen[view].len() {
                        seen[view].push(0);
                    }
                    seen[view][at] += 1;
                }
            }
        }
        views.weights = seen.map(|seen| {
            let weight = |count_seen: u32| libm::log((count + 1.0) / (f64::from(count_seen) + 0.5));
            seen.into_iter().map(weight).collect()
        });
        views
    }

    pub(super) fn view(&self, answer: &[String]) -> Viewed {
        let mut found = terms(answer).into_iter().enumerate().map(|(view, terms)| {
            let mut known: Terms = Vec::with_capacity(terms.len());
            let mut square = 0.0;
            for (term, count) in terms {
                let times = 1.0 + libm::log(f64::from(count));
                match self.numbers[view].get(&term) {
                    Some(&number) => {
                        let weight = times * self.weights[view][number as usize];
                        square += weight * weight;
                        known.push((number, weight));
                    }
                    // A new term is like nothing, but it makes the answer less like the others.
                    None => square += (times * self.unknown) * (times * self.unknown),
                }
            }
            let length = if square > 0.0 {
                libm::sqrt(square)
            } else {
                1.0
            };
            known.iter_mut().for_each(|(_, weight)| *weight /= length);
            known.sort_unstable_by_key(|(number, _)| *number);
            known
        });
        let mut next = || found.next().unwrap_or_default();
        Viewed([next(), next(), next()])
    }
}

impl Viewed {
    /// Likeness of one view, 0..=1.
    pub(super) fn likeness(&self, other: &Self, view: usize) -> f64 {
        let (a, b) = (&self.0[view], &other.0[view]);
        let (mut i, mut j, mut sum) = (0, 0, 0.0);
        while i < a.len() && j < b.len() {
            match a[i].0.cmp(&b[j].0) {
                std::cmp::Ordering::Less => i += 1,
                std::cmp::Ordering::Greater => j += 1,
                std::cmp::Ordering::Equal => {
                    sum += a[i].1 * b[j].1;
                    i += 1;
                    j += 1;
                }
            }
        }
        sum
    }
}

fn terms(words: &[String]) -> [BTreeMap<String, u32>; VIEWS] {
    [
        counted(under_negation(words)),
        counted(neighbours(words)),
        counted(letters(words)),
    ]
}

fn counted<T: Hash + Ord>(terms: impl IntoIterator<Item = T>) -> BTreeMap<T, u32> {
    let mut counts = BTreeMap::new();
    for term in terms {
        *counts.entry(term).or_default() += 1;
    }
    counts
}

/// How many words a negation reaches.
const REACH: u32 = 4;

/// Stems, those within reach of a negation marked: *not connected* has no word in common with
/// *connected*.
fn under_negation(words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut reach = 0;
    for word in words {
        if is_negation(word) {
            found.push(NOT.to_owned());
            reach = REACH;
            continue;
        }
        if !is_common(word) {
            let mark = if reach > 0 { "!" } else { "" };
            found.push(format!("{mark}{}", stem(word)));
        }
        reach = reach.saturating_sub(1);
    }
    found
}

/// Two and three words in a row, without the common ones.
fn neighbours(words: &[String]) -> Vec<String> {
    let content = super::vocabulary::content(words);
    let bounded: Vec<&str> = ["^"]
        .into_iter()
        .chain(content.iter().map(String::as_str))
        .chain(["$"])
        .collect();
    let pairs = bounded.windows(2).map(|run| run.join(" "));
    pairs
        .chain(content.windows(3).map(|run| run.join(" ")))
        .collect()
}

/// Four letters in a row, across words: what misspelled answers still share.
pub(super) fn letters(words: &[String]) -> Vec<String> {
    let text: Vec<char> = format!(" {} ", words.join(" ")).chars().collect();
    text.windows(4).map(|run| run.iter().collect()).collect()
}

/// Cosine of two vectors; 0 if either is empty, or they are of two lengths.
pub(super) fn cosine(a: &[f64], b: &[f64]) -> f64 {
    if a.len() != b.len() || a.is_empty() {
        return 0.0;
    }
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let length = libm::sqrt(product(a, a) * product(b, b));
    if length > 0.0 {
        product(a, b) / length
    } else {
        0.0
    }
}
