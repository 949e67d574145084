use curriculum::Language;
use curriculum::number_words::{NounClass, spell, spell_agreeing, spell_digits, spell_ordinal};

use super::phrases::{Counted, Phrases, phrases};
use super::piece::{Currency, Number, Piece, Sign};
use super::scan::scan;

/// `text` as it is said aloud in `language`.
///
/// Marks stay, so that they are heard; a question mark that stands for a number is said and kept
/// if it ends the text. A language without a table is left as it is, and so are numbers without a
/// name (a million million and more).
pub fn say(text: &str, language: Language) -> String {
    let Some(phrases) = phrases(language) else {
        return text.to_owned();
    };
    let mut said = String::with_capacity(text.len() * 2);
    for piece in scan(text, phrases) {
        if let Piece::Plain(plain) = piece {
            part(&mut said, plain.starts_with(char::is_alphabetic));
            said.push_str(plain);
        } else {
            let words = words(piece, phrases);
            part(&mut said, true);
            said.push_str(&words);
        }
    }
    said
}

/// A space between two words that were written together, as in `5km` or `COVID-19`.
fn part(said: &mut String, word_follows: bool) {
    let mut back = said.chars().rev();
    let (last, before) = (back.next(), back.next());
    match last {
        _ if !word_follows => {}
        Some('-') if before.is_some_and(char::is_alphanumeric) => {
            said.pop();
            said.push(' ');
        }
        Some(c) if c.is_alphanumeric() || c == ',' => said.push(' '),
        _ => {}
    }
}

fn words(piece: Piece<'_>, phrases: &Phrases) -> String {
    let language = phrases.language;
    let said = match piece {
        Piece::Plain(text) => Some(text.to_owned()),
        Piece::Word(word) => Some(word.to_owned()),
        Piece::Number(number) => quantity(number, NounClass::Counting, phrases),
        Piece::Money(number, currency) => counted(
            cents_dropped(number, currency),
            (phrases.currency)(currency),
            phrases,
        ),
        Piece::Measure(number, unit) => counted(number, (phrases.unit)(unit), phrases),
        Piece::Percent(number) => quantity(number, NounClass::Counting, phrases)
            .map(|words| format!("{}{words}{}", phrases.percent.before, phrases.percent.after)),
        Piece::Fraction(fraction) => (phrases.fraction)(fraction),
        Piece::Time(time) => (phrases.time)(time),
        Piece::Date(date) => (phrases.date)(date),
        Piece::Year(year) => (phrases.year)(year),
        Piece::Ordinal(place) => spell_ordinal(place, language),
        Piece::Digits(digits) => grouped(digits, language),
        Piece::Sign(sign) => Some((phrases.sign)(sign).to_owned()),
    };
    // Every number that the scanner passes on is one that can be spelled.
    said.unwrap_or_default()
}

/// `2.50` dollars are two point five; `1500.00` francs are fifteen hundred.
fn cents_dropped(number: Number<'_>, currency: Currency) -> Number<'_> {
    let decimals = number.decimals.map(|cents| cents.trim_end_matches('0'));
    let decimals = decimals.filter(|cents| !cents.is_empty());
    match (currency, number.decimals) {
        // Francs have no cents: three digits after a point are a thousands group.
        (Currency::Franc, Some(group)) if group.len() == 3 => {
            let thousands = group.parse::<i64>().unwrap_or(0);
            Number {
                whole: number.whole * 1_000 + thousands,
                decimals: None,
                ..number
            }
        }
        _ => Number { decimals, ..number },
    }
}

fn counted(number: Number<'_>, noun: Counted, phrases: &Phrases) -> Option<String> {
    if number.whole == 1 && number.decimals.is_none() && !number.negative {
        return Some(noun.one.to_owned());
    }
    let words = quantity(number, noun.class, phrases)?;
    Some(if phrases.noun_first {
        format!("{} {words}", noun.many)
    } else {
        format!("{words} {}", noun.many)
    })
}

fn quantity(number: Number<'_>, class: NounClass, phrases: &Phrases) -> Option<String> {
    let language = phrases.language;
    let mut words = spell_agreeing(number.whole, language, class)?;
    if number.negative {
        words = format!("{} {words}", (phrases.sign)(Sign::Minus));
        if number.whole > 0 && number.decimals.is_none() {
            words = spell(-number.whole, language)?;
        }
    }
    if let Some(decimals) = number.decimals {
        words = format!(
            "{words} {} {}",
            phrases.point,
            spell_digits(decimals, language)?
        );
    }
    Some(words)
}

/// Groups of three from the end, as numbers are said on the telephone; a comma is a short pause.
fn grouped(digits: &str, language: Language) -> Option<String> {
    let digits: Vec<char> = digits.chars().filter(char::is_ascii_digit).collect();
    let first = match digits.len() {
        0..=4 => digits.len(),
        len if len % 3 == 0 => 3,
        len if len % 3 == 1 => 4,
        _ => 2,
    };
    let (head, tail) = digits.split_at(first);
    let groups = std::iter::once(head).chain(tail.chunks(3));
    let words: Option<Vec<String>> = groups
        .map(|group| spell_digits(&group.iter().collect::<String>(), language))
        .collect();
    words.map(|words| words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TABLED: [Language; 3] = [Language::ENGLISH, Language::KINYARWANDA, Language::SWAHILI];

    proptest! {
        #[test]
        fn no_digit_is_left_and_nothing_panics(text in any::<String>()) {
            for language in TABLED {
                say(&text, language);
            }
        }

        #[test]
        fn what_looks_like_numbers_is_said_without_digits(
            text in "[0-9 ,.:/+=x%RWFkmg$?()-]{0,40}",
        ) {
            for language in TABLED {
                let said = say(&text, language);
                prop_assert!(!said.contains(|c: char| c.is_ascii_digit()), "{:?}", said);
            }
        }

        #[test]
        fn words_come_out_as_they_went_in(text in "[a-wyz]{5,9}( [a-wyz]{5,9}){0,6}[.?!]") {
            for language in TABLED {
                prop_assert_eq!(say(&text, language), text.clone());
            }
        }
    }

    #[test]
    fn a_language_without_a_table_is_left_alone() {
        assert_eq!(say("5 km", "lug".parse().unwrap()), "5 km");
    }
}
