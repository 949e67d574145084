//! Choices: an option named by its words, its letter, its place, or anything clear enough.

use super::grading::{Grade, LIKELY, Reason, SURE, Understood};
use super::wording::{after_correction, core, is_around, is_negation, words};
use super::{sound, spelling};
use crate::answer::Answer;
use crate::language::Language;
use crate::number_reading::{Hint, read};
use crate::question::Question;

/// An option as offered: its index in the source, its letter, and its wordings as words.
struct Offer {
    index: usize,
    letter: char,
    wordings: Vec<Vec<String>>,
}

/// What an answer names.
enum Named {
    One(usize, f64),
    Several,
    Nothing,
}

pub(super) fn grade(question: &Question, answer: &Answer) -> Grade {
    let offers = offers(question, answer.language);
    let all = words(&answer.text);
    let (index, probability) = match named(&offers, &all, answer) {
        Named::One(index, probability) => (index, probability),
        Named::Several => return Grade::unclear(Reason::Several, Understood::Nothing),
        Named::Nothing => return Grade::unclear(Reason::NotFound, Understood::Nothing),
    };
    let understood = Understood::Option(index);
    if question.right_option() == Some(index) {
        return Grade::right(probability, Reason::Matches, understood);
    }
    let mut shown = question.misconception_options();
    let misconception = shown.find(|(_, option)| *option == index).map(|(at, _)| at);
    Grade::not_yet(Reason::Differs, understood, misconception)
}

fn offers(question: &Question, language: Language) -> Vec<Offer> {
    let offered = question.offered(language).into_iter();
    offered
        .map(|offered| {
            let other = question.answer_language(language);
            // Learners answer in the language of the lesson or in the one being taught.
            let wordings = [language, other, Language::ENGLISH]
                .map(|language| question.option_wordings(language, offered.index));
            let wordings = wordings.iter().flat_map(|wordings| wordings.iter());
            Offer {
                index: offered.index,
                letter: offered.letter.to_ascii_lowercase(),
                wordings: wordings.map(|wording| words(wording)).collect(),
            }
        })
        .collect()
}

fn named(offers: &[Offer], all: &[String], answer: &Answer) -> Named {
    let said = after_correction(all);
    for (probability, is_meant) in [
        (
            SURE,
            by_exact_words as fn(&Offer, &[String], &Answer) -> bool,
        ),
        (SURE, by_yes_or_no),
        (SURE, by_number_value),
        (SURE, by_letter),
    ] {
        match only(offers, |offer| is_meant(offer, said, answer)) {
            Named::Nothing => {}
            Named::One(index, _) => return Named::One(index, probability),
            Named::Several => return Named::Several,
        }
    }
    match by_place(offers, said, answer) {
        Named::Nothing => by_words(offers, said),
        found => found,
    }
}

fn only(offers: &[Offer], is_meant: impl Fn(&Offer) -> bool) -> Named {
    let mut meant = offers.iter().filter(|offer| is_meant(offer));
    match (meant.next(), meant.next()) {
        (Some(offer), None) => Named::One(offer.index, SURE),
        (Some(_), Some(_)) => Named::Several,
        (None, _) => Named::Nothing,
    }
}

fn by_exact_words(offer: &Offer, said: &[String], _: &Answer) -> bool {
    offer
        .wordings
        .iter()
        .any(|wording| *wording == said || core(wording) == core(said))
}

const YES: [&str; 16] = [
    "yes", "yeah", "yep", "yup", "ya", "true", "correct", "yego", "ee", "nibyo", "ukuri", "ndiyo",
    "ndio", "naam", "kweli", "eego",
];
const NO: [&str; 12] = [
    "no", "nope", "nah", "false", "oya", "sibyo", "ibinyoma", "hapana", "la", "uongo", "siyo",
    "hapana",
];

/// Any word for yes or no names the option that is one.
fn by_yes_or_no(offer: &Offer, said: &[String], _: &Answer) -> bool {
    let said = core(said);
    let all_in =
        |set: &[&str]| !said.is_empty() && said.iter().all(|word| set.contains(&word.as_str()));
    let one_of = |set: &[&str]| {
        let mut single = offer.wordings.iter().filter(|wording| wording.len() == 1);
        single.any(|wording| set.contains(&wording[0].as_str()))
    };
    (all_in(&YES) && one_of(&YES)) || (all_in(&NO) && one_of(&NO))
}

/// The value of an option that is a number.
fn by_number_value(offer: &Offer, _: &[String], answer: &Answer) -> bool {
    let said = read(&answer.text, answer.language, Hint::Any);
    let Some(said) = said.first() else {
        return false;
    };
    offer.wordings.iter().any(|wording| {
        let meant = read(&wording.join(" "), answer.language, Hint::Any);
        meant.first().is_some_and(|meant| meant.value == said.value)
    })
}

fn by_letter(offer: &Offer, said: &[String], _: &Answer) -> bool {
    let names: &[&str] = match offer.letter {
        'a' => &["a", "ay", "eh", "hey"],
        'b' => &["b", "be", "bee"],
        'c' => &["c", "see", "sea", "se", "ce", "si"],
        'd' => &["d", "dee", "de", "di"],
        _ => &[],
    };
    let is_name = |word: &String| names.contains(&word.as_str());
    if said.len() == 1 {
        return is_name(&said[0]);
    }
    // With other words around it, only the letter itself counts, and `a` only at the end or after
    // a word such as "letter": elsewhere it is an article.
    let single = offer.letter.to_string();
    let rest_is_around = said
        .iter()
        .all(|word| *word == single || is_around(word) || word == "b");
    let after_cue = said.windows(2).any(|pair| {
        let cue = [
            "option", "letter", "answer", "choice", "is", "ni", "inyuguti", "herufi", "jibu", "it",
        ];
        cue.contains(&pair[0].as_str()) && pair[1] == single
    });
    let last = said.last() == Some(&single);
    rest_is_around && (after_cue || last || (single != "a" && said.contains(&single)))
}

/// `the second one`, `number two`, `2`, `the last`.
fn by_place(offers: &[Offer], said: &[String], answer: &Answer) -> Named {
    const LAST: [&str; 4] = ["last", "mwisho", "nyuma", "final"];
    let options_are_numbers = offers.iter().any(|offer| {
        let wordings = offer.wordings.iter();
        wordings
            .flatten()
            .any(|word| word.chars().any(|c| c.is_ascii_digit()))
    });
    if said.iter().any(|word| LAST.contains(&word.as_str())) && said.len() <= 4 {
        return offers
            .last()
            .map_or(Named::Nothing, |offer| Named::One(offer.index, SURE));
    }
    // Among numbers only a short `2` or `number two` is a place; the value itself has gone before.
    if said.len() > if options_are_numbers { 2 } else { 5 } {
        return Named::Nothing;
    }
    let readings = read(&answer.text, answer.language, Hint::Any);
    let place = readings
        .first()
        .and_then(|reading| reading.value.as_whole());
    let place = place
        .and_then(|place| usize::try_from(place).ok())
        .filter(|place| *place >= 1);
    match place.and_then(|place| offers.get(place - 1)) {
        Some(offer) => Named::One(offer.index, SURE),
        None => Named::Nothing,
    }
}

/// The option whose words the answer has most of, clearly more than any other.
fn by_words(offers: &[Offer], said: &[String]) -> Named {
    // A negated option is not chosen: "not the goat, the cow".
    let mut kept: Vec<&String> = Vec::new();
    let mut refused: Vec<&String> = Vec::new();
    let mut negated = false;
    for word in said {
        if is_negation(word) {
            negated = true;
        } else if negated && !is_around(word) {
            negated = false;
            refused.push(word);
        } else {
            kept.push(word);
        }
    }
    let has = |meant: &String| {
        kept.iter().any(|word| {
            *word == meant
                || (meant.len() >= 4
                    && (spelling::is_slip_of(word, meant) || sound::is_alike(word, meant)))
        })
    };
    let share = |offer: &Offer| {
        if offer
            .wordings
            .iter()
            .flatten()
            .any(|word| refused.contains(&word))
        {
            return 0.0;
        }
        let shares = offer.wordings.iter().map(|wording| {
            let core = core(wording);
            let found = core.iter().filter(|word| has(word)).count();
            found as f64 / core.len().max(1) as f64
        });
        shares.fold(0.0, f64::max)
    };
    let mut shares: Vec<(f64, usize)> = offers
        .iter()
        .map(|offer| (share(offer), offer.index))
        .collect();
    shares.sort_by(|a, b| b.0.total_cmp(&a.0));
    match shares.as_slice() {
        [(best, index), rest @ ..] if *best >= 0.5 => match rest.first() {
            Some((second, _)) if *second >= 1.0 && *best >= 1.0 => Named::Several,
            Some((second, _)) if best - second < 0.3 => Named::Nothing,
            _ => Named::One(*index, LIKELY),
        },
        _ => Named::Nothing,
    }
}
