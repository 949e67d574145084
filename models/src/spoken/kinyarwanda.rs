//! Draft, to be reviewed by a native speaker.

use curriculum::Language;
use curriculum::number_words::{NounClass, spell, spell_agreeing, spell_ordinal};

use super::phrases::{Around, Counted, Phrases};
use super::piece::{Currency, Date, Fraction, Sign, Time, Unit};

pub(super) const PHRASES: Phrases = Phrases {
    language: Language::KINYARWANDA,
    abbreviations: &[
        ("Bw.", "Bwana"),
        ("Mme.", "Madamu"),
        ("Dr.", "Dogiteri"),
        ("urug.", "urugero"),
        ("n'ibindi.", "n'ibindi"),
        ("RWF", "amafaranga"),
        ("Frw", "amafaranga"),
        ("km", "kilometero"),
        ("kg", "ibiro"),
    ],
    before_year: &["mwaka", "muri", "kuva", "kugeza"],
    // "kuri" also stands before quantities: "kuva kuri 34". A number dialled has its zero in front.
    before_digits: &["hamagara", "kanda", "kode"],
    sign,
    currency,
    unit,
    fraction,
    time,
    date,
    year,
    point: "akadomo",
    percent: Around {
        before: "",
        after: " ku ijana",
    },
    noun_first: true,
};

fn sign(sign: Sign) -> &'static str {
    match sign {
        Sign::Plus => "guteranya na",
        Sign::Minus => "gukuramo",
        Sign::Times => "gukuba na",
        Sign::DividedBy => "kugabanya na",
        Sign::Equals => "bingana na",
        Sign::LessThan => "ni gito kuri",
        Sign::MoreThan => "ni kinini kuri",
        Sign::AtMost => "ntikirenza",
        Sign::AtLeast => "nticyajya munsi ya",
        Sign::NotEqual => "ntibingana na",
        Sign::Squared => "kwikuba kabiri",
        Sign::Cubed => "kwikuba gatatu",
        Sign::SquareRoot => "umuzi kare wa",
        Sign::Percent => "ku ijana",
        Sign::And => "na",
        Sign::To => "kugeza kuri",
        Sign::What => "kangahe",
        Sign::Star => "akanyenyeri",
        Sign::Hash => "urwego",
    }
}

fn currency(currency: Currency) -> Counted {
    let (one, many) = match currency {
        Currency::Franc => ("ifaranga rimwe", "amafaranga"),
        Currency::Shilling => ("ishilingi rimwe", "amashilingi"),
        Currency::Dollar => ("idolari rimwe", "amadolari"),
    };
    Counted {
        one,
        many,
        class: NounClass::Six,
    }
}

fn unit(unit: Unit) -> Counted {
    let (one, many, class) = match unit {
        Unit::Kilometre => ("kilometero imwe", "kilometero", NounClass::Ten),
        Unit::Metre => ("metero imwe", "metero", NounClass::Ten),
        Unit::Centimetre => ("santimetero imwe", "santimetero", NounClass::Ten),
        Unit::Millimetre => ("milimetero imwe", "milimetero", NounClass::Ten),
        Unit::SquareMetre => ("metero kare imwe", "metero kare", NounClass::Ten),
        Unit::CubicMetre => ("metero kibe imwe", "metero kibe", NounClass::Ten),
        Unit::Hectare => ("hegitari imwe", "hegitari", NounClass::Ten),
        Unit::Kilogram => ("ikiro kimwe", "ibiro", NounClass::Eight),
        Unit::Gram => ("garama imwe", "garama", NounClass::Ten),
        Unit::Milligram => ("miligarama imwe", "miligarama", NounClass::Ten),
        Unit::Litre => ("litiro imwe", "litiro", NounClass::Ten),
        Unit::Millilitre => ("mililitiro imwe", "mililitiro", NounClass::Ten),
        Unit::DegreeCelsius => (
            "dogere selisiyusi imwe",
            "dogere selisiyusi",
            NounClass::Ten,
        ),
        Unit::KilometrePerHour => (
            "kilometero imwe mu isaha",
            "kilometero mu isaha",
            NounClass::Ten,
        ),
        Unit::Minute => ("umunota umwe", "iminota", NounClass::Four),
        Unit::Hour => ("isaha imwe", "amasaha", NounClass::Six),
        Unit::Second => ("isegonda rimwe", "amasegonda", NounClass::Six),
    };
    Counted { one, many, class }
}

/// `kimwe cya kabiri`, `bitatu bya kane`: so many parts of the so-manieth.
fn fraction(fraction: Fraction) -> Option<String> {
    let Fraction { whole, top, bottom } = fraction;
    let parts = spell_agreeing(top, Language::KINYARWANDA, NounClass::Eight)?;
    let place = spell_ordinal(u32::try_from(bottom).ok()?, Language::KINYARWANDA)?;
    let of = match (top, place.starts_with(['a', 'e', 'i', 'o', 'u'])) {
        (1, false) => "cya ",
        (1, true) => "cy'",
        (_, false) => "bya ",
        (_, true) => "by'",
    };
    let part = format!("{parts} {of}{place}");
    Some(match whole {
        Some(whole) => format!("{} na {part}", spell(whole, Language::KINYARWANDA)?),
        None => part,
    })
}

/// The hours of the day are counted from sunrise: 7:00 is `saa moya`, the first.
fn time(time: Time) -> Option<String> {
    const HOURS: [&str; 12] = [
        "saa sita",
        "saa saba",
        "saa munani",
        "saa cyenda",
        "saa kumi",
        "saa kumi n'imwe",
        "saa kumi n'ebyiri",
        "saa moya",
        "saa mbiri",
        "saa tatu",
        "saa ine",
        "saa tanu",
    ];
    let hour = HOURS[usize::from(time.hour % 12)];
    let minute = match time.minute {
        0 => String::new(),
        30 => " n'igice".to_owned(),
        1 => " n'umunota umwe".to_owned(),
        minute => format!(
            " n'iminota {}",
            spell_agreeing(minute.into(), Language::KINYARWANDA, NounClass::Four)?
        ),
    };
    let of_day = match (time.hour, time.half) {
        (hour, None) if hour <= 12 => "",
        (0..=3 | 19..=23, _) => " z'ijoro",
        (4..=11, _) => " za mu gitondo",
        (12..=14, _) => " z'amanywa",
        _ => " z'umugoroba",
    };
    Some(format!("{hour}{minute}{of_day}"))
}

const MONTHS: [&str; 12] = [
    "Mutarama",
    "Gashyantare",
    "Werurwe",
    "Mata",
    "Gicurasi",
    "Kamena",
    "Nyakanga",
    "Kanama",
    "Nzeri",
    "Ukwakira",
    "Ugushyingo",
    "Ukuboza",
];

fn date(date: Date) -> Option<String> {
    let day = spell(date.day.into(), Language::KINYARWANDA)?;
    let of = if day.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "y'"
    } else {
        "ya "
    };
    let month = MONTHS.get(usize::from(date.month).checked_sub(1)?)?;
    let year = year(date.year)?;
    let in_year = if year.starts_with('i') { "w'" } else { "wa " };
    Some(format!("tariki {of}{day} {month} umwaka {in_year}{year}"))
}

fn year(year: i64) -> Option<String> {
    spell(year, Language::KINYARWANDA)
}

#[cfg(test)]
mod tests {
    use super::super::say;
    use curriculum::Language;

    #[track_caller]
    fn check(written: &str, said: &str) {
        assert_eq!(say(written, Language::KINYARWANDA), said);
    }

    #[test]
    fn a_number_after_kuri_is_a_number() {
        check(
            "Kuva kuri 34 ujya kuri 50",
            "Kuva kuri mirongo itatu na kane ujya kuri mirongo itanu",
        );
    }

    #[test]
    fn money_agrees_with_francs() {
        check("350 RWF", "amafaranga magana atatu na mirongo itanu");
        check("RWF 1,500", "amafaranga igihumbi na magana atanu");
        check("12 Frw", "amafaranga cumi n'abiri");
        check("1 RWF", "ifaranga rimwe");
        check("5,000 RWF", "amafaranga ibihumbi bitanu");
    }

    #[test]
    fn sums() {
        check(
            "7 + 5 = ?",
            "karindwi guteranya na gatanu bingana na kangahe?",
        );
        check("10 - 4", "icumi gukuramo kane");
        check("50%", "mirongo itanu ku ijana");
        check("3/4", "bitatu bya kane");
        check("1/2", "kimwe cya kabiri");
        check("2.5", "kabiri akadomo gatanu");
    }

    #[test]
    fn units_agree_with_their_class() {
        check("2 km", "kilometero ebyiri");
        check("25 cm", "santimetero makumyabiri n'eshanu");
        check("3 kg", "ibiro bitatu");
        check("10 min", "iminota icumi");
        check("1 h", "isaha imwe");
    }

    #[test]
    fn the_day_begins_at_sunrise() {
        check("7:00", "saa moya");
        check("7:30", "saa moya n'igice");
        check("13:00", "saa saba z'amanywa");
        check("8:20 am", "saa mbiri n'iminota makumyabiri za mu gitondo");
        check("12:00", "saa sita");
    }

    #[test]
    fn dates_and_numbers_to_call() {
        check(
            "25/12/2024",
            "tariki ya makumyabiri na gatanu Ukuboza umwaka w'ibihumbi bibiri na makumyabiri na kane",
        );
        check("Hamagara 116.", "Hamagara rimwe rimwe gatandatu.");
        check("kanda 1", "kanda rimwe");
    }
}
