//! The reader of one file: collects findings and places while values are taken from it.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::finding::{Finding, Severity};

use super::{Places, SourceFile};

/// Longest source file, in bytes: ten times the largest lesson written.
const SOURCE_BYTES_MAX: usize = 1 << 20;

/// Most things in one list.
pub(super) const LIST_MAX: usize = 512;

/// What has been learnt about one file so far.
pub(super) struct Reader {
    pub(super) places: Places,
    pub(super) findings: Vec<Finding>,
}

impl Reader {
    /// Reads the file as TOML; every fault of form becomes a finding, and what could be read is
    /// handed to `take`.
    pub(super) fn read<T>(
        file: &SourceFile,
        take: impl FnOnce(&mut Self, &DeTable<'_>) -> T,
    ) -> (Option<T>, Self) {
        let mut reader = Self {
            places: Places::new(&file.path, &file.text),
            findings: Vec::new(),
        };
        if file.text.len() > SOURCE_BYTES_MAX {
            let message = format!("file is longer than {SOURCE_BYTES_MAX} bytes: split it");
            reader.error(&(0..0), "form", message);
            return (None, reader);
        }
        let (table, errors) = DeTable::parse_recoverable(&file.text);
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            reader.error(&span, "form", error.message().to_owned());
        }
        let value = take(&mut reader, table.get_ref());
        (Some(value), reader)
    }

    pub(super) fn error(&mut self, span: &Range<usize>, rule: &'static str, message: String) {
        let finding = self
            .places
            .finding_at(span.start, Severity::Error, rule, message);
        self.findings.push(finding);
    }

    /// A fault in a part that already has a place.
    pub(super) fn error_in(&mut self, part: &str, rule: &'static str, message: String) {
        let finding = self.places.finding(part, Severity::Error, rule, message);
        self.findings.push(finding);
    }

    /// The text in `value`.
    pub(super) fn text(&mut self, part: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        self.places.note(part, &value.span());
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            other => self.wrong(value, "text in quotes", other),
        }
    }

    /// The whole number in `value`.
    pub(super) fn integer(&mut self, part: &str, value: &Spanned<DeValue<'_>>) -> Option<i64> {
        self.places.note(part, &value.span());
        let DeValue::Integer(integer) = value.get_ref() else {
            return self.wrong(value, "a whole number", value.get_ref());
        };
        let read = i64::from_str_radix(integer.as_str(), integer.radix());
        if read.is_err() {
            self.error(&value.span(), "form", "number is too large".to_owned());
        }
        read.ok()
    }

    /// Yes or no.
    pub(super) fn truth(&mut self, value: &Spanned<DeValue<'_>>) -> Option<bool> {
        match value.get_ref() {
            DeValue::Boolean(truth) => Some(*truth),
            other => self.wrong(value, "true or false", other),
        }
    }

    /// The values of a list; a text by itself is not one.
    pub(super) fn list<'t, 'i>(
        &mut self,
        part: &str,
        value: &'t Spanned<DeValue<'i>>,
    ) -> Option<Vec<&'t Spanned<DeValue<'i>>>> {
        self.places.note(part, &value.span());
        let DeValue::Array(array) = value.get_ref() else {
            return self.wrong(value, "a list in square brackets", value.get_ref());
        };
        if array.len() > LIST_MAX {
            let message = format!("list is longer than {LIST_MAX}");
            self.error(&value.span(), "form", message);
            return None;
        }
        Some(array.iter().collect())
    }

    /// The texts of a list.
    pub(super) fn texts(
        &mut self,
        part: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Vec<String>> {
        let list = self.list(part, value)?;
        let texts = list.iter().enumerate();
        let texts = texts.filter_map(|(index, text)| self.text(&format!("{part}/{index}"), text));
        Some(texts.collect())
    }

    pub(super) fn wrong<T>(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        expected: &str,
        found: &DeValue<'_>,
    ) -> Option<T> {
        let message = format!("expected {expected}, found {}", found.type_str());
        self.error(&value.span(), "form", message);
        None
    }
}
