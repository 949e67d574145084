//! A folder of sources: one folder per course, one file per lesson.

use std::collections::{BTreeMap, BTreeSet};

use crate::Localised;
use crate::combination::Combinations;
use crate::course::{Course, Lesson, Module};
use crate::finding::{Finding, Severity};
use crate::id::{CourseId, LessonId};
use crate::tutor::{Role, TutorText};

use super::course::read_course;
use super::lesson::read_lesson;
use super::places::Places;
use super::plan::read_plan;
use super::reader::Reader;
use super::words::read_words;

/// A file as the caller read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path relative to the folder of sources, with `/`: `mathematics/ma1-adding.toml`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Every course of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Courses by folder name.
    pub courses: Vec<CourseSource>,
    /// The tutor's own words: every file of `interface` and `safeguarding` that could be read.
    pub words: Vec<TutorText>,
    /// `combinations.toml`, if the folder has one.
    pub plan: Option<PlanSource>,
}

/// The plan of all content with the places of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSource {
    /// What could be read of it.
    pub combinations: Combinations,
    /// Where its parts are.
    pub places: Places,
}

/// A course with the places of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourseSource {
    /// Stable code.
    pub id: CourseId,
    /// Which module it belongs to.
    pub module: Module,
    /// Its name.
    pub title: Localised<String>,
    /// Lessons in teaching order, those that could be read.
    pub lessons: Vec<LessonSource>,
    /// Where the parts of `course.toml` are.
    pub places: Places,
}

impl CourseSource {
    /// The course as it goes into a pack.
    pub fn course(&self) -> Course {
        let lessons = self.lessons.iter();
        Course {
            id: self.id.clone(),
            module: self.module,
            title: self.title.clone(),
            lessons: lessons.map(|source| source.lesson.clone()).collect(),
        }
    }
}

/// A lesson with the places of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonSource {
    /// What could be read of it.
    pub lesson: Lesson,
    /// The part each skill of the lesson is, in order.
    pub skill_parts: Vec<String>,
    /// The part each exercise of the lesson is, in order.
    pub exercise_parts: Vec<String>,
    /// Where its parts are.
    pub places: Places,
}

/// The plan of all content, beside the folders of courses.
const PLAN: &str = "combinations.toml";

/// Most files in a folder.
const FILES_MAX: usize = 4_096;

/// Reads every course of a folder, in the order of folder names whatever the order of `files`.
///
/// Folders with neither a `course.toml`, a lesson nor the tutor's own words are left to others.
pub fn read(files: &[SourceFile]) -> (Source, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut folders: BTreeMap<&str, BTreeMap<&str, &SourceFile>> = BTreeMap::new();
    for file in files.iter().take(FILES_MAX) {
        if let Some((folder, name)) = file.path.split_once('/')
            && let Some(stem) = name.strip_suffix(".toml")
        {
            folders.entry(folder).or_default().insert(stem, file);
        }
    }
    if files.len() > FILES_MAX {
        let places = Places::new("", "");
        let message = format!("folder has more than {FILES_MAX} files");
        findings.push(places.finding("", Severity::Error, "form", message));
    }
    let (mut courses, mut words) = (Vec::new(), Vec::new());
    for (folder, files) in &folders {
        match Role::of_folder(folder) {
            Some(role) => {
                let files = files.iter();
                words.extend(
                    files.filter_map(|(stem, file)| read_words(role, stem, file, &mut findings)),
                );
            }
            None => courses.extend(read_folder(folder, files, &mut findings)),
        }
    }
    let plan = files.iter().find(|file| file.path == PLAN);
    let plan = plan.and_then(|file| read_plan_file(file, &mut findings));
    let source = Source {
        courses,
        words,
        plan,
    };
    (source, findings)
}

fn read_folder(
    folder: &str,
    files: &BTreeMap<&str, &SourceFile>,
    findings: &mut Vec<Finding>,
) -> Option<CourseSource> {
    let Some(file) = files.get("course") else {
        let is_lesson = |file: &&SourceFile| file.text.lines().any(|l| l.starts_with("lesson ="));
        files.values().copied().find(is_lesson)?;
        let places = Places::new(&format!("{folder}/course.toml"), "");
        let message = "no course.toml beside the lessons of this folder".to_owned();
        findings.push(places.finding("", Severity::Error, "missing-file", message));
        return None;
    };
    let (course, mut reader) = Reader::read(file, read_course);
    let course = course.flatten();
    let mut listed = BTreeSet::new();
    let mut lessons = Vec::new();
    for (index, id) in course.iter().flat_map(|course| &course.lessons).enumerate() {
        let part = format!("lessons/{index}");
        if !listed.insert(id.clone()) {
            reader.error_in(&part, "duplicate-id", format!("`{id}` is listed twice"));
            continue;
        }
        match files.get(id.as_str()) {
            Some(file) => lessons.extend(read_lesson_file(file, id, findings)),
            None => {
                let message = format!("no file {folder}/{id}.toml");
                reader.error_in(&part, "missing-file", message);
            }
        }
    }
    for (stem, file) in files {
        let is_listed = LessonId::new(stem).is_ok_and(|id| listed.contains(&id));
        if *stem != "course" && course.is_some() && !is_listed {
            let places = Places::new(&file.path, "");
            let message = format!("not listed in {folder}/course.toml");
            findings.push(places.finding("", Severity::Error, "unlisted-lesson", message));
        }
    }
    findings.append(&mut reader.findings);
    course.map(|course| CourseSource {
        id: course.id,
        module: course.module,
        title: course.title,
        lessons,
        places: reader.places,
    })
}

fn read_plan_file(file: &SourceFile, findings: &mut Vec<Finding>) -> Option<PlanSource> {
    let (combinations, mut reader) = Reader::read(file, read_plan);
    findings.append(&mut reader.findings);
    combinations.map(|combinations| PlanSource {
        combinations,
        places: reader.places,
    })
}

fn read_lesson_file(
    file: &SourceFile,
    id: &LessonId,
    findings: &mut Vec<Finding>,
) -> Option<LessonSource> {
    let (lesson, mut reader) = Reader::read(file, read_lesson);
    let lesson = lesson.flatten();
    if let Some((lesson, _)) = &lesson
        && lesson.id != *id
    {
        let message = format!("lesson `{}` is in a file called `{id}`", lesson.id);
        reader.error_in("lesson", "file-name", message);
    }
    findings.append(&mut reader.findings);
    lesson.map(|(lesson, parts)| LessonSource {
        lesson,
        skill_parts: parts.skills,
        exercise_parts: parts.exercises,
        places: reader.places,
    })
}
