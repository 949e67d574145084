//! An exercise of a lesson file.

use toml::de::DeValue;

use crate::Language;
use crate::exercise::{Exercise, Generator, Misconception, NumberRange, Seen, StoryQuestion};
use crate::id::SkillId;

use super::output::{Kind, read_output};
use super::reader::Reader;
use super::table::Keys;

/// What an exercise takes from the lesson or story it stands in unless it says otherwise.
pub(super) struct Inherited {
    pub(super) answer_language: Option<Language>,
    pub(super) skill: Option<SkillId>,
    pub(super) difficulty: Option<u8>,
}

/// The exercise, or `None` and findings if a part of it cannot be read.
pub(super) fn read_exercise(
    reader: &mut Reader,
    mut keys: Keys<'_, '_>,
    inherited: &Inherited,
) -> Option<Exercise> {
    let before = reader.findings.len();
    let id = keys.parsed(reader, "id");
    let skill = match &inherited.skill {
        Some(skill) if !keys.has("skill") => Some(skill.clone()),
        _ => keys.parsed(reader, "skill"),
    };
    let difficulty = match inherited.difficulty {
        Some(difficulty) if !keys.has("difficulty") => Some(difficulty),
        _ => keys.integer(reader, "difficulty", 0..=100),
    };
    let own_language = keys.parsed_or_none(reader, "answer_language");
    let theory = keys.localised_text(reader, "theory");
    let introduction = keys.localised_text(reader, "introduction");
    let input = keys.localised_text(reader, "input");
    let sms = keys.localised_text(reader, "sms");
    let hints = keys.localised_texts(reader, "hints");
    let explain = keys.localised_text(reader, "explain");
    let generator = read_generator(reader, &mut keys);
    let kind = keys.text(reader, "kind").and_then(|name| {
        let kind = Kind::named(&name);
        if kind.is_none() {
            let message = format!("kind `{name}`: expected one of {}", Kind::NAMES.join(", "));
            reader.error_in(&keys.part("kind"), "form", message);
        }
        kind
    });
    let within = Inherited {
        answer_language: own_language.or(inherited.answer_language),
        skill: skill.clone(),
        difficulty,
    };
    let output = kind.and_then(|kind| read_output(reader, &mut keys, kind, &within));
    let misconceptions = keys.tables(reader, "misconception");
    let misconceptions: Vec<_> = misconceptions
        .into_iter()
        .filter_map(|keys| read_misconception(reader, keys))
        .collect();
    if kind.is_some() {
        // Without its kind, the keys that belong to it cannot be told from unknown ones.
        keys.finish(reader);
    }
    let is_whole = reader.findings.len() == before;
    let exercise = Exercise {
        id: id?,
        skill: skill?,
        difficulty: difficulty?,
        theory,
        introduction,
        input,
        sms,
        output: output?,
        answer_language: within.answer_language,
        hints,
        explain,
        misconceptions,
        generator,
    };
    is_whole.then_some(exercise)
}

/// `[[exercise.question]]` of a story.
pub(super) fn read_story_question(
    reader: &mut Reader,
    mut keys: Keys<'_, '_>,
    within: &Inherited,
) -> Option<StoryQuestion> {
    let after_part = keys.integer(reader, "after_part", 1..=20);
    let exercise = read_exercise(reader, keys, within);
    Some(StoryQuestion {
        after_part: after_part?,
        exercise: exercise?,
    })
}

fn read_generator(reader: &mut Reader, keys: &mut Keys<'_, '_>) -> Option<Generator> {
    let part = keys.part("numbers");
    let numbers = keys.take("numbers");
    let condition = keys.text_or_none(reader, "where");
    let value = numbers?;
    reader.places.note(&part, &value.span());
    let DeValue::Table(table) = value.get_ref() else {
        return reader.wrong(value, "a table such as { a = \"2..7\" }", value.get_ref());
    };
    let mut numbers = Vec::new();
    for (name, range) in table {
        let name: &str = name.get_ref();
        let Some(text) = reader.text(&format!("{part}/{name}"), range) else {
            continue;
        };
        match read_range(name, &text) {
            Some(range) => numbers.push(range),
            None => {
                let message = format!(
                    "range `{text}`: expected LOW..HIGH or LOW..HIGH/STEP in whole numbers"
                );
                reader.error(&range.span(), "form", message);
            }
        }
    }
    Some(Generator { numbers, condition })
}

fn read_range(name: &str, text: &str) -> Option<NumberRange> {
    let (low, rest) = text.split_once("..")?;
    let (high, step) = rest.split_once('/').unwrap_or((rest, "1"));
    Some(NumberRange {
        name: name.to_owned(),
        low: low.trim().parse().ok()?,
        high: high.trim().parse().ok()?,
        step: step.trim().parse().ok()?,
    })
}

fn read_misconception(reader: &mut Reader, mut keys: Keys<'_, '_>) -> Option<Misconception> {
    let value = keys.text_or_none(reader, "value").map(Seen::Value);
    let option = if keys.has("option") {
        let option = keys.integer(reader, "option", 1..=4);
        option.map(|option: usize| Seen::Option(option - 1))
    } else {
        keys.take("option");
        None
    };
    let phrase = keys.has("phrase");
    let phrase = Some(keys.localised_texts(reader, "phrase"))
        .filter(|_| phrase)
        .map(Seen::Phrase);
    let mut seen = [value, option, phrase].into_iter().flatten();
    let first = seen.next();
    if first.is_none() || seen.next().is_some() {
        let message = "a misconception has one of `value`, `option` or `phrase`".to_owned();
        reader.error_in(
            keys.part("").trim_end_matches('/'),
            "misconception",
            message,
        );
    }
    let diagnosis = keys.text(reader, "diagnosis");
    let repair = keys.localised_text(reader, "repair");
    keys.finish(reader);
    Some(Misconception {
        seen: first?,
        diagnosis: diagnosis?,
        repair,
    })
}
