//! From a whole answer to the numbers it can mean.

use super::clock;
use super::expression::{self, Item};
use super::lexicon::{Sense, senses};
use super::token::{Mark, TOKENS_MAX, Token, tokens};
use crate::Language;
use crate::number::Number;

/// What the question asks for, where a form has two meanings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hint {
    /// Any number: "three fifty" is 350 before 3.50.
    #[default]
    Any,
    /// A number with decimals: "three fifty" is 3.50 before 350.
    Decimal,
    /// A time of day.
    Time,
}

/// What kind of number was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// How many or how much.
    Amount,
    /// A time of day.
    Time,
}

/// One number that an answer can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The number; for a time, minutes after twelve, 0..720.
    pub value: Number,
    /// What kind of number it is.
    pub role: Role,
}

/// Most readings given for one answer: more would let a vague answer be right by chance.
const READINGS_MAX: usize = 4;

/// Every number that `text` can mean as an answer, best first.
///
/// Empty if there is no number, or several that no wording decides between ("forty or fifty"). A
/// number that the learner took back ("forty, no, fifty") is not among them.
pub fn read(text: &str, language: Language, hint: Hint) -> Vec<Reading> {
    let items = items(text, language);
    if let [Item::Sense(Sense::Alone(value))] = items.as_slice() {
        return readings(&[Number::whole((*value).into())], Role::Amount);
    }
    chosen(&events(&items, hint))
}

fn items(text: &str, language: Language) -> Vec<Item> {
    let mut items = Vec::new();
    for token in tokens(text, language) {
        match token {
            Token::Literal(literal) => items.push(Item::Literal(literal)),
            Token::Mark(mark) => items.push(Item::Mark(mark)),
            Token::Word(word) => match senses(&word, language).as_slice() {
                [] => items.push(Item::Other(word)),
                found => items.extend(found.iter().copied().map(Item::Sense)),
            },
        }
    }
    items.truncate(2 * TOKENS_MAX);
    // Marks at either end say nothing.
    let is_pause = |item: &Item| *item == Item::Mark(Mark::Pause);
    while items.last().is_some_and(is_pause) {
        items.pop();
    }
    let head = items.iter().take_while(|item| is_pause(item)).count();
    items.split_off(head)
}

/// What happens in an answer, number after number.
#[derive(Clone, Debug, PartialEq)]
enum Event {
    Number(Vec<Reading>),
    Sense(Sense),
    Pause,
    Other,
}

fn events(items: &[Item], hint: Hint) -> Vec<Event> {
    let mut events = Vec::new();
    let mut at = 0;
    while at < items.len() {
        let after_number = matches!(events.last(), Some(Event::Number(_)));
        let minus = match items[at] {
            Item::Mark(Mark::Minus) => !after_number,
            Item::Sense(Sense::Minus) => true,
            _ => false,
        };
        let start = at + usize::from(minus);
        if let Some((readings, next)) = number(items, start, hint, minus) {
            let percent = match items.get(next) {
                Some(Item::Mark(Mark::Percent) | Item::Sense(Sense::Percent)) => 1,
                Some(Item::Other(per)) if per == "per" => 2,
                _ => 0,
            };
            events.push(Event::Number(readings));
            at = next + percent;
            continue;
        }
        events.push(match &items[at] {
            Item::Sense(sense) => Event::Sense(*sense),
            Item::Mark(Mark::Equals) => Event::Sense(Sense::Equals),
            Item::Mark(Mark::Operator | Mark::Minus | Mark::Slash) => Event::Sense(Sense::Operator),
            Item::Mark(Mark::Pause) => Event::Pause,
            _ => Event::Other,
        });
        at += 1;
    }
    events
}

fn number(items: &[Item], at: usize, hint: Hint, minus: bool) -> Option<(Vec<Reading>, usize)> {
    if hint == Hint::Time {
        let (times, next) = clock::longest(items, at)?;
        let values: Vec<Number> = times.into_iter().map(Number::whole).collect();
        return Some((readings(&values, Role::Time), next));
    }
    let (mut values, next) = expression::longest(items, at)?;
    if hint == Hint::Decimal {
        // Stable: only a value with decimals overtakes its whole neighbour.
        values.sort_by_key(|value| value.as_whole().is_some());
    }
    if minus {
        values = values
            .into_iter()
            .filter_map(|value| Number::ZERO.checked_sub(value))
            .collect();
    }
    Some((readings(&values, Role::Amount), next))
}

fn readings(values: &[Number], role: Role) -> Vec<Reading> {
    values
        .iter()
        .take(READINGS_MAX)
        .map(|&value| Reading { value, role })
        .collect()
}

/// Which of the numbers said is the answer.
fn chosen(events: &[Event]) -> Vec<Reading> {
    let events = without_negated(events);
    let events = after_last(&events, |event| *event == Event::Sense(Sense::Takes));
    let events = before_reason(events);
    let hedged = events.windows(3).any(|three| {
        matches!(three, [Event::Number(a), Event::Sense(Sense::Or), Event::Number(b)] if a != b)
    });
    if hedged {
        return Vec::new();
    }
    let events = after_last(events, |event| *event == Event::Sense(Sense::Equals));
    let in_sum = events.contains(&Event::Sense(Sense::Operator));
    let numbers: Vec<&Vec<Reading>> = events
        .iter()
        .filter_map(|event| match event {
            Event::Number(readings) => Some(readings),
            _ => None,
        })
        .collect();
    match numbers.as_slice() {
        [] => Vec::new(),
        [first, rest @ ..] if rest.iter().all(|other| other == first) => (*first).clone(),
        // `3 plus 4, 7`: the sum is repeated before its value.
        [.., last] if in_sum && numbers.len() == 3 => (*last).clone(),
        _ => Vec::new(),
    }
}

/// Leaves out numbers that follow a negation, with a word or two between: `ntabwo ari 40`.
fn without_negated(events: &[Event]) -> Vec<Event> {
    let mut kept = Vec::with_capacity(events.len());
    let mut negated = 0;
    for event in events {
        match event {
            Event::Sense(Sense::Not) => negated = 3,
            Event::Number(_) if negated > 0 => negated = 0,
            other => {
                negated = i32::max(0, negated - 1);
                kept.push(other.clone());
            }
        }
    }
    kept
}

/// What follows the last `mark` that a number follows.
fn after_last(events: &[Event], mark: impl Fn(&Event) -> bool) -> &[Event] {
    let is_number = |event: &Event| matches!(event, Event::Number(_));
    let last_number = events.iter().rposition(is_number).unwrap_or(0);
    match events[..last_number].iter().rposition(mark) {
        Some(at) => &events[at + 1..],
        None => events,
    }
}

/// What stands before `because`, if a number does.
fn before_reason(events: &[Event]) -> &[Event] {
    let reason = events
        .iter()
        .position(|event| *event == Event::Sense(Sense::Because));
    match reason {
        Some(at)
            if events[..at]
                .iter()
                .any(|event| matches!(event, Event::Number(_))) =>
        {
            &events[..at]
        }
        _ => events,
    }
}
