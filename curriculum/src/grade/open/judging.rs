//! From probability to a grade: right, not yet, or deferred to the hub.

use super::examples::{Example, Examples, Judged};
use super::vocabulary::{stem, words};
use crate::answer::Answer;
use crate::exercise::Rubric;
use crate::grade::evidence::Evidence;
use crate::grade::grading::{Grade, Reason, Understood};
use crate::grade::outcome::Outcome;
use crate::grade::phrase;
use crate::language::Language;
use crate::question::Question;

/// At this probability an answer is right.
pub const ACCEPT_AT: f64 = 0.75;
/// At this probability an answer is not right yet, if its words say so too.
pub const REJECT_AT: f64 = 0.2;

/// Graded answers needed before anybody is failed.
const GRADED_TO_FAIL: usize = 6;

/// What the words of the graded answers must say before anybody is failed; a little below nothing,
/// so that an answer unlike all of them is not failed for being new.
const WORDS_TO_FAIL: f64 = -0.2;

/// How much naming all ideas of the rubric, or none, moves the logit. A teacher chose them for this
/// question, so they weigh more than any one measured term.
const IDEAS: f64 = 1.5;

/// Judgement in another language than the encoder's is less sure by this share.
const OTHER_LANGUAGE: f64 = 0.8;

/// The outcome for a judgement: nobody is failed without graded examples, or on likeness of
/// meaning alone.
pub fn decide(judged: &Judged) -> Outcome {
    let words_agree = judged.findings.by_words <= WORDS_TO_FAIL || judged.findings.contradicts;
    if judged.probability >= ACCEPT_AT {
        Outcome::Right
    } else if judged.probability <= REJECT_AT
        && judged.findings.graded_count >= GRADED_TO_FAIL
        && words_agree
    {
        Outcome::NotYet
    } else {
        Outcome::Deferred
    }
}

pub(in crate::grade) fn grade(
    question: &Question,
    rubric: &Rubric,
    answer: &Answer,
    evidence: Evidence<'_>,
) -> Grade {
    let language = question.answer_language(answer.language);
    let mut judged = match evidence.meaning {
        Some(meaning) => meaning.examples.judge(&answer.text, meaning.answer),
        None => {
            prepare(question.input(language), rubric, language, |_| &[]).judge(&answer.text, &[])
        }
    };
    let listed = rubric
        .ideas
        .get_or_english(language)
        .map_or(&[][..], Vec::as_slice);
    if !listed.is_empty() {
        let said = words(&answer.text);
        let named = listed.iter().filter(|idea| names_idea(&said, idea)).count();
        let share = named as f64 / listed.len() as f64;
        judged.probability = moved(judged.probability, IDEAS * (2.0 * share - 1.0));
    }
    if language != Language::ENGLISH {
        judged.probability = 0.5 + (judged.probability - 0.5) * OTHER_LANGUAGE;
    }
    let understood = Understood::Words(answer.text.trim().to_owned());
    let outcome = decide(&judged);
    let reason = Reason::Evidence(judged.findings);
    // A wrong answer that the teacher wrote down is known by its words; where other words of the
    // answer speak for it, it says more than that.
    let unlikely = outcome != Outcome::Right && judged.probability < 0.5;
    let shown = unlikely.then(|| phrase::misconception(question, answer, |_| true));
    if let Some(index) = shown.flatten() {
        return Grade {
            probability: judged.probability.min(REJECT_AT),
            ..Grade::not_yet(reason, understood, Some(index))
        };
    }
    Grade {
        outcome: Some(outcome),
        understood,
        misconception: None,
        probability: judged.probability,
        reason,
    }
}

/// Prepares an open question from its rubric in one language; `vector` gives the sentence vector
/// of a text, or nothing without an encoder.
pub fn prepare<'a>(
    question: &'a str,
    rubric: &'a Rubric,
    language: Language,
    vector: impl Fn(&str) -> &'a [f32],
) -> Examples {
    let example = |text: &'a str| Example {
        text,
        vector: vector(text),
    };
    let references = rubric.references.get_or_english(language);
    let references = references.map_or(&[][..], Vec::as_slice).iter();
    let references: Vec<Example<'_>> = references.map(|text| example(text)).collect();
    let of_language = rubric
        .graded
        .iter()
        .filter(|graded| graded.language == language);
    let graded: Vec<_> = of_language
        .map(|graded| (example(&graded.answer), graded.correct))
        .collect();
    Examples::new(example(question), &references, &graded)
}

fn moved(probability: f64, by: f64) -> f64 {
    let odds = probability.clamp(1e-6, 1.0 - 1e-6);
    super::heads::probability(libm::log(odds / (1.0 - odds)) + by)
}

/// True if any of an idea's words is said; a wording of several words must be said whole.
pub(in crate::grade) fn names_idea(said: &[String], idea: &[String]) -> bool {
    let stems: Vec<String> = said.iter().map(|word| stem(word)).collect();
    idea.iter().any(|wording| {
        let wanted: Vec<String> = words(wording).iter().map(|word| stem(word)).collect();
        !wanted.is_empty() && stems.windows(wanted.len()).any(|run| run == wanted)
    })
}
