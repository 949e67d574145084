//! The desk at which one file is checked: where findings are noted.

use std::collections::HashSet;

use crate::finding::{Finding, Severity};
use crate::source::Places;
use crate::{Language, Localised};

/// Findings of one file.
pub(super) struct Desk<'a> {
    places: &'a Places,
    /// Languages in which every text must be.
    pub(super) languages: &'a [Language],
    pub(super) findings: Vec<Finding>,
    /// One finding per rule and part is enough: two hundred draws break a rule in the same way.
    noted: HashSet<(String, &'static str)>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(places: &'a Places, languages: &'a [Language]) -> Self {
        Self {
            places,
            languages,
            findings: Vec::new(),
            noted: HashSet::new(),
        }
    }

    pub(super) fn error(&mut self, part: &str, rule: &'static str, message: String) {
        self.note(part, Severity::Error, rule, message);
    }

    pub(super) fn warn(&mut self, part: &str, rule: &'static str, message: String) {
        self.note(part, Severity::Warning, rule, message);
    }

    fn note(&mut self, part: &str, severity: Severity, rule: &'static str, message: String) {
        if self.noted.insert((part.to_owned(), rule)) {
            let finding = self.places.finding(part, severity, rule, message);
            self.findings.push(finding);
        }
    }

    /// Notes each of `languages` that `texts` lacks, and each language nobody asked for.
    pub(super) fn translated<T>(
        &mut self,
        part: &str,
        what: &str,
        texts: &Localised<T>,
        languages: &[Language],
    ) {
        for &language in languages {
            if texts.exact(language).is_none() {
                let part = format!("{part}/{language}");
                let message = format!("no {what} in `{language}`");
                self.error(&part, "missing-translation", message);
            }
        }
        for language in texts.languages().filter(|l| !self.languages.contains(l)) {
            let part = format!("{part}/{language}");
            let message = format!("{what} in `{language}`, which `languages` does not list");
            self.error(&part, "unlisted-language", message);
        }
    }
}
