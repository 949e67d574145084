//! Missed calls: who rang and hung up is called back, so that the learner pays nothing. Pure: times
//! are handed in, orders are polled.

use std::collections::BTreeMap;
use std::time::Duration;

use curriculum::Timestamp;
use curriculum::time::UtcOffset;

use super::beeps::{Beep, Beeps, Callee, Today};
use crate::phone_number::PhoneNumber;

/// A second ring of the same number within this time is the same beep.
const SAME_BEEP: Duration = Duration::from_secs(20);
/// Beeps that wait for a line; more come to nothing, and the learner beeps again.
const WAITING_MAX: usize = 256;
/// After a call-back that failed, it is tried once more.
const TRIES_MAX: u8 = 2;
/// Who has waited so long is sent a message instead: they may have put the phone away.
const WAIT_MAX: Duration = Duration::from_secs(30 * 60);
/// Quiet hours last a night, and a beep of the evening is answered in the morning.
const NIGHT_MAX: Duration = Duration::from_secs(14 * 60 * 60);

/// How often, and when, the box calls back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub per_number_max: u16,
    pub per_day_max: u16,
    /// Call-backs in a day to numbers that begin so; no other number is called.
    pub prefixes: BTreeMap<String, u16>,
    /// First and last minute of the day in which nobody is called.
    pub quiet: (u16, u16),
    /// After a call-back that was not answered, until the next.
    pub retry_after: Duration,
    /// Where days begin.
    pub offset: UtcOffset,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    CallBack(PhoneNumber),
    /// Tell them by message that they were not forgotten.
    Text(PhoneNumber),
}

/// The beeps that wait, and what was done today.
#[derive(Debug)]
pub(super) struct MissedCalls {
    policy: Policy,
    beeps: Beeps,
}

impl MissedCalls {
    /// Goes on with what an earlier run of the box remembered.
    pub(super) fn new(policy: Policy, beeps: Beeps) -> Self {
        Self { policy, beeps }
    }

    /// What is to be remembered: durable before an order is carried out.
    pub(super) fn beeps(&self) -> &Beeps {
        &self.beeps
    }

    /// Somebody rang and hung up, or found every line taken. Returns whether they will be called.
    pub(super) fn handle_beep(&mut self, number: &PhoneNumber, now: Timestamp) -> bool {
        self.begin_day(now);
        self.beeps.forget_recent(now, SAME_BEEP);
        let callee = Callee(number.clone());
        let waits = self.beeps.waiting.iter().any(|beep| beep.callee == callee);
        let known = waits
            || self.beeps.calling.contains_key(&callee)
            || self.beeps.recent.contains_key(&callee);
        let allowed = self.policy.prefix(number).is_some();
        if known || !allowed || self.beeps.waiting.len() >= WAITING_MAX {
            return waits;
        }
        self.beeps.recent.insert(callee.clone(), now);
        self.beeps.waiting.push_back(Beep {
            callee,
            at: now,
            not_before: now,
            tries: 0,
            of_night: self.policy.is_quiet(now),
        });
        true
    }

    /// The learner got through by themselves: nobody needs to be called.
    pub(super) fn handle_call(&mut self, number: &PhoneNumber) {
        self.beeps.waiting.retain(|beep| beep.callee.0 != *number);
    }

    /// How a call-back went.
    pub(super) fn handle_outcome(&mut self, number: &PhoneNumber, answered: bool, now: Timestamp) {
        let callee = Callee(number.clone());
        let Some(tries) = self.beeps.calling.remove(&callee) else {
            return;
        };
        // A learner who was called back and beeps again has hung up: that is a new beep, but not
        // at once.
        self.beeps.recent.insert(callee.clone(), now);
        if answered {
            return;
        }
        if tries >= TRIES_MAX {
            self.beeps.texts.push_back(callee);
            return;
        }
        self.beeps.waiting.push_back(Beep {
            callee,
            at: now,
            not_before: now.after(self.policy.retry_after),
            tries,
            of_night: false,
        });
    }

    /// An order could not be carried out: a call counts as a try, a message is for later.
    pub(super) fn handle_impossible(&mut self, order: Order, now: Timestamp) {
        match order {
            Order::CallBack(number) => self.handle_outcome(&number, false, now),
            Order::Text(number) => self.beeps.texts.push_front(Callee(number)),
        }
    }

    /// The next thing to do with so many lines free; poll until empty.
    pub(super) fn poll_order(&mut self, free: usize, now: Timestamp) -> Option<Order> {
        self.begin_day(now);
        if let Some(callee) = self.beeps.texts.pop_front() {
            return Some(Order::Text(callee.0));
        }
        if self.policy.is_quiet(now) {
            return None;
        }
        let old = |beep: &Beep| {
            let most = if beep.of_night { NIGHT_MAX } else { WAIT_MAX };
            now.since(beep.at) > most
        };
        let unfit = |beep: &Beep| old(beep) || !self.is_within(&beep.callee);
        if let Some(at) = self.beeps.waiting.iter().position(unfit) {
            let beep = self.beeps.waiting.remove(at);
            return beep.map(|beep| Order::Text(beep.callee.0));
        }
        if free == 0 {
            return None;
        }
        // Who was called least today comes first; among equals who beeped first.
        let due = self.beeps.waiting.iter().enumerate();
        let due = due.filter(|(_, beep)| beep.not_before <= now);
        let (at, _) = due.min_by_key(|(at, beep)| (self.beeps.today.of(&beep.callee), *at))?;
        let beep = self.beeps.waiting.remove(at)?;
        self.note_called(&beep.callee);
        self.beeps
            .calling
            .insert(beep.callee.clone(), beep.tries + 1);
        Some(Order::CallBack(beep.callee.0))
    }

    pub(super) fn waiting(&self) -> usize {
        self.beeps.waiting.len()
    }

    fn begin_day(&mut self, now: Timestamp) {
        let day = now.local_day(self.policy.offset);
        if self.beeps.today.day != day {
            self.beeps.today = Today {
                day,
                ..Today::default()
            };
        }
    }

    fn is_within(&self, callee: &Callee) -> bool {
        let Some((prefix, most)) = self.policy.prefix(&callee.0) else {
            return false;
        };
        let today = &self.beeps.today;
        let of_prefix = today.of_prefix.get(prefix).copied().unwrap_or(0);
        of_prefix < most
            && today.all < self.policy.per_day_max
            && today.of(callee) < self.policy.per_number_max
    }

    fn note_called(&mut self, callee: &Callee) {
        let Some((prefix, _)) = self.policy.prefix(&callee.0) else {
            return;
        };
        let today = &mut self.beeps.today;
        today.all += 1;
        *today.of_prefix.entry(prefix.to_owned()).or_default() += 1;
        *today.of_number.entry(callee.clone()).or_default() += 1;
    }
}

impl Policy {
    /// The longest prefix the number begins with, and how often it may be called.
    fn prefix(&self, number: &PhoneNumber) -> Option<(&str, u16)> {
        let digits = number.e164();
        let digits = digits.trim_start_matches('+');
        let fits = self
            .prefixes
            .iter()
            .filter(|(prefix, _)| digits.starts_with(prefix.as_str()));
        let longest = fits.max_by_key(|(prefix, _)| prefix.len());
        longest.map(|(prefix, most)| (prefix.as_str(), *most))
    }

    fn is_quiet(&self, now: Timestamp) -> bool {
        let minute = now.local_minute(self.offset);
        let (from, until) = self.quiet;
        if from <= until {
            (from..until).contains(&minute)
        } else {
            minute >= from || minute < until
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    /// Noon in Kigali.
    const NOON: Timestamp = Timestamp((20_000 * 24 + 10) * 3_600_000);

    fn policy() -> Policy {
        Policy {
            per_number_max: 3,
            per_day_max: 8,
            prefixes: [("250".to_owned(), 6), ("25078".to_owned(), 5)].into(),
            quiet: (21 * 60, 6 * 60),
            retry_after: Duration::from_secs(60),
            offset: UtcOffset::KIGALI,
        }
    }

    fn missed_calls() -> MissedCalls {
        MissedCalls::new(policy(), Beeps::default())
    }

    fn number(n: u32) -> PhoneNumber {
        PhoneNumber::parse(&format!("+25078{n:07}")).unwrap()
    }

    /// What a box remembers that loses its power now.
    fn restarted(missed: &MissedCalls) -> MissedCalls {
        let bytes = missed.beeps().to_bytes().unwrap();
        MissedCalls::new(policy(), Beeps::from_bytes(&bytes).unwrap())
    }

    /// What is ordered at noon by what happens, one word each: `bN` beep of N, `cN` N got through,
    /// `yN`/`nN` the call-back of N was answered or not, `wS` S seconds pass, `r` the box restarts,
    /// `p` poll with a line free, `-` poll with none.
    #[track_caller]
    fn check(script: &str, expected: &str) {
        let mut missed = missed_calls();
        let mut now = NOON;
        let mut orders = Vec::new();
        for step in script.split(' ') {
            let (what, n) = step.split_at(1);
            let n: u32 = n.parse().unwrap_or(0);
            match what {
                "b" => drop(missed.handle_beep(&number(n), now)),
                "c" => missed.handle_call(&number(n)),
                "y" | "n" => missed.handle_outcome(&number(n), what == "y", now),
                "w" => now = now.after(Duration::from_secs(n.into())),
                "r" => missed = restarted(&missed),
                _ => {
                    let free = usize::from(what == "p");
                    orders.push(match missed.poll_order(free, now) {
                        Some(Order::CallBack(to)) => format!("call{}", &to.e164()[12..]),
                        Some(Order::Text(to)) => format!("text{}", &to.e164()[12..]),
                        None => ".".to_owned(),
                    });
                }
            }
        }
        assert_eq!(orders.join(" "), expected, "{script}");
    }

    #[test]
    fn a_beep_is_called_back_when_a_line_is_free() {
        check("b1 - p p", ". call1 .");
        check("b1 b2 b3 p p p", "call1 call2 call3");
    }

    #[test]
    fn one_beep_is_never_called_twice() {
        check("b1 b1 p b1 p y1 b1 p", "call1 . .");
        check("b1 c1 p", ".");
        check("b1 p y1 w30 b1 p", "call1 call1");
    }

    #[test]
    fn a_call_back_that_fails_is_tried_once_more_then_texted() {
        check("b1 p n1 p w61 p n1 p p", "call1 . call1 text1 .");
    }

    #[test]
    fn who_was_called_less_comes_first() {
        check("b1 p y1 w30 b1 b2 p p", "call1 call2 call1");
    }

    #[test]
    fn a_number_has_its_limit_and_then_a_message() {
        check(
            "b1 p y1 w30 b1 p y1 w30 b1 p y1 w30 b1 p p",
            "call1 call1 call1 text1 .",
        );
    }

    #[test]
    fn a_prefix_has_its_limit() {
        check(
            "b1 b2 b3 b4 b5 b6 p p p p p p",
            "call1 call2 call3 call4 call5 text6",
        );
    }

    #[test]
    fn a_restart_forgets_no_beep_and_begins_no_limit_anew() {
        check("b1 b2 r p r p", "call1 text1");
        check("b1 p y1 r b1 p", "call1 .");
        check("b1 p n1 r p w61 p", "call1 . call1");
        check(
            "b1 p y1 r w30 b1 p y1 w30 r b1 p y1 w30 b1 r p p",
            "call1 call1 call1 text1 .",
        );
        check("b1 p y1 w30 r b1 b2 p p", "call1 call2 call1");
    }

    #[test]
    fn whom_the_box_was_calling_when_its_power_went_is_texted_and_not_called_again() {
        check("b1 p r p w61 p", "call1 text1 .");
    }

    #[test]
    fn a_number_of_elsewhere_is_not_called() {
        let mut missed = missed_calls();
        let abroad = PhoneNumber::parse("+4479460000").unwrap();
        assert!(!missed.handle_beep(&abroad, NOON));
        assert_eq!(missed.poll_order(1, NOON), None);
    }

    #[test]
    fn a_beep_at_night_is_answered_in_the_morning() {
        let mut missed = missed_calls();
        let night = NOON.after(11 * HOUR);
        assert!(missed.handle_beep(&number(1), night));
        assert_eq!(missed.poll_order(1, night), None);
        missed = restarted(&missed);
        let morning = night.after(7 * HOUR);
        let order = missed.poll_order(1, morning);
        assert_eq!(order, Some(Order::CallBack(number(1))));
    }

    #[test]
    fn who_waited_too_long_is_texted() {
        check("b1 - w1801 p p", ". text1 .");
    }

    proptest! {
        /// Whatever happens, restarts too: no limit is passed, nobody is called while being called,
        /// and nobody is called more often than they beeped and were not reached.
        #[test]
        fn no_limit_is_ever_passed(steps in proptest::collection::vec((0u8..6, 0u32..6, 0u64..90), 0..300)) {
            let mut missed = missed_calls();
            let mut now = NOON;
            let (mut calls, mut calling): (Vec<PhoneNumber>, Vec<PhoneNumber>) = (Vec::new(), Vec::new());
            let mut due = [0_i64; 6];
            for (step, n, seconds) in steps {
                now = now.after(Duration::from_secs(seconds));
                match step {
                    0 | 1 => due[n as usize] += i64::from(missed.handle_beep(&number(n), now)),
                    2 => if let Some(to) = calling.pop() {
                        let answered = n % 2 == 0;
                        let at = (0..6).find(|n| number(*n) == to).unwrap() as usize;
                        due[at] += i64::from(!answered);
                        missed.handle_outcome(&to, answered, now);
                    },
                    3 => {
                        missed = restarted(&missed);
                        calling.clear();
                    }
                    _ => if let Some(Order::CallBack(to)) = missed.poll_order(1, now) {
                        prop_assert!(!calling.contains(&to));
                        let at = (0..6).find(|n| number(*n) == to).unwrap() as usize;
                        due[at] -= 1;
                        prop_assert!(due[at] >= 0, "called twice for one beep");
                        calls.push(to.clone());
                        calling.push(to);
                    }
                }
            }
            prop_assert!(calls.len() <= 5);
            for n in 0..6 {
                prop_assert!(calls.iter().filter(|to| **to == number(n)).count() <= 3);
            }
        }
    }
}
