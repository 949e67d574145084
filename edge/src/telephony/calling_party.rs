//! Who calls, and what a number without a country code means behind one gateway.

use crate::phone_number::PhoneNumber;

/// Who calls. Prints masked, as [`PhoneNumber`] does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CallingParty {
    Number(PhoneNumber),
    /// The network withheld the number, or sent one that is none.
    Anonymous,
}

/// A calling code of ITU-T E.164, such as `250`: where a number without one is taken to be.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Country(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read country `{found}`: write a calling code of one to three digits, such as \"250\"")]
pub struct CountryError {
    pub found: String,
}

impl Country {
    /// # Errors
    /// [`CountryError`] unless `text` is one to three digits, not beginning with 0; a plus before
    /// them is left out.
    pub fn parse(text: &str) -> Result<Country, CountryError> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let plausible = (1..=3).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if plausible {
            Ok(Country(digits.to_owned()))
        } else {
            Err(CountryError {
                found: text.chars().take(16).collect(),
            })
        }
    }
}

impl Default for Country {
    /// Rwanda.
    fn default() -> Country {
        Country("250".to_owned())
    }
}

impl TryFrom<String> for Country {
    type Error = CountryError;

    fn try_from(text: String) -> Result<Country, CountryError> {
        Country::parse(&text)
    }
}

impl CallingParty {
    /// Reads what a gateway wrote where the number goes. What is no number is nobody's: gateways
    /// write `anonymous`, `unknown`, `Restricted`, an extension or nothing at all.
    pub fn parse(text: &str, country: &Country) -> CallingParty {
        let text = text.trim();
        let international = match text.strip_prefix('0') {
            Some(local) if !local.starts_with('0') => format!("+{}{local}", country.0),
            _ => text.to_owned(),
        };
        PhoneNumber::parse(&international).map_or(CallingParty::Anonymous, CallingParty::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, country: &str, expected: Option<&str>) {
        let found = match CallingParty::parse(text, &Country::parse(country).unwrap()) {
            CallingParty::Number(number) => Some(number.e164()),
            CallingParty::Anonymous => None,
        };
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn a_local_number_is_of_the_gateways_country() {
        check("0788123456", "250", Some("+250788123456"));
        check("0803000001", "234", Some("+234803000001"));
        check("+2348030000001", "250", Some("+2348030000001"));
        check("002348030000001", "250", Some("+2348030000001"));
        check("250788123456", "254", Some("+250788123456"));
    }

    #[test]
    fn what_is_no_number_is_anonymous() {
        for text in [
            "",
            "anonymous",
            "Restricted",
            "101",
            "0",
            "+",
            "sip",
            "1e9",
            "٠٧٨٨١٢٣٤٥٦",
        ] {
            check(text, "250", None);
        }
    }

    #[test]
    fn a_country_is_one_to_three_digits() {
        assert!(Country::parse("+250").is_ok());
        for text in ["", "0", "0250", "2500", "RW", "2 5"] {
            assert!(Country::parse(text).is_err(), "{text}");
        }
    }
}
