//! Arguments: each slot is judged by its own evidence.

use super::Outcome;
use super::evidence::Evidence;
use super::grading::{Grade, Reason, Understood, fairly};
use super::wording::words;
use super::{open, part, phrase};
use crate::answer::Answer;
use crate::exercise::{ArgumentSlot, Output, SlotRole};
use crate::language::Language;
use crate::question::Question;

/// What one slot of an argument got.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotGrade {
    /// Which slot.
    pub role: SlotRole,
    /// True if the answer fills it.
    pub filled: bool,
    /// True if it has a word that marks such a part, such as *because*.
    pub marked: bool,
    /// Ideas of the topic it names, of those listed.
    pub ideas: (usize, usize),
}

/// Fewest words that make a part of an argument.
const WORDS_MIN: usize = 3;

/// Judgement in another language than the one it was fitted in is less sure by this share.
const OTHER_LANGUAGE: f64 = 0.8;

/// Grades what a learner said to the cue of one slot of `question`.
///
/// A debate has no wrong opinion. A part that does its work (takes a side, gives a reason, tells of
/// something, meets the other side) and is about the topic is right; one of which that is not sure
/// is deferred. Not yet is only what is too short to be a part, what says nothing beyond the
/// question's own words, and a known wrong answer.
pub fn grade_slot(
    question: &Question,
    slot: &ArgumentSlot,
    answer: &Answer,
    evidence: Evidence<'_>,
) -> Grade {
    let said = words(&answer.text);
    let understood = Understood::Words(answer.text.trim().to_owned());
    if said.is_empty() {
        return Grade::unclear(Reason::Empty, Understood::Nothing);
    }
    let found = slot_grade(slot, &said, answer);
    let near = evidence
        .meaning
        .and_then(|meaning| meaning.examples.nearness(meaning.answer));
    let read = part::read(
        slot.role,
        &said,
        &topic(question, slot, answer.language),
        near,
    );
    let mut likely = read.probability;
    if answer.language != Language::ENGLISH {
        likely = 0.5 + (likely - 0.5) * OTHER_LANGUAGE;
    }
    let on_topic = found.ideas.0 > 0 || found.ideas.1 == 0 || near.is_some();
    let reason = Reason::Slots(vec![found.clone()]);
    if found.filled && on_topic && likely >= open::ACCEPT_AT {
        return Grade::right(likely, reason, understood);
    }
    let shown = phrase::misconception(question, answer, |index| {
        belongs(question, slot, index, answer.language)
    });
    // Words and meaning both: without vectors a claim in the question's own words may still be one.
    let says_nothing = near.is_some() && likely <= open::REJECT_AT && read.is_empty;
    let grade = if shown.is_some() || !found.filled || says_nothing {
        Grade {
            probability: likely.min(open::REJECT_AT),
            ..Grade::not_yet(reason, understood, shown)
        }
    } else {
        Grade {
            outcome: Some(Outcome::Deferred),
            probability: likely,
            ..Grade::unclear(reason, understood)
        }
    };
    fairly(grade, answer)
}

/// The words that add nothing when said again: the question's, and for a claim those of its ideas.
fn topic(question: &Question, slot: &ArgumentSlot, language: Language) -> Vec<String> {
    let mut topic = words(question.input(language));
    if slot.role == SlotRole::Claim {
        let ideas = slot.rubric.ideas.get_or_english(language);
        let ideas = ideas.into_iter().flatten().flatten();
        topic.extend(ideas.flat_map(|idea| words(idea)));
    }
    topic
}

/// True if a misconception may show in this slot: one of its wordings is a wrong answer here, or in
/// no slot at all.
fn belongs(question: &Question, slot: &ArgumentSlot, index: usize, language: Language) -> bool {
    let phrases = question.misconception_phrases(language);
    let wordings: Vec<Vec<String>> = phrases
        .filter(|(of, _)| *of == index)
        .flat_map(|(_, phrases)| phrases.iter().map(|phrase| words(phrase)))
        .collect();
    let is_wrong_in = |slot: &ArgumentSlot| {
        let wrong = slot.rubric.graded.iter().filter(|graded| !graded.correct);
        let mut wrong = wrong.map(|graded| words(&graded.answer));
        wrong.any(|answer| wordings.contains(&answer))
    };
    let Output::Argument { slots, .. } = &question.exercise().output else {
        return false;
    };
    is_wrong_in(slot) || !slots.iter().any(is_wrong_in)
}

/// A whole argument in one answer: right if the claim and its reason are there, with ideas of the
/// topic in both.
pub(super) fn grade(slots: &[ArgumentSlot], answer: &Answer, _: Evidence<'_>) -> Grade {
    let said = words(&answer.text);
    let found: Vec<SlotGrade> = slots
        .iter()
        .map(|slot| slot_grade(slot, &said, answer))
        .collect();
    let understood = Understood::Words(answer.text.trim().to_owned());
    let has = |role: SlotRole| {
        let mut of_role = found.iter().filter(|slot| slot.role == role);
        of_role.any(|slot| slot.filled && (slot.ideas.0 > 0 || slot.ideas.1 == 0))
    };
    let reasoned = found
        .iter()
        .any(|slot| slot.role == SlotRole::Because && slot.marked);
    let (claim, because) = (has(SlotRole::Claim), has(SlotRole::Because) && reasoned);
    let reason = Reason::Slots(found);
    match (claim, because) {
        (true, true) => Grade::right(0.8, reason, understood),
        _ if said.len() < WORDS_MIN => Grade::not_yet(reason, understood, None),
        _ => Grade {
            outcome: Some(Outcome::Deferred),
            ..Grade::unclear(reason, understood)
        },
    }
}

fn slot_grade(slot: &ArgumentSlot, said: &[String], answer: &Answer) -> SlotGrade {
    let listed = slot
        .rubric
        .ideas
        .get_or_english(answer.language)
        .map_or(&[][..], Vec::as_slice);
    let named = listed
        .iter()
        .filter(|idea| open::names_idea(said, idea))
        .count();
    let marks: &[&str] = match slot.role {
        SlotRole::Claim => &[
            "think",
            "should",
            "believe",
            "agree",
            "disagree",
            "better",
            "ntekereza",
            "nafikiri",
        ],
        SlotRole::Because => &[
            "because", "since", "cause", "coz", "kubera", "kuko", "sababu", "kwa",
        ],
        SlotRole::Example => &[
            "example", "like", "once", "when", "urugero", "mfano", "nka", "kama",
        ],
        SlotRole::Yet => &[
            "but", "yet", "however", "although", "still", "ariko", "nyamara", "lakini", "hata",
        ],
    };
    SlotGrade {
        role: slot.role,
        filled: said.len() >= WORDS_MIN,
        marked: said.iter().any(|word| marks.contains(&word.as_str())),
        ideas: (named, listed.len()),
    }
}
