use super::{english, kinyarwanda, swahili};
use crate::language::Language;

/// Numbers of this size and larger are not spelled: no table names their scales alike everywhere.
pub const SPELLED_BELOW: i64 = 1_000_000_000_000;

/// What the counted noun is, for languages whose numerals agree with it.
///
/// The names are the Bantu noun classes of the plural. Languages without agreement ignore it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NounClass {
    /// No noun: the form used to count and to name a number.
    Counting,
    /// `iminota`, minutes.
    Four,
    /// `amafaranga`, francs.
    Six,
    /// `ibihumbi`, thousands.
    Eight,
    /// `metero`, metres; `miliyoni`, millions.
    Ten,
}

/// The words for `value`, or nothing when the language has no table or `|value|` is not below
/// [`SPELLED_BELOW`].
pub fn spell(value: i64, language: Language) -> Option<String> {
    spell_agreeing(value, language, NounClass::Counting)
}

/// As [`spell`], in agreement with the noun that is counted: `amafaranga abiri`, `iminota ibiri`.
pub fn spell_agreeing(value: i64, language: Language, class: NounClass) -> Option<String> {
    let size = value.unsigned_abs();
    if size >= SPELLED_BELOW.unsigned_abs() {
        return None;
    }
    let (negative, words) = match language {
        Language::ENGLISH => (english::NEGATIVE, english::cardinal(size)),
        Language::KINYARWANDA => (kinyarwanda::NEGATIVE, kinyarwanda::cardinal(size, class)),
        Language::SWAHILI => (swahili::NEGATIVE, swahili::cardinal(size)),
        _ => return None,
    };
    Some(if value < 0 {
        format!("{negative} {words}")
    } else {
        words
    })
}

/// The place in an order: `third`, `gatatu`, `tatu` (the last two follow a connective that agrees
/// with the noun, as in `wa gatatu`, `la tatu`).
pub fn spell_ordinal(value: u32, language: Language) -> Option<String> {
    match language {
        Language::ENGLISH => Some(english::ordinal(value.into())),
        Language::KINYARWANDA => Some(kinyarwanda::ordinal(value.into())),
        Language::SWAHILI => Some(swahili::ordinal(value.into())),
        _ => None,
    }
}

/// Each digit by its name, parted by spaces; characters that are not ASCII digits are passed over.
pub fn spell_digits(digits: &str, language: Language) -> Option<String> {
    let names: Option<Vec<String>> = digits
        .chars()
        .filter_map(|c| c.to_digit(10))
        .map(|digit| spell(digit.into(), language))
        .collect();
    names.map(|names| names.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const TABLED: [Language; 3] = [Language::ENGLISH, Language::KINYARWANDA, Language::SWAHILI];

    /// Every number a lesson uses, then a spread over the larger ones with many zeros in them,
    /// which is where two readings can meet.
    fn many_numbers() -> impl Iterator<Item = i64> {
        let heads = [
            0, 1, 2, 8, 9, 10, 11, 18, 20, 21, 28, 99, 100, 101, 108, 110, 120, 125, 200, 300, 900,
            999,
        ];
        let scales = [1_000, 100_000, 1_000_000, 1_000_000_000_i64];
        let tails = (0..130).chain([
            300, 900, 1_000, 1_008, 8_000, 10_000, 20_000, 21_000, 100_000, 100_025,
        ]);
        let large = scales.into_iter().flat_map(move |scale| {
            let tails = tails.clone();
            heads
                .into_iter()
                .flat_map(move |head| tails.clone().map(move |tail| head * scale + tail))
        });
        (0..30_000)
            .chain(large)
            .filter(|&value| value < SPELLED_BELOW)
    }

    #[test]
    fn no_two_numbers_sound_the_same() {
        for language in TABLED {
            let mut spoken: HashMap<String, i64> = HashMap::new();
            for value in many_numbers() {
                let words = spell(value, language).unwrap();
                if let Some(&other) = spoken.get(&words) {
                    assert_eq!(other, value, "both are {words:?}");
                }
                spoken.insert(words, value);
            }
        }
    }

    #[test]
    fn digits_are_named_one_by_one() {
        assert_eq!(
            spell_digits("07-8", Language::ENGLISH).unwrap(),
            "zero seven eight"
        );
        assert_eq!(
            spell_digits("116", Language::KINYARWANDA).unwrap(),
            "rimwe rimwe gatandatu"
        );
        assert_eq!(spell_digits("40", Language::SWAHILI).unwrap(), "nne sifuri");
    }

    #[test]
    fn what_has_no_table_has_no_words() {
        assert_eq!(spell(SPELLED_BELOW, Language::ENGLISH), None);
        assert_eq!(spell(i64::MIN, Language::ENGLISH), None);
        assert!(spell(1 - SPELLED_BELOW, Language::SWAHILI).is_some());
    }

    #[test]
    fn a_negative_number_says_so() {
        assert_eq!(spell(-5, Language::ENGLISH).unwrap(), "minus five");
        assert_eq!(spell(-5, Language::SWAHILI).unwrap(), "hasi tano");
    }
}
