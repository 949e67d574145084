//! Text becomes literals, marks and lower-case words.

use crate::Language;
use crate::number::Number;

/// Longest text that is looked at, in tokens: an answer with more than this is no number.
pub(super) const TOKENS_MAX: usize = 120;

/// Most digits of a literal; a longer one is a telephone number, not an answer.
const DIGITS_MAX: usize = 15;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Literal(Literal),
    Word(String),
    Mark(Mark),
}

/// A number in digits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Literal {
    pub(super) value: Number,
    /// Another reading: `1.500` is one and a half or fifteen hundred.
    pub(super) other: Option<Number>,
    /// Hours and minutes, if the digits can be a time.
    pub(super) clock: Option<(u8, u8)>,
    /// Written with a colon or `h`: a time, or prices as a recogniser of speech writes them.
    pub(super) colon: bool,
    /// The digits as written, if there was no separator: zeros in front count after a point.
    pub(super) digits: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Pause,
    Equals,
    Slash,
    Minus,
    Operator,
    Percent,
}

pub(super) fn tokens(text: &str, language: Language) -> Vec<Token> {
    let chars: Vec<char> = text.chars().flat_map(fold).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() && found.len() < TOKENS_MAX {
        let c = chars[at];
        if c.is_ascii_digit()
            || (is_point(c)
                && digit_at(&chars, at + 1)
                && !(at > 0 && chars[at - 1].is_alphanumeric()))
        {
            at = literal(&chars, at, language, &mut found);
        } else if c.is_alphabetic() {
            at = word(&chars, at, &mut found);
        } else {
            at = mark(&chars, at, &mut found);
        }
    }
    found
}

/// One spelling for what looks alike: lower case, straight apostrophes, plain hyphens, fractions.
fn fold(c: char) -> impl Iterator<Item = char> {
    let plain = match c {
        '\u{2018}' | '\u{2019}' | '\u{02bc}' | '`' | '\u{00b4}' => "'",
        '\u{2010}' | '\u{2011}' | '\u{2012}' | '\u{2013}' | '\u{2014}' | '\u{2212}' => "-",
        '\u{00a0}' | '\u{202f}' | '\u{2009}' => " ",
        '½' => " 1/2 ",
        '¼' => " 1/4 ",
        '¾' => " 3/4 ",
        '⅓' => " 1/3 ",
        '⅔' => " 2/3 ",
        '⅕' => " 1/5 ",
        '⅛' => " 1/8 ",
        '×' => "*",
        '÷' => "/",
        _ => "",
    };
    let kept = plain.is_empty().then_some(c);
    plain
        .chars()
        .chain(kept.into_iter().flat_map(char::to_lowercase))
}

fn is_point(c: char) -> bool {
    c == '.' || c == ','
}

fn digit_at(chars: &[char], at: usize) -> bool {
    chars.get(at).is_some_and(char::is_ascii_digit)
}

/// Reads digits with their separators, from `at`; returns where they end.
fn literal(chars: &[char], at: usize, language: Language, found: &mut Vec<Token>) -> usize {
    if let Some(end) = mistyped(chars, at, found) {
        return end;
    }
    // Groups of digits and the separator before each of them.
    let mut groups: Vec<(char, String)> = Vec::new();
    let mut next = at;
    let mut separator = ' ';
    loop {
        if separator == ' ' && next < chars.len() && is_point(chars[next]) {
            separator = '.';
            next += 1;
        }
        let start = next;
        while digit_at(chars, next) {
            next += 1;
        }
        groups.push((separator, chars[start..next].iter().collect()));
        let Some(&c) = chars.get(next) else { break };
        let run = (next + 1..).take_while(|&i| digit_at(chars, i)).count();
        let joins = match c {
            '.' | ',' => run > 0,
            '\'' | ' ' => {
                run == 3
                    && groups.iter().all(|(s, _)| *s != '.' && *s != ',')
                    && groups[0].1.len() <= 3
                    && !groups[0].1.starts_with('0')
                    && groups[1..].iter().all(|(_, g)| g.len() == 3)
            }
            ':' | 'h' => run == 2 && groups.len() == 1,
            _ => false,
        };
        if !joins {
            break;
        }
        separator = c;
        next += 1;
    }
    push_literal(&groups, language, found);
    suffix(chars, next, found)
}

/// Letters that look like digits among digits: `1O`, `l2`, `5O0`.
fn mistyped(chars: &[char], at: usize, found: &mut Vec<Token>) -> Option<usize> {
    let end = (at..chars.len())
        .find(|&i| !chars[i].is_ascii_digit() && chars[i] != 'o')
        .unwrap_or(chars.len());
    let text: String = chars[at..end].iter().collect();
    let whole_word = chars.get(end).is_none_or(|c| !c.is_alphanumeric());
    if !text.contains('o') || !whole_word || text.len() > DIGITS_MAX {
        return None;
    }
    let digits = text.replace('o', "0");
    push_literal(&[(' ', digits)], Language::ENGLISH, found);
    Some(end)
}

fn push_literal(groups: &[(char, String)], language: Language, found: &mut Vec<Token>) {
    let length: usize = groups.iter().map(|(_, digits)| digits.len()).sum();
    let Some((first, rest)) = groups.split_first() else {
        return;
    };
    if length > DIGITS_MAX {
        found.push(Token::Word("telephone".to_owned()));
        return;
    }
    let joined: String = groups.iter().map(|(_, digits)| digits.as_str()).collect();
    let whole = Number::from_decimal(&joined);
    let decimal = |at: usize| {
        let (head, tail): (Vec<_>, Vec<_>) = groups
            .iter()
            .enumerate()
            .partition(|(index, _)| *index < at);
        let text = |part: Vec<(usize, &(char, String))>| -> String {
            part.iter()
                .map(|(_, (_, digits))| digits.as_str())
                .collect()
        };
        Number::from_decimal(&format!("0{}.{}", text(head), text(tail)))
    };
    let thousands = |part: &[(char, String)]| part.iter().all(|(_, digits)| digits.len() == 3);
    let (value, other) = match rest {
        [] if first.0 == '.' => (decimal(0), None),
        [] => (whole, None),
        [(':' | 'h', _)] => (whole, decimal(1)),
        [(separator, digits)] if digits.len() == 3 && is_point(*separator) && first.1 != "0" => {
            by_language(*separator, language, whole, decimal(1))
        }
        [(separator, _)] if is_point(*separator) => (decimal(1), None),
        // Several groups: all but perhaps the last are thousands.
        [middle @ .., last] => {
            let last_is_decimal = middle.last().is_some_and(|(s, _)| *s != last.0);
            if last_is_decimal && thousands(middle) {
                (decimal(groups.len() - 1), None)
            } else {
                (whole, None)
            }
        }
    };
    let Some(value) = value else { return };
    found.push(Token::Literal(Literal {
        value,
        other: other.filter(|other| *other != value),
        clock: clock(groups),
        colon: rest.len() == 1 && matches!(rest[0].0, ':' | 'h'),
        digits: (rest.is_empty() && first.0 != '.').then_some(joined),
    }));
}

/// Three digits after one separator: which of the two it is depends on who writes.
///
/// Unicode CLDR groups with a comma in English and Swahili and with a point in Kinyarwanda; both
/// are seen in Rwanda, where prices have no decimals.
fn by_language(
    separator: char,
    language: Language,
    whole: Option<Number>,
    decimal: Option<Number>,
) -> (Option<Number>, Option<Number>) {
    match (separator, language) {
        (',', Language::KINYARWANDA) => (whole, decimal),
        (',', _) => (whole, None),
        (_, Language::KINYARWANDA) => (whole, decimal),
        _ => (decimal, whole),
    }
}

fn clock(groups: &[(char, String)]) -> Option<(u8, u8)> {
    let (hour, minute) = match groups {
        [(' ', hour), (':' | '.' | 'h', minute)] if minute.len() == 2 => {
            (hour.clone(), minute.clone())
        }
        [(' ', digits)] if digits.len() == 4 => (digits[..2].to_owned(), digits[2..].to_owned()),
        [(' ', hour)] if hour.len() <= 2 => (hour.clone(), "0".to_owned()),
        _ => return None,
    };
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 25 && minute < 60).then_some((hour, minute))
}

/// What is written right after digits: `3rd`, `5k`, `12km`, `500/=`.
fn suffix(chars: &[char], at: usize, found: &mut Vec<Token>) -> usize {
    let rest: String = chars[at..].iter().take(4).collect();
    for price in ["/=", "/-", "=/"] {
        if rest.starts_with(price) {
            return at + 2;
        }
    }
    let letters: String = chars[at..]
        .iter()
        .take_while(|c| c.is_alphabetic())
        .collect();
    match letters.as_str() {
        "st" | "nd" | "rd" | "th" => {
            found.push(Token::Word("-th".to_owned()));
            at + 2
        }
        "k" => {
            found.push(Token::Word("thousand".to_owned()));
            at + 1
        }
        _ => at,
    }
}

fn word(chars: &[char], at: usize, found: &mut Vec<Token>) -> usize {
    let rest: String = chars[at..].iter().take(8).collect();
    for clock in ["o'clock", "o clock", "oclock"] {
        if rest.starts_with(clock) {
            found.push(Token::Word("o'clock".to_owned()));
            return at + clock.chars().count();
        }
    }
    // `l2`, `O7`: a letter that stands for a digit at the head of digits.
    if matches!(chars[at], 'l' | 'o') && digit_at(chars, at + 1) {
        let digit = if chars[at] == 'o' { '0' } else { '1' };
        let end = (at + 1..).find(|&i| !digit_at(chars, i)).unwrap_or(at + 1);
        let digits: String = std::iter::once(digit)
            .chain(chars[at + 1..end].iter().copied())
            .collect();
        push_literal(&[(' ', digits)], Language::ENGLISH, found);
        return end;
    }
    let end = (at..chars.len())
        .find(|&i| !chars[i].is_alphabetic())
        .unwrap_or(chars.len());
    found.push(Token::Word(chars[at..end].iter().collect()));
    end
}

fn mark(chars: &[char], at: usize, found: &mut Vec<Token>) -> usize {
    let next = chars.get(at + 1).copied();
    let mark = match chars[at] {
        ',' | ';' | '.' | '!' | '?' | '\n' | '(' | ')' => Some(Mark::Pause),
        '=' => Some(Mark::Equals),
        '/' => Some(Mark::Slash),
        '%' => Some(Mark::Percent),
        '+' | '*' => Some(Mark::Operator),
        // A hyphen inside a word or after one joins words; before a digit it is a sign.
        '-' => {
            let digit_follows = next.is_some_and(|c| c.is_ascii_digit() || is_point(c))
                || (next == Some(' ') && digit_at(chars, at + 2));
            let joins = at > 0 && chars[at - 1].is_alphanumeric();
            (digit_follows && !joins).then_some(Mark::Minus)
        }
        _ => None,
    };
    found.extend(mark.map(Token::Mark));
    at + 1
}
