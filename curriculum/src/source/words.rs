//! A file of the tutor's own words, checked as it stands.

use crate::finding::{Finding, Severity};
use crate::interface::{self, Wording};
use crate::language::Language;
use crate::safeguarding::Watch;
use crate::tutor::{Role, TutorText};

use super::folder::SourceFile;
use super::places::Places;

/// Reads one file of the folder of `role`; `None`, with findings, if no box could use it.
pub(super) fn read_words(
    role: Role,
    stem: &str,
    file: &SourceFile,
    findings: &mut Vec<Finding>,
) -> Option<TutorText> {
    let mut places = Places::new(&file.path, &file.text);
    let read = match role {
        Role::Interface => Wording::parse(&file.text)
            .map(|wording| {
                note_keys(&mut places, &file.text);
                let faults = interface::check(&wording).into_iter();
                findings.extend(faults.map(|fault| {
                    let part = fault.saying.key();
                    places.finding(part, Severity::Error, "interface", fault.fault)
                }));
                wording.language
            })
            .map_err(|error| error.to_string()),
        Role::Safeguarding => Watch::parse(&file.text)
            .map(|watch| watch.language())
            .map_err(|error| error.to_string()),
    };
    let language = named(read, stem, &places, findings)?;
    Some(TutorText {
        role,
        language,
        text: file.text.clone(),
    })
}

/// The language of a file that is called as it says.
fn named(
    read: Result<Language, String>,
    stem: &str,
    places: &Places,
    findings: &mut Vec<Finding>,
) -> Option<Language> {
    let fault = match read {
        Ok(language) if language.as_str() == stem => return Some(language),
        Ok(language) => format!("words in `{language}` are in a file called `{stem}`"),
        Err(error) => error,
    };
    findings.push(places.finding("", Severity::Error, "form", fault));
    None
}

/// Notes on which line each key stands.
fn note_keys(places: &mut Places, text: &str) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some((key, _)) = line.split_once(" = ") {
            places.note(key, &(start..start + line.len()));
        }
        start += line.len();
    }
}
