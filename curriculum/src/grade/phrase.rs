//! Phrases, fill-ins and lines: words compared with accepted words, forgiving slips and sounds.

use super::grading::{Grade, LIKELY, Reason, SURE, Understood};
use super::outcome::Outcome;
use super::wording::{after_correction, core, is_around, is_negation, words};
use super::{sound, spelling};
use crate::answer::{Answer, Manner};
use crate::exercise::Output;
use crate::number_reading::{Hint, read};
use crate::question::Question;

/// How an answer agrees with an accepted wording, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Agreement {
    None,
    Sound,
    Spelling,
    Within,
    Core,
    Exact,
}

/// What is forgiven.
#[derive(Clone, Copy)]
struct Tolerance {
    /// The answer was heard, so sound-alike words are one word.
    spoken: bool,
    /// The language itself is being taught: endings count.
    taught: bool,
    /// Share of words that may be missing or other.
    missing: f64,
}

pub(super) fn grade(question: &Question, answer: &Answer) -> Grade {
    let said = words(&answer.text);
    judge(
        question,
        answer,
        after_correction(&said),
        tolerance(question, answer, 0.0),
    )
}

/// The word may come alone or in its whole sentence.
pub(super) fn grade_fill_in(question: &Question, answer: &Answer) -> Grade {
    let said = words(&answer.text);
    let forgiven = tolerance(question, answer, 0.0);
    // A gap's word may begin as the sentence around it ends: "kumi, kumi na moja".
    let alone = judge(question, answer, after_correction(&said), forgiven);
    if alone.outcome == Some(Outcome::Right) {
        return alone;
    }
    let frames = [
        question.input(answer.language),
        question.sms(answer.language),
    ];
    let inner = frames.iter().find_map(|frame| {
        let (before, after) = frame.split_once("___")?;
        let (before, after) = (words(before), words(after));
        let near = |count: usize| &before[before.len().saturating_sub(count)..];
        within_frame(&said, near(2), &after).or_else(|| within_frame(&said, near(1), &after))
    });
    match inner {
        Some(given) => judge(question, answer, &given, forgiven),
        None => alone,
    }
}

/// A whole line: heard, one word in six may be missed by the recogniser.
pub(super) fn grade_line(question: &Question, answer: &Answer) -> Grade {
    let said = words(&answer.text);
    let missing = if matches!(answer.manner, Manner::Spoken { .. }) {
        0.17
    } else {
        0.0
    };
    judge(
        question,
        answer,
        &said,
        tolerance(question, answer, missing),
    )
}

/// The misconception whose wording the answer agrees with, by what is forgiven in any answer: of
/// those in `which`, the closest.
pub(super) fn misconception(
    question: &Question,
    answer: &Answer,
    which: impl Fn(usize) -> bool,
) -> Option<usize> {
    let all = words(&answer.text);
    let said = after_correction(&all);
    let forgiven = tolerance(question, answer, 0.0);
    let phrases = question.misconception_phrases(answer.language);
    let each = phrases.flat_map(|(index, phrases)| phrases.iter().map(move |text| (index, text)));
    let close = each
        .filter(|(index, _)| which(*index))
        .map(|(index, text)| (Closeness::new(said, text, forgiven), index))
        .filter(|(close, _)| close.agreement > Agreement::None);
    let closest = close.reduce(|best, next| if next.0 > best.0 { next } else { best });
    closest.map(|(_, index)| index)
}

fn tolerance(question: &Question, answer: &Answer, missing: f64) -> Tolerance {
    let exercise = question.exercise();
    // What is understood of a story, or put in a row, is told by meaning, not by form.
    let of_form = matches!(
        exercise.output,
        Output::Phrase { .. } | Output::FillIn { .. } | Output::Line { .. }
    );
    Tolerance {
        spoken: matches!(answer.manner, Manner::Spoken { .. }),
        taught: of_form && exercise.answer_language.is_some(),
        missing,
    }
}

/// The words between the last words before the gap and the first words after it.
fn within_frame(said: &[String], nearest: &[String], after: &[String]) -> Option<Vec<String>> {
    let following = &after[..after.len().min(2)];
    if nearest.is_empty() && following.is_empty() {
        return None;
    }
    let start = if nearest.is_empty() {
        0
    } else {
        said.windows(nearest.len()).position(|run| run == nearest)? + nearest.len()
    };
    let rest = &said[start..];
    let end = if following.is_empty() {
        rest.len()
    } else {
        rest.windows(following.len())
            .position(|run| run == following)?
    };
    (end > 0).then(|| rest[..end].to_vec())
}

fn judge(question: &Question, answer: &Answer, said: &[String], tolerance: Tolerance) -> Grade {
    let understood = Understood::Words(said.join(" "));
    let accepted = question.accepted(answer.language);
    let strict = Tolerance {
        missing: 0.0,
        ..tolerance
    };
    let best = accepted
        .iter()
        .map(|wording| (Closeness::new(said, wording, tolerance), wording));
    let best = best.reduce(|best, next| if next.0 > best.0 { next } else { best });
    let phrases = question.misconception_phrases(answer.language);
    let shown: Vec<(usize, &String)> = phrases
        .flat_map(|(index, phrases)| phrases.iter().map(move |phrase| (index, phrase)))
        .collect();
    let wrong = shown
        .iter()
        .map(|(index, phrase)| (Closeness::new(said, phrase, strict), *index));
    let wrong = wrong.reduce(|best, next| if next.0 > best.0 { next } else { best });
    let (close, wording) = best.map_or((Closeness::default(), None), |(close, w)| {
        (close, Some(w.clone()))
    });
    // A known wrong answer is recognised before anything is forgiven.
    if let Some((wrongly, index)) = wrong
        && wrongly.agreement > Agreement::None
        && wrongly >= close
    {
        if wrongly == close {
            return Grade::unclear(Reason::Ambiguous, understood);
        }
        return Grade::not_yet(Reason::Differs, understood, Some(index));
    }
    let agreement = close.agreement;
    match (agreement, wording) {
        (Agreement::Exact | Agreement::Core | Agreement::Within, _) => {
            Grade::right(SURE, Reason::Matches, understood)
        }
        (Agreement::Spelling, Some(wording)) => {
            Grade::right(LIKELY, Reason::Spelled(wording), understood)
        }
        (Agreement::Sound, Some(wording)) => {
            Grade::right(LIKELY, Reason::SoundsAlike(wording), understood)
        }
        _ if said.is_empty() => Grade::unclear(Reason::NotFound, understood),
        _ => {
            let partly = shown
                .iter()
                .find(|(_, phrase)| is_part(said, &words(phrase)));
            Grade::not_yet(Reason::Differs, understood, partly.map(|(index, _)| *index))
        }
    }
}

/// How close an answer is to a wording: first how they agree, then in how many words exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Closeness {
    agreement: Agreement,
    same_words: usize,
}

impl Default for Closeness {
    fn default() -> Self {
        Self {
            agreement: Agreement::None,
            same_words: 0,
        }
    }
}

impl Closeness {
    fn new(said: &[String], wording: &str, tolerance: Tolerance) -> Self {
        let wording = words(wording);
        Self {
            agreement: agreement(said, &wording, tolerance),
            same_words: said.iter().filter(|word| wording.contains(word)).count(),
        }
    }
}

/// True if the answer is most of a wording that it does not agree with whole: `home`, `at home`.
fn is_part(said: &[String], wording: &[String]) -> bool {
    let said = core(said);
    let shared = said.iter().filter(|word| wording.contains(word)).count();
    shared == said.len() && 2 * shared >= core(wording).len()
}

fn agreement(said: &[String], wording: &[String], tolerance: Tolerance) -> Agreement {
    if wording.is_empty() {
        return Agreement::None;
    }
    if said == wording {
        return Agreement::Exact;
    }
    let (said_core, meant) = (core(said), core(wording));
    // Where English itself is taught, articles are part of the answer.
    if said_core == meant && !tolerance.taught {
        return Agreement::Core;
    }
    let (said, meant) = if tolerance.taught {
        (said.to_vec(), wording.to_vec())
    } else {
        (said_core, meant)
    };
    if is_within(&said, &meant, tolerance) {
        return Agreement::Within;
    }
    if said.concat() == meant.concat() || same_number(&said, &meant) {
        return Agreement::Core;
    }
    forgiving(&said, &meant, tolerance)
}

/// The accepted words stand together, and what is around them does not change them.
fn is_within(said: &[String], meant: &[String], tolerance: Tolerance) -> bool {
    let Some(at) = said.windows(meant.len()).position(|run| run == meant) else {
        return false;
    };
    let mut around = said[..at].iter().chain(&said[at + meant.len()..]);
    // A short phrase inside a long answer may be there by chance.
    let extra_max = if tolerance.taught { 0 } else { 4 };
    let extra = around.clone().filter(|word| !is_around(word)).count();
    extra <= extra_max && !around.any(|word| is_negation(word))
}

/// `2 goats` and `two goats`: the numbers are one and the other words are the same.
fn same_number(said: &[String], meant: &[String]) -> bool {
    let value = |words: &[String]| {
        let found = read(&words.join(" "), crate::Language::ENGLISH, Hint::Any);
        found.first().map(|reading| reading.value)
    };
    let others = |words: &[String]| -> Vec<String> {
        words
            .iter()
            .filter(|word| value(std::slice::from_ref(word)).is_none())
            .cloned()
            .collect()
    };
    let number = value(meant);
    number.is_some() && number == value(said) && others(said) == others(meant)
}

/// Word by word, in order, each forgiven by itself.
fn forgiving(said: &[String], meant: &[String], tolerance: Tolerance) -> Agreement {
    let mut matched = 0;
    let mut at = 0;
    let mut sounds = false;
    for word in said {
        let Some(offset) = meant[at..]
            .iter()
            .position(|meant| alike(word, meant, tolerance).is_some())
        else {
            continue;
        };
        sounds |= alike(word, &meant[at + offset], tolerance) == Some(Agreement::Sound);
        at += offset + 1;
        matched += 1;
    }
    let longest = said.len().max(meant.len());
    let missed = (longest - matched) as f64 / longest as f64;
    let negated =
        said.iter().any(|word| is_negation(word)) != meant.iter().any(|word| is_negation(word));
    if missed > tolerance.missing || negated || matched == 0 {
        return Agreement::None;
    }
    if sounds {
        Agreement::Sound
    } else {
        Agreement::Spelling
    }
}

fn alike(word: &str, meant: &str, tolerance: Tolerance) -> Option<Agreement> {
    if word == meant {
        return Some(Agreement::Exact);
    }
    if tolerance.taught && spelling::differ_by_ending(word, meant) {
        return None;
    }
    if spelling::is_slip_of(word, meant) {
        return Some(Agreement::Spelling);
    }
    (tolerance.spoken && sound::is_alike(word, meant)).then_some(Agreement::Sound)
}
