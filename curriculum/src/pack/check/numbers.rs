//! Generators and numbers: enough draws, and known errors that are not the right value.

use std::collections::BTreeMap;

use crate::exercise::Exercise;
use crate::formula::is_number_name;
use crate::number::Number;
use crate::question::Question;

use super::desk::Desk;
use super::exercise::named;

/// Draws that keep a child from meeting the same numbers twice in a month.
const DRAWS_WANTED: usize = 30;

pub(super) fn check_numbers(
    desk: &mut Desk<'_>,
    part: &str,
    exercise: &Exercise,
    questions: &[Question],
) {
    check_generator(desk, part, exercise, questions.len());
    for question in questions {
        check_values(desk, part, question);
    }
    check_one_value_two_misconceptions(desk, part, questions);
}

fn check_generator(desk: &mut Desk<'_>, part: &str, exercise: &Exercise, draws: usize) {
    let Some(generator) = &exercise.generator else {
        return;
    };
    for (index, range) in generator.numbers.iter().enumerate() {
        let part = format!("{part}/numbers/{}", range.name);
        if !is_number_name(&range.name) {
            let message = format!(
                "`{}` cannot name a number: use a lower-case word",
                range.name
            );
            desk.error(&part, "generator", message);
        }
        if range.low > range.high || range.step < 1 {
            let message = "range is empty: expected LOW..HIGH with LOW up to HIGH".to_owned();
            desk.error(&part, "generator", message);
        }
        let same = |other: &crate::exercise::NumberRange| other.name == range.name;
        if generator.numbers[..index].iter().any(same) {
            desk.error(
                &part,
                "duplicate-id",
                format!("`{}` is drawn twice", range.name),
            );
        }
    }
    let numbers = format!("{part}/numbers");
    if draws == 0 {
        let message = "no numbers within the ranges meet the condition".to_owned();
        desk.error(&numbers, "few-draws", message);
    } else if draws < DRAWS_WANTED {
        let message = format!("only {draws} different draws, {DRAWS_WANTED} wanted");
        desk.warn(&numbers, "few-draws", message);
    }
}

fn check_values(desk: &mut Desk<'_>, part: &str, question: &Question) {
    let Some(answer) = question.number_answer() else {
        return;
    };
    let drawn = named(question.exercise(), question.numbers());
    for (index, value) in question.misconception_values() {
        if value == answer || question.number_also().contains(&value) {
            let part = format!("{part}/misconception/{index}/value");
            let message = format!("{value} is also the right value with {drawn}");
            desk.error(&part, "ambiguous-answer", message);
        }
    }
    for (index, also) in question.number_also().iter().enumerate() {
        if *also == answer {
            let part = format!("{part}/also/{index}");
            let message = format!("{also} is already `answer` with {drawn}");
            desk.warn(&part, "ambiguous-answer", message);
        }
    }
}

/// Two misconceptions that always show as the same value cannot be told apart.
fn check_one_value_two_misconceptions(desk: &mut Desk<'_>, part: &str, questions: &[Question]) {
    let mut values: BTreeMap<usize, Vec<Number>> = BTreeMap::new();
    for question in questions {
        for (index, value) in question.misconception_values() {
            values.entry(index).or_default().push(value);
        }
    }
    for (index, own) in &values {
        let same = values.range(..index).find(|(_, others)| *others == own);
        if let Some((other, _)) = same {
            let part = format!("{part}/misconception/{index}/value");
            let message = format!("always the same value as misconception {}", other + 1);
            desk.error(&part, "ambiguous-answer", message);
        }
    }
}
