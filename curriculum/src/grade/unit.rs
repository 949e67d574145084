//! Units: which one was said, and how it compares with the one asked for.

use crate::number::Number;

/// A unit of some quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) name: &'static str,
    quantity: Quantity,
    /// Size as a fraction, in the smallest unit of its quantity.
    size: (i64, i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    Money,
    Time,
    Length,
    Weight,
    Volume,
    Share,
}

impl Unit {
    /// How many of `asked` one of this is; `None` if they measure different things.
    pub(super) fn in_terms_of(self, asked: Self) -> Option<Number> {
        if self.quantity != asked.quantity {
            return None;
        }
        let own = Number::ratio(self.size.0, self.size.1)?;
        own.checked_div(Number::ratio(asked.size.0, asked.size.1)?)
    }
}

/// The unit named by exactly this word or sign.
pub(super) fn named(word: &str) -> Option<Unit> {
    let word = word.trim().to_lowercase();
    let found = UNITS
        .iter()
        .find(|(names, ..)| names.contains(&word.as_str()));
    found.map(|(names, quantity, size)| Unit {
        name: names[0],
        quantity: *quantity,
        size: *size,
    })
}

/// The one unit that an answer names; `None` for none, or for several (`1 hour 30 minutes`).
pub(super) fn said(text: &str) -> Option<Unit> {
    let lower = text.to_lowercase();
    // A letter alone is read as a unit only right after digits: `5 m`, never `m` by itself.
    let words = lower
        .split(|c: char| !c.is_alphabetic() && c != '%')
        .filter(|word| !word.is_empty());
    let mut units = words
        .filter(|word| word.chars().count() > 1 || *word == "%")
        .filter_map(named);
    let first = units.next()?;
    units.all(|other| other == first).then_some(first)
}

type Row = (&'static [&'static str], Quantity, (i64, i64));

const UNITS: &[Row] = &[
    (
        &[
            "francs",
            "rwf",
            "frw",
            "franc",
            "frank",
            "amafaranga",
            "faranga",
            "frs",
        ],
        Quantity::Money,
        (1, 1),
    ),
    (
        &["seconds", "second", "secs", "sekunde", "amasegonda"],
        Quantity::Time,
        (1, 1),
    ),
    (
        &[
            "minutes", "minute", "mins", "min", "iminota", "umunota", "dakika",
        ],
        Quantity::Time,
        (60, 1),
    ),
    (
        &["hours", "hour", "hrs", "amasaha", "isaha", "masaa"],
        Quantity::Time,
        (3_600, 1),
    ),
    (
        &["days", "day", "iminsi", "umunsi", "siku"],
        Quantity::Time,
        (86_400, 1),
    ),
    (
        &["weeks", "week", "ibyumweru", "icyumweru", "wiki"],
        Quantity::Time,
        (604_800, 1),
    ),
    (
        &[
            "centimetres",
            "centimetre",
            "centimeters",
            "centimeter",
            "cm",
        ],
        Quantity::Length,
        (1, 100),
    ),
    (
        &["metres", "metre", "meters", "meter", "metero", "mita"],
        Quantity::Length,
        (1, 1),
    ),
    (
        &[
            "kilometres",
            "kilometre",
            "kilometers",
            "kilometer",
            "km",
            "kms",
            "kilometero",
            "kilomita",
        ],
        Quantity::Length,
        (1_000, 1),
    ),
    (
        &["grams", "gram", "garama", "gramu"],
        Quantity::Weight,
        (1, 1),
    ),
    (
        &[
            "kilograms",
            "kilogram",
            "kilos",
            "kilo",
            "kg",
            "kgs",
            "ibiro",
            "ikiro",
        ],
        Quantity::Weight,
        (1_000, 1),
    ),
    (
        &["millilitres", "millilitre", "ml"],
        Quantity::Volume,
        (1, 1_000),
    ),
    (
        &["litres", "litre", "liters", "liter", "litiro", "lita"],
        Quantity::Volume,
        (1, 1),
    ),
    (&["percent", "%", "asilimia"], Quantity::Share, (1, 1)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_one_quantity_convert() {
        let hours = said("two hours").unwrap();
        let factor = hours.in_terms_of(named("minutes").unwrap());
        assert_eq!(factor, Some(Number::whole(60)));
        assert_eq!(
            said("20 km")
                .unwrap()
                .in_terms_of(named("minutes").unwrap()),
            None
        );
    }

    #[test]
    fn several_units_are_no_unit() {
        assert_eq!(said("1 hour 30 minutes"), None);
        assert_eq!(said("forty"), None);
        assert_eq!(said("forty francs, rwf").unwrap().name, "francs");
    }
}
