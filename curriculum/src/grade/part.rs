//! A part of an argument as evidence: how it begins, and what it says beyond the question.
//!
//! A debate has no wrong opinion, so what is said is not compared with what others said. What can be
//! told from words is whether they do the work of this part: take a side, give a reason, tell of
//! something that happened, meet the other side; and whether they say anything at all.

use std::collections::BTreeSet;

use super::open::content;
use crate::exercise::SlotRole;
use crate::mastery::logistic;

/// Terms of the sum.
const TERMS: usize = 14;

/// Logistic coefficients per role: a constant, new words, distinct words, words, a word said twice, a
/// word of the question; begins as a reason, as an example, with other people; turns against, gives
/// a reason, takes a side, tells of somebody; nearness of meaning. Fitted on the graded examples of
/// `packs/debate`, each judged without itself, and on right answers to other debates at a tenth of
/// the weight.
const CLAIM: [f64; TERMS] = [
    -12.40, 0.00, 2.48, 2.96, -1.59, 2.35, -6.25, 0.00, 0.00, 0.00, 0.00, 3.79, 0.00, 9.11,
];
const BECAUSE: [f64; TERMS] = [
    -14.68, 3.85, 0.87, 4.03, -0.64, 0.00, 0.00, 0.00, 0.00, 0.00, 5.75, 0.00, 0.00, 7.63,
];
const EXAMPLE: [f64; TERMS] = [
    -9.62, 1.61, 1.29, 1.72, 0.00, 0.00, -5.61, -0.66, 0.00, 0.00, 0.00, 0.00, 3.59, 9.25,
];
const YET: [f64; TERMS] = [
    -11.69, 0.79, -0.23, 3.10, 0.00, 0.00, 0.00, -1.55, 2.11, 4.75, 0.00, 0.00, 0.00, 8.38,
];

/// Nearness of meaning where there are no sentence vectors: that of a middling answer, too little
/// for most to be taken as right.
const NEAR_UNKNOWN: f64 = 0.4;

/// What a part of an argument shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// Probability that it does its work and is about the topic.
    pub(super) probability: f64,
    /// Nothing is said but small words and the question's own words, or one other word.
    pub(super) is_empty: bool,
}

/// Words that begin or carry a reason.
const REASON: &[&str] = &[
    "because",
    "since",
    "cause",
    "coz",
    "cos",
    "kubera",
    "kuko",
    "sababu",
    "kwasababu",
    "maana",
    "impamvu",
    "ngo",
];
/// Words that announce an example.
const EXAMPLE_WORDS: &[&str] = &["example", "instance", "urugero", "mfano", "dore"];
/// Words that turn against what was said.
const AGAINST: &[&str] = &[
    "but",
    "yet",
    "however",
    "although",
    "though",
    "still",
    "even",
    "ariko",
    "nyamara",
    "lakini",
    "hata",
    "ijapokuwa",
];
/// Words with which other people's views are told.
const OTHERS: &[&str] = &[
    "some", "other", "others", "people", "they", "many", "another", "somebody", "someone", "it",
    "say", "says", "said", "may", "think", "thinks", "abandi", "bamwe", "bavuga", "wengine",
    "watu", "husema",
];
/// Words that take a side.
const STANCE: &[&str] = &[
    "should",
    "must",
    "ought",
    "good",
    "better",
    "best",
    "bad",
    "worse",
    "worst",
    "need",
    "needs",
    "needed",
    "agree",
    "disagree",
    "against",
    "favour",
    "think",
    "believe",
    "prefer",
    "would",
    "want",
    "right",
    "wrong",
    "not",
    "no",
    "never",
    "more",
    "less",
    "enough",
    "important",
    "useful",
    "useless",
    "helpful",
    "matter",
    "matters",
    "only",
    "both",
    "safe",
    "safer",
    "dangerous",
    "all",
    "every",
    "everybody",
    "everyone",
    "most",
    "too",
    "duty",
    "fair",
    "unfair",
    "work",
    "first",
    "ntekereza",
    "ngomba",
    "bagomba",
    "byiza",
    "bibi",
    "nziza",
    "nafikiri",
    "lazima",
    "nzuri",
    "vizuri",
    "mbaya",
];
/// Words of somebody, somewhere, at some time.
const EVENT: &[&str] = &[
    "my",
    "our",
    "his",
    "her",
    "when",
    "once",
    "last",
    "i",
    "we",
    "friend",
    "friends",
    "brother",
    "sister",
    "mother",
    "father",
    "neighbour",
    "neighbours",
    "neighbor",
    "cousin",
    "uncle",
    "aunt",
    "grandmother",
    "grandfather",
    "boy",
    "girl",
    "child",
    "teacher",
    "man",
    "woman",
    "day",
    "year",
    "week",
    "month",
    "yesterday",
    "school",
    "class",
    "village",
    "home",
    "family",
    "named",
    "called",
    "inshuti",
    "umuturanyi",
    "rafiki",
    "jirani",
    "jana",
];

/// Reads a part said to a cue. `topic` holds the words of the question, and for a claim the ideas
/// of its side; `near` is the likeness of meaning to what the debate is about, where it is known.
pub(super) fn read(role: SlotRole, said: &[String], topic: &[String], near: Option<f64>) -> Part {
    let marks = [REASON, EXAMPLE_WORDS, AGAINST, OTHERS];
    let is_mark = |word: &String| marks.iter().any(|words| words.contains(&word.as_str()));
    let meant: Vec<String> = said.iter().filter(|word| !is_mark(word)).cloned().collect();
    let meant = content(&meant);
    let distinct: BTreeSet<&String> = meant.iter().collect();
    let asked: BTreeSet<String> = content(topic).into_iter().collect();
    let new = distinct
        .iter()
        .filter(|word| !asked.contains(**word))
        .count();
    let has = |words: &[&str], from: usize, to: usize| {
        let mut looked_at = said.iter().take(to).skip(from);
        yes(looked_at.any(|word| words.contains(&word.as_str())))
    };
    let share = |count: usize, of: usize| count.min(of) as f64 / of as f64;
    let terms = [
        1.0,
        share(new, 4),
        share(distinct.len(), 5),
        share(said.len(), 12),
        yes(meant.len() > distinct.len()),
        yes(meant.iter().any(|word| asked.contains(word))),
        has(REASON, 0, 1),
        has(EXAMPLE_WORDS, 0, 3),
        has(OTHERS, 0, 1),
        has(AGAINST, 1, usize::MAX),
        has(REASON, 0, usize::MAX),
        has(STANCE, 0, usize::MAX),
        has(EVENT, 0, usize::MAX),
        near.unwrap_or(NEAR_UNKNOWN),
    ];
    let weights = match role {
        SlotRole::Claim => CLAIM,
        SlotRole::Because => BECAUSE,
        SlotRole::Example => EXAMPLE,
        SlotRole::Yet => YET,
    };
    let sum: f64 = weights
        .iter()
        .zip(terms)
        .map(|(weight, term)| weight * term)
        .sum();
    Part {
        probability: logistic(sum),
        is_empty: new == 0 || distinct.len() <= 1,
    }
}

fn yes(is: bool) -> f64 {
    f64::from(u8::from(is))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::wording::words;

    #[track_caller]
    fn check(role: SlotRole, said: &str, right: bool) {
        let topic = words("Should pupils have homework every day?");
        let part = read(role, &words(said), &topic, Some(0.6));
        assert_eq!(part.probability >= 0.75, right, "{said}: {part:?}");
    }

    #[test]
    fn a_part_that_does_its_work_is_told_from_one_that_says_nothing() {
        use SlotRole::{Because, Claim, Example, Yet};
        check(Claim, "I think a little homework every day is good", true);
        check(Claim, "homework is a thing", false);
        check(
            Claim,
            "because children are tired and must fetch water",
            false,
        );
        check(
            Because,
            "because we practise and remember the lesson longer",
            true,
        );
        check(Because, "because homework is homework", false);
        check(
            Example,
            "my sister reads with me and now she knows the sums",
            true,
        );
        check(Example, "for example homework", false);
        check(
            Yet,
            "some people say it tires us, but a little is enough",
            true,
        );
        check(Yet, "some people say", false);
    }
}
