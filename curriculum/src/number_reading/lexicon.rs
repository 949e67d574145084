//! What each number word means, in every taught language.
//!
//! Learners mix languages, so a word is looked up in all of them, the language of teaching first.

use super::words;
use crate::Language;

/// The part a word plays in a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// Zero to nine.
    Unit(u8),
    /// `oh`, a zero only among digits.
    Oh,
    /// Ten to nineteen in one word (English).
    Teen(u8),
    /// Twenty to ninety in English: a unit may follow at once.
    Tens(u8),
    /// Ten to ninety in one word where a connective follows: `ishirini na tano`.
    TensAnd(u8),
    /// `mirongo`: the unit that follows says how many tens.
    TensOf,
    /// `hundred`, after its multiplier.
    Hundred,
    /// `ijana`: one hundred, complete.
    HundredOne,
    /// `magana`, `mia`: the unit that follows says how many hundreds. True if it may stand alone.
    HundredsOf(bool),
    /// `thousand`, after its multiplier.
    Scale(i64),
    /// `igihumbi`: one thousand, complete.
    ScaleOne(i64),
    /// `ibihumbi`, `elfu`: the multiplier follows. True if it may stand alone.
    ScaleOf(i64, bool),
    /// `a`, before `hundred`, `half`, `dozen`.
    Article,
    And,
    Point,
    /// `half`, `quarters`, `robo`: the part's denominator.
    Part(u8),
    /// `over`, `kuri`, `juu ya`.
    Over,
    /// `cya`, `za`: over between two numbers, nothing elsewhere.
    Of,
    Ordinal(u8),
    /// `th` after digits.
    OrdinalMark,
    Minus,
    /// `double`, `triple`: how many times the next digit is meant.
    Times(u8),
    /// `dozen`, `pair`.
    Group(u8),
    /// `sorry`, `no`: what came before is taken back.
    Takes,
    /// `not`: what follows is not the answer.
    Not,
    Or,
    /// `is`, `equals`, `so`: the answer follows.
    Equals,
    /// `because`: the answer came before.
    Because,
    /// `plus`, `times`: numbers on both sides are part of a sum.
    Operator,
    Percent,
    /// A word that is a number only when it is the whole answer: `to`, `for`, `ate`.
    Alone(u8),
}

/// The senses of one word, in order: `numunani` is a connective and a unit.
pub(super) fn senses(word: &str, language: Language) -> Vec<Sense> {
    let order = match language {
        Language::KINYARWANDA => [Language::KINYARWANDA, Language::ENGLISH, Language::SWAHILI],
        Language::SWAHILI => [Language::SWAHILI, Language::ENGLISH, Language::KINYARWANDA],
        _ => [Language::ENGLISH, Language::KINYARWANDA, Language::SWAHILI],
    };
    if let Some(sense) = order.iter().find_map(|&language| exact(word, language)) {
        return vec![sense];
    }
    if let Some(parts) = order.iter().find_map(|&language| compound(word, language)) {
        return parts.to_vec();
    }
    let near = order
        .iter()
        .find_map(|&language| words::nearest(word, language));
    near.into_iter().collect()
}

fn exact(word: &str, language: Language) -> Option<Sense> {
    match language {
        Language::KINYARWANDA => words::kinyarwanda(&word.replace('l', "r")),
        Language::SWAHILI => words::swahili(word),
        _ => words::english(word),
    }
}

/// Two words written as one: `twentyfive`, `maganabiri`, `natano`.
fn compound(word: &str, language: Language) -> Option<[Sense; 2]> {
    let joints: &[(&str, Sense)] = match language {
        Language::KINYARWANDA => &[
            ("na", Sense::And),
            ("n", Sense::And),
            ("mirongw", Sense::TensOf),
            ("mirongo", Sense::TensOf),
            ("magan", Sense::HundredsOf(false)),
        ],
        Language::SWAHILI => &[("na", Sense::And)],
        _ => &[],
    };
    for (joint, sense) in joints {
        let rest = word.strip_prefix(joint).filter(|rest| rest.len() >= 3);
        if let Some(second) = rest
            .and_then(|rest| exact(rest, language))
            .filter(is_number)
        {
            return Some([*sense, second]);
        }
    }
    let splits = word
        .char_indices()
        .map(|(at, _)| at)
        .filter(|at| *at >= 3 && word.len() - at >= 3);
    splits
        .filter_map(|at| {
            let (head, tail) = word.split_at(at);
            let senses = [exact(head, language)?, exact(tail, language)?];
            senses.iter().all(is_number).then_some(senses)
        })
        .next()
}

fn is_number(sense: &Sense) -> bool {
    use Sense::{
        Hundred, HundredOne, HundredsOf, Scale, ScaleOf, ScaleOne, Teen, Tens, TensAnd, TensOf,
        Unit,
    };
    matches!(
        sense,
        Unit(_)
            | Teen(_)
            | Tens(_)
            | TensAnd(_)
            | TensOf
            | Hundred
            | HundredOne
            | HundredsOf(_)
            | Scale(_)
            | ScaleOne(_)
            | ScaleOf(..)
    )
}
