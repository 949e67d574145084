//! What counts as an answer: the keys that belong to each kind of exercise.

use toml::Spanned;
use toml::de::DeValue;

use crate::exercise::{ArgumentSlot, GradedExample, Output, Rubric, SlotRole};
use crate::{Language, Localised};

use super::exercise::{Inherited, read_story_question};
use super::reader::Reader;
use super::table::Keys;

/// The kinds of exercise.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Number,
    Choice,
    Phrase,
    FillIn,
    Order,
    Open,
    Story,
    Line,
    Argument,
}

impl Kind {
    pub(super) const NAMES: [&'static str; 9] = [
        "number", "choice", "phrase", "fill-in", "order", "open", "story", "line", "argument",
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "number" => Self::Number,
            "choice" => Self::Choice,
            "phrase" => Self::Phrase,
            "fill-in" => Self::FillIn,
            "order" => Self::Order,
            "open" => Self::Open,
            "story" => Self::Story,
            "line" => Self::Line,
            "argument" => Self::Argument,
            _ => return None,
        })
    }
}

pub(super) fn read_output(
    reader: &mut Reader,
    keys: &mut Keys<'_, '_>,
    kind: Kind,
    within: &Inherited,
) -> Option<Output> {
    Some(match kind {
        Kind::Number => {
            let answer = keys.text(reader, "answer");
            let also = keys.texts(reader, "also");
            let unit = keys.text_or_none(reader, "unit");
            Output::Number {
                answer: answer?,
                also,
                unit: unit.filter(|unit| !unit.is_empty()),
            }
        }
        Kind::Choice => {
            let options = read_options(reader, keys);
            let right: usize = keys.integer(reader, "right", 1..=4)?;
            Output::Choice {
                options,
                right: right - 1,
            }
        }
        Kind::Phrase => Output::Phrase {
            accepted: needed_texts(reader, keys, "answers"),
        },
        Kind::FillIn => Output::FillIn {
            accepted: needed_texts(reader, keys, "answers"),
        },
        Kind::Order => Output::Order {
            items: needed_texts(reader, keys, "items"),
        },
        Kind::Open => Output::Open(read_rubric(reader, keys)),
        Kind::Story => {
            let parts = needed_texts(reader, keys, "parts");
            let attribution = keys.text(reader, "attribution");
            let tables = keys.tables(reader, "question");
            let questions = tables
                .into_iter()
                .filter_map(|keys| read_story_question(reader, keys, within))
                .collect();
            Output::Story {
                parts,
                attribution: attribution?,
                questions,
            }
        }
        Kind::Line => Output::Line {
            accepted: needed_texts(reader, keys, "answers"),
        },
        Kind::Argument => {
            let slots = keys.tables(reader, "slot");
            let slots = slots
                .into_iter()
                .filter_map(|keys| read_slot(reader, keys))
                .collect();
            keys.need(reader, "counter");
            Output::Argument {
                slots,
                counter: keys.localised_text(reader, "counter"),
            }
        }
    })
}

fn needed_texts(
    reader: &mut Reader,
    keys: &mut Keys<'_, '_>,
    key: &'static str,
) -> Localised<Vec<String>> {
    keys.need(reader, key);
    keys.localised_texts(reader, key)
}

/// `options.en = ["hen", "cow | a cow"]`: lists per language become languages per option.
fn read_options(reader: &mut Reader, keys: &mut Keys<'_, '_>) -> Vec<Localised<Vec<String>>> {
    let lists = needed_texts(reader, keys, "options");
    let count = lists.iter().map(|(_, list)| list.len()).max().unwrap_or(0);
    for (language, list) in lists.iter() {
        if list.len() < count {
            let part = keys.part(&format!("options/{language}"));
            let message = format!("{} options where another language has {count}", list.len());
            reader.error_in(&part, "missing-translation", message);
        }
    }
    let option = |index: usize| {
        lists
            .iter()
            .filter_map(|(language, list)| Some((language, split_wordings(list.get(index)?))))
            .collect()
    };
    (0..count).map(option).collect()
}

/// Splits at bars outside holes: `cow | {n: one|two} cow` has two wordings.
fn split_wordings(text: &str) -> Vec<String> {
    let mut wordings = vec![String::new()];
    let mut inside = false;
    for c in text.chars() {
        inside = (inside || c == '{') && c != '}';
        match wordings.last_mut() {
            Some(wording) if inside || c != '|' => wording.push(c),
            _ => wordings.push(String::new()),
        }
    }
    wordings.iter().map(|text| text.trim().to_owned()).collect()
}

fn read_rubric(reader: &mut Reader, keys: &mut Keys<'_, '_>) -> Rubric {
    let references = keys.localised_texts(reader, "references");
    let ideas = keys.localised(reader, "ideas", |reader, part, value| {
        let list = reader.list(part, value)?;
        let ideas = list.iter().enumerate();
        let ideas =
            ideas.filter_map(|(index, idea)| reader.texts(&format!("{part}/{index}"), idea));
        Some(ideas.collect())
    });
    let graded = keys.localised(reader, "graded", |reader, part, value| {
        let list = reader.list(part, value)?;
        let pairs = list.into_iter().enumerate();
        let pairs =
            pairs.filter_map(|(index, pair)| read_pair(reader, &format!("{part}/{index}"), pair));
        Some(pairs.collect::<Vec<_>>())
    });
    let graded = graded.iter().flat_map(|(language, pairs)| {
        let example =
            move |(answer, correct): &(String, bool)| graded_example(language, answer, *correct);
        pairs.iter().map(example)
    });
    Rubric {
        references,
        ideas,
        graded: graded.collect(),
    }
}

fn graded_example(language: Language, answer: &str, correct: bool) -> GradedExample {
    GradedExample {
        language,
        answer: answer.to_owned(),
        correct,
    }
}

/// `["an answer", true]`.
fn read_pair(
    reader: &mut Reader,
    part: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<(String, bool)> {
    let list = reader.list(part, value)?;
    if let [answer, correct] = list[..] {
        let answer = reader.text(&format!("{part}/answer"), answer);
        return Some((answer?, reader.truth(correct)?));
    }
    let message = "expected an answer and true or false: [\"an answer\", true]".to_owned();
    reader.error(&value.span(), "form", message);
    None
}

fn read_slot(reader: &mut Reader, mut keys: Keys<'_, '_>) -> Option<ArgumentSlot> {
    let role = keys.text(reader, "role");
    let role = role.and_then(|name| match name.as_str() {
        "claim" => Some(SlotRole::Claim),
        "because" => Some(SlotRole::Because),
        "example" => Some(SlotRole::Example),
        "yet" => Some(SlotRole::Yet),
        _ => {
            let message = format!("role `{name}`: expected claim, because, example or yet");
            reader.error_in(&keys.part("role"), "form", message);
            None
        }
    });
    let cue = keys.localised_text(reader, "cue");
    let rubric = read_rubric(reader, &mut keys);
    keys.finish(reader);
    Some(ArgumentSlot {
        role: role?,
        cue,
        rubric,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_inside_a_hole_does_not_split_wordings() {
        assert_eq!(
            split_wordings("cow | {n: one|two} cows|a cow"),
            ["cow", "{n: one|two} cows", "a cow"]
        );
        assert_eq!(split_wordings("hen"), ["hen"]);
    }
}
