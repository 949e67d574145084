//! Draft, to be reviewed by a native speaker.

use curriculum::Language;
use curriculum::number_words::{NounClass, spell};

use super::phrases::{Around, Counted, Phrases};
use super::piece::{Currency, Date, Fraction, Sign, Time, Unit};

pub(super) const PHRASES: Phrases = Phrases {
    language: Language::SWAHILI,
    abbreviations: &[
        ("Bw.", "Bwana"),
        ("Bi.", "Bibi"),
        ("Dkt.", "Daktari"),
        ("k.m.", "kwa mfano"),
        ("k.v.", "kama vile"),
        ("n.k.", "na kadhalika"),
        ("RWF", "faranga"),
        ("Frw", "faranga"),
        ("km", "kilomita"),
        ("kg", "kilo"),
    ],
    before_year: &["mwaka", "tangu", "hadi", "kabla"],
    // "namba 34" is a number like any other.
    before_digits: &["piga", "bonyeza", "simu"],
    sign,
    currency,
    unit,
    fraction,
    time,
    date,
    year,
    point: "nukta",
    percent: Around {
        before: "asilimia ",
        after: "",
    },
    noun_first: true,
};

fn sign(sign: Sign) -> &'static str {
    match sign {
        Sign::Plus => "jumlisha",
        Sign::Minus => "toa",
        Sign::Times => "mara",
        Sign::DividedBy => "gawanya kwa",
        Sign::Equals => "ni sawa na",
        Sign::LessThan => "ni ndogo kuliko",
        Sign::MoreThan => "ni kubwa kuliko",
        Sign::AtMost => "haizidi",
        Sign::AtLeast => "si chini ya",
        Sign::NotEqual => "si sawa na",
        Sign::Squared => "kipeo cha pili",
        Sign::Cubed => "kipeo cha tatu",
        Sign::SquareRoot => "kipeuo cha pili cha",
        Sign::Percent => "asilimia",
        Sign::And => "na",
        Sign::To => "hadi",
        Sign::What => "ngapi",
        Sign::Star => "nyota",
        Sign::Hash => "reli",
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
        Currency::Franc => counted("faranga moja", "faranga"),
        Currency::Shilling => counted("shilingi moja", "shilingi"),
        Currency::Dollar => counted("dola moja", "dola"),
    }
}

fn unit(unit: Unit) -> Counted {
    match unit {
        Unit::Kilometre => counted("kilomita moja", "kilomita"),
        Unit::Metre => counted("mita moja", "mita"),
        Unit::Centimetre => counted("sentimita moja", "sentimita"),
        Unit::Millimetre => counted("milimita moja", "milimita"),
        Unit::SquareMetre => counted("mita mraba moja", "mita mraba"),
        Unit::CubicMetre => counted("mita ujazo moja", "mita ujazo"),
        Unit::Hectare => counted("hekta moja", "hekta"),
        Unit::Kilogram => counted("kilo moja", "kilo"),
        Unit::Gram => counted("gramu moja", "gramu"),
        Unit::Milligram => counted("miligramu moja", "miligramu"),
        Unit::Litre => counted("lita moja", "lita"),
        Unit::Millilitre => counted("mililita moja", "mililita"),
        Unit::DegreeCelsius => counted("nyuzi moja ya selsiasi", "nyuzi selsiasi"),
        Unit::KilometrePerHour => counted("kilomita moja kwa saa", "kilomita kwa saa"),
        Unit::Minute => counted("dakika moja", "dakika"),
        Unit::Hour => counted("saa moja", "saa"),
        Unit::Second => counted("sekunde moja", "sekunde"),
    }
}

/// Halves, thirds and quarters have names; the rest is one number over the other.
fn fraction(fraction: Fraction) -> Option<String> {
    let Fraction { whole, top, bottom } = fraction;
    let words = |value| spell(value, Language::SWAHILI);
    let part = match (top, bottom) {
        (1, 2) => "nusu".to_owned(),
        (1, 4) => "robo".to_owned(),
        (3, 4) => "robo tatu".to_owned(),
        (_, 3) => format!("theluthi {}", words(top)?),
        _ => format!("{} juu ya {}", words(top)?, words(bottom)?),
    };
    Some(match whole {
        Some(whole) => format!("{} na {part}", words(whole)?),
        None => part,
    })
}

/// The hours of the day are counted from sunrise: 7:00 is `saa moja`, the first.
fn time(time: Time) -> Option<String> {
    let words = |value: u8| spell(value.into(), Language::SWAHILI);
    // 45 minutes are a quarter to the next hour.
    let to_next = u8::from(time.minute == 45);
    let hour = words((time.hour + to_next + 5) % 12 + 1)?;
    let minute = match time.minute {
        0 => String::new(),
        15 => " na robo".to_owned(),
        30 => " na nusu".to_owned(),
        45 => " kasorobo".to_owned(),
        minute => format!(" na dakika {}", words(minute)?),
    };
    let of_day = match (time.hour, time.half) {
        (hour, None) if hour <= 12 => "",
        (0..=3 | 19..=23, _) => " usiku",
        (4..=11, _) => " asubuhi",
        (12..=14, _) => " mchana",
        _ => " jioni",
    };
    Some(format!("saa {hour}{minute}{of_day}"))
}

const MONTHS: [&str; 12] = [
    "Januari", "Februari", "Machi", "Aprili", "Mei", "Juni", "Julai", "Agosti", "Septemba",
    "Oktoba", "Novemba", "Desemba",
];

fn date(date: Date) -> Option<String> {
    let day = spell(date.day.into(), Language::SWAHILI)?;
    let month = MONTHS.get(usize::from(date.month).checked_sub(1)?)?;
    Some(format!("tarehe {day} {month} mwaka {}", year(date.year)?))
}

fn year(year: i64) -> Option<String> {
    spell(year, Language::SWAHILI)
}

#[cfg(test)]
mod tests {
    use super::super::say;
    use curriculum::Language;

    #[track_caller]
    fn check(written: &str, said: &str) {
        assert_eq!(say(written, Language::SWAHILI), said);
    }

    #[test]
    fn a_number_called_a_number_is_no_dialled_one() {
        check("Namba 34 ni kubwa", "Namba thelathini na nne ni kubwa");
    }

    #[test]
    fn money_comes_after_its_name() {
        check("350 RWF", "faranga mia tatu na hamsini");
        check("KSh 1,500", "shilingi elfu moja na mia tano");
        check("1 USD", "dola moja");
    }

    #[test]
    fn sums() {
        check("7 + 5 = ?", "saba jumlisha tano ni sawa na ngapi?");
        check("10 - 7", "kumi toa saba");
        check("3 x 6", "tatu mara sita");
        check("50%", "asilimia hamsini");
        check("1/2 na 3/4 na 2/3", "nusu na robo tatu na theluthi mbili");
        check("2.5", "mbili nukta tano");
    }

    #[test]
    fn the_day_begins_at_sunrise() {
        check("7:00", "saa moja");
        check("7:30", "saa moja na nusu");
        check("8:45", "saa tatu kasorobo");
        check("8:15 am", "saa mbili na robo asubuhi");
        check("14:20", "saa nane na dakika ishirini mchana");
        check("12:00", "saa sita");
    }

    #[test]
    fn the_rest() {
        check("5 km", "kilomita tano");
        check(
            "25/12/2026",
            "tarehe ishirini na tano Desemba mwaka elfu mbili ishirini na sita",
        );
        check("Piga 116.", "Piga moja moja sita.");
        check("Dkt. Amina", "Daktari Amina");
        check("matunda, k.m. embe", "matunda, kwa mfano embe");
    }
}
