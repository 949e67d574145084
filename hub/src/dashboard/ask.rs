//! What a request asks, read once.

use curriculum::Timestamp;
use curriculum::time::{LocalDay, UtcOffset};
use serde::Deserialize;

use super::date;
use crate::people::login::Viewer;
use crate::people::{Capability, Role};
use crate::people::{Reach, permission};
use crate::store::Reads;

/// The address's question.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Question {
    /// First local day.
    pub(super) from: Option<String>,
    /// Last local day.
    pub(super) to: Option<String>,
    /// `csv`, or nothing.
    #[serde(rename = "as")]
    pub(super) form: Option<String>,
    /// Rows to skip.
    pub(super) after: Option<u32>,
}

/// A request, understood.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) reads: Reads,
    pub(super) viewer: Viewer,
    pub(super) reach: Reach,
    /// What is looked at, as the address names it.
    pub(super) id: String,
    pub(super) range: Range,
    pub(super) after: u32,
    pub(super) now_ms: i64,
    pub(super) offset: UtcOffset,
}

/// Local days, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: LocalDay,
    pub(super) to: LocalDay,
}

/// Days shown unless others are asked for.
const DAYS: i32 = 30;
/// Days of one page at most.
const DAYS_MAX: i32 = 732;

impl Range {
    /// What is asked for, or the last days; `None` if it is no range.
    pub(super) fn read(question: &Question, today: LocalDay) -> Option<Self> {
        let day = |text: &Option<String>| match text.as_deref() {
            None | Some("") => Some(None),
            Some(text) => date::read(text).map(Some),
        };
        let to = day(&question.to)?.unwrap_or(today);
        let from = day(&question.from)?.unwrap_or(LocalDay(to.0.saturating_sub(DAYS - 1)));
        (from <= to && to.0 - from.0 < DAYS_MAX).then_some(Self { from, to })
    }
}

impl Ask {
    pub(super) fn today(&self) -> LocalDay {
        Timestamp(self.now_ms).local_day(self.offset)
    }

    /// Whether the viewer may do something else too, on the same page.
    pub(super) fn may(&self, capability: Capability) -> bool {
        permission::reach(self.viewer.role, capability).is_some()
    }

    /// All that lies in the viewer's place, as a pattern of paths. A parent's place is none.
    pub(super) fn scope(&self) -> String {
        if self.viewer.role == Role::Parent {
            return "-".to_owned();
        }
        format!("{}%", self.viewer.scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, to: &str, expected: Option<(i32, i32)>) {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let question = Question {
            from: text(from),
            to: text(to),
            ..Question::default()
        };
        let found = Range::read(&question, LocalDay(100));
        assert_eq!(found.map(|range| (range.from.0, range.to.0)), expected);
    }

    #[test]
    fn a_range_is_the_last_thirty_days_unless_it_is_given() {
        check("", "", Some((71, 100)));
        check("1970-01-02", "1970-01-03", Some((1, 2)));
        check("", "1970-02-01", Some((2, 31)));
        check("1970-01-03", "1970-01-02", None);
        check("1970-01-01", "1990-01-01", None);
        check("yesterday", "", None);
    }
}
