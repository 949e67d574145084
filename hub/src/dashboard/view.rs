//! What a page shows, before it is printed: as a page, as CSV, as JSON.

use curriculum::time::UtcOffset;
use serde::Serialize;
use serde_json::{Value, json};

use super::date;

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct View {
    pub(super) title: String,
    /// The places above, and the way there.
    pub(super) crumbs: Vec<(String, String)>,
    pub(super) age: Option<Age>,
    pub(super) figures: Vec<Figure>,
    pub(super) charts: Vec<Chart>,
    pub(super) tables: Vec<Table>,
}

/// How old the figures are, and of how many boxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Age {
    /// When the box heard of last spoke; `None` if none ever did.
    pub(super) newest_ms: Option<i64>,
    /// Boxes heard of within a day.
    pub(super) fresh: i64,
    /// Boxes there are.
    pub(super) boxes: i64,
}

/// A number with its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) cell: Cell,
    pub(super) note: &'static str,
}

/// A row of bars, with a table that says the same.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chart {
    pub(super) name: String,
    pub(super) bars: Vec<(String, f64)>,
    pub(super) unit: &'static str,
}

/// Rows under columns.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    /// In addresses and in JSON.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// Said where there are no rows.
    pub(super) empty: &'static str,
}

/// What stands in one place of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Text(String),
    Link {
        text: String,
        to: String,
    },
    Number(i64),
    /// 0 to 100.
    Percent(i64),
    /// Milliseconds since 1970.
    Time(i64),
    /// A local day.
    Day(i32),
    /// Nothing is known: not the same as none.
    Unknown,
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A share as a percentage; unknown of nothing.
    pub(super) fn share(part: i64, whole: i64) -> Self {
        if whole > 0 {
            Self::Percent((part * 100 + whole / 2) / whole)
        } else {
            Self::Unknown
        }
    }

    pub(super) fn time(at_ms: Option<i64>) -> Self {
        at_ms.map_or(Self::Unknown, Self::Time)
    }

    /// As a person reads it: on the page, and in CSV, the same.
    pub(super) fn shown(&self, offset: UtcOffset) -> String {
        match self {
            Self::Text(text) | Self::Link { text, .. } => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Percent(percent) => format!("{percent}%"),
            Self::Time(at_ms) => date::with_time(*at_ms, offset),
            Self::Day(day) => date::written(curriculum::time::LocalDay(*day)),
            Self::Unknown => "–".to_owned(),
        }
    }

    fn json(&self, offset: UtcOffset) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Link { text, to } => json!({ "text": text, "to": to }),
            Self::Number(number) | Self::Percent(number) => json!(number),
            Self::Time(at_ms) => json!(at_ms),
            Self::Day(_) => json!(self.shown(offset)),
            Self::Unknown => Value::Null,
        }
    }

    /// Whether it must not be broken over lines.
    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Percent(_) | Self::Day(_))
    }
}

#[derive(Serialize)]
struct FigureJson {
    name: &'static str,
    value: Value,
    note: &'static str,
}

impl View {
    /// The tables one below the other, RFC 4180. A cell that a spreadsheet would take for a formula
    /// gets an apostrophe before it.
    pub(super) fn csv(&self, offset: UtcOffset) -> String {
        let mut text = String::new();
        let mut line = |cells: &[String]| {
            let quoted: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
            text.push_str(&quoted.join(","));
            text.push_str("\r\n");
        };
        if let Some(age) = self.age {
            let newest = age
                .newest_ms
                .map_or(Cell::Unknown, Cell::Time)
                .shown(offset);
            line(&["as of".to_owned(), newest]);
            line(&["boxes heard within a day".to_owned(), age.fresh.to_string()]);
            line(&["boxes".to_owned(), age.boxes.to_string()]);
        }
        for figure in &self.figures {
            line(&[figure.name.to_owned(), figure.cell.shown(offset)]);
        }
        for table in &self.tables {
            line(&[]);
            line(&[table.title.to_owned()]);
            line(
                &table
                    .columns
                    .iter()
                    .map(|&name| name.to_owned())
                    .collect::<Vec<_>>(),
            );
            for row in &table.rows {
                line(
                    &row.iter()
                        .map(|cell| cell.shown(offset))
                        .collect::<Vec<_>>(),
                );
            }
        }
        text
    }

    pub(super) fn json(&self, offset: UtcOffset) -> Value {
        let figures: Vec<FigureJson> = self
            .figures
            .iter()
            .map(|figure| FigureJson {
                name: figure.name,
                value: figure.cell.json(offset),
                note: figure.note,
            })
            .collect();
        let tables: serde_json::Map<String, Value> = self
            .tables
            .iter()
            .map(|table| {
                let cells = |row: &Vec<Cell>| {
                    Value::Array(row.iter().map(|cell| cell.json(offset)).collect())
                };
                let rows: Vec<Value> = table.rows.iter().map(cells).collect();
                (
                    table.name.to_owned(),
                    json!({ "columns": table.columns, "rows": rows }),
                )
            })
            .collect();
        let age = self.age.map(|age| {
            json!({ "as_of_ms": age.newest_ms, "boxes_fresh": age.fresh, "boxes": age.boxes })
        });
        json!({ "title": self.title, "age": age, "figures": figures, "tables": tables })
    }
}

fn quoted(cell: &str) -> String {
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let safe = if risky {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if safe.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_keeps_cells_apart_and_starts_no_formula() {
        let check = |cell: &str, expected: &str| assert_eq!(quoted(cell), expected);
        check("plain", "plain");
        check("a,b", "\"a,b\"");
        check("say \"x\"", "\"say \"\"x\"\"\"");
        check("=1+1", "'=1+1");
        check("-5,2", "\"'-5,2\"");
    }

    #[test]
    fn a_share_of_nothing_is_unknown_not_zero() {
        assert_eq!(Cell::share(0, 0), Cell::Unknown);
        assert_eq!(Cell::share(0, 3), Cell::Percent(0));
        assert_eq!(Cell::share(2, 3), Cell::Percent(67));
    }
}
