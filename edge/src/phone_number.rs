//! Telephone numbers: a route to a learner, never printed whole.

use std::fmt;

/// A number in E.164 form (ITU-T E.164: a country code and at most 15 digits in all).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

/// Text that is not a telephone number. Does not repeat the text: it may be one mistyped digit
/// away from somebody's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "read telephone number: expected +250 7xx xxx xxx, 07xx xxx xxx or another number in international form"
)]
pub struct PhoneNumberError;

/// Rwanda, where a number without a country code is taken to be.
const COUNTRY_CODE: &str = "250";

impl PhoneNumber {
    /// Reads the international form (`+2507…`, `002507…`, `2507…`) and the local one (`07…`).
    pub fn parse(text: &str) -> Result<Self, PhoneNumberError> {
        let kept = |c: &char| !matches!(c, ' ' | '-' | '.' | '(' | ')');
        let text: String = text.chars().filter(kept).take(32).collect();
        let digits = match text.strip_prefix('+').or_else(|| text.strip_prefix("00")) {
            Some(international) => international.to_owned(),
            None => match text.strip_prefix('0') {
                Some(local) => format!("{COUNTRY_CODE}{local}"),
                None => text,
            },
        };
        let plausible = (8..=15).contains(&digits.len()) && !digits.starts_with('0');
        if plausible && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(digits))
        } else {
            Err(PhoneNumberError)
        }
    }

    /// The whole number, with its plus: for the route that dials it, never for a log.
    pub fn e164(&self) -> String {
        format!("+{}", self.0)
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (country, last) = (&self.0[..3], &self.0[self.0.len() - 2..]);
        write!(f, "+{country}…{last}")
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(
            PhoneNumber::parse(text).ok().map(|n| n.e164()).as_deref(),
            expected
        );
    }

    #[test]
    fn one_telephone_has_one_form() {
        for text in [
            "0788123456",
            "+250788123456",
            "00250788123456",
            "250 788 123-456",
        ] {
            check(text, Some("+250788123456"));
        }
        check("+254700111222", Some("+254700111222"));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "anonymous",
            "12",
            "+0788123456",
            "07881234567890123",
            "078812345é",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_number_is_never_printed_whole() {
        let number = PhoneNumber::parse("0788123456").unwrap();
        assert_eq!(format!("{number} {number:?}"), "+250…56 +250…56");
    }
}
