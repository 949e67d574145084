//! A lesson file.

use toml::de::DeTable;

use crate::Language;
use crate::course::{Lesson, QuestionAnswer};
use crate::skill::{Skill, SkillKind};

use super::exercise::{Inherited, read_exercise};
use super::reader::Reader;
use super::table::Keys;

/// Names of the parts that could be read: an unreadable one leaves a gap in the numbering.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) skills: Vec<String>,
    pub(super) exercises: Vec<String>,
}

/// What can be read of a lesson, and the parts its skills and exercises are; `None` without its
/// code.
pub(super) fn read_lesson(reader: &mut Reader, table: &DeTable<'_>) -> Option<(Lesson, Parts)> {
    let mut keys = Keys::new(reader, "", table, 0..0);
    let id = keys.parsed(reader, "lesson");
    let level = keys.integer(reader, "level", 1..=5).unwrap_or(1);
    let weight = keys.integer(reader, "weight", 1..=10).unwrap_or(1);
    let minutes = keys.integer(reader, "minutes", 1..=60).unwrap_or(1);
    keys.need(reader, "languages");
    let languages: Vec<Language> = keys.parsed_list(reader, "languages");
    let draft = keys.parsed_list(reader, "draft");
    let inherited = Inherited {
        answer_language: keys.parsed_or_none(reader, "answer_language"),
        skill: None,
        difficulty: None,
    };
    let title = keys.localised_text(reader, "title");
    let test = keys.parsed_list(reader, "test");
    let mut parts = Parts::default();
    let mut skills = Vec::new();
    for keys in keys.tables(reader, "skill") {
        let part = keys.part("");
        if let Some(skill) = read_skill(reader, keys) {
            skills.push(skill);
            parts.skills.push(part.trim_end_matches('/').to_owned());
        }
    }
    let questions = keys.tables(reader, "question");
    let questions = questions
        .into_iter()
        .map(|keys| read_question(reader, keys))
        .collect();
    let mut exercises = Vec::new();
    for keys in keys.tables(reader, "exercise") {
        let part = keys.part("");
        if let Some(exercise) = read_exercise(reader, keys, &inherited) {
            exercises.push(exercise);
            parts.exercises.push(part.trim_end_matches('/').to_owned());
        }
    }
    keys.finish(reader);
    let lesson = Lesson {
        id: id?,
        title,
        level,
        weight,
        minutes,
        languages,
        draft,
        skills,
        exercises,
        questions,
        test,
    };
    Some((lesson, parts))
}

fn read_skill(reader: &mut Reader, mut keys: Keys<'_, '_>) -> Option<Skill> {
    let id = keys.parsed(reader, "id");
    let kind = keys.text(reader, "kind");
    let kind = kind.and_then(|name| match name.as_str() {
        "knowledge" => Some(SkillKind::Knowledge),
        "skill" => Some(SkillKind::Skill),
        "behaviour" => Some(SkillKind::Behaviour),
        _ => {
            let message = format!("kind `{name}`: expected knowledge, skill or behaviour");
            reader.error_in(&keys.part("kind"), "form", message);
            None
        }
    });
    let title = keys.localised_text(reader, "title");
    let needs = keys.parsed_list(reader, "needs");
    let standards = keys.texts(reader, "standards");
    keys.finish(reader);
    Some(Skill {
        id: id?,
        kind: kind?,
        title,
        needs,
        standards,
    })
}

fn read_question(reader: &mut Reader, mut keys: Keys<'_, '_>) -> QuestionAnswer {
    let question = keys.localised_texts(reader, "question");
    let answer = keys.localised_text(reader, "answer");
    keys.finish(reader);
    QuestionAnswer { question, answer }
}
