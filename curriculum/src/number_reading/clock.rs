//! Times of day, in the English reckoning and that of Swahili and Kinyarwanda.

use super::expression::{Item, sense, tens};
use super::lexicon::Sense;
use super::token::Literal;

/// Minutes in half a day: a learner rarely says which half.
pub(super) const HALF_DAY: i64 = 720;

/// The times that begin at `at`, best first, as minutes after twelve, and where they end.
pub(super) fn longest(items: &[Item], at: usize) -> Option<(Vec<i64>, usize)> {
    let mut parses = Vec::new();
    if word(items, at) == Some("saa") {
        parses.extend(daylight(items, at + 1));
    } else {
        parses.extend(relative(items, at));
        parses.extend(said(items, at));
    }
    let next = parses.iter().map(|(_, next)| *next).max()?;
    let mut times = Vec::new();
    for (minutes, end) in parses {
        let minutes = minutes.rem_euclid(HALF_DAY);
        if end == next && !times.contains(&minutes) {
            times.push(minutes);
        }
    }
    Some((times, next))
}

fn word(items: &[Item], at: usize) -> Option<&str> {
    match items.get(at) {
        Some(Item::Other(word)) => Some(word),
        _ => None,
    }
}

fn hours(items: &[Item], at: usize) -> Vec<(i64, usize)> {
    let borrowed = match word(items, at) {
        Some("moya") => Some(1),
        Some("yine") => Some(4),
        _ => None,
    };
    if let Some(hour) = borrowed {
        return vec![(hour, at + 1)];
    }
    let within = |(hour, _): &(i64, usize)| (1..=12).contains(hour);
    tens(items, at).into_iter().filter(within).collect()
}

/// Minutes, with or without their noun.
fn minutes(items: &[Item], at: usize) -> Vec<(i64, usize)> {
    let is_noun = |at| {
        matches!(
            word(items, at),
            Some("dakika" | "iminota" | "minutes" | "minute" | "mins" | "min")
        )
    };
    let start = at + usize::from(is_noun(at));
    let within = |(minute, _): &(i64, usize)| (1..60).contains(minute);
    let found = tens(items, start).into_iter().filter(within);
    found
        .map(|(minute, end)| (minute, end + usize::from(is_noun(end))))
        .collect()
}

/// Half or a quarter of an hour.
fn part(items: &[Item], at: usize) -> Option<(i64, usize)> {
    let at = at + usize::from(sense(items, at) == Some(Sense::Article));
    match sense(items, at) {
        Some(Sense::Part(2)) => Some((30, at + 1)),
        Some(Sense::Part(4)) => Some((15, at + 1)),
        _ => None,
    }
}

/// `saa moja na nusu`: hours are counted from six, sunrise on the equator.
fn daylight(items: &[Item], at: usize) -> Vec<(i64, usize)> {
    let mut found = Vec::new();
    if let Some(Item::Literal(Literal {
        clock: Some((hour, minute)),
        ..
    })) = items.get(at)
    {
        let shown = i64::from(*hour) * 60 + i64::from(*minute);
        found.push((shown + 360, at + 1));
        // Digits are also copied from a clock as they stand.
        if *minute > 0 {
            found.push((shown, at + 1));
        }
    }
    for (hour, next) in hours(items, at) {
        let base = (hour + 6) * 60;
        let after = next + usize::from(sense(items, next) == Some(Sense::And));
        let more = part(items, after).into_iter();
        let counted = if after > next {
            minutes(items, after)
        } else {
            Vec::new()
        };
        found.extend(
            more.chain(counted)
                .map(|(minutes, end)| (base + minutes, end)),
        );
        match word(items, next) {
            Some("kasoro") => {
                let less = part(items, next + 1)
                    .into_iter()
                    .chain(minutes(items, next + 1));
                found.extend(less.map(|(minutes, end)| (base - minutes, end)));
            }
            Some("kasorobo") => found.push((base - 15, next + 1)),
            _ => {}
        }
        found.push((base, next));
    }
    found
}

/// `half past seven`, `twenty to five`, `half seven`.
fn relative(items: &[Item], at: usize) -> Vec<(i64, usize)> {
    let mut found = Vec::new();
    for (minutes, next) in part(items, at).into_iter().chain(minutes(items, at)) {
        let sign = match (word(items, next), sense(items, next)) {
            (Some("past" | "after"), _) => 1,
            // The reader of words takes `to` for a possible two.
            (Some("before"), _) | (_, Some(Sense::Alone(2))) => -1,
            _ => continue,
        };
        let named = hours(items, next + 1).into_iter();
        found.extend(named.map(|(hour, end)| (hour * 60 + sign * minutes, end)));
    }
    if let Some((30, next)) = part(items, at) {
        let named = hours(items, next).into_iter();
        found.extend(named.map(|(hour, end)| (hour * 60 + 30, end)));
    }
    found
}

/// `7:30`, `seven thirty`, `seven o'clock`, `noon`.
fn said(items: &[Item], at: usize) -> Vec<(i64, usize)> {
    let mut found = Vec::new();
    if let Some(Item::Literal(Literal {
        clock: Some((hour, minute)),
        ..
    })) = items.get(at)
    {
        let oclock = usize::from(word(items, at + 1) == Some("o'clock"));
        found.push((i64::from(*hour) * 60 + i64::from(*minute), at + 1 + oclock));
    }
    if matches!(word(items, at), Some("noon" | "midday" | "midnight")) {
        found.push((0, at + 1));
    }
    for (hour, next) in hours(items, at) {
        let oclock = usize::from(word(items, next) == Some("o'clock"));
        found.push((hour * 60, next + oclock));
        let oh = usize::from(sense(items, next) == Some(Sense::Oh));
        for (minute, end) in tens(items, next + oh) {
            if (oh == 1 && (1..10).contains(&minute)) || (oh == 0 && (10..60).contains(&minute)) {
                found.push((hour * 60 + minute, end));
            }
        }
    }
    found
}
