//! Streaks: days in a row on which a learner practised, in local days.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::time::LocalDay;

/// A run of days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streak {
    /// Days practised in the run that reaches to today or yesterday.
    pub days: u32,
    /// True if today is one of them; if not, the run ends at midnight unless the learner calls.
    pub today: bool,
}

/// The streak as of `today`.
///
/// `down` are days on which the box could not be reached: they neither count nor break a run, for
/// the fault was not the learner's. The rule needs no correction afterwards: handing in a day that
/// was found to be down restores the run.
pub fn streak(
    practised: &BTreeSet<LocalDay>,
    down: &BTreeSet<LocalDay>,
    today: LocalDay,
) -> Streak {
    let today_counts = practised.contains(&today);
    let mut days = u32::from(today_counts);
    let mut day = today.0;
    while day > i32::MIN {
        day -= 1;
        if practised.contains(&LocalDay(day)) {
            days += 1;
        } else if !down.contains(&LocalDay(day)) {
            break;
        }
    }
    Streak {
        days,
        today: today_counts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter per day, today last: `x` practised, `d` box down, `.` neither.
    #[track_caller]
    fn check(days: &str, expected: u32) {
        let of = |letter| {
            let days = (0..).zip(days.chars());
            days.filter(|(_, c)| *c == letter)
                .map(|(day, _)| LocalDay(day))
                .collect()
        };
        let today = LocalDay(i32::try_from(days.len()).unwrap() - 1);
        assert_eq!(streak(&of('x'), &of('d'), today).days, expected, "{days}");
    }

    #[test]
    fn days_in_a_row_are_counted_back_from_today_or_yesterday() {
        check("xxx", 3);
        check("xx.", 2);
        check("xx..", 0);
        check("x.xx", 2);
        check("", 0);
    }

    #[test]
    fn a_day_the_box_was_down_breaks_nothing_and_counts_nothing() {
        check("xxdx", 3);
        check("xxddd", 2);
        check("xx.dx", 1);
        check("xd.d", 0);
    }
}
