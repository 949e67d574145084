//! Numbers: right if what was said can mean the expected value.

use super::grading::{Grade, LIKELY, Reason, SURE, Understood};
use super::unit;
use crate::answer::Answer;
use crate::number::Number;
use crate::number_reading::{Hint, Reading, Role, read};
use crate::question::Question;

/// The unit of a question that asks for a time of day; its value is in minutes after midnight.
const TIME: &str = "time";

const HALF_DAY: i64 = 720;

pub(super) fn grade(question: &Question, answer: &Answer) -> Grade {
    let Some(expected) = question.number_answer() else {
        return Grade::unclear(Reason::NotAsked, Understood::Nothing);
    };
    let asked_time = question.unit() == Some(TIME);
    let hint = match expected.as_whole() {
        _ if asked_time => Hint::Time,
        None => Hint::Decimal,
        Some(_) => Hint::Any,
    };
    let readings = read(&answer.text, answer.language, hint);
    let Some(best) = readings.first() else {
        let numbers = answer.text.chars().any(|c| c.is_ascii_digit());
        let reason = if numbers {
            Reason::Several
        } else {
            Reason::NotFound
        };
        return Grade::unclear(reason, Understood::Nothing);
    };
    let said = unit::said(&answer.text);
    let factor = match (said, question.unit().and_then(unit::named)) {
        (Some(said), Some(asked)) => match said.in_terms_of(asked) {
            Some(factor) => factor,
            None => {
                let name = said.name.to_owned();
                return Grade::not_yet(Reason::OtherUnit(name), understood(best), None);
            }
        },
        _ => Number::ONE,
    };
    let values = readings.iter().map(|reading| converted(reading, factor));
    let values: Vec<Option<Number>> = values.collect();
    let wanted = |value: &Option<Number>| {
        [expected]
            .iter()
            .chain(question.number_also())
            .any(|right| {
                let right = if asked_time {
                    on_the_dial(*right)
                } else {
                    Some(*right)
                };
                right.is_some() && right == *value
            })
    };
    let misconception = |value: &Option<Number>| {
        let mut shown = question.misconception_values();
        shown
            .find(|(_, wrong)| Some(*wrong) == *value)
            .map(|(index, _)| index)
    };
    match values.iter().position(wanted) {
        Some(0) => Grade::right(SURE, Reason::Matches, understood(best)),
        // Only a second reading is right, and the first is a known wrong way.
        Some(_) if misconception(&values[0]).is_some() => {
            Grade::unclear(Reason::Ambiguous, understood(best))
        }
        Some(place) => Grade::right(LIKELY, Reason::Matches, understood(&readings[place])),
        None => {
            let shown = values.iter().find_map(misconception);
            Grade::not_yet(Reason::Differs, understood(best), shown)
        }
    }
}

fn converted(reading: &Reading, factor: Number) -> Option<Number> {
    reading.value.checked_mul(factor)
}

/// Half days are not told apart.
fn on_the_dial(minutes: Number) -> Option<Number> {
    minutes
        .as_whole()
        .map(|minutes| Number::whole(minutes.rem_euclid(HALF_DAY)))
}

fn understood(reading: &Reading) -> Understood {
    match (reading.role, reading.value.as_whole()) {
        (Role::Time, Some(minutes)) => Understood::Time(minutes),
        _ => Understood::Number(reading.value),
    }
}
