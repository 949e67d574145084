//! When to send, and how much: the cheap hours, the day's budget, the time between sessions. Pure.

use std::time::Duration;

use sync::lane::Lane;
use sync::sender::Allowance;

/// A box with nothing to say greets the hub after so many of its usual pauses.
const QUIET_PAUSES: u32 = 24;

/// What was agreed with whoever pays for the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Time between sessions while there is something to send.
    pub every: Duration,
    /// First minute of the cheap hours and the first after them, of a day's 1,440; they may pass
    /// midnight. Outside of them only urgent lanes are sent.
    pub cheap: Option<(u16, u16)>,
    /// Bytes a day for each lane.
    pub budget: Allowance,
}

/// What the journal holds that the hub lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Something of the control or payments lane.
    pub urgent: bool,
    /// Anything.
    pub any: bool,
}

impl Plan {
    /// With what budget to begin a session now; `None` if it is not yet time. `since` is how long
    /// ago the last session ended.
    pub fn due(&self, local_minute: u16, since: Duration, waiting: Waiting) -> Option<Allowance> {
        let cheap = self.is_cheap(local_minute);
        let pause = if waiting.any {
            self.every
        } else {
            self.every * QUIET_PAUSES
        };
        let due = waiting.urgent || (cheap && since >= pause);
        due.then(|| if cheap { self.budget } else { urgent_only() })
    }

    fn is_cheap(&self, minute: u16) -> bool {
        match self.cheap {
            None => true,
            Some((from, until)) if from <= until => (from..until).contains(&minute),
            Some((from, until)) => minute >= from || minute < until,
        }
    }
}

/// Nothing but what is never held back.
fn urgent_only() -> Allowance {
    let mut allowance = Allowance([0; Lane::ALL.len()]);
    for lane in [Lane::Control, Lane::Payments] {
        allowance.0[usize::from(lane.number())] = u64::MAX;
    }
    allowance
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Allowance = Allowance([u64::MAX, u64::MAX, 500, 4_000, 300, 0]);

    /// `time` is the local time; `waiting` is `urgent`, `some` or `none`.
    #[track_caller]
    fn check(
        cheap: Option<(u16, u16)>,
        time: (u16, u16),
        since_min: u64,
        waiting: &str,
        expected: Option<Allowance>,
    ) {
        let every = Duration::from_secs(3600);
        let plan = Plan {
            every,
            cheap,
            budget: BUDGET,
        };
        let waiting = Waiting {
            urgent: waiting == "urgent",
            any: waiting != "none",
        };
        let since = Duration::from_secs(60 * since_min);
        assert_eq!(plan.due(time.0 * 60 + time.1, since, waiting), expected);
    }

    #[test]
    fn a_box_sends_every_hour_what_waits_and_greets_once_a_day() {
        check(None, (12, 0), 59, "some", None);
        check(None, (12, 0), 60, "some", Some(BUDGET));
        check(None, (12, 0), 60, "none", None);
        check(None, (12, 0), 24 * 60, "none", Some(BUDGET));
    }

    #[test]
    fn only_what_is_urgent_is_sent_outside_the_cheap_hours() {
        let night = Some((22 * 60, 5 * 60));
        check(night, (21, 59), 600, "some", None);
        check(night, (22, 0), 600, "some", Some(BUDGET));
        check(night, (4, 59), 600, "some", Some(BUDGET));
        check(night, (5, 0), 600, "some", None);
        check(night, (12, 0), 0, "urgent", Some(urgent_only()));
        check(night, (23, 0), 0, "urgent", Some(BUDGET));
        let noon = Some((12 * 60, 14 * 60));
        check(noon, (13, 0), 60, "some", Some(BUDGET));
        check(noon, (14, 0), 60, "some", None);
    }
}
