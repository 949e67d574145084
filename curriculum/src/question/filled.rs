//! Every text of an exercise with its holes filled.

use crate::exercise::{Exercise, Output, Seen, Template};
use crate::formula::{Drawn, Expression};
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
    let form = Form {
        exercise,
        drawn: Drawn::new(ranges, numbers),
    };
    let mut filled = texts(&form)?;
    for (index, misconception) in exercise.misconceptions.iter().enumerate() {
        let part = format!("misconception/{index}");
        filled
            .repairs
            .push(form.each(&format!("{part}/repair"), &misconception.repair)?);
        filled.seen.push(match &misconception.seen {
            Seen::Value(formula) => {
                SeenValue::Value(form.value(&format!("{part}/value"), formula)?)
            }
            Seen::Option(index) => SeenValue::Option(*index),
            Seen::Phrase(phrases) => {
                SeenValue::Phrase(form.each_list(&format!("{part}/phrase"), phrases)?)
            }
        });
    }
    match &exercise.output {
        Output::Number { answer, also, .. } => {
            filled.answer = Some(form.value("answer", answer)?);
            for (index, formula) in also.iter().enumerate() {
                filled
                    .also
                    .push(form.value(&format!("also/{index}"), formula)?);
            }
        }
        Output::Choice { options, .. } => {
            for wordings in options {
                filled.options.push(form.each_list("options", wordings)?);
            }
        }
        Output::Phrase { accepted } | Output::FillIn { accepted } => {
            filled.accepted = form.each_list("answers", accepted)?;
        }
        Output::Order { items } => filled.items = form.each_list("items", items)?,
        // Lines, stories, rubrics and arguments are told as written: they have no holes.
        Output::Line { accepted } => filled.accepted = accepted.clone(),
        Output::Open(_) | Output::Story { .. } | Output::Argument { .. } => {}
    }
    Ok(filled)
}

fn texts(form: &Form<'_>) -> Result<Filled, DrawError> {
    let exercise = form.exercise;
    Ok(Filled {
        theory: form.each("theory", &exercise.theory)?,
        introduction: form.each("introduction", &exercise.introduction)?,
        input: form.each("input", &exercise.input)?,
        sms: form.each("sms", &exercise.sms)?,
        hints: form.each_list("hints", &exercise.hints)?,
        explain: form.each("explain", &exercise.explain)?,
        ..Filled::default()
    })
}

/// An exercise being filled with its numbers; each method names the part it fills.
struct Form<'a> {
    exercise: &'a Exercise,
    drawn: Drawn<'a>,
}

impl Form<'_> {
    fn each(
        &self,
        part: &str,
        texts: &Localised<Template>,
    ) -> Result<Localised<String>, DrawError> {
        let filled = |(language, text): (Language, &Template)| {
            let text = fill(text, &self.drawn);
            Ok((
                language,
                text.map_err(|source| self.text(format!("{part}/{language}"), source))?,
            ))
        };
        texts.iter().map(filled).collect()
    }

    fn each_list(
        &self,
        part: &str,
        texts: &Localised<Vec<Template>>,
    ) -> Result<Localised<Vec<String>>, DrawError> {
        let filled = |(language, list): (Language, &Vec<Template>)| {
            let list = list.iter().enumerate().map(|(index, text)| {
                fill(text, &self.drawn)
                    .map_err(|source| self.text(format!("{part}/{language}/{index}"), source))
            });
            Ok((language, list.collect::<Result<_, _>>()?))
        };
        texts.iter().map(filled).collect()
    }

    fn value(&self, part: &str, formula: &str) -> Result<Number, DrawError> {
        let value = Expression::parse(formula).and_then(|parsed| parsed.evaluate(&self.drawn));
        value.map_err(|source| DrawError::Value {
            exercise: self.exercise.id.clone(),
            part: part.to_owned(),
            source,
        })
    }

    fn text(&self, part: String, source: TemplateError) -> DrawError {
        DrawError::Text {
            exercise: self.exercise.id.clone(),
            part,
            source,
        }
    }
}
