//! Draft, to be reviewed by a native speaker.
//!
//! Numerals 1 to 7 agree with what they count: tens (`mirongo`, class 4), hundreds (`magana`,
//! class 6), thousands (`ibihumbi`, class 8), millions (`miliyoni`, class 10). 8, 9 and 10 do not
//! change. Sources, checked against each other: Overdulve, *Apprendre la langue rwanda* (numerals);
//! Harvard ELIAS, "Cardinal and ordinal numbers"; languagesandnumbers.com (kin); the tables of the
//! Kinyarwanda part of the Python package num2words; the sentences of Common Voice.

use super::NounClass;

pub(super) const NEGATIVE: &str = "negatifu";

/// Zero to nine. The class decides 1 to 7 only.
const fn units(class: NounClass) -> [&'static str; 10] {
    match class {
        NounClass::Counting => [
            "zeru",
            "rimwe",
            "kabiri",
            "gatatu",
            "kane",
            "gatanu",
            "gatandatu",
            "karindwi",
            "umunani",
            "icyenda",
        ],
        NounClass::Four => [
            "zeru", "umwe", "ibiri", "itatu", "ine", "itanu", "itandatu", "irindwi", "umunani",
            "icyenda",
        ],
        NounClass::Six => [
            "zeru", "rimwe", "abiri", "atatu", "ane", "atanu", "atandatu", "arindwi", "umunani",
            "icyenda",
        ],
        NounClass::Eight => [
            "zeru",
            "kimwe",
            "bibiri",
            "bitatu",
            "bine",
            "bitanu",
            "bitandatu",
            "birindwi",
            "umunani",
            "icyenda",
        ],
        NounClass::Ten => [
            "zeru",
            "imwe",
            "ebyiri",
            "eshatu",
            "enye",
            "eshanu",
            "esheshatu",
            "zirindwi",
            "umunani",
            "icyenda",
        ],
    }
}

const TENS: [&str; 10] = [
    "",
    "icumi",
    "makumyabiri",
    "mirongo itatu",
    "mirongo ine",
    "mirongo itanu",
    "mirongo itandatu",
    "mirongo irindwi",
    "mirongo inani",
    "mirongo icyenda",
];
const HUNDREDS: [&str; 10] = [
    "",
    "ijana",
    "magana abiri",
    "magana atatu",
    "magana ane",
    "magana atanu",
    "magana atandatu",
    "magana arindwi",
    "magana inani",
    "magana icyenda",
];
const SCALES: [Scale; 3] = [
    Scale {
        size: 1_000_000_000,
        one: "miliyari imwe",
        many: "miliyari",
        class: NounClass::Ten,
    },
    Scale {
        size: 1_000_000,
        one: "miliyoni imwe",
        many: "miliyoni",
        class: NounClass::Ten,
    },
    Scale {
        size: 1_000,
        one: "igihumbi",
        many: "ibihumbi",
        class: NounClass::Eight,
    },
];

struct Scale {
    size: u64,
    one: &'static str,
    many: &'static str,
    class: NounClass,
}

pub(super) fn cardinal(value: u64, class: NounClass) -> String {
    let mut words = String::new();
    let mut rest = value;
    // The last multiplier said, while what follows could still be heard as part of it.
    let mut open = None;
    for scale in SCALES {
        let multiplier = rest / scale.size;
        if multiplier == 0 {
            continue;
        }
        let said = match multiplier {
            1 => scale.one.to_owned(),
            _ => format!("{} {}", scale.many, below_thousand(multiplier, scale.class)),
        };
        add(&mut words, &said, "");
        rest %= scale.size;
        open = Some(multiplier);
    }
    if rest > 0 || words.is_empty() {
        let pause = if open.is_some_and(|multiplier| continues(multiplier, rest)) {
            ","
        } else {
            ""
        };
        add(&mut words, &below_thousand(rest, class), pause);
    }
    words
}

/// What stands after the connective of an ordinal: `(uwa) mbere`, `(uwa) kabiri`.
pub(super) fn ordinal(value: u64) -> String {
    match value {
        1 => "mbere".to_owned(),
        8 => "munani".to_owned(),
        9 => "cyenda".to_owned(),
        10 => "cumi".to_owned(),
        _ => cardinal(value, NounClass::Counting),
    }
}

/// Whether a listener could take `rest` for the end of `multiplier`: *twenty thousand, and five*
/// against *twenty-five thousand*. A pause, written as a comma, keeps them apart.
fn continues(multiplier: u64, rest: u64) -> bool {
    (multiplier.is_multiple_of(100) && rest < 100) || (multiplier.is_multiple_of(10) && rest < 10)
}

fn below_thousand(value: u64, class: NounClass) -> String {
    let (hundreds, tens, ones) = (value / 100, value / 10 % 10, value % 10);
    let mut words = String::new();
    // Each index is one decimal digit and each table has ten entries.
    if hundreds > 0 {
        add(&mut words, HUNDREDS[hundreds as usize], "");
    }
    if tens > 0 {
        let said = if tens == 1 && ones > 0 {
            "cumi"
        } else {
            TENS[tens as usize]
        };
        add(&mut words, said, "");
    }
    if ones > 0 || value == 0 {
        add(&mut words, units(class)[ones as usize], "");
    }
    words
}

/// Joins with `na`, whose vowel is dropped before a vowel.
fn add(words: &mut String, more: &str, pause: &str) {
    if !words.is_empty() {
        words.push_str(pause);
        words.push_str(if more.starts_with(['a', 'e', 'i', 'o', 'u']) {
            " n'"
        } else {
            " na "
        });
    }
    words.push_str(more);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: u64, expected: &str) {
        assert_eq!(cardinal(value, NounClass::Counting), expected);
    }

    /// Lines that the published tables named above agree on.
    #[test]
    fn published_tables_agree() {
        check(0, "zeru");
        check(1, "rimwe");
        check(7, "karindwi");
        check(8, "umunani");
        check(10, "icumi");
        check(11, "cumi na rimwe");
        check(17, "cumi na karindwi");
        check(18, "cumi n'umunani");
        check(19, "cumi n'icyenda");
        check(20, "makumyabiri");
        check(28, "makumyabiri n'umunani");
        check(44, "mirongo ine na kane");
        check(67, "mirongo itandatu na karindwi");
        check(89, "mirongo inani n'icyenda");
        check(95, "mirongo icyenda na gatanu");
        check(100, "ijana");
        check(101, "ijana na rimwe");
        check(110, "ijana n'icumi");
        check(199, "ijana na mirongo icyenda n'icyenda");
        check(345, "magana atatu na mirongo ine na gatanu");
        check(729, "magana arindwi na makumyabiri n'icyenda");
        check(894, "magana inani na mirongo icyenda na kane");
        check(1_000, "igihumbi");
        check(1_104, "igihumbi n'ijana na kane");
        check(1_500, "igihumbi na magana atanu");
        check(
            2_385,
            "ibihumbi bibiri na magana atatu na mirongo inani na gatanu",
        );
        check(
            7_232,
            "ibihumbi birindwi na magana abiri na mirongo itatu na kabiri",
        );
        check(
            8_569,
            "ibihumbi umunani na magana atanu na mirongo itandatu n'icyenda",
        );
        check(10_000, "ibihumbi icumi");
        check(250_000, "ibihumbi magana abiri na mirongo itanu");
        check(2_500_000, "miliyoni ebyiri n'ibihumbi magana atanu");
    }

    #[test]
    fn the_multiplier_agrees_with_its_scale() {
        check(12_000, "ibihumbi cumi na bibiri");
        check(21_000, "ibihumbi makumyabiri na kimwe");
        check(11_000_000, "miliyoni cumi n'imwe");
        check(1_000_000_000, "miliyari imwe");
    }

    #[test]
    fn a_pause_keeps_two_readings_apart() {
        check(25_000, "ibihumbi makumyabiri na bitanu");
        check(20_005, "ibihumbi makumyabiri, na gatanu");
        check(150_000, "ibihumbi ijana na mirongo itanu");
        check(100_050, "ibihumbi ijana, na mirongo itanu");
    }

    #[test]
    fn the_last_word_agrees_with_what_is_counted() {
        assert_eq!(cardinal(2, NounClass::Six), "abiri");
        assert_eq!(cardinal(12, NounClass::Six), "cumi n'abiri");
        assert_eq!(cardinal(25, NounClass::Ten), "makumyabiri n'eshanu");
        assert_eq!(cardinal(23, NounClass::Ten), "makumyabiri n'eshatu");
        assert_eq!(cardinal(31, NounClass::Four), "mirongo itatu n'umwe");
    }

    #[test]
    fn ordinals_follow_published_tables() {
        for (value, expected) in [
            (1, "mbere"),
            (5, "gatanu"),
            (8, "munani"),
            (9, "cyenda"),
            (12, "cumi na kabiri"),
            (49, "mirongo ine n'icyenda"),
        ] {
            assert_eq!(ordinal(value), expected);
        }
    }
}
