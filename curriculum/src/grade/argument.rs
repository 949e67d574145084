//! Arguments: each slot is judged by its own evidence.

use super::Outcome;
use super::evidence::Evidence;
use super::grading::{Grade, Reason, Understood, fairly};
use super::open;
use super::wording::words;
use crate::answer::Answer;
use crate::exercise::{ArgumentSlot, SlotRole};

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

/// Grades what a learner said to one slot's cue.
///
/// A part that is on the topic is right. A debate has no wrong opinion: a part off the topic is
/// deferred, and only one too short to be a part is not yet.
pub fn grade_slot(slot: &ArgumentSlot, answer: &Answer, evidence: Evidence<'_>) -> Grade {
    let said = words(&answer.text);
    let understood = Understood::Words(answer.text.trim().to_owned());
    if said.is_empty() {
        return Grade::unclear(Reason::Empty, Understood::Nothing);
    }
    let found = slot_grade(slot, &said, answer);
    let likely = evidence.meaning.map(|meaning| {
        meaning
            .examples
            .judge(&answer.text, meaning.answer)
            .probability
    });
    let on_topic =
        found.ideas.0 > 0 || found.ideas.1 == 0 || likely.is_some_and(|p| p >= open::ACCEPT_AT);
    let reason = Reason::Slots(vec![found.clone()]);
    let grade = if found.filled && on_topic {
        Grade::right(likely.unwrap_or(0.8).max(0.6), reason, understood)
    } else if said.len() < WORDS_MIN {
        Grade::not_yet(reason, understood, None)
    } else {
        Grade {
            outcome: Some(Outcome::Deferred),
            ..Grade::unclear(reason, understood)
        }
    };
    fairly(grade, answer)
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
