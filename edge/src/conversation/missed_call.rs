//! Missed calls: who rang and hung up is called back, so that the learner pays nothing. Pure: times
//! are handed in, orders are polled.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::phone_number::PhoneNumber;

/// A second ring of the same number within this time is the same beep.
const SAME_BEEP: Duration = Duration::from_secs(20);
/// Beeps that wait for a line; more come to nothing, and the learner beeps again.
const WAITING_MAX: usize = 256;
/// After a call-back that failed, it is tried once more.
const TRIES_MAX: u8 = 2;
const RETRY_AFTER: Duration = Duration::from_secs(60);
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
}

/// Local time, as the box believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// Days since the epoch.
    pub day: i64,
    /// Of the day's 1,440.
    pub minute: u16,
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
pub struct MissedCalls {
    policy: Policy,
    waiting: VecDeque<Beep>,
    /// Numbers being called now, with the tries made.
    calling: HashMap<PhoneNumber, u8>,
    recent: HashMap<PhoneNumber, Instant>,
    today: Today,
    texts: VecDeque<PhoneNumber>,
}

#[derive(Clone, Debug)]
struct Beep {
    number: PhoneNumber,
    at: Instant,
    not_before: Instant,
    tries: u8,
    of_night: bool,
}

#[derive(Debug, Default)]
struct Today {
    day: i64,
    all: u16,
    of_number: HashMap<PhoneNumber, u16>,
    of_prefix: HashMap<String, u16>,
}

impl MissedCalls {
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            waiting: VecDeque::new(),
            calling: HashMap::new(),
            recent: HashMap::new(),
            today: Today::default(),
            texts: VecDeque::new(),
        }
    }

    /// Somebody rang and hung up, or found every line taken. Returns whether they will be called.
    pub fn handle_beep(&mut self, number: &PhoneNumber, now: Instant, local: LocalTime) -> bool {
        self.begin_day(local);
        self.recent
            .retain(|_, at| now.saturating_duration_since(*at) < SAME_BEEP);
        let waits = self.waiting.iter().any(|beep| beep.number == *number);
        let known = waits || self.calling.contains_key(number) || self.recent.contains_key(number);
        let allowed = self.policy.prefix(number).is_some();
        if known || !allowed || self.waiting.len() >= WAITING_MAX {
            return waits;
        }
        self.recent.insert(number.clone(), now);
        self.waiting.push_back(Beep {
            number: number.clone(),
            at: now,
            not_before: now,
            tries: 0,
            of_night: self.policy.is_quiet(local),
        });
        true
    }

    /// The learner got through by themselves: nobody needs to be called.
    pub fn handle_call(&mut self, number: &PhoneNumber) {
        self.waiting.retain(|beep| beep.number != *number);
    }

    /// How a call-back went.
    pub fn handle_outcome(&mut self, number: &PhoneNumber, answered: bool, now: Instant) {
        let Some(tries) = self.calling.remove(number) else {
            return;
        };
        // A learner who was called back and beeps again has hung up: that is a new beep, but not
        // at once.
        self.recent.insert(number.clone(), now);
        if answered {
            return;
        }
        if tries >= TRIES_MAX {
            self.texts.push_back(number.clone());
            return;
        }
        self.waiting.push_back(Beep {
            number: number.clone(),
            at: now,
            not_before: now + RETRY_AFTER,
            tries,
            of_night: false,
        });
    }

    /// The next thing to do with so many lines free; poll until empty.
    pub fn poll_order(&mut self, free: usize, now: Instant, local: LocalTime) -> Option<Order> {
        self.begin_day(local);
        if let Some(number) = self.texts.pop_front() {
            return Some(Order::Text(number));
        }
        if self.policy.is_quiet(local) {
            return None;
        }
        let old = |beep: &Beep| {
            let most = if beep.of_night { NIGHT_MAX } else { WAIT_MAX };
            now.saturating_duration_since(beep.at) > most
        };
        if let Some(at) = self.waiting.iter().position(old) {
            return self.waiting.remove(at).map(|beep| Order::Text(beep.number));
        }
        if let Some(at) = self
            .waiting
            .iter()
            .position(|beep| !self.is_within(&beep.number))
        {
            return self.waiting.remove(at).map(|beep| Order::Text(beep.number));
        }
        if free == 0 {
            return None;
        }
        // Who was called least today comes first; among equals who beeped first.
        let due = self.waiting.iter().enumerate();
        let due = due.filter(|(_, beep)| beep.not_before <= now);
        let (at, _) = due.min_by_key(|(at, beep)| (self.today.of(&beep.number), *at))?;
        let beep = self.waiting.remove(at)?;
        self.note_called(&beep.number);
        self.calling.insert(beep.number.clone(), beep.tries + 1);
        Some(Order::CallBack(beep.number))
    }

    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    fn begin_day(&mut self, local: LocalTime) {
        if self.today.day != local.day {
            self.today = Today {
                day: local.day,
                ..Today::default()
            };
        }
    }

    fn is_within(&self, number: &PhoneNumber) -> bool {
        let Some((prefix, most)) = self.policy.prefix(number) else {
            return false;
        };
        let of_prefix = self.today.of_prefix.get(prefix).copied().unwrap_or(0);
        of_prefix < most
            && self.today.all < self.policy.per_day_max
            && self.today.of(number) < self.policy.per_number_max
    }

    fn note_called(&mut self, number: &PhoneNumber) {
        let Some((prefix, _)) = self.policy.prefix(number) else {
            return;
        };
        let prefix = prefix.to_owned();
        self.today.all += 1;
        *self.today.of_prefix.entry(prefix).or_default() += 1;
        *self.today.of_number.entry(number.clone()).or_default() += 1;
    }
}

impl Today {
    fn of(&self, number: &PhoneNumber) -> u16 {
        self.of_number.get(number).copied().unwrap_or(0)
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

    fn is_quiet(&self, local: LocalTime) -> bool {
        let (from, until) = self.quiet;
        if from <= until {
            (from..until).contains(&local.minute)
        } else {
            local.minute >= from || local.minute < until
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON: LocalTime = LocalTime {
        day: 20_000,
        minute: 720,
    };

    fn policy() -> Policy {
        Policy {
            per_number_max: 3,
            per_day_max: 8,
            prefixes: [("250".to_owned(), 6), ("25078".to_owned(), 5)].into(),
            quiet: (21 * 60, 6 * 60),
        }
    }

    fn number(n: u32) -> PhoneNumber {
        PhoneNumber::parse(&format!("+25078{n:07}")).unwrap()
    }

    /// What is ordered at noon by what happens, one word each: `bN` beep of N, `cN` N got through,
    /// `yN`/`nN` the call-back of N was answered or not, `wS` S seconds pass, `p` poll with a line
    /// free, `-` poll with none.
    #[track_caller]
    fn check(script: &str, expected: &str) {
        let mut missed = MissedCalls::new(policy());
        let mut now = Instant::now();
        let mut orders = Vec::new();
        for step in script.split(' ') {
            let (what, n) = step.split_at(1);
            let n: u32 = n.parse().unwrap_or(0);
            match what {
                "b" => drop(missed.handle_beep(&number(n), now, NOON)),
                "c" => missed.handle_call(&number(n)),
                "y" | "n" => missed.handle_outcome(&number(n), what == "y", now),
                "w" => now += Duration::from_secs(n.into()),
                _ => {
                    let free = usize::from(what == "p");
                    orders.push(match missed.poll_order(free, now, NOON) {
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
    fn a_number_of_elsewhere_is_not_called() {
        let mut missed = MissedCalls::new(policy());
        let abroad = PhoneNumber::parse("+4479460000").unwrap();
        let now = Instant::now();
        assert!(!missed.handle_beep(&abroad, now, NOON));
        assert_eq!(missed.poll_order(1, now, NOON), None);
    }

    #[test]
    fn a_beep_at_night_is_answered_in_the_morning() {
        let mut missed = MissedCalls::new(policy());
        let mut now = Instant::now();
        let night = LocalTime {
            minute: 23 * 60,
            ..NOON
        };
        assert!(missed.handle_beep(&number(1), now, night));
        assert_eq!(missed.poll_order(1, now, night), None);
        now += Duration::from_secs(7 * 3_600);
        let morning = LocalTime {
            day: NOON.day + 1,
            minute: 6 * 60,
        };
        let order = missed.poll_order(1, now, morning);
        assert_eq!(order, Some(Order::CallBack(number(1))));
    }

    #[test]
    fn who_waited_too_long_is_texted() {
        check("b1 - w1801 p p", ". text1 .");
    }

    proptest! {
        /// Whatever happens: no limit is passed, and nobody is called while being called.
        #[test]
        fn no_limit_is_ever_passed(steps in proptest::collection::vec((0u8..5, 0u32..6, 0u64..90), 0..300)) {
            let mut missed = MissedCalls::new(policy());
            let mut now = Instant::now();
            let (mut calls, mut calling): (Vec<PhoneNumber>, Vec<PhoneNumber>) = (Vec::new(), Vec::new());
            for (step, n, seconds) in steps {
                now += Duration::from_secs(seconds);
                match step {
                    0 | 1 => drop(missed.handle_beep(&number(n), now, NOON)),
                    2 => {
                        if let Some(to) = calling.pop() {
                            missed.handle_outcome(&to, n % 2 == 0, now);
                        }
                    }
                    _ => if let Some(Order::CallBack(to)) = missed.poll_order(1, now, NOON) {
                        prop_assert!(!calling.contains(&to));
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
