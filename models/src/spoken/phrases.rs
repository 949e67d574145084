use curriculum::Language;
use curriculum::number_words::NounClass;

use super::piece::{Currency, Date, Fraction, Sign, Time, Unit};
use super::{english, kinyarwanda, swahili};

/// What one language needs to say everything that can be written.
pub(super) struct Phrases {
    pub(super) language: Language,
    /// Written, said. A full stop in the written form belongs to it.
    pub(super) abbreviations: &'static [(&'static str, &'static str)],
    /// Words after which four digits are a year.
    pub(super) before_year: &'static [&'static str],
    /// Words after which digits are a number to call or a key to press.
    pub(super) before_digits: &'static [&'static str],
    pub(super) sign: fn(Sign) -> &'static str,
    pub(super) currency: fn(Currency) -> Counted,
    pub(super) unit: fn(Unit) -> Counted,
    pub(super) fraction: fn(Fraction) -> Option<String>,
    pub(super) time: fn(Time) -> Option<String>,
    pub(super) date: fn(Date) -> Option<String>,
    pub(super) year: fn(i64) -> Option<String>,
    /// Between whole and decimals.
    pub(super) point: &'static str,
    /// `fifty` + after, or before + `hamsini`.
    pub(super) percent: Around,
    /// Whether what is counted stands before its number.
    pub(super) noun_first: bool,
}

/// A counted noun.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    /// The whole phrase for exactly one.
    pub(super) one: &'static str,
    pub(super) many: &'static str,
    /// What the number agrees with.
    pub(super) class: NounClass,
}

#[derive(Clone, Copy)]
pub(super) struct Around {
    pub(super) before: &'static str,
    pub(super) after: &'static str,
}

pub(super) fn phrases(language: Language) -> Option<&'static Phrases> {
    match language {
        Language::ENGLISH => Some(&english::PHRASES),
        Language::KINYARWANDA => Some(&kinyarwanda::PHRASES),
        Language::SWAHILI => Some(&swahili::PHRASES),
        _ => None,
    }
}
