//! An answer beside a reference: what they share, what is missing, what contradicts.

use std::collections::BTreeSet;

use super::likeness::letters;
use super::vocabulary::{NOT, content};

/// Measures of an answer against one reference, each 0..=1 unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Compared {
    /// Share of the reference's words that the answer has.
    pub(super) recall: f64,
    /// Share of the answer's words that the reference has.
    pub(super) precision: f64,
    /// Recall of the words that the question did not give.
    pub(super) new_recall: f64,
    /// Share of the reference in the answer in the same order.
    pub(super) in_order: f64,
    /// Logarithm of the answer's length over the reference's.
    pub(super) longer: f64,
    /// Letter sequences in common.
    pub(super) letters: f64,
    /// 1 if exactly one of the two has a negation.
    pub(super) negation: f64,
    /// 1 if one has a word whose opposite the other has.
    pub(super) opposite: f64,
    /// 1 if a label such as `B` or `x` of the reference is missing.
    pub(super) label_missing: f64,
    /// Share of the reference's numbers that are missing.
    pub(super) number_missing: f64,
    /// 1 if the answer has a number that neither question nor reference has.
    pub(super) number_new: f64,
}

/// Pairs of stems that turn a statement round.
const OPPOSITES: [(&str, &str); 40] = [
    ("open", "clos"),
    ("connect", "separat"),
    ("connect", "disconnect"),
    ("connect", "gap"),
    ("positiv", "negativ"),
    ("complet", "incomplet"),
    ("complet", "break"),
    ("sam", "differ"),
    ("high", "low"),
    ("higher", "lower"),
    ("mor", "less"),
    ("mor", "few"),
    ("increas", "decreas"),
    ("big", "small"),
    ("bigger", "smaller"),
    ("hot", "cold"),
    ("wet", "dry"),
    ("clean", "dirty"),
    ("safe", "danger"),
    ("always", "never"),
    ("befor", "after"),
    ("abov", "below"),
    ("insid", "outsid"),
    ("inside", "outside"),
    ("first", "last"),
    ("start", "stop"),
    ("begin", "end"),
    ("full", "empty"),
    ("alive", "dead"),
    ("day", "night"),
    ("good", "bad"),
    ("true", "fals"),
    ("rich", "poor"),
    ("strong", "weak"),
    ("happy", "sad"),
    ("love", "hate"),
    ("buy", "sell"),
    ("win", "lose"),
    ("fast", "slow"),
    ("early", "late"),
];

pub(super) fn compare(
    answer: &[String],
    reference: &[String],
    question: &BTreeSet<String>,
) -> Compared {
    let (said, meant) = (content(answer), content(reference));
    let said_set: BTreeSet<&str> = said.iter().map(String::as_str).collect();
    let meant_set: BTreeSet<&str> = meant.iter().map(String::as_str).collect();
    let shared = said_set.intersection(&meant_set).count() as f64;
    let is_new = |word: &&&str| !question.contains(**word) && **word != NOT;
    let new: Vec<&&str> = meant_set.iter().filter(is_new).collect();
    let new_said = new.iter().filter(|word| said_set.contains(**word)).count() as f64;
    let numbers = |set: &BTreeSet<&str>| -> BTreeSet<String> {
        let is_number = |word: &&&str| word.starts_with(|c: char| c.is_ascii_digit());
        set.iter()
            .filter(is_number)
            .map(|word| (*word).to_owned())
            .collect()
    };
    let labels = |set: &BTreeSet<&str>| -> BTreeSet<String> {
        let is_label =
            |word: &&&str| word.len() == 1 && word.starts_with(|c: char| c.is_alphabetic());
        set.iter()
            .filter(is_label)
            .map(|word| (*word).to_owned())
            .collect()
    };
    let (said_numbers, meant_numbers) = (numbers(&said_set), numbers(&meant_set));
    let missing = meant_numbers.difference(&said_numbers).count() as f64;
    let flag = |holds: bool| if holds { 1.0 } else { 0.0 };
    Compared {
        recall: shared / at_least_one(meant_set.len()),
        precision: shared / at_least_one(said_set.len()),
        new_recall: if new.is_empty() {
            0.5
        } else {
            new_said / new.len() as f64
        },
        in_order: common_in_order(&said, &meant) as f64 / at_least_one(meant.len()),
        longer: libm::log((1.0 + said.len() as f64) / (1.0 + meant.len() as f64)),
        letters: letters_shared(answer, reference),
        negation: flag(said_set.contains(NOT) != meant_set.contains(NOT)),
        opposite: flag(has_opposite(&said_set, &meant_set)),
        label_missing: flag(
            labels(&meant_set)
                .difference(&labels(&said_set))
                .next()
                .is_some(),
        ),
        number_missing: missing / at_least_one(meant_numbers.len()),
        number_new: flag(
            said_numbers
                .difference(&meant_numbers)
                .any(|number| !question.contains(number)),
        ),
    }
}

fn at_least_one(count: usize) -> f64 {
    count.max(1) as f64
}

fn has_opposite(said: &BTreeSet<&str>, meant: &BTreeSet<&str>) -> bool {
    let only_said = |word: &str| said.contains(word) && !meant.contains(word);
    let only_meant = |word: &str| meant.contains(word) && !said.contains(word);
    OPPOSITES
        .iter()
        .any(|(a, b)| (only_said(a) && only_meant(b)) || (only_said(b) && only_meant(a)))
}

/// Length of the longest common subsequence.
fn common_in_order(a: &[String], b: &[String]) -> usize {
    let mut row = vec![0_usize; b.len() + 1];
    for word in a {
        let mut diagonal = 0;
        for (j, other) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if word == other {
                diagonal + 1
            } else {
                above.max(row[j])
            };
            diagonal = above;
        }
    }
    row[b.len()]
}

fn letters_shared(a: &[String], b: &[String]) -> f64 {
    let (a, b): (BTreeSet<String>, BTreeSet<String>) = (
        letters(a).into_iter().collect(),
        letters(b).into_iter().collect(),
    );
    2.0 * a.intersection(&b).count() as f64 / at_least_one(a.len() + b.len())
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::words;
    use super::*;

    fn compared(answer: &str, reference: &str) -> Compared {
        compare(&words(answer), &words(reference), &BTreeSet::new())
    }

    #[test]
    fn a_contradiction_shows() {
        assert_eq!(
            compared("the switch is closed", "the switch is open").opposite,
            1.0
        );
        assert_eq!(
            compared("the goat is not inside", "the goat is inside").negation,
            1.0
        );
        assert_eq!(compared("bulb a is 3", "bulb b is 2").label_missing, 1.0);
        assert_eq!(compared("3 goats", "2 goats").number_missing, 1.0);
    }

    #[test]
    fn the_reference_itself_is_complete() {
        let same = compared("there is a closed path", "there is a closed path");
        assert_eq!(
            (same.recall, same.precision, same.in_order, same.opposite),
            (1.0, 1.0, 1.0, 0.0)
        );
    }
}
