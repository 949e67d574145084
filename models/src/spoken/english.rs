use curriculum::Language;
use curriculum::number_words::{NounClass, spell, spell_ordinal};

use super::phrases::{Around, Counted, Phrases};
use super::piece::{Currency, Date, Fraction, Half, Sign, Time, Unit};

pub(super) const PHRASES: Phrases = Phrases {
    language: Language::ENGLISH,
    abbreviations: &[
        ("Mr.", "Mister"),
        ("Mr", "Mister"),
        ("Mrs.", "Missus"),
        ("Mrs", "Missus"),
        ("Ms.", "Miss"),
        ("Dr.", "Doctor"),
        ("Dr", "Doctor"),
        ("Prof.", "Professor"),
        ("St.", "Saint"),
        ("e.g.", "for example"),
        ("eg.", "for example"),
        ("i.e.", "that is"),
        ("etc.", "and so on"),
        ("etc", "and so on"),
        ("vs.", "versus"),
        ("vs", "versus"),
        ("approx.", "approximately"),
        ("a.m.", "a m"),
        ("p.m.", "p m"),
        ("No.", "number"),
        ("Nr.", "number"),
        ("pg.", "page"),
        ("p.", "page"),
        ("km", "kilometres"),
        ("cm", "centimetres"),
        ("kg", "kilograms"),
        ("RWF", "francs"),
        ("Rwf", "francs"),
        ("Frw", "francs"),
    ],
    before_year: &[
        // "of", "by" and "from" as often stand before a price: "a bag of 1500".
        "in", "since", "until", "year", "before", "after",
    ],
    before_digits: &["call", "dial", "text", "press", "code", "pin"],
    sign,
    currency,
    unit,
    fraction,
    time,
    date,
    year,
    point: "point",
    percent: Around {
        before: "",
        after: " percent",
    },
    noun_first: false,
};

fn sign(sign: Sign) -> &'static str {
    match sign {
        Sign::Plus => "plus",
        Sign::Minus => "minus",
        Sign::Times => "times",
        Sign::DividedBy => "divided by",
        Sign::Equals => "equals",
        Sign::LessThan => "is less than",
        Sign::MoreThan => "is more than",
        Sign::AtMost => "is at most",
        Sign::AtLeast => "is at least",
        Sign::NotEqual => "is not equal to",
        Sign::Squared => "squared",
        Sign::Cubed => "cubed",
        Sign::SquareRoot => "the square root of",
        Sign::Percent => "percent",
        Sign::And => "and",
        Sign::To => "to",
        Sign::What => "what",
        Sign::Star => "star",
        Sign::Hash => "hash",
    }
}

const fn counted(one: &'static str, many: &'static str) -> Counted {
    Counted {
        one,
        many,
        class: NounClass::Counting,
    }
}

fn currency(currency: Currency) -> Counted {
    match currency {
        Currency::Franc => counted("one franc", "francs"),
        Currency::Shilling => counted("one shilling", "shillings"),
        Currency::Dollar => counted("one dollar", "dollars"),
    }
}

fn unit(unit: Unit) -> Counted {
    match unit {
        Unit::Kilometre => counted("one kilometre", "kilometres"),
        Unit::Metre => counted("one metre", "metres"),
        Unit::Centimetre => counted("one centimetre", "centimetres"),
        Unit::Millimetre => counted("one millimetre", "millimetres"),
        Unit::SquareMetre => counted("one square metre", "square metres"),
        Unit::CubicMetre => counted("one cubic metre", "cubic metres"),
        Unit::Hectare => counted("one hectare", "hectares"),
        Unit::Kilogram => counted("one kilogram", "kilograms"),
        Unit::Gram => counted("one gram", "grams"),
        Unit::Milligram => counted("one milligram", "milligrams"),
        Unit::Litre => counted("one litre", "litres"),
        Unit::Millilitre => counted("one millilitre", "millilitres"),
        Unit::DegreeCelsius => counted("one degree Celsius", "degrees Celsius"),
        Unit::KilometrePerHour => counted("one kilometre an hour", "kilometres an hour"),
        Unit::Minute => counted("one minute", "minutes"),
        Unit::Hour => counted("one hour", "hours"),
        Unit::Second => counted("one second", "seconds"),
    }
}

/// `three quarters`; beyond twentieths, `seven over thirty-six`.
fn fraction(fraction: Fraction) -> Option<String> {
    let Fraction { whole, top, bottom } = fraction;
    let words = |value| spell(value, Language::ENGLISH);
    let part = match (top, bottom) {
        (1, 2) => "half".to_owned(),
        (_, 2) => "halves".to_owned(),
        (1, 4) => "quarter".to_owned(),
        (_, 4) => "quarters".to_owned(),
        (_, 3..=20 | 100 | 1_000) => {
            let place = spell_ordinal(u32::try_from(bottom).ok()?, Language::ENGLISH)?;
            if top == 1 { place } else { format!("{place}s") }
        }
        _ => format!("over {}", words(bottom)?),
    };
    Some(match whole {
        Some(whole) if top == 1 && bottom <= 20 => {
            let article = if matches!(bottom, 8 | 11 | 18) {
                "an"
            } else {
                "a"
            };
            format!("{} and {article} {part}", words(whole)?)
        }
        Some(whole) => format!("{} and {} {part}", words(whole)?, words(top)?),
        None => format!("{} {part}", words(top)?),
    })
}

fn time(time: Time) -> Option<String> {
    let words = |value: u8| spell(value.into(), Language::ENGLISH);
    let hour = match time.hour {
        0 if time.half.is_none() => "zero".to_owned(),
        hour if time.half.is_some() => words((hour + 11) % 12 + 1)?,
        hour => words(hour)?,
    };
    let half = match time.half {
        Some(Half::Morning) => " a m",
        Some(Half::Afternoon) => " p m",
        None => "",
    };
    Some(match time.minute {
        0 if half.is_empty() => format!("{hour} o'clock"),
        0 => format!("{hour}{half}"),
        minute @ 1..=9 => format!("{hour} oh {}{half}", words(minute)?),
        minute => format!("{hour} {}{half}", words(minute)?),
    })
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn date(date: Date) -> Option<String> {
    let day = spell_ordinal(date.day.into(), Language::ENGLISH)?;
    let month = MONTHS.get(usize::from(date.month).checked_sub(1)?)?;
    Some(format!("the {day} of {month} {}", year(date.year)?))
}

/// `nineteen ninety-four`, `two thousand and five`, `twenty twenty-six`.
fn year(year: i64) -> Option<String> {
    let words = |value| spell(value, Language::ENGLISH);
    match (year / 100, year % 100) {
        (20, 0..=9) => words(year),
        (century, 0) => Some(format!("{} hundred", words(century)?)),
        (century, rest @ 1..=9) => Some(format!("{} oh {}", words(century)?, words(rest)?)),
        (century, rest) => Some(format!("{} {}", words(century)?, words(rest)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::say;
    use curriculum::Language;

    #[track_caller]
    fn check(written: &str, said: &str) {
        assert_eq!(say(written, Language::ENGLISH), said);
    }

    #[test]
    fn a_price_is_no_year() {
        check(
            "Manzi buys a bag of 1500.",
            "Manzi buys a bag of one thousand five hundred.",
        );
        check(
            "She was born in 1994.",
            "She was born in nineteen ninety-four.",
        );
    }

    #[test]
    fn money_is_said_with_its_name() {
        check(
            "Bread costs 350 RWF.",
            "Bread costs three hundred and fifty francs.",
        );
        check("RWF 1,500", "one thousand five hundred francs");
        check("Frw 1 500", "one thousand five hundred francs");
        check("1.500 Frw", "one thousand five hundred francs");
        check("1 RWF", "one franc");
        check(
            "Pay 25,000RWF, please",
            "Pay twenty-five thousand francs, please",
        );
        check("KSh 200", "two hundred shillings");
        check("$5 or $2.50", "five dollars or two point five dollars");
        check("How many RWF?", "How many francs?");
    }

    #[test]
    fn sums_are_read_as_a_teacher_reads_them() {
        check("7 + 5 = ?", "seven plus five equals what?");
        check("7+5=12", "seven plus five equals twelve");
        check("What is 10 - 4?", "What is ten minus four?");
        check("10-4=6", "ten minus four equals six");
        check("3 x 4 = ___", "three times four equals what");
        check("3×4, 12 ÷ 3", "three times four, twelve divided by three");
        check("6 * 7", "six times seven");
        check("? + 5 = 12.", "what plus five equals twelve.");
        check("8 / 2 = 4", "eight divided by two equals four");
        check(
            "5 < 7 and 9 > 2",
            "five is less than seven and nine is more than two",
        );
        check("It is -5 today", "It is minus five today");
        check("5² = 25", "five squared equals twenty-five");
    }

    #[test]
    fn parts_of_a_whole() {
        check("1/2 of 10", "one half of ten");
        check("3/4 and 2/3", "three quarters and two thirds");
        check("1 1/2 hours", "one and a half hours");
        check("2¾", "two and three quarters");
        check("½ kg", "one half kilograms");
        check("5/36", "five over thirty-six");
        check("3.14", "three point one four");
        check("0.5", "zero point five");
        check("50% of 20", "fifty percent of twenty");
        check("12.5 %", "twelve point five percent");
    }

    #[test]
    fn units_are_said_in_full() {
        check("5 km", "five kilometres");
        check("1 kg of beans", "one kilogram of beans");
        check("2.5kg", "two point five kilograms");
        check("30 km/h", "thirty kilometres an hour");
        check("25 °C", "twenty-five degrees Celsius");
        check("10 m² of land", "ten square metres of land");
        check("5 men", "five men");
    }

    #[test]
    fn clock_and_calendar() {
        check("at 7:30", "at seven thirty");
        check("7:05 a.m. today", "seven oh five a m today");
        check("7:00", "seven o'clock");
        check("14:30", "fourteen thirty");
        check("6:15 pm", "six fifteen p m");
        check("12:00 pm", "twelve p m");
        check(
            "25/12/2026",
            "the twenty-fifth of December twenty twenty-six",
        );
        check("2026-11-20", "the twentieth of November twenty twenty-six");
        check("in 1994", "in nineteen ninety-four");
        check("in 2005.", "in two thousand and five.");
        check(
            "1994 cows",
            "one thousand nine hundred and ninety-four cows",
        );
    }

    #[test]
    fn places_and_ranges() {
        check("the 1st and 22nd", "the first and twenty-second");
        check("pages 4-6", "pages four to six");
        check("pages 4–6", "pages four to six");
    }

    #[test]
    fn numbers_to_call_are_said_digit_by_digit() {
        check("Call 116.", "Call one one six.");
        check(
            "0788123456",
            "zero seven eight eight, one two three, four five six",
        );
        check(
            "+250 788 123 456",
            "two five zero, seven eight eight, one two three, four five six",
        );
        check("code 4711", "code four seven one one");
        check("007", "zero zero seven");
        check("Press 1 or *.", "Press one or star.");
        check("Press 0, then #.", "Press zero, then hash.");
    }

    #[test]
    fn abbreviations_do_not_end_a_sentence() {
        check("Mr. Mugisha", "Mister Mugisha");
        check(
            "fruit, e.g. a mango, etc.",
            "fruit, for example a mango, and so on.",
        );
        check("that is, i.e. now", "that is, that is now");
        check("No. 5 is right. No.", "number five is right. No.");
        check("cats & dogs", "cats and dogs");
    }

    #[test]
    fn letters_and_digits_are_parted() {
        check("P4 and S1", "P four and S one");
        check("COVID-19", "COVID nineteen");
    }

    #[test]
    fn long_numbers_are_still_numbers() {
        check("1,000,000", "one million");
        check("12,34", "twelve, thirty-four");
        check("I have 3, 4 or 5.", "I have three, four or five.");
        check("1234", "one thousand two hundred and thirty-four");
    }
}
