//! What a written text is made of, as far as it is not said as it stands.

/// A part of a text. Texts are borrowed from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Piece<'a> {
    /// Said as it stands.
    Plain(&'a str),
    /// Written short, said long.
    Word(&'static str),
    Number(Number<'a>),
    Money(Number<'a>, Currency),
    Measure(Number<'a>, Unit),
    Percent(Number<'a>),
    Fraction(Fraction),
    Time(Time),
    Date(Date),
    Year(i64),
    Ordinal(u32),
    /// A telephone number or a code: digit by digit, in groups.
    Digits(&'a str),
    Sign(Sign),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number<'a> {
    pub(super) whole: i64,
    pub(super) negative: bool,
    /// The digits after the decimal point.
    pub(super) decimals: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fraction {
    pub(super) whole: Option<i64>,
    pub(super) top: i64,
    pub(super) bottom: i64,
}

/// Hours of 24, and the half of the day if it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Time {
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) half: Option<Half>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Half {
    Morning,
    Afternoon,
}

/// Months count from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Date {
    pub(super) day: u8,
    pub(super) month: u8,
    pub(super) year: i64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Currency {
    Franc,
    Shilling,
    Dollar,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unit {
    Kilometre,
    Metre,
    Centimetre,
    Millimetre,
    SquareMetre,
    CubicMetre,
    Hectare,
    Kilogram,
    Gram,
    Milligram,
    Litre,
    Millilitre,
    DegreeCelsius,
    KilometrePerHour,
    Minute,
    Hour,
    Second,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sign {
    Plus,
    Minus,
    Times,
    DividedBy,
    Equals,
    LessThan,
    MoreThan,
    AtMost,
    AtLeast,
    NotEqual,
    Squared,
    Cubed,
    SquareRoot,
    Percent,
    And,
    /// Between the ends of a range: pages 4-6.
    To,
    /// What is asked for: a question mark or a line to fill in.
    What,
    Star,
    Hash,
}

/// How each currency is written, before or after the amount. Longer forms first.
pub(super) const CURRENCIES: [(&str, Currency); 17] = [
    ("RWF", Currency::Franc),
    ("Rwf", Currency::Franc),
    ("rwf", Currency::Franc),
    ("FRW", Currency::Franc),
    ("Frw", Currency::Franc),
    ("frw", Currency::Franc),
    ("KES", Currency::Shilling),
    ("UGX", Currency::Shilling),
    ("TZS", Currency::Shilling),
    ("KSh", Currency::Shilling),
    ("Ksh", Currency::Shilling),
    ("USh", Currency::Shilling),
    ("TSh", Currency::Shilling),
    ("Sh", Currency::Shilling),
    ("USD", Currency::Dollar),
    ("US$", Currency::Dollar),
    ("$", Currency::Dollar),
];

/// How each unit is written after its number. Longer forms first.
pub(super) const UNITS: [(&str, Unit); 20] = [
    ("km/h", Unit::KilometrePerHour),
    ("km", Unit::Kilometre),
    ("cm", Unit::Centimetre),
    ("mm", Unit::Millimetre),
    ("m²", Unit::SquareMetre),
    ("m³", Unit::CubicMetre),
    ("ml", Unit::Millilitre),
    ("mL", Unit::Millilitre),
    ("mg", Unit::Milligram),
    ("min", Unit::Minute),
    ("m", Unit::Metre),
    ("ha", Unit::Hectare),
    ("h", Unit::Hour),
    ("kg", Unit::Kilogram),
    ("g", Unit::Gram),
    ("l", Unit::Litre),
    ("L", Unit::Litre),
    ("°C", Unit::DegreeCelsius),
    ("sec", Unit::Second),
    ("s", Unit::Second),
];

/// Fractions that are one character.
pub(super) const VULGAR: [(char, i64, i64); 7] = [
    ('½', 1, 2),
    ('⅓', 1, 3),
    ('⅔', 2, 3),
    ('¼', 1, 4),
    ('¾', 3, 4),
    ('⅕', 1, 5),
    ('⅛', 1, 8),
];

impl Piece<'_> {
    /// Whether a sign of arithmetic can stand after it.
    pub(super) fn is_quantity(&self) -> bool {
        matches!(
            self,
            Piece::Number(_)
                | Piece::Money(..)
                | Piece::Measure(..)
                | Piece::Percent(_)
                | Piece::Fraction(_)
                | Piece::Sign(Sign::What | Sign::Squared | Sign::Cubed)
        )
    }
}
