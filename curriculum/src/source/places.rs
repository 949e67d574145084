//! Places: where in its file each part of a lesson was written.

use std::collections::HashMap;
use std::ops::Range;

use crate::finding::{Finding, Severity};

/// Where the parts of one file are.
///
/// A part is named by the way to it, such as `exercise/3/hints/en/1`; the root is the empty name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    file: String,
    lines: Vec<Line>,
    parts: HashMap<String, usize>,
}

/// Where a line starts, and where in it characters longer than a byte are.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    start: usize,
    wide: Vec<(usize, usize)>,
}

impl Places {
    pub(super) fn new(file: &str, text: &str) -> Self {
        let mut start = 0;
        let mut lines = Vec::new();
        for line in text.split('\n') {
            let wide = line.char_indices().filter(|(_, c)| c.len_utf8() > 1);
            let wide = wide.map(|(at, c)| (at, c.len_utf8() - 1)).collect();
            lines.push(Line { start, wide });
            start += line.len() + 1;
        }
        Self {
            file: file.to_owned(),
            lines,
            parts: HashMap::new(),
        }
    }

    /// Notes that `part` is written at `span`.
    pub(super) fn note(&mut self, part: &str, span: &Range<usize>) {
        self.parts.insert(part.to_owned(), span.start);
    }

    /// A fault in `part`, or in the nearest part around it that has a place.
    pub fn finding(
        &self,
        part: &str,
        severity: Severity,
        rule: &'static str,
        message: String,
    ) -> Finding {
        let mut part = part;
        let offset = loop {
            if let Some(&offset) = self.parts.get(part) {
                break offset;
            }
            match part.rsplit_once('/') {
                Some((around, _)) => part = around,
                None => break self.parts.get("").copied().unwrap_or(0),
            }
        };
        self.finding_at(offset, severity, rule, message)
    }

    pub(super) fn finding_at(
        &self,
        offset: usize,
        severity: Severity,
        rule: &'static str,
        message: String,
    ) -> Finding {
        let index = self
            .lines
            .partition_point(|line| line.start <= offset)
            .saturating_sub(1);
        let column = self.lines.get(index).map_or(0, |line| {
            let inside = offset - line.start;
            let wide = line.wide.iter().take_while(|(at, _)| *at < inside);
            inside - wide.map(|(_, extra)| extra).sum::<usize>()
        });
        let from_one = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).saturating_add(1);
        Finding {
            file: self.file.clone(),
            line: from_one(index),
            column: from_one(column),
            severity,
            rule,
            message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_line_and_a_column_in_characters() {
        let text = "a = 1\nè = \"né\" # x\n\nlast";
        let mut places = Places::new("f.toml", text);
        places.note("exercise/0", &(text.find('#').unwrap()..text.len()));
        let finding = |part| {
            let finding = places.finding(part, Severity::Error, "rule", String::new());
            (finding.line, finding.column)
        };
        assert_eq!(finding("exercise/0/hints/en/1"), (2, 10));
        assert_eq!(finding("exercise"), (1, 1));
        let end = places.finding_at(text.len(), Severity::Error, "rule", String::new());
        assert_eq!((end.line, end.column), (4, 5));
    }
}
