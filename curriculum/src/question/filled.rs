//! Every text of an exercise with its holes filled.

use crate::exercise::{Exercise, Output, Seen, Template};
use crate::formula::{Drawn, Expression, FormulaError};
use crate::number::Number;
use crate::template::{TemplateError, fill};
use crate::{Language, Localised};

use super::DrawError;

/// The texts and values of a question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) theory: Localised<String>,
    pub(super) introduction: Localised<String>,
    pub(super) input: Localised<String>,
    pub(super) sms: Localised<String>,
    pub(super) hints: Localised<Vec<String>>,
    pub(super) explain: Localised<String>,
    pub(super) repairs: Vec<Localised<String>>,
    /// Wordings of each option; accepted wordings; the things to order.
    pub(super) options: Vec<Localised<Vec<String>>>,
    pub(super) accepted: Localised<Vec<String>>,
    pub(super) items: Localised<Vec<String>>,
    pub(super) answer: Option<Number>,
    pub(super) also: Vec<Number>,
    pub(super) seen: Vec<SeenValue>,
}

/// The answer that gives a misconception away, worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SeenValue {
    Value(Number),
    Option(usize),
    Phrase(Localised<Vec<String>>),
}

pub(super) fn fill_exercise(exercise: &Exercise, numbers: &[i64]) -> Result<Filled, DrawError> {
    let ranges = exercise
        .generator
        .as_ref()
        .map_or(&[][..], |generator| &generator.numbers);
    let drawn = Drawn::new(ranges, numbers);
    let text = |source: TemplateError| DrawError::Text {
        exercise: exercise.id.clone(),
        source,
    };
    let value = |source: FormulaError| DrawError::Value {
        exercise: exercise.id.clone(),
        source,
    };
    let mut filled = texts(exercise, &drawn).map_err(text)?;
    for misconception in &exercise.misconceptions {
        filled.seen.push(match &misconception.seen {
            Seen::Value(formula) => SeenValue::Value(work_out(formula, &drawn).map_err(value)?),
            Seen::Option(index) => SeenValue::Option(*index),
            Seen::Phrase(phrases) => SeenValue::Phrase(each_list(phrases, &drawn).map_err(text)?),
        });
    }
    match &exercise.output {
        Output::Number { answer, also, .. } => {
            filled.answer = Some(work_out(answer, &drawn).map_err(value)?);
            let also = also.iter().map(|formula| work_out(formula, &drawn));
            filled.also = also.collect::<Result<_, _>>().map_err(value)?;
        }
        Output::Choice { options, .. } => {
            let options = options.iter().map(|wordings| each_list(wordings, &drawn));
            filled.options = options.collect::<Result<_, _>>().map_err(text)?;
        }
        Output::Phrase { accepted } | Output::FillIn { accepted } => {
            filled.accepted = each_list(accepted, &drawn).map_err(text)?;
        }
        Output::Order { items } => filled.items = each_list(items, &drawn).map_err(text)?,
        // Lines, stories, rubrics and arguments are told as written: they have no holes.
        Output::Line { accepted } => filled.accepted = accepted.clone(),
        Output::Open(_) | Output::Story { .. } | Output::Argument { .. } => {}
    }
    Ok(filled)
}

fn texts(exercise: &Exercise, drawn: &Drawn<'_>) -> Result<Filled, TemplateError> {
    let repairs = exercise
        .misconceptions
        .iter()
        .map(|misconception| each(&misconception.repair, drawn));
    Ok(Filled {
        theory: each(&exercise.theory, drawn)?,
        introduction: each(&exercise.introduction, drawn)?,
        input: each(&exercise.input, drawn)?,
        sms: each(&exercise.sms, drawn)?,
        hints: each_list(&exercise.hints, drawn)?,
        explain: each(&exercise.explain, drawn)?,
        repairs: repairs.collect::<Result<_, _>>()?,
        ..Filled::default()
    })
}

fn each(
    texts: &Localised<Template>,
    drawn: &Drawn<'_>,
) -> Result<Localised<String>, TemplateError> {
    let filled = |(language, text): (Language, &Template)| Ok((language, fill(text, drawn)?));
    texts.iter().map(filled).collect()
}

fn each_list(
    texts: &Localised<Vec<Template>>,
    drawn: &Drawn<'_>,
) -> Result<Localised<Vec<String>>, TemplateError> {
    let filled = |(language, list): (Language, &Vec<Template>)| {
        let list = list.iter().map(|text| fill(text, drawn));
        Ok((language, list.collect::<Result<_, _>>()?))
    };
    texts.iter().map(filled).collect()
}

fn work_out(formula: &str, drawn: &Drawn<'_>) -> Result<Number, FormulaError> {
    Expression::parse(formula)?.evaluate(drawn)
}
