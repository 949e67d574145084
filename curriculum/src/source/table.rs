//! A table of a source file, from which known keys are taken one by one.

use std::ops::{Range, RangeInclusive};
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{Language, Localised};

use super::reader::Reader;

/// A table whose keys are taken by name; what is left at the end is refused.
pub(super) struct Keys<'t, 'i> {
    table: &'t DeTable<'i>,
    /// The way to the table, such as `exercise/3`; parts are named below it.
    part: String,
    span: Range<usize>,
    known: Vec<&'static str>,
}

impl<'t, 'i> Keys<'t, 'i> {
    /// The table at `span`, called `part`.
    pub(super) fn new(
        reader: &mut Reader,
        part: &str,
        table: &'t DeTable<'i>,
        span: Range<usize>,
    ) -> Self {
        reader.places.note(part, &span);
        Self {
            table,
            part: part.to_owned(),
            span,
            known: Vec::new(),
        }
    }

    /// The name of the part under `key`.
    pub(super) fn part(&self, key: &str) -> String {
        if self.part.is_empty() {
            key.to_owned()
        } else {
            format!("{}/{key}", self.part)
        }
    }

    /// True if the key is written; does not take it.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    /// The value under `key`, if it is written.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.known.push(key);
        self.table.get(key)
    }

    /// The value under `key`; a finding if it is missing.
    pub(super) fn need(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
    ) -> Option<&'t Spanned<DeValue<'i>>> {
        let value = self.take(key);
        if value.is_none() {
            reader.error(&self.span, "missing-key", format!("`{key}` is missing"));
        }
        value
    }

    /// A needed text.
    pub(super) fn text(&mut self, reader: &mut Reader, key: &'static str) -> Option<String> {
        let value = self.need(reader, key)?;
        reader.text(&self.part(key), value)
    }

    /// A text that may be left out.
    pub(super) fn text_or_none(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
    ) -> Option<String> {
        let value = self.take(key)?;
        reader.text(&self.part(key), value)
    }

    /// A needed code, language or other value with a text form.
    pub(super) fn parsed<T>(&mut self, reader: &mut Reader, key: &'static str) -> Option<T>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let text = self.text(reader, key)?;
        parse(reader, &self.part(key), &text)
    }

    /// A value with a text form that may be left out.
    pub(super) fn parsed_or_none<T>(&mut self, reader: &mut Reader, key: &'static str) -> Option<T>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let text = self.text_or_none(reader, key)?;
        parse(reader, &self.part(key), &text)
    }

    /// A list of values with a text form; empty if left out.
    pub(super) fn parsed_list<T>(&mut self, reader: &mut Reader, key: &'static str) -> Vec<T>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let texts = self.texts(reader, key);
        let part = self.part(key);
        let texts = texts.iter().enumerate();
        texts
            .filter_map(|(index, text)| parse(reader, &format!("{part}/{index}"), text))
            .collect()
    }

    /// A needed whole number within `range`.
    pub(super) fn integer<T: TryFrom<i64>>(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
        range: RangeInclusive<i64>,
    ) -> Option<T> {
        let value = self.need(reader, key)?;
        let number = reader.integer(&self.part(key), value)?;
        let within = range.contains(&number).then_some(number);
        let read = within.and_then(|number| T::try_from(number).ok());
        if read.is_none() {
            let (low, high) = range.into_inner();
            let message = format!("`{key}` is {number}: expected {low} to {high}");
            reader.error(&value.span(), "range", message);
        }
        read
    }

    /// A list of texts; empty if left out.
    pub(super) fn texts(&mut self, reader: &mut Reader, key: &'static str) -> Vec<String> {
        let value = self.take(key);
        value
            .and_then(|value| reader.texts(&self.part(key), value))
            .unwrap_or_default()
    }

    /// A value per language, each read by `read`; empty if left out.
    pub(super) fn localised<T>(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
        mut read: impl FnMut(&mut Reader, &str, &Spanned<DeValue<'i>>) -> Option<T>,
    ) -> Localised<T> {
        let part = self.part(key);
        let Some(value) = self.take(key) else {
            return Localised::default();
        };
        let DeValue::Table(table) = value.get_ref() else {
            let message = format!("expected `{key}.en` and so on: one text per language");
            reader.error(&value.span(), "form", message);
            return Localised::default();
        };
        if let Some((first, _)) = table.iter().next() {
            reader.places.note(&part, &first.span());
        }
        let mut values = Vec::new();
        for (tag, value) in table {
            match tag.get_ref().parse::<Language>() {
                Ok(language) => {
                    let value = read(reader, &format!("{part}/{language}"), value);
                    values.extend(value.map(|value| (language, value)));
                }
                Err(error) => reader.error(&tag.span(), "form", error.to_string()),
            }
        }
        values.into_iter().collect()
    }

    /// A text per language; empty if left out.
    pub(super) fn localised_text(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
    ) -> Localised<String> {
        self.localised(reader, key, Reader::text)
    }

    /// A list of texts per language; empty if left out.
    pub(super) fn localised_texts(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
    ) -> Localised<Vec<String>> {
        self.localised(reader, key, Reader::texts)
    }

    /// The tables of `[[key]]`, called `key/0`, `key/1`…; none if left out.
    pub(super) fn tables(&mut self, reader: &mut Reader, key: &'static str) -> Vec<Keys<'t, 'i>> {
        let part = self.part(key);
        let Some(list) = self.take(key).and_then(|value| reader.list(&part, value)) else {
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (index, value) in list.into_iter().enumerate() {
            match value.get_ref() {
                DeValue::Table(table) => {
                    let part = format!("{part}/{index}");
                    tables.push(Keys::new(reader, &part, table, value.span()));
                }
                other => {
                    reader.wrong::<()>(value, &format!("a table `[[{key}]]`"), other);
                }
            }
        }
        tables
    }

    /// Refuses every key that was not taken.
    pub(super) fn finish(self, reader: &mut Reader) {
        for (key, _) in self.table {
            let name: &str = key.get_ref();
            if !self.known.contains(&name) {
                let known = self.known.join("`, `");
                let message = format!("unknown key `{name}`: expected one of `{known}`");
                reader.error(&key.span(), "unknown-key", message);
            }
        }
    }
}

fn parse<T>(reader: &mut Reader, part: &str, text: &str) -> Option<T>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    match text.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            reader.error_in(part, "form", error.to_string());
            None
        }
    }
}
