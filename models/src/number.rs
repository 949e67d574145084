//! English number words and numerals to a string of digits.
//!
//! A learner reads a number digit by digit ("four seven"), as a whole ("forty-seven"), or in the
//! groups of a price or a year ("three fifty", "nineteen ninety"). Groups stand beside each other;
//! leading zeros are kept.

/// The most digits of a number that is said aloud.
pub const DIGITS_MAX: usize = 15;

/// One word of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Atom {
    /// 0-9
    Unit(u8),
    /// 10-19
    Teen(u8),
    /// 20, 30 .. 90
    Tens(u8),
    Hundred,
    Thousand,
    Million,
    And,
    /// "double four", "triple four"
    Times(u8),
}

/// Every number word with its meaning.
pub(crate) const WORDS: [(&str, Atom); 40] = [
    ("zero", Atom::Unit(0)),
    ("oh", Atom::Unit(0)),
    ("o", Atom::Unit(0)),
    ("nought", Atom::Unit(0)),
    ("nil", Atom::Unit(0)),
    ("one", Atom::Unit(1)),
    ("two", Atom::Unit(2)),
    ("three", Atom::Unit(3)),
    ("four", Atom::Unit(4)),
    ("five", Atom::Unit(5)),
    ("six", Atom::Unit(6)),
    ("seven", Atom::Unit(7)),
    ("eight", Atom::Unit(8)),
    ("nine", Atom::Unit(9)),
    ("ten", Atom::Teen(10)),
    ("eleven", Atom::Teen(11)),
    ("twelve", Atom::Teen(12)),
    ("thirteen", Atom::Teen(13)),
    ("fourteen", Atom::Teen(14)),
    ("fifteen", Atom::Teen(15)),
    ("sixteen", Atom::Teen(16)),
    ("seventeen", Atom::Teen(17)),
    ("eighteen", Atom::Teen(18)),
    ("nineteen", Atom::Teen(19)),
    ("twenty", Atom::Tens(20)),
    ("thirty", Atom::Tens(30)),
    ("forty", Atom::Tens(40)),
    ("fourty", Atom::Tens(40)),
    ("fifty", Atom::Tens(50)),
    ("sixty", Atom::Tens(60)),
    ("seventy", Atom::Tens(70)),
    ("eighty", Atom::Tens(80)),
    ("ninety", Atom::Tens(90)),
    ("hundred", Atom::Hundred),
    ("thousand", Atom::Thousand),
    ("million", Atom::Million),
    ("and", Atom::And),
    ("double", Atom::Times(2)),
    ("triple", Atom::Times(3)),
    ("treble", Atom::Times(3)),
];

/// The digits of a text that is a number and nothing else, or `None`.
pub fn digits(text: &str) -> Option<String> {
    // "1,200" is one numeral; any other comma parts two.
    let joined = join_thousands(&text.to_lowercase());
    let mut digits = Digits::default();
    for word in joined.split(|letter: char| !letter.is_alphanumeric()) {
        digits.read(word)?;
    }
    digits.finish()
}

/// Removes the comma of "1,200" and "1,200,000".
fn join_thousands(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let joins = |at: usize| {
        at > 0 && digit(at - 1) && (1..=3).all(|after| digit(at + after)) && !digit(at + 4)
    };
    text.char_indices()
        .filter(|&(at, letter)| letter != ',' || !joins(at))
        .map(|(_, letter)| letter)
        .collect()
}

/// Reads words one after another; equal values have the same future.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Digits {
    done: String,
    /// The number being built, and what may still be added to it.
    open: Option<Open>,
    times: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Open {
    /// Below the last "thousand" or "million".
    value: u64,
    /// Above it.
    scaled: u64,
    /// What was added last: a number can only grow by something smaller.
    smallest: u64,
}

impl Digits {
    /// Takes one word or numeral in lower case; `None` where it cannot stand here in a number.
    pub(crate) fn read(&mut self, word: &str) -> Option<()> {
        if word.is_empty() {
            return Some(());
        }
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            self.numeral(word)?;
        } else {
            let (_, atom) = WORDS.iter().find(|(name, _)| *name == word)?;
            self.word(*atom)?;
        }
        (self.done.len() <= DIGITS_MAX).then_some(())
    }

    fn word(&mut self, atom: Atom) -> Option<()> {
        // "double" of anything but a digit means nothing.
        if self.times.is_some() && !matches!(atom, Atom::Unit(_)) {
            return None;
        }
        match atom {
            Atom::Unit(unit) => self.unit(unit),
            Atom::Teen(value) | Atom::Tens(value) => {
                let smallest = if value < 20 { 1 } else { 10 };
                self.add(u64::from(value), smallest);
            }
            Atom::Hundred => self.hundred()?,
            Atom::Thousand => self.scale(1_000)?,
            Atom::Million => self.scale(1_000_000)?,
            // "and" belongs after a hundred or thousand.
            Atom::And => self.open.filter(|open| open.smallest >= 100).map(|_| ())?,
            Atom::Times(times) => {
                self.close();
                self.times = Some(times);
            }
        }
        Some(())
    }

    fn unit(&mut self, unit: u8) {
        if let Some(times) = self.times.take() {
            self.close();
            for _ in 0..times {
                self.done.push(char::from(b'0' + unit));
            }
        } else if unit == 0 {
            self.close();
            self.done.push('0');
        } else {
            self.add(u64::from(unit), 1);
        }
    }

    fn numeral(&mut self, digits: &str) -> Option<()> {
        if self.times.is_some() {
            return digits
                .parse()
                .ok()
                .filter(|&unit: &u8| unit < 10)
                .map(|unit| self.unit(unit));
        }
        self.close();
        let short: Option<u64> = digits
            .parse()
            .ok()
            .filter(|_| digits.len() <= 3 && !digits.starts_with('0'));
        match short {
            // "3 hundred"; as a group of its own otherwise.
            Some(value) => {
                self.open = Some(Open {
                    value,
                    scaled: 0,
                    smallest: 1,
                });
            }
            None => self.done.push_str(digits),
        }
        Some(())
    }

    /// Adds `value`, whose last non-zero digit is worth `smallest`, or starts a new group.
    fn add(&mut self, value: u64, smallest: u64) {
        match &mut self.open {
            Some(open) if value < open.smallest => {
                open.value += value;
                open.smallest = smallest;
            }
            _ => {
                self.close();
                self.open = Some(Open {
                    value,
                    scaled: 0,
                    smallest,
                });
            }
        }
    }

    fn hundred(&mut self) -> Option<()> {
        let open = self.open.get_or_insert(Open {
            value: 1,
            scaled: 0,
            smallest: 1,
        });
        if open.value == 0 || open.value > 99 {
            return None;
        }
        open.value *= 100;
        open.smallest = 100;
        Some(())
    }

    fn scale(&mut self, scale: u64) -> Option<()> {
        let open = self.open.get_or_insert(Open {
            value: 1,
            scaled: 0,
            smallest: 1,
        });
        if open.value == 0
            || open.value > 999
            || (open.scaled > 0 && !open.scaled.is_multiple_of(scale * 1_000))
        {
            return None;
        }
        open.scaled += open.value * scale;
        open.value = 0;
        open.smallest = scale;
        Some(())
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.done.push_str(&(open.scaled + open.value).to_string());
        }
    }

    /// Digits that are certain by now; an open number may still change its own.
    pub(crate) fn digits_so_far(&self) -> usize {
        let open = self
            .open
            .map_or(0, |open| (open.scaled + open.value).to_string().len());
        self.done.len() + open
    }

    pub(crate) fn finish(mut self) -> Option<String> {
        self.close();
        let whole = !self.done.is_empty() && self.times.is_none() && self.done.len() <= DIGITS_MAX;
        whole.then_some(self.done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curriculum::Language;
    use curriculum::number_words::spell;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(
            digits(text).as_deref().unwrap_or("none"),
            expected,
            "{text}"
        );
    }

    #[test]
    fn digits_one_by_one() {
        check("one two three", "123");
        check(" Four, seven, two, one.", "4721");
        check("4-7-2-1", "4721");
        check("4, 7, 2, 1", "4721");
        check("oh seven eight", "078");
        check("double four", "44");
        check("seven double oh triple two", "700222");
        check("zero", "0");
        check("0 5", "05");
    }

    #[test]
    fn whole_numbers() {
        check("twenty-three", "23");
        check("Twenty three.", "23");
        check("three hundred and fifty", "350");
        check("one hundred and five", "105");
        check("a hundred", "none");
        check("two thousand and six", "2006");
        check("twelve thousand three hundred", "12300");
        check("one million two hundred thousand and one", "1200001");
        check("1,200", "1200");
        check("1,200,000", "1200000");
        check("350", "350");
        check("3 hundred", "300");
    }

    #[test]
    fn groups_stand_beside_each_other() {
        check("three fifty", "350");
        check("nineteen ninety", "1990");
        check("twenty twenty five", "2025");
        check("forty seven twenty one", "4721");
        check("47 21", "4721");
        check("fifty ten", "5010");
    }

    #[test]
    fn what_is_no_number_has_no_digits() {
        check("", "none");
        check("bye", "none");
        check("four apples", "none");
        check("and", "none");
        check("double", "none");
        check("double twenty", "none");
        check("1234567890123456", "none");
    }

    proptest! {
        #[test]
        fn every_number_that_is_spelled_is_read_back(value in 0i64..1_000_000_000) {
            let words = spell(value, Language::ENGLISH).unwrap();
            prop_assert_eq!(digits(&words), Some(value.to_string()));
        }

        #[test]
        fn any_text_is_read_without_panic(text in "[a-z0-9 ,.-]{0,60}") {
            if let Some(digits) = digits(&text) {
                prop_assert!(digits.len() <= DIGITS_MAX);
                prop_assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
            }
        }
    }
}
