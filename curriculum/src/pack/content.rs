//! Contents: a course without its lessons, or a lesson, as bytes.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::course::{Course, Lesson, Module};
use crate::exercise::{Exercise, Output};
use crate::id::{CourseId, LessonId};
use crate::tutor::{Role, TutorText};
use crate::{Language, Localised};

use super::limits::{CONTENT_BYTES_MAX, EXERCISES_MAX, MANIFEST_BYTES_MAX};
use super::manifest::{Beginning, Manifest};

/// A course as it stands in a pack: its lessons are contents of their own, so that a change in one
/// brings that one alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CourseContent {
    pub(super) id: CourseId,
    pub(super) module: Module,
    pub(super) title: Localised<String>,
    pub(super) lessons: Vec<LessonId>,
}

/// Bytes that are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodingError {
    /// Not the form that was expected.
    #[error("decode: {0}")]
    Form(String),
    /// Bytes after the end.
    #[error("decode: {0} bytes too many")]
    Trailing(usize),
    /// A value outside its range.
    #[error("decode: {0}")]
    Range(String),
}

impl CourseContent {
    pub(super) fn of(course: &Course) -> Self {
        Self {
            id: course.id.clone(),
            module: course.module,
            title: course.title.clone(),
            lessons: course
                .lessons
                .iter()
                .map(|lesson| lesson.id.clone())
                .collect(),
        }
    }
}

/// # Errors
/// If it does not fit [`CONTENT_BYTES_MAX`].
pub(super) fn encode_content<T: Serialize>(value: &T) -> Result<Vec<u8>, CodingError> {
    let config = bincode::config::standard().with_limit::<CONTENT_BYTES_MAX>();
    let bytes = bincode::serde::encode_to_vec(value, config);
    bounded(&bytes.map_err(|error| CodingError::Form(error.to_string()))?)
}

/// # Errors
/// If it does not fit [`CONTENT_BYTES_MAX`].
pub(super) fn bounded(bytes: &[u8]) -> Result<Vec<u8>, CodingError> {
    if bytes.len() > CONTENT_BYTES_MAX {
        let message = format!("{} bytes, at most {CONTENT_BYTES_MAX}", bytes.len());
        return Err(CodingError::Range(message));
    }
    Ok(bytes.to_vec())
}

/// # Errors
/// If the code is no language or the bytes are no text.
pub(super) fn decode_text(role: Role, code: &str, bytes: &[u8]) -> Result<TutorText, CodingError> {
    let language: Result<Language, _> = code.parse();
    let language = language.map_err(|_| CodingError::Range(format!("`{code}` is no language")))?;
    let text = str::from_utf8(bytes).map_err(|error| CodingError::Form(error.to_string()))?;
    Ok(TutorText {
        role,
        language,
        text: text.to_owned(),
    })
}

pub(super) fn decode_course(bytes: &[u8]) -> Result<CourseContent, CodingError> {
    decode::<CourseContent, CONTENT_BYTES_MAX>(bytes)
}

/// # Errors
/// If the bytes are not a lesson, or one with values outside their ranges.
pub(super) fn decode_lesson(bytes: &[u8]) -> Result<Lesson, CodingError> {
    let lesson = decode::<Lesson, CONTENT_BYTES_MAX>(bytes)?;
    check_ranges(&lesson).map_err(CodingError::Range)?;
    Ok(lesson)
}

pub(super) fn encode_manifest(manifest: &Manifest) -> Result<Vec<u8>, CodingError> {
    let config = bincode::config::standard().with_limit::<MANIFEST_BYTES_MAX>();
    bincode::serde::encode_to_vec(manifest, config)
        .map_err(|error| CodingError::Form(error.to_string()))
}

pub(super) fn decode_manifest(bytes: &[u8]) -> Result<Manifest, CodingError> {
    decode::<Manifest, MANIFEST_BYTES_MAX>(bytes)
}

/// The first fields of a manifest, whatever follows them.
pub(super) fn decode_beginning(bytes: &[u8]) -> Result<Beginning, CodingError> {
    let config = bincode::config::standard().with_limit::<MANIFEST_BYTES_MAX>();
    bincode::serde::decode_from_slice(bytes, config)
        .map(|(beginning, _)| beginning)
        .map_err(|error| CodingError::Form(error.to_string()))
}

fn decode<T: DeserializeOwned, const LIMIT: usize>(bytes: &[u8]) -> Result<T, CodingError> {
    // The limit also bounds what a claimed length may reserve.
    let config = bincode::config::standard().with_limit::<LIMIT>();
    let (value, read) = bincode::serde::decode_from_slice(bytes, config)
        .map_err(|error| CodingError::Form(error.to_string()))?;
    match bytes.len() - read {
        0 => Ok(value),
        trailing => Err(CodingError::Trailing(trailing)),
    }
}

fn check_ranges(lesson: &Lesson) -> Result<(), String> {
    let id = &lesson.id;
    let within = (1..=5).contains(&lesson.level)
        && (1..=10).contains(&lesson.weight)
        && (1..=60).contains(&lesson.minutes);
    if !within {
        return Err(format!(
            "lesson `{id}` has a level, weight or time outside its range"
        ));
    }
    if lesson.exercises.len() > EXERCISES_MAX {
        return Err(format!(
            "lesson `{id}` has more than {EXERCISES_MAX} exercises"
        ));
    }
    lesson.exercises.iter().try_for_each(check_exercise)
}

fn check_exercise(exercise: &Exercise) -> Result<(), String> {
    let id = &exercise.id;
    if exercise.difficulty > 100 {
        return Err(format!("exercise `{id}` has a difficulty above 100"));
    }
    match &exercise.output {
        Output::Choice { options, right }
            if !(2..=4).contains(&options.len()) || *right >= options.len() =>
        {
            return Err(format!(
                "choice `{id}` has no right option among two to four"
            ));
        }
        Output::Order { items } => {
            let mut counts = items.iter().map(|(_, items)| items.len());
            if !counts.all(|count| (3..=5).contains(&count)) {
                return Err(format!("order `{id}` has not three to five items"));
            }
        }
        Output::Story {
            parts, questions, ..
        } => {
            let count = parts
                .iter()
                .map(|(_, parts)| parts.len())
                .max()
                .unwrap_or(0);
            for question in questions {
                if !(1..=count).contains(&question.after_part) {
                    return Err(format!("story `{id}` asks after a part it has not"));
                }
                check_exercise(&question.exercise)?;
            }
        }
        _ => {}
    }
    Ok(())
}
