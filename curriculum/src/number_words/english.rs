pub(super) const NEGATIVE: &str = "minus";

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
const SCALES: [(u64, &str); 3] = [
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
];

/// British usage, as taught in East Africa: "one hundred and five", "one thousand and five".
pub(super) fn cardinal(value: u64) -> String {
    let mut parts = Vec::new();
    let mut rest = value;
    for (scale, name) in SCALES {
        if rest >= scale {
            parts.push(format!("{} {name}", below_thousand(rest / scale)));
            rest %= scale;
        }
    }
    if rest > 0 || parts.is_empty() {
        let joint = if rest < 100 && !parts.is_empty() {
            "and "
        } else {
            ""
        };
        parts.push(format!("{joint}{}", below_thousand(rest)));
    }
    parts.join(" ")
}

pub(super) fn ordinal(value: u64) -> String {
    let words = cardinal(value);
    let start = words.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (head, last) = words.split_at(start);
    let place = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        _ => match last.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{last}th"),
        },
    };
    format!("{head}{place}")
}

fn below_thousand(value: u64) -> String {
    match (value / 100, value % 100) {
        (0, rest) => below_hundred(rest),
        (hundreds, 0) => format!("{} hundred", below_hundred(hundreds)),
        (hundreds, rest) => format!(
            "{} hundred and {}",
            below_hundred(hundreds),
            below_hundred(rest)
        ),
    }
}

fn below_hundred(value: u64) -> String {
    // Both indices are below their tables' lengths because value < 100.
    match (value / 10, value % 10) {
        (0 | 1, _) => UNITS[value as usize].to_owned(),
        (tens, 0) => TENS[tens as usize].to_owned(),
        (tens, units) => format!("{}-{}", TENS[tens as usize], UNITS[units as usize]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num2words::Num2Words;

    fn check(value: u64, expected: &str) {
        assert_eq!(cardinal(value), expected);
    }

    #[test]
    fn numbers_to_a_million_agree_with_num2words() {
        // Every one that a lesson is likely to say, then a stride that shares no factor with ten.
        for value in (0..=20_000_u32).chain((20_000..=1_000_000).step_by(37)) {
            let theirs = Num2Words::new(value).to_words().unwrap();
            let ours = cardinal(value.into());
            assert_eq!(
                ours.replace(" and ", " "),
                theirs.replace(" and ", " ").replace(',', ""),
                "{value}"
            );
        }
    }

    #[test]
    fn ordinals_to_ten_thousand_agree_with_num2words() {
        for value in 1..=10_000_u32 {
            let theirs = Num2Words::new(value).ordinal().to_words().unwrap();
            let ours = ordinal(value.into());
            assert_eq!(
                ours.replace(" and ", " "),
                theirs.replace(" and ", " ").replace(',', ""),
                "{value}"
            );
        }
    }

    #[test]
    fn and_stands_before_what_is_below_a_hundred() {
        check(105, "one hundred and five");
        check(350, "three hundred and fifty");
        check(1_005, "one thousand and five");
        check(1_500, "one thousand five hundred");
        check(
            999_999,
            "nine hundred and ninety-nine thousand nine hundred and ninety-nine",
        );
        check(1_000_000_001, "one billion and one");
    }
}
