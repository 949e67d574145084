//! Keys become answers: one key at once where one is enough, several until `#` or a pause.

use std::time::{Duration, Instant};

use crate::dialogue::{Expected, KEYS_MAX, Keyed};

/// Pause that ends a number.
const PAUSE: Duration = Duration::from_secs(2);
/// Pause that ends a number which has all the digits that the answer is likely to have. Not zero:
/// a wrong answer may be longer, and must be heard whole.
const PAUSE_COMPLETE: Duration = Duration::from_millis(900);

/// Collects the keys of one answer.
#[derive(Debug)]
pub struct Keypad {
    rule: Rule,
    keys: String,
    due: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// The first key is the answer.
    One,
    /// Digits until `#` or a pause; the likeliest count, if known.
    Digits(Option<u8>),
}

impl Keypad {
    pub fn new(expected: &Expected) -> Self {
        let rule = match expected {
            Expected::Number { digits } | Expected::Keys(Keyed::Number { digits }) => {
                Rule::Digits(*digits)
            }
            Expected::Keys(Keyed::One)
            | Expected::Choice { .. }
            | Expected::YesNo
            | Expected::Phrase { .. }
            | Expected::Free { .. } => Rule::One,
        };
        Self {
            rule,
            keys: String::new(),
            due: None,
        }
    }

    /// A key was pressed. Returns the answer if that completes it.
    pub fn handle_key(&mut self, key: char, now: Instant) -> Option<String> {
        let digits = match self.rule {
            Rule::One => return Some(key.to_string()),
            Rule::Digits(digits) => digits,
        };
        match key {
            '#' if !self.keys.is_empty() => return self.take(),
            // Alone they are commands: repeat, skip.
            '*' | '#' if self.keys.is_empty() => return Some(key.to_string()),
            // After digits: begin again.
            '*' => {
                self.keys.clear();
                self.due = None;
                return None;
            }
            _ => self.keys.push(key),
        }
        if self.keys.len() >= KEYS_MAX {
            return self.take();
        }
        let complete = digits.is_some_and(|digits| self.keys.len() >= usize::from(digits));
        self.due = Some(now + if complete { PAUSE_COMPLETE } else { PAUSE });
        None
    }

    /// Time went by. Returns the answer if the pause has ended it.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<String> {
        self.due
            .is_some_and(|due| now >= due)
            .then(|| self.take())?
    }

    /// Whether an answer has been begun.
    pub fn is_collecting(&self) -> bool {
        !self.keys.is_empty()
    }

    fn take(&mut self) -> Option<String> {
        self.due = None;
        Some(std::mem::take(&mut self.keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `script`: keys, with `.` for a second without one; the answer is what comes out, in order.
    #[track_caller]
    fn check(expected: &Expected, script: &str, answers: &[&str]) {
        let mut keypad = Keypad::new(expected);
        let mut now = Instant::now();
        let mut got = Vec::new();
        for step in script.chars() {
            match step {
                '.' => {
                    now += Duration::from_secs(1);
                    got.extend(keypad.handle_timeout(now));
                }
                key => {
                    now += Duration::from_millis(300);
                    got.extend(keypad.handle_timeout(now));
                    got.extend(keypad.handle_key(key, now));
                }
            }
        }
        assert_eq!(got, answers, "{script}");
    }

    #[test]
    fn one_key_answers_a_choice() {
        let choice = Expected::Choice {
            options: 4,
            words: Vec::new(),
        };
        check(&choice, "2", &["2"]);
        check(&Expected::YesNo, "1*", &["1", "*"]);
        check(&Expected::Keys(Keyed::One), "2", &["2"]);
    }

    #[test]
    fn a_number_ends_with_a_hash_or_a_pause() {
        let number = Expected::Number { digits: None };
        check(&number, "150#", &["150"]);
        check(&number, "150.", &[]);
        check(&number, "150..", &["150"]);
        check(&number, "1.5.0..", &["150"]);
        check(&number, "15*20#", &["20"]);
    }

    #[test]
    fn a_number_longer_than_the_answer_is_whole() {
        let number = Expected::Number { digits: Some(2) };
        check(&number, "105.", &["105"]);
        check(&number, "10.", &["10"]);
        check(&number, "7.", &[]);
        let digits = Some(2);
        check(&Expected::Keys(Keyed::Number { digits }), "10.", &["10"]);
    }

    #[test]
    fn star_and_hash_alone_are_commands() {
        check(&Expected::Number { digits: None }, "*#", &["*", "#"]);
    }
}
