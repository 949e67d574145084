//! Orders: things put in a row by their letters, their numbers or their words.

use super::grading::{Grade, Reason, SURE, Understood};
use super::wording::{after_correction, is_around, words};
use super::{phrase, sound, spelling};
use crate::answer::Answer;
use crate::number_reading::{Hint, read};
use crate::question::Question;

pub(super) fn grade(question: &Question, answer: &Answer) -> Grade {
    let things = Things::of(question, answer);
    let all = words(&answer.text);
    let said = after_correction(&all);
    let Some(order) = things.order(said, answer) else {
        // "Snake came first" is no whole order, but a known wrong answer all the same.
        let shown = phrase::misconception(question, answer, |_| true);
        return match shown {
            Some(index) => {
                let understood = Understood::Words(said.join(" "));
                Grade::not_yet(Reason::Differs, understood, Some(index))
            }
            None => Grade::unclear(Reason::NotFound, Understood::Nothing),
        };
    };
    let understood = Understood::Order(order.clone());
    if question.right_letters().as_deref() == Some(&order) {
        Grade::right(SURE, Reason::Matches, understood)
    } else {
        let shown = misconception(question, answer, &things, &order);
        Grade::not_yet(Reason::Differs, understood, shown)
    }
}

/// The misconception with a wording that puts the same things first as the answer does: a wording
/// may name all of them, or only how the row begins. The one that names most is taken.
fn misconception(
    question: &Question,
    answer: &Answer,
    things: &Things,
    order: &str,
) -> Option<usize> {
    let phrases = question.misconception_phrases(answer.language);
    let each = phrases.flat_map(|(index, phrases)| phrases.iter().map(move |text| (index, text)));
    let begun = each.filter_map(|(index, text)| {
        let begins = things.begins(&words(text), answer)?;
        order.starts_with(&begins).then_some((begins.len(), index))
    });
    // Of two that name as many, the first.
    let most = begun.reduce(|best, next| if next.0 > best.0 { next } else { best });
    most.map(|(_, index)| index)
}

/// What is to be put in a row, as offered.
struct Things {
    letters: Vec<char>,
    texts: Vec<Vec<String>>,
}

impl Things {
    fn of(question: &Question, answer: &Answer) -> Self {
        let offered = question.offered(answer.language);
        Self {
            letters: offered.iter().map(|offered| offered.letter).collect(),
            texts: offered.iter().map(|offered| words(offered.text)).collect(),
        }
    }

    /// A whole order, however it is said.
    fn order(&self, said: &[String], answer: &Answer) -> Option<String> {
        by_letters(said, &self.letters)
            .or_else(|| by_words(said, &self.texts, &self.letters))
            .or_else(|| by_places(said, answer, &self.letters))
    }

    /// The beginning of an order: all of it, or the things named, in their order.
    fn begins(&self, said: &[String], answer: &Answer) -> Option<String> {
        let whole = by_words(said, &self.texts, &self.letters);
        let named = || {
            let named = named(said, &self.texts, &self.letters);
            let begins: String = named.into_iter().map(|(_, letter)| letter).collect();
            (!begins.is_empty()).then_some(begins)
        };
        whole
            .or_else(named)
            .or_else(|| by_places(said, answer, &self.letters))
    }
}

/// True if every letter stands there once.
fn is_complete(order: &str, letters: &[char]) -> bool {
    order.chars().count() == letters.len() && letters.iter().all(|letter| order.contains(*letter))
}

/// `b a c`, `bac`, `bee ay see`.
fn by_letters(said: &[String], letters: &[char]) -> Option<String> {
    let mut order = String::new();
    for word in said {
        let letter = match word.as_str() {
            "ay" => Some('A'),
            "bee" | "be" => Some('B'),
            "see" | "sea" | "ce" => Some('C'),
            "dee" | "di" | "de" => Some('D'),
            "ee" => Some('E'),
            _ => None,
        };
        let spelled: Vec<char> = word.chars().map(|c| c.to_ascii_uppercase()).collect();
        if let Some(letter) = letter {
            order.push(letter);
        } else if spelled.iter().all(|c| letters.contains(c)) {
            order.extend(spelled);
        } else if !is_joint(word) {
            return None;
        }
    }
    is_complete(&order, letters).then_some(order)
}

/// Words between the parts of an order.
fn is_joint(word: &str) -> bool {
    const JOINTS: [&str; 12] = [
        "then", "and", "next", "after", "last", "hanyuma", "na", "nyuma", "kisha", "halafu",
        "lastly", "finally",
    ];
    JOINTS.contains(&word) || (is_around(word) && word != "a")
}

/// The things themselves, in the order they are named.
fn by_words(said: &[String], texts: &[Vec<String>], letters: &[char]) -> Option<String> {
    let named = named(said, texts, letters);
    let distinct = named.windows(2).all(|pair| pair[0].0 != pair[1].0);
    let order: String = named.into_iter().map(|(_, letter)| letter).collect();
    (distinct && is_complete(&order, letters)).then_some(order)
}

/// Where each thing is named, and its letter, in the order they are named.
fn named(said: &[String], texts: &[Vec<String>], letters: &[char]) -> Vec<(usize, char)> {
    let is_meant = |word: &String, meant: &String| {
        word == meant
            || (meant.len() >= 4
                && (spelling::is_slip_of(word, meant) || sound::is_alike(word, meant)))
    };
    let mut places = Vec::new();
    for (text, letter) in texts.iter().zip(letters) {
        // Words that other things have too do not tell which is meant.
        let own: Vec<&String> = text
            .iter()
            .filter(|word| {
                texts.iter().filter(|other| other.contains(word)).count() == 1 && !is_joint(word)
            })
            .collect();
        let place = said
            .iter()
            .position(|word| own.iter().any(|meant| is_meant(word, meant)));
        places.extend(place.map(|place| (place, *letter)));
    }
    places.sort_unstable();
    places
}

/// `2 1 3`, `213`, `second, first, third`: the numbers of the places as offered.
fn by_places(said: &[String], answer: &Answer, letters: &[char]) -> Option<String> {
    let letter_at = |place: i64| {
        usize::try_from(place - 1)
            .ok()
            .and_then(|at| letters.get(at))
            .copied()
    };
    let mut order = String::new();
    for word in said {
        if let Some(reading) = read(word, answer.language, Hint::Any).first() {
            let value = reading.value.as_whole()?;
            for digit in value.to_string().chars() {
                order.push(letter_at(i64::from(digit.to_digit(10)?))?);
            }
        } else if !is_joint(word) {
            return None;
        }
    }
    is_complete(&order, letters).then_some(order)
}
