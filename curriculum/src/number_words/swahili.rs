//! Draft, to be reviewed by a native speaker.
//!
//! The counting form, which is also that of nouns of classes 9 and 10 (`shilingi`, `dakika`,
//! `mita`). The scale comes first, its multiplier after it; `na` stands before the last place in
//! use and inside tens with units. A hundred thousand is `laki`. Sources: the Peace Corps course
//! *Swahili*, unit 7; *Swahili Made Easy*, lesson 11; Unicode CLDR spellout rules for `sw`.

pub(super) const NEGATIVE: &str = "hasi";

const UNITS: [&str; 10] = [
    "sifuri", "moja", "mbili", "tatu", "nne", "tano", "sita", "saba", "nane", "tisa",
];
const TENS: [&str; 10] = [
    "",
    "kumi",
    "ishirini",
    "thelathini",
    "arobaini",
    "hamsini",
    "sitini",
    "sabini",
    "themanini",
    "tisini",
];
const SCALES: [(u64, &str); 5] = [
    (1_000_000_000, "bilioni"),
    (1_000_000, "milioni"),
    (100_000, "laki"),
    (1_000, "elfu"),
    (100, "mia"),
];

pub(super) fn cardinal(value: u64) -> String {
    let mut places = Vec::new();
    let mut rest = value;
    // The multiplier of the last place, which a number below a hundred could be heard to continue.
    let mut open = 1;
    for (scale, name) in SCALES {
        let multiplier = rest / scale;
        if multiplier > 0 {
            places.push(format!("{name} {}", cardinal(multiplier)));
            rest %= scale;
            open = multiplier;
        }
    }
    let pause = if continues(open, rest) { "," } else { "" };
    if rest > 0 || places.is_empty() {
        places.push(below_hundred(rest));
    }
    let Some((last, before)) = places.split_last() else {
        return String::new();
    };
    if before.is_empty() {
        return last.clone();
    }
    let has_its_own_na = rest > 10 && !rest.is_multiple_of(10);
    let joint = if has_its_own_na { " " } else { " na " };
    format!("{}{pause}{joint}{last}", before.join(" "))
}

/// What stands after the connective of an ordinal: `(wa) kwanza`, `(wa) pili`, `(wa) tatu`.
pub(super) fn ordinal(value: u64) -> String {
    match value {
        1 => "kwanza".to_owned(),
        2 => "pili".to_owned(),
        _ => cardinal(value),
    }
}

/// Whether a listener could take `rest` for the end of `multiplier`: *ten thousand, and one*
/// against *eleven thousand*. A pause, written as a comma, keeps them apart.
fn continues(multiplier: u64, rest: u64) -> bool {
    rest > 0
        && ((multiplier.is_multiple_of(100) && rest < 100)
            || (multiplier.is_multiple_of(10) && rest < 10))
}

fn below_hundred(value: u64) -> String {
    // Each index is one decimal digit and each table has ten entries.
    match (value / 10, value % 10) {
        (0, units) => UNITS[units as usize].to_owned(),
        (tens, 0) => TENS[tens as usize].to_owned(),
        (tens, units) => format!("{} na {}", TENS[tens as usize], UNITS[units as usize]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: u64, expected: &str) {
        assert_eq!(cardinal(value), expected);
    }

    /// The worked examples of the sources named above.
    #[test]
    fn published_tables_agree() {
        check(0, "sifuri");
        check(11, "kumi na moja");
        check(21, "ishirini na moja");
        check(43, "arobaini na tatu");
        check(98, "tisini na nane");
        check(101, "mia moja na moja");
        check(110, "mia moja na kumi");
        check(249, "mia mbili arobaini na tisa");
        check(300, "mia tatu");
        check(928, "mia tisa ishirini na nane");
        check(1_001, "elfu moja na moja");
        check(1_010, "elfu moja na kumi");
        check(1_364, "elfu moja mia tatu sitini na nne");
        check(5_000, "elfu tano");
        check(8_723, "elfu nane mia saba ishirini na tatu");
        check(12_000, "elfu kumi na mbili");
        check(19_284, "elfu kumi na tisa mia mbili themanini na nne");
        check(53_981, "elfu hamsini na tatu mia tisa themanini na moja");
        check(
            125_728,
            "laki moja elfu ishirini na tano mia saba ishirini na nane",
        );
        check(400_000, "laki nne");
        check(500_200, "laki tano na mia mbili");
        check(7_000_000, "milioni saba");
    }

    #[test]
    fn a_pause_keeps_two_readings_apart() {
        check(11_000, "elfu kumi na moja");
        check(10_001, "elfu kumi, na moja");
        check(25_000, "elfu ishirini na tano");
        check(20_005, "elfu ishirini, na tano");
    }

    #[test]
    fn the_first_two_places_have_names_of_their_own() {
        assert_eq!(ordinal(1), "kwanza");
        assert_eq!(ordinal(2), "pili");
        assert_eq!(ordinal(12), "kumi na mbili");
    }
}
