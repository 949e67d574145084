//! Exact numbers: what arithmetic gives before it is spoken or judged.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// An exact rational number in lowest terms: three and a half is `7/2`.
///
/// Invariant: the denominator is at least 1 and shares no factor with the numerator, so equal
/// numbers are equal values.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(i64, i64)", into = "(i64, i64)")]
pub struct Number {
    numerator: i64,
    denominator: i64,
}

/// A pair that is no number: a zero denominator, or lowest terms outside 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read number {numerator}/{denominator}: not a fraction of 64-bit whole numbers")]
pub struct NumberError {
    numerator: i64,
    denominator: i64,
}

/// Most digits after the point in [`Number::decimal`].
const DECIMALS_MAX: usize = 6;

impl Number {
    /// Nothing.
    pub const ZERO: Self = Self::whole(0);
    /// One.
    pub const ONE: Self = Self::whole(1);

    /// A whole number.
    pub const fn whole(value: i64) -> Self {
        Self {
            numerator: value,
            denominator: 1,
        }
    }

    /// `numerator / denominator`; `None` if the denominator is zero or the result leaves 64 bits.
    pub fn ratio(numerator: i64, denominator: i64) -> Option<Self> {
        Self::reduced(i128::from(numerator), i128::from(denominator))
    }

    /// Digits with an optional sign and one optional point: `12`, `-3`, `0.75`, `.5`.
    ///
    /// `None` for anything else and for values that leave 64 bits.
    pub fn from_decimal(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let has_digits = !(whole.is_empty() && fraction.is_empty());
        let plain = whole
            .bytes()
            .chain(fraction.bytes())
            .all(|b| b.is_ascii_digit());
        if !has_digits || !plain || digits.ends_with('.') {
            return None;
        }
        let mut numerator: i128 = 0;
        let mut denominator: i128 = 1;
        for digit in whole.bytes() {
            numerator = numerator
                .checked_mul(10)?
                .checked_add(i128::from(digit - b'0'))?;
        }
        for digit in fraction.bytes() {
            numerator = numerator
                .checked_mul(10)?
                .checked_add(i128::from(digit - b'0'))?;
            denominator = denominator.checked_mul(10)?;
        }
        Self::reduced(sign * numerator, denominator)
    }

    /// The part above the line, carrying the sign.
    pub fn numerator(self) -> i64 {
        self.numerator
    }

    /// The part below the line, at least 1.
    pub fn denominator(self) -> i64 {
        self.denominator
    }

    /// The value if it is whole.
    pub fn as_whole(self) -> Option<i64> {
        (self.denominator == 1).then_some(self.numerator)
    }

    /// The nearest floating-point value, for drawing and likeness, never for judging equality.
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// The exact decimal form, such as `2.5`; `None` if it does not end within six digits.
    pub fn decimal(self) -> Option<String> {
        let mut scaled = i128::from(self.numerator).abs();
        let denominator = i128::from(self.denominator);
        let mut places = 0;
        while scaled % denominator != 0 {
            if places == DECIMALS_MAX {
                return None;
            }
            scaled *= 10;
            places += 1;
        }
        let digits = format!("{:0width$}", scaled / denominator, width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let sign = if self.numerator < 0 { "-" } else { "" };
        let point = if places == 0 { "" } else { "." };
        Some(format!("{sign}{whole}{point}{fraction}"))
    }

    /// The sum; `None` outside 64 bits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let (a, b, c, d) = self.wide(other);
        Self::reduced((a * d).checked_add(c * b)?, b * d)
    }

    /// The difference; `None` outside 64 bits.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let (a, b, c, d) = self.wide(other);
        Self::reduced((a * d).checked_sub(c * b)?, b * d)
    }

    /// The product; `None` outside 64 bits.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let (a, b, c, d) = self.wide(other);
        Self::reduced(a * c, b * d)
    }

    /// The exact quotient; `None` by zero or outside 64 bits.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        let (a, b, c, d) = self.wide(other);
        Self::reduced(a * d, b * c)
    }

    /// Without its sign; `None` outside 64 bits.
    pub fn checked_abs(self) -> Option<Self> {
        if self < Self::ZERO {
            Self::ZERO.checked_sub(self)
        } else {
            Some(self)
        }
    }

    /// Both numbers as 128-bit parts: products of two 64-bit values cannot overflow there.
    fn wide(self, other: Self) -> (i128, i128, i128, i128) {
        (
            self.numerator.into(),
            self.denominator.into(),
            other.numerator.into(),
            other.denominator.into(),
        )
    }

    fn reduced(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).ok()?;
        let sign = denominator.signum();
        Some(Self {
            numerator: i64::try_from((numerator / divisor).checked_mul(sign)?).ok()?,
            denominator: i64::try_from((denominator / divisor).checked_mul(sign)?).ok()?,
        })
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::whole(value)
    }
}

impl TryFrom<(i64, i64)> for Number {
    type Error = NumberError;
    fn try_from((numerator, denominator): (i64, i64)) -> Result<Self, NumberError> {
        Self::ratio(numerator, denominator).ok_or(NumberError {
            numerator,
            denominator,
        })
    }
}

impl From<Number> for (i64, i64) {
    fn from(number: Number) -> Self {
        (number.numerator, number.denominator)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b, c, d) = self.wide(*other);
        (a * d).cmp(&(c * b))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A whole number as digits, another as `numerator/denominator`: never rounded.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_whole() {
            Some(whole) => write!(f, "{whole}"),
            None => write!(f, "{}/{}", self.numerator, self.denominator),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self})")
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `text` as a decimal prints as `exact`, and `decimal` where it has one.
    #[track_caller]
    fn check(text: &str, exact: &str, decimal: Option<&str>) {
        let number = Number::from_decimal(text).unwrap();
        assert_eq!(number.to_string(), exact);
        assert_eq!(number.decimal().as_deref(), decimal);
    }

    #[test]
    fn decimals_are_read_and_written_exactly() {
        check("350", "350", Some("350"));
        check("2.50", "5/2", Some("2.5"));
        check("-0.05", "-1/20", Some("-0.05"));
        check(".5", "1/2", Some("0.5"));
        check("0.0000001", "1/10000000", None);
        for bad in [
            "",
            "-",
            ".",
            "1.",
            "1.2.3",
            "1e3",
            "١",
            "99999999999999999999",
        ] {
            assert_eq!(Number::from_decimal(bad), None, "{bad:?}");
        }
        assert_eq!(Number::ratio(1, 3).unwrap().decimal(), None);
    }

    #[test]
    fn the_ends_of_the_range_are_refused_not_wrapped() {
        let least = Number::whole(i64::MIN);
        assert_eq!(Number::ZERO.checked_sub(least), None);
        assert_eq!(least.checked_abs(), None);
        assert_eq!(Number::ratio(1, i64::MIN), None);
        assert_eq!(Number::ratio(i64::MIN, i64::MIN), Some(Number::ONE));
        assert_eq!(least.checked_mul(least), None);
        assert_eq!(Number::ratio(1, 0), None);
    }

    fn number() -> impl Strategy<Value = Number> {
        (-10_000_i64..10_000, 1_i64..500).prop_map(|(n, d)| Number::ratio(n, d).unwrap())
    }

    proptest! {
        #[test]
        fn arithmetic_obeys_the_laws_of_fractions(a in number(), b in number(), c in number()) {
            let sum = a.checked_add(b).unwrap();
            prop_assert_eq!(sum, b.checked_add(a).unwrap());
            prop_assert_eq!(sum.checked_sub(b).unwrap(), a);
            let left = c.checked_mul(sum).unwrap();
            let right = c.checked_mul(a).unwrap().checked_add(c.checked_mul(b).unwrap()).unwrap();
            prop_assert_eq!(left, right);
            if b != Number::ZERO {
                prop_assert_eq!(a.checked_mul(b).unwrap().checked_div(b).unwrap(), a);
            }
        }

        #[test]
        fn order_agrees_with_subtraction(a in number(), b in number()) {
            let difference = a.checked_sub(b).unwrap();
            prop_assert_eq!(a.cmp(&b), difference.numerator().cmp(&0));
        }

        #[test]
        fn no_arithmetic_panics(a: (i64, i64), b: (i64, i64)) {
            if let (Some(a), Some(b)) = (Number::ratio(a.0, a.1), Number::ratio(b.0, b.1)) {
                let _ = (a.checked_add(b), a.checked_sub(b), a.checked_mul(b), a.checked_div(b));
                let _ = (a.cmp(&b), a.checked_abs(), a.decimal(), a.to_string());
            }
        }

        #[test]
        fn a_decimal_form_reads_back(a in number()) {
            if let Some(text) = a.decimal() {
                prop_assert_eq!(Number::from_decimal(&text), Some(a));
            }
        }
    }
}
