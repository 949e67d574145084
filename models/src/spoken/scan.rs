use curriculum::number_words::SPELLED_BELOW;

use super::phrases::Phrases;
use super::piece::{
    CURRENCIES, Currency, Date, Fraction, Half, Number, Piece, Sign, Time, UNITS, Unit, VULGAR,
};

/// Runs of digits this long are read one by one: a telephone number, an account, a code.
const CODE_DIGITS_MIN: usize = 7;

/// What `text` is made of, in order; the pieces cover all of it.
pub(super) fn scan<'a>(text: &'a str, phrases: &'a Phrases) -> Vec<Piece<'a>> {
    let mut scan = Scan {
        text,
        phrases,
        at: 0,
        plain_from: 0,
        pieces: Vec::new(),
        is_sum: text.contains('='),
    };
    while let Some(c) = scan.rest().chars().next() {
        let found = scan.next(c);
        match found {
            Some((piece, len)) => scan.emit(piece, len),
            None => scan.pass(c),
        }
    }
    scan.flush();
    scan.pieces
}

struct Scan<'a> {
    text: &'a str,
    phrases: &'a Phrases,
    at: usize,
    /// Where the text begins that is said as it stands.
    plain_from: usize,
    pieces: Vec<Piece<'a>>,
    /// Whether `4-6` is a sum and not a range.
    is_sum: bool,
}

type Found<'a> = Option<(Piece<'a>, usize)>;

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn next(&self, c: char) -> Found<'a> {
        let in_word = self.before().is_some_and(char::is_alphanumeric);
        if let Some(&(_, top, bottom)) = VULGAR.iter().find(|(written, ..)| *written == c) {
            return Some((
                Piece::Fraction(Fraction {
                    whole: None,
                    top,
                    bottom,
                }),
                c.len_utf8(),
            ));
        }
        if c.is_ascii_digit() || (c == '+' && !in_word) || (is_minus(c) && self.is_negative()) {
            return self
                .digits_to_call()
                .or_else(|| self.quantity())
                .or_else(|| self.sign(c));
        }
        if in_word {
            return self.sign(c);
        }
        self.money_after_its_name()
            .or_else(|| self.abbreviation())
            .or_else(|| self.sign(c))
    }

    fn emit(&mut self, piece: Piece<'a>, len: usize) {
        self.flush();
        self.pieces.push(piece);
        self.at += len;
        self.plain_from = self.at;
    }

    /// Leaves a word, or one character, as it stands.
    fn pass(&mut self, c: char) {
        let word = length_while(self.rest(), |c| c.is_alphabetic() && !is_special(c));
        self.at += word.max(c.len_utf8());
    }

    fn flush(&mut self) {
        if self.plain_from < self.at {
            self.pieces
                .push(Piece::Plain(&self.text[self.plain_from..self.at]));
        }
        self.plain_from = self.at;
    }

    fn before(&self) -> Option<char> {
        self.text[..self.at].chars().next_back()
    }

    /// The word before this place, in lower case.
    fn word_before(&self) -> String {
        let before = self.text[..self.at].trim_end_matches([' ', '\u{a0}', '\'', '"']);
        let start = before.rfind(|c: char| !c.is_alphabetic()).map_or(0, |at| {
            at + before[at..].chars().next().map_or(1, char::len_utf8)
        });
        before[start..].to_lowercase()
    }

    /// Whether a quantity ends just before this place, but for spaces.
    fn after_quantity(&self) -> bool {
        self.text[self.plain_from..self.at].trim().is_empty()
            && self.pieces.last().is_some_and(Piece::is_quantity)
    }

    /// Whether only spaces stand between here and the sign or start of line before.
    fn after_operator(&self) -> bool {
        self.text[self.plain_from..self.at].trim().is_empty()
            && matches!(self.pieces.last(), Some(Piece::Sign(sign)) if *sign != Sign::What)
    }

    /// A minus here makes the number after it negative: nothing is there to take it from.
    fn is_negative(&self) -> bool {
        let rest = self.rest();
        let number_follows = rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
        let parted = self
            .before()
            .is_none_or(|c| c.is_whitespace() || "(=<>+*/×÷".contains(c));
        number_follows && parted && !self.after_quantity()
    }

    /// `0788 123 456`, `+250…`, `007`, and short numbers after `call`.
    fn digits_to_call(&self) -> Found<'a> {
        let rest = self.rest();
        let sign = usize::from(rest.starts_with('+'));
        let body = &rest[sign..];
        let first = length_while(body, |c| c.is_ascii_digit());
        if first == 0 || is_minus(rest.chars().next()?) {
            return None;
        }
        let grouped = sign + phone_length(body);
        let long = count_digits(&rest[..grouped]) >= CODE_DIGITS_MIN;
        let coded = body.starts_with('0') || sign == 1;
        if long && coded && !continues(&rest[grouped..]) {
            return Some((Piece::Digits(&rest[..grouped]), grouped));
        }
        let alone = sign == 0 && !continues(&body[first..]);
        let called = (2..=6).contains(&first) && self.is_dialled();
        if alone && (first >= CODE_DIGITS_MIN || called || (body.starts_with('0') && first >= 2)) {
            return Some((Piece::Digits(&body[..first]), first));
        }
        None
    }

    fn is_dialled(&self) -> bool {
        self.phrases
            .before_digits
            .contains(&self.word_before().as_str())
    }

    fn quantity(&self) -> Found<'a> {
        let rest = self.rest();
        let raw = length_while(rest, |c| c.is_ascii_digit());
        if let Some(found) = date(rest).or_else(|| time(rest)).or_else(|| fraction(rest)) {
            return Some(found);
        }
        let (number, len) = self.number(rest)?;
        let after = &rest[len..];
        let plain = raw == len && !number.negative;
        if plain && let Some(found) = ordinal(number.whole, after) {
            return Some((found.0, len + found.1));
        }
        let spaced = after.trim_start_matches([' ', '\u{a0}']);
        let gap = after.len() - spaced.len();
        if spaced.starts_with('%') {
            return Some((Piece::Percent(number), len + gap + 1));
        }
        if gap <= 2 {
            if let Some((currency, name)) = currency(spaced) {
                return Some((Piece::Money(number, currency), len + gap + name));
            }
            if let Some((unit, name)) = unit(spaced) {
                return Some((Piece::Measure(number, unit), len + gap + name));
            }
        }
        let four = plain && raw == 4 && (1_100..2_100).contains(&number.whole);
        if four
            && self
                .phrases
                .before_year
                .contains(&self.word_before().as_str())
        {
            return Some((Piece::Year(number.whole), len));
        }
        // `2¾` and `1 1/2`.
        if plain
            && let Some((Piece::Fraction(part), more)) = fraction(spaced).or_else(|| vulgar(spaced))
            && part.whole.is_none()
            && part.top < part.bottom
        {
            return Some((
                Piece::Fraction(Fraction {
                    whole: Some(number.whole),
                    ..part
                }),
                len + gap + more,
            ));
        }
        Some((Piece::Number(number), len))
    }

    /// A number with its groups, its decimals and its minus; spaces part groups only before money.
    fn number(&self, text: &'a str) -> Option<(Number<'a>, usize)> {
        let negative = text.starts_with(is_minus);
        let start = if negative {
            text.chars().next()?.len_utf8()
        } else {
            0
        };
        let body = text.get(start..)?;
        let by_comma = whole(body, &[',', '\u{a0}', '\u{202f}']);
        let by_space = whole(body, &[',', ' ', '\u{a0}', '\u{202f}']).filter(|(_, len)| {
            let after = body[*len..].trim_start_matches([' ', '\u{a0}']);
            by_comma.is_none_or(|(_, shorter)| shorter < *len) && currency(after).is_some()
        });
        let (value, mut len) = by_space.or(by_comma)?;
        let mut decimals = None;
        if let Some(fraction) = body[len..].strip_prefix('.') {
            let digits = length_while(fraction, |c| c.is_ascii_digit());
            if (1..=12).contains(&digits) && !fraction[digits..].starts_with('.')
                || ends_sentence(fraction, digits)
            {
                decimals = Some(&fraction[..digits]);
                len += 1 + digits;
            }
        }
        Some((
            Number {
                whole: value,
                negative,
                decimals,
            },
            start + len,
        ))
    }

    /// `RWF 1,500`, `$5`.
    fn money_after_its_name(&self) -> Found<'a> {
        let rest = self.rest();
        let (written, currency) = *CURRENCIES
            .iter()
            .find(|(written, _)| rest.starts_with(written))?;
        let after = rest[written.len()..].trim_start_matches([' ', '\u{a0}']);
        let gap = rest.len() - written.len() - after.len();
        let groups = whole(after, &[',', ' ', '\u{a0}', '\u{202f}'])?;
        let (mut number, mut len) = self.number(after)?;
        if groups.1 > len && number.decimals.is_none() {
            (number.whole, len) = groups;
        }
        Some((Piece::Money(number, currency), written.len() + gap + len))
    }

    fn abbreviation(&self) -> Found<'a> {
        let rest = self.rest();
        let fits = |written: &str| {
            let after = rest.strip_prefix(written)?;
            // `No.` and `p.` are words too: they are short for something only before a number.
            let needs_number = matches!(written, "No." | "Nr." | "p." | "pg.");
            let number_follows = after.trim_start().starts_with(|c: char| c.is_ascii_digit());
            let whole_word = written.ends_with('.') || !after.starts_with(char::is_alphanumeric);
            (whole_word && (!needs_number || number_follows)).then_some(after)
        };
        let (written, said) = self
            .phrases
            .abbreviations
            .iter()
            .find(|(written, _)| fits(written).is_some())?;
        let after = fits(written)?;
        // At the end of the text the full stop of `etc.` also ends the sentence.
        let ends = written.ends_with('.') && after.trim().is_empty();
        Some((Piece::Word(said), written.len() - usize::from(ends)))
    }

    fn sign(&self, c: char) -> Found<'a> {
        let rest = self.rest();
        let len = c.len_utf8();
        let after = rest[len..].trim_start();
        let operand = after.starts_with(|c: char| c.is_ascii_digit() || "?_(√+-−".contains(c));
        let between = self.after_quantity() && operand;
        let spaced = self.before() == Some(' ') && rest[len..].starts_with(' ');
        let sign = match c {
            '=' => Sign::Equals,
            '≠' => Sign::NotEqual,
            '≤' => Sign::AtMost,
            '≥' => Sign::AtLeast,
            '<' if operand => Sign::LessThan,
            '>' if operand => Sign::MoreThan,
            '+' if operand => Sign::Plus,
            '×' => Sign::Times,
            '÷' => Sign::DividedBy,
            '√' => Sign::SquareRoot,
            '²' => Sign::Squared,
            '³' => Sign::Cubed,
            '%' => Sign::Percent,
            '&' => Sign::And,
            'x' | 'X' | '*' | '·' if between => Sign::Times,
            '/' | ':' if between && spaced => Sign::DividedBy,
            '-' | '\u{2013}' | '\u{2212}' if between => {
                if spaced || self.is_sum || c == '\u{2212}' {
                    Sign::Minus
                } else {
                    Sign::To
                }
            }
            '*' if !self.before().is_some_and(char::is_alphanumeric) => Sign::Star,
            '#' if !rest[1..].starts_with(char::is_alphanumeric) => Sign::Hash,
            '_' => return self.blank(length_while(rest, |c| c == '_')),
            '?' => return self.blank(len),
            _ => return None,
        };
        Some((Piece::Sign(sign), len))
    }

    /// A question mark or a line beside a sign of arithmetic stands for a number. One that ends
    /// the question is said and heard as well.
    fn blank(&self, len: usize) -> Found<'a> {
        let rest = self.rest();
        let after = rest[len..].trim_start();
        let line = rest.starts_with('_');
        let asked =
            self.after_operator() || after.starts_with(['=', '+', '×', '÷']) || (line && len >= 2);
        if !asked {
            return None;
        }
        let closes = !line && after.is_empty() && self.after_operator();
        Some((Piece::Sign(Sign::What), if closes { 0 } else { len }))
    }
}

fn is_minus(c: char) -> bool {
    matches!(c, '-' | '\u{2212}')
}

/// Characters that count as letters but are read by [`Scan::sign`].
fn is_special(c: char) -> bool {
    matches!(c, 'x' | 'X')
}

fn length_while(text: &str, accept: impl Fn(char) -> bool) -> usize {
    text.find(|c| !accept(c)).unwrap_or(text.len())
}

fn count_digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Groups of digits parted by one space or hyphen.
fn phone_length(text: &str) -> usize {
    let mut len = length_while(text, |c| c.is_ascii_digit());
    loop {
        let Some(group) = text[len..].strip_prefix([' ', '-']) else {
            return len;
        };
        let digits = length_while(group, |c| c.is_ascii_digit());
        if digits < 2 {
            return len;
        }
        len += 1 + digits;
    }
}

/// Whether what follows belongs to the number: `0.5`, `07:30`, `1,000`, `01/02/2026`.
fn continues(after: &str) -> bool {
    let mut chars = after.chars();
    let mark = chars.next().is_some_and(|c| ".,:/-".contains(c));
    mark && chars.next().is_some_and(|c| c.is_ascii_digit())
}

fn ends_sentence(fraction: &str, digits: usize) -> bool {
    digits > 0
        && digits <= 12
        && fraction[digits..]
            .strip_prefix('.')
            .is_some_and(|end| !end.starts_with(|c: char| c.is_ascii_digit()))
}

/// Digits, possibly in groups of three; nothing if they have no name.
fn whole(text: &str, separators: &[char]) -> Option<(i64, usize)> {
    let mut len = length_while(text, |c| c.is_ascii_digit());
    let mut digits = text[..len].to_owned();
    if (1..=3).contains(&len) && !text.starts_with('0') {
        while let Some(separator) = text[len..]
            .chars()
            .next()
            .filter(|c| separators.contains(c))
        {
            let group = &text[len + separator.len_utf8()..];
            if length_while(group, |c| c.is_ascii_digit()) != 3 {
                break;
            }
            digits.push_str(&group[..3]);
            len += separator.len_utf8() + 3;
        }
    }
    let value: i64 = digits.parse().ok()?;
    (value < SPELLED_BELOW).then_some((value, len))
}

fn currency(text: &str) -> Option<(Currency, usize)> {
    let (written, currency) = CURRENCIES.iter().find(|(written, _)| {
        text.strip_prefix(written)
            .is_some_and(|after| !after.starts_with(char::is_alphanumeric))
    })?;
    Some((*currency, written.len()))
}

fn unit(text: &str) -> Option<(Unit, usize)> {
    let (written, unit) = UNITS.iter().find(|(written, _)| {
        text.strip_prefix(written)
            .is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '\''))
    })?;
    Some((*unit, written.len()))
}

fn ordinal<'a>(value: i64, after: &str) -> Found<'a> {
    let suffix = after.get(..2)?;
    let fits = matches!(suffix, "st" | "nd" | "rd" | "th")
        && !after[2..].starts_with(char::is_alphanumeric);
    fits.then(|| Some((Piece::Ordinal(u32::try_from(value).ok()?), 2)))?
}

/// `25/12/2026`, day first as in East Africa, and `2026-12-25`.
fn date<'a>(text: &str) -> Found<'a> {
    let mark = text
        .chars()
        .find(|c| !c.is_ascii_digit())
        .filter(|c| "/-.".contains(*c))?;
    let mut parts = text.splitn(3, mark);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    let third = &third[..length_while(third, |c| c.is_ascii_digit())];
    let (day, month, year) = if first.len() == 4 {
        (third, second, first)
    } else {
        (first, second, third)
    };
    let date = Date {
        day: day.parse().ok()?,
        month: month.parse().ok()?,
        year: year.parse().ok()?,
    };
    let len = first.len() + second.len() + third.len() + 2;
    let ends = !text[len..].starts_with(|c: char| c.is_alphanumeric());
    let real = (1..=31).contains(&date.day) && (1..=12).contains(&date.month) && year.len() == 4;
    (real && ends && second.len() <= 2).then_some((Piece::Date(date), len))
}

/// `7:30`, `14:05`, `7:30 pm`.
fn time<'a>(text: &str) -> Found<'a> {
    let hours = length_while(text, |c| c.is_ascii_digit());
    let minutes = text
        .get(hours + 1..hours + 3)
        .filter(|_| text[hours..].starts_with(':'))?;
    let hour: u8 = text[..hours].parse().ok()?;
    let minute: u8 = minutes
        .parse()
        .ok()
        .filter(|_| minutes.bytes().all(|b| b.is_ascii_digit()))?;
    let after = &text[hours + 3..];
    if hours > 2 || hour > 23 || minute > 59 || after.starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let spaced = after.trim_start_matches(' ');
    const HALVES: [(&str, Half); 6] = [
        ("a.m.", Half::Morning),
        ("am", Half::Morning),
        ("AM", Half::Morning),
        ("p.m.", Half::Afternoon),
        ("pm", Half::Afternoon),
        ("PM", Half::Afternoon),
    ];
    let written = HALVES.iter().find(|(written, _)| {
        spaced
            .strip_prefix(written)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    let Some((written, half)) = written.filter(|_| hour <= 12) else {
        return Some((
            Piece::Time(Time {
                hour,
                minute,
                half: None,
            }),
            hours + 3,
        ));
    };
    let hour = hour % 12 + if *half == Half::Afternoon { 12 } else { 0 };
    let mut len = hours + 3 + (after.len() - spaced.len()) + written.len();
    if written.ends_with('.') && text[len..].trim().is_empty() {
        len -= 1;
    }
    Some((
        Piece::Time(Time {
            hour,
            minute,
            half: Some(*half),
        }),
        len,
    ))
}

/// `3/4`, written without spaces.
fn fraction<'a>(text: &str) -> Found<'a> {
    let top = length_while(text, |c| c.is_ascii_digit());
    let below = text[top..].strip_prefix('/')?;
    let bottom = length_while(below, |c| c.is_ascii_digit());
    if !(1..=4).contains(&top) || !(1..=4).contains(&bottom) {
        return None;
    }
    let after = &below[bottom..];
    let fraction = Fraction {
        whole: None,
        top: text[..top].parse().ok()?,
        bottom: below[..bottom].parse().ok()?,
    };
    let ends = !after.starts_with(|c: char| c.is_alphanumeric() || c == '/');
    (ends && fraction.bottom > 0).then_some((Piece::Fraction(fraction), top + 1 + bottom))
}

fn vulgar<'a>(text: &str) -> Found<'a> {
    let c = text.chars().next()?;
    let &(_, top, bottom) = VULGAR.iter().find(|(written, ..)| *written == c)?;
    Some((
        Piece::Fraction(Fraction {
            whole: None,
            top,
            bottom,
        }),
        c.len_utf8(),
    ))
}
