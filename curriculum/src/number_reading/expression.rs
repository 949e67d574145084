//! The grammar of numbers: words and digits in a row become values.
//!
//! Every function takes the items and where to begin, and gives each way to read on from there
//! with where it ends. Ways that are longer come first; of two as long, the likelier.

use super::lexicon::Sense;
use super::token::{Literal, Mark};
use crate::number::Number;

/// A token after its words were looked up.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Literal(Literal),
    Sense(Sense),
    Mark(Mark),
    Other(String),
}

/// A value and where the words for it end.
pub(super) type Parse = (Number, usize);
type Whole = (i64, usize);

/// Digits said one by one that are kept: longer runs are telephone numbers.
const DIGITS_MAX: usize = 12;

/// The longest readings of what begins at `at`, best first; `None` if no number begins there.
pub(super) fn longest(items: &[Item], at: usize) -> Option<(Vec<Number>, usize)> {
    let mut parses: Vec<Parse> = cardinals(items, at, i64::MAX)
        .into_iter()
        .map(|(value, next)| (Number::whole(value), next))
        .collect();
    parses.extend(literal(items, at));
    parses.extend(scaled_mixed(items, at));
    parses.extend(mixed(items, at));
    parses.extend(fraction(items, at));
    parses.extend(decimal(items, at));
    parses.extend(group(items, at));
    parses.extend(pair(items, at));
    parses.extend(digits(items, at));
    let next = parses.iter().map(|(_, next)| *next).max()?;
    let mut values = Vec::new();
    for (value, end) in parses {
        if end == next && !values.contains(&value) {
            values.push(value);
        }
    }
    Some((values, next))
}

pub(super) fn sense(items: &[Item], at: usize) -> Option<Sense> {
    match items.get(at) {
        Some(Item::Sense(sense)) => Some(*sense),
        _ => None,
    }
}

fn whole_literal(items: &[Item], at: usize) -> Option<i64> {
    match items.get(at) {
        Some(Item::Literal(literal)) => literal.value.as_whole(),
        _ => None,
    }
}

/// One to nine, in a word or as a digit.
fn unit(items: &[Item], at: usize) -> Option<i64> {
    match sense(items, at) {
        Some(Sense::Unit(unit)) => Some(unit.into()),
        Some(_) => None,
        None => whole_literal(items, at),
    }
    .filter(|unit| (1..=9).contains(unit))
}

/// Steps over `and` if it is there.
fn past_and(items: &[Item], at: usize) -> usize {
    at + usize::from(sense(items, at) == Some(Sense::And))
}

/// Below a hundred.
pub(super) fn tens(items: &[Item], at: usize) -> Vec<Whole> {
    let with_unit = |ten: i64, next: usize| {
        let after = past_and(items, next);
        let last = unit(items, after).or(match sense(items, after) {
            Some(Sense::Ordinal(place @ 1..=9)) => Some(place.into()),
            _ => None,
        });
        let longer = last.map(|unit| (ten + unit, after + 1));
        longer.into_iter().chain([(ten, next)]).collect()
    };
    match sense(items, at) {
        Some(Sense::Unit(value) | Sense::Teen(value)) => vec![(value.into(), at + 1)],
        // `the second one` names one thing.
        Some(Sense::Ordinal(place)) => {
            let one = sense(items, at + 1) == Some(Sense::Unit(1));
            vec![(place.into(), at + 1 + usize::from(one))]
        }
        Some(Sense::Tens(ten) | Sense::TensAnd(ten)) => with_unit(ten.into(), at + 1),
        Some(Sense::TensOf) => match unit(items, at + 1) {
            Some(unit) => with_unit(unit * 10, at + 2),
            None => Vec::new(),
        },
        Some(_) => Vec::new(),
        None => whole_literal(items, at)
            .filter(|value| (0..100).contains(value))
            .map(|value| (value, at + 1))
            .into_iter()
            .collect(),
    }
}

/// Below a thousand, and English `fifteen hundred`.
fn hundreds(items: &[Item], at: usize) -> Vec<Whole> {
    let mut found = Vec::new();
    let mut continued = |base: i64, next: usize, and_needed: bool| {
        let after = past_and(items, next);
        if after > next || !and_needed {
            let rest = tens(items, after)
                .into_iter()
                .filter(|(value, _)| *value > 0);
            found.extend(rest.map(|(value, end)| (base + value, end)));
        }
        found.push((base, next));
    };
    match sense(items, at) {
        Some(Sense::HundredOne) => {
            if unit(items, at + 1) == Some(1) {
                continued(100, at + 2, false);
            }
            continued(100, at + 1, false);
        }
        Some(Sense::HundredsOf(alone)) => {
            if let Some(unit) = unit(items, at + 1) {
                continued(unit * 100, at + 2, false);
            }
            if alone {
                continued(100, at + 1, true);
            }
        }
        Some(Sense::Hundred) => continued(100, at + 1, false),
        Some(Sense::Article) if sense(items, at + 1) == Some(Sense::Hundred) => {
            continued(100, at + 2, false);
        }
        _ => {}
    }
    for (base, next) in tens(items, at) {
        if base > 0 && sense(items, next) == Some(Sense::Hundred) {
            continued(base * 100, next + 1, false);
        }
    }
    let plain = whole_literal(items, at).filter(|value| (100..1000).contains(value));
    found.extend(plain.map(|value| (value, at + 1)));
    found.extend(tens(items, at));
    longest_first(found)
}

/// Whole numbers below `limit`: groups of falling scale.
pub(super) fn cardinals(items: &[Item], at: usize, limit: i64) -> Vec<Whole> {
    let mut found = Vec::new();
    for (base, next, scale) in scaled(items, at) {
        if base >= limit {
            continue;
        }
        if scale > 1 {
            let pause = next + usize::from(items.get(next) == Some(&Item::Mark(Mark::Pause)));
            let rest = cardinals(items, past_and(items, pause), scale.min(limit));
            let rest = rest.into_iter().filter(|(value, _)| *value > 0);
            found.extend(rest.map(|(value, end)| (base + value, end)));
        }
        found.push((base, next));
    }
    let plain = whole_literal(items, at).filter(|value| (1000..limit).contains(value));
    found.extend(plain.map(|value| (value, at + 1)));
    longest_first(found)
}

/// One group: its value, its end, and the scale below which the next one must be.
fn scaled(items: &[Item], at: usize) -> Vec<(i64, usize, i64)> {
    let mut found = Vec::new();
    let mut push = |base: i64, scale: i64, next: usize| {
        found.extend(base.checked_mul(scale).map(|value| (value, next, scale)));
    };
    let one_of = |at: usize| match sense(items, at) {
        Some(Sense::Scale(scale)) => Some(scale),
        _ => None,
    };
    match sense(items, at) {
        Some(Sense::Scale(scale)) => push(1, scale, at + 1),
        Some(Sense::Article) => {
            if let Some(scale) = one_of(at + 1) {
                push(1, scale, at + 2);
            }
        }
        Some(Sense::ScaleOne(scale)) => {
            if unit(items, at + 1) == Some(1) {
                push(1, scale, at + 2);
            }
            push(1, scale, at + 1);
        }
        Some(Sense::ScaleOf(scale, alone)) => {
            for (base, next) in hundreds(items, at + 1) {
                if base > 0 {
                    push(base, scale, next);
                }
            }
            if alone {
                push(1, scale, at + 1);
            }
        }
        _ => {}
    }
    for (base, next) in hundreds(items, at) {
        if base > 0 {
            if let Some(scale) = one_of(next) {
                push(base, scale, next + 1);
            }
            // `kumi elfu`: the multiplier first, though the scale may also begin a number.
            if let Some(Sense::ScaleOf(scale, _)) = sense(items, next)
                && hundreds(items, next + 1).is_empty()
            {
                push(base, scale, next + 1);
            }
        }
        push(base, 1, next);
    }
    found
}

/// Digits as written, with a scale after them: `1.5 million`, `3rd`.
fn literal(items: &[Item], at: usize) -> Vec<Parse> {
    let Some(Item::Literal(literal)) = items.get(at) else {
        return Vec::new();
    };
    match sense(items, at + 1) {
        Some(Sense::Scale(scale)) => {
            let value = literal.value.checked_mul(Number::whole(scale));
            value.map(|value| (value, at + 2)).into_iter().collect()
        }
        Some(Sense::OrdinalMark) => vec![(literal.value, at + 2)],
        _ => {
            let other = literal.other.map(|other| (other, at + 1));
            [(literal.value, at + 1)].into_iter().chain(other).collect()
        }
    }
}

/// `half`, `three quarters`, `robo tatu`, `one third`, `3/4`, `kimwe cya kabiri`.
fn fraction(items: &[Item], at: usize) -> Vec<Parse> {
    let mut found = Vec::new();
    let mut push = |over: i64, under: i64, next: usize| {
        found.extend(Number::ratio(over, under).map(|value| (value, next)));
    };
    let part = |at: usize| match sense(items, at) {
        Some(Sense::Part(part)) => Some(i64::from(part)),
        _ => None,
    };
    let place = |at: usize| match sense(items, at) {
        Some(Sense::Ordinal(place @ 3..)) => Some(i64::from(place)),
        _ => None,
    };
    let start = at + usize::from(sense(items, at) == Some(Sense::Article));
    if let Some(under) = part(start) {
        if let Some(over) = unit(items, start + 1).filter(|over| *over < under) {
            push(over, under, start + 2);
        }
        push(1, under, start + 1);
    }
    if let Some(under) = place(start) {
        push(1, under, start + 1);
    }
    for (over, next) in cardinals(items, at, 1000) {
        if let Some(under) = part(next) {
            push(over, under, next + 1);
        }
        if let Some(under) = place(next) {
            push(over, under, next + 1);
        }
        if let Some(start) = past_over(items, next) {
            for (under, end) in cardinals(items, start, 1001) {
                push(over, under, end);
            }
        }
    }
    found
}

/// Where the part below the line begins, if a line stands here.
fn past_over(items: &[Item], at: usize) -> Option<usize> {
    if items.get(at) == Some(&Item::Mark(Mark::Slash)) {
        return Some(at + 1);
    }
    match (sense(items, at), sense(items, at + 1)) {
        (Some(Sense::Over), Some(Sense::Of)) => Some(at + 2),
        (Some(Sense::Over | Sense::Of), _) => Some(at + 1),
        _ => None,
    }
}

/// `one and a half`, `1 1/2`, `two and a half thousand`.
fn mixed(items: &[Item], at: usize) -> Vec<Parse> {
    let mut found = Vec::new();
    for (whole, next) in cardinals(items, at, i64::MAX) {
        let after = past_and(items, next);
        let digits_only =
            whole_literal(items, at).is_some() && whole_literal(items, next).is_some();
        if after == next && !digits_only {
            continue;
        }
        for (part, end) in fraction(items, after) {
            if part >= Number::ONE {
                continue;
            }
            let value = Number::whole(whole).checked_add(part);
            let scale = match sense(items, end) {
                Some(Sense::Scale(scale)) => Some(Number::whole(scale)),
                _ => None,
            };
            match (value, scale) {
                (Some(value), Some(scale)) => {
                    found.extend(value.checked_mul(scale).map(|value| (value, end + 1)));
                }
                (Some(value), None) => found.push((value, end)),
                (None, _) => {}
            }
        }
    }
    found
}

/// `elfu mbili na nusu`: the part is one of the scale.
fn scaled_mixed(items: &[Item], at: usize) -> Vec<Parse> {
    let Some(Sense::ScaleOf(scale, _)) = sense(items, at) else {
        return Vec::new();
    };
    let scale = Number::whole(scale);
    let times = |(value, end): Parse| value.checked_mul(scale).map(|value| (value, end));
    let parts = mixed(items, at + 1)
        .into_iter()
        .chain(decimal(items, at + 1));
    parts.filter_map(times).collect()
}

/// `three point one four`, `point five`, `ten point twenty-five`, `bibiri n'ibice bitanu`.
fn decimal(items: &[Item], at: usize) -> Vec<Parse> {
    let mut heads = cardinals(items, at, i64::MAX);
    heads.push((0, at + usize::from(sense(items, at) == Some(Sense::Oh))));
    let mut found = Vec::new();
    for (whole, next) in heads {
        let point = past_and(items, next);
        if sense(items, point) != Some(Sense::Point) {
            continue;
        }
        for (digits, end) in decimals(items, point + 1) {
            let Some(value) = Number::from_decimal(&format!("{whole}.{digits}")) else {
                continue;
            };
            let scale = match sense(items, end) {
                Some(Sense::Scale(scale)) => value.checked_mul(Number::whole(scale)),
                _ => None,
            };
            found.extend(scale.map(|value| (value, end + 1)));
            found.push((value, end));
        }
    }
    found
}

/// What follows a point, as digits.
fn decimals(items: &[Item], at: usize) -> Vec<(String, usize)> {
    if let Some(Item::Literal(Literal {
        digits: Some(digits),
        ..
    })) = items.get(at)
    {
        return vec![(digits.clone(), at + 1)];
    }
    let mut found = Vec::new();
    let (spelled, end) = spelled_digits(items, at);
    if !spelled.is_empty() {
        found.push((spelled, end));
    }
    let named = tens(items, at)
        .into_iter()
        .filter(|(value, _)| *value >= 10);
    found.extend(named.map(|(value, end)| (value.to_string(), end)));
    found
}

/// `a dozen`, `half a dozen`, `dazeni mbili`.
fn group(items: &[Item], at: usize) -> Vec<Parse> {
    let is_article = |at: usize| sense(items, at) == Some(Sense::Article);
    let counted = cardinals(items, at, 1000).into_iter();
    let mut heads: Vec<Parse> = counted
        .map(|(value, next)| (Number::whole(value), next))
        .collect();
    heads.extend(fraction(items, at));
    heads.push((Number::ONE, at));
    let mut found = Vec::new();
    for (count, next) in heads {
        let next = next + usize::from(is_article(next));
        let Some(Sense::Group(size)) = sense(items, next) else {
            continue;
        };
        let size = Number::whole(size.into());
        let after = unit(items, next + 1).filter(|_| count == Number::ONE);
        let larger = after.and_then(|after| size.checked_mul(Number::whole(after)));
        found.extend(larger.map(|value| (value, next + 2)));
        found.extend(count.checked_mul(size).map(|value| (value, next + 1)));
    }
    found
}

/// `three fifty`: a price or a year said in two parts, 350 or 3.50.
fn pair(items: &[Item], at: usize) -> Vec<Parse> {
    let in_words = |at| {
        matches!(
            sense(items, at),
            Some(Sense::Unit(_) | Sense::Teen(_) | Sense::Tens(_))
        )
    };
    if !in_words(at) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (first, next) in tens(items, at) {
        let seconds = match sense(items, next) {
            Some(Sense::Teen(_) | Sense::Tens(_)) => tens(items, next),
            Some(Sense::Oh) => unit(items, next + 1)
                .map(|unit| (unit, next + 2))
                .into_iter()
                .collect(),
            _ => continue,
        };
        for (second, end) in seconds {
            if first > 0 && first != second {
                let together = first * 100 + second;
                found.push((Number::whole(together), end));
                found.extend(Number::ratio(together, 100).map(|value| (value, end)));
            }
        }
    }
    found
}

/// `one one six`, `double four`. Two equal digits are more often one digit said twice.
fn digits(items: &[Item], at: usize) -> Vec<Parse> {
    let (text, end) = spelled_digits(items, at);
    if end < at + 2 && text.len() < 2 {
        return if text == "0" {
            vec![(Number::ZERO, end)]
        } else {
            Vec::new()
        };
    }
    let value = Number::from_decimal(&text).map(|value| (value, end));
    let doubled = matches!(sense(items, at), Some(Sense::Times(_)));
    let said_twice = !doubled && end == at + 2 && text.len() == 2 && text[..1] == text[1..];
    let once = said_twice
        .then(|| Number::from_decimal(&text[..1]))
        .flatten();
    once.map(|once| (once, end))
        .into_iter()
        .chain(value)
        .collect()
}

fn spelled_digits(items: &[Item], mut at: usize) -> (String, usize) {
    let mut text = String::new();
    while text.len() < DIGITS_MAX {
        let (times, start) = match sense(items, at) {
            Some(Sense::Times(times)) => (usize::from(times), at + 1),
            _ => (1, at),
        };
        let digit = match items.get(start) {
            Some(Item::Sense(Sense::Unit(unit))) => unit.to_string(),
            Some(Item::Sense(Sense::Oh)) => "0".to_owned(),
            Some(Item::Literal(Literal {
                digits: Some(digit),
                ..
            })) if digit.len() == 1 => digit.clone(),
            _ => break,
        };
        text.push_str(&digit.repeat(times));
        at = start + 1;
    }
    (text, at)
}

fn longest_first(mut found: Vec<Whole>) -> Vec<Whole> {
    found.sort_by_key(|(_, next)| std::cmp::Reverse(*next));
    let mut kept: Vec<Whole> = Vec::new();
    for way in found {
        if !kept.contains(&way) {
            kept.push(way);
        }
    }
    kept
}
