//! Walking the machine: every input in every state it can reach, and long random conversations.

#![cfg(test)]

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use curriculum::answer::Channel;
use curriculum::grade::Outcome;
use curriculum::id::LearnerId;
use curriculum::interface::{SENTENCE_WORDS_MAX, sentences};
use curriculum::learner::LearnerModel;
use curriculum::time::UtcOffset;
use curriculum::{Language, Timestamp};
use proptest::prelude::*;

use super::super::state::Step;
use super::stage::shared;
use crate::dialogue::{
    Dialogue, Evidence, Fact, Heard, KnownLearner, Line, Output, Pace, PromptKind,
    TEXT_SEPTETS_MAX, Unclear,
};

/// What a learner may do, one of each kind; the first ones go deepest.
const WORDS: [&str; 30] = [
    "yes",
    "no",
    "1",
    "2",
    "3",
    "9",
    "menu",
    "repeat",
    "slower",
    "hint",
    "skip",
    "help",
    "progress",
    "language",
    "pay",
    "stop",
    "start",
    "goodbye",
    "delete my data",
    "change learner",
    "another subject",
    "i have a question",
    "why this question",
    "i do not know",
    "wait",
    "this is too hard",
    "say that in Swahili",
    "why is the sky blue today",
    "i want to die",
    "banana",
];
const KEYS: [&str; 8] = ["1", "2", "4", "7", "0", "*", "#", ""];
/// Inputs beside words and keys: doubt, silence, noise, no model, hang-up, begin.
const OTHERS: usize = 6;
const INPUTS: usize = WORDS.len() + KEYS.len() + OTHERS;

fn input(dialogue: &mut Dialogue, which: usize, now: Timestamp) {
    let spoken = dialogue.line.channel == Channel::Voice;
    if let Some(words) = WORDS.get(which) {
        let heard = if spoken {
            Heard::speech(words, 0.9, None)
        } else {
            Heard::text(words)
        };
        return dialogue.handle_answer(heard, now);
    }
    let which = which - WORDS.len();
    if let Some(keys) = KEYS.get(which) {
        return dialogue.handle_answer(Heard::keys(keys), now);
    }
    match which - KEYS.len() {
        0 => dialogue.handle_answer(Heard::speech("banana tree", 0.2, None), now),
        1 => dialogue.handle_silence(now),
        2 => dialogue.handle_unclear(Unclear::Noise, now),
        3 => dialogue.handle_unclear(Unclear::NoModel, now),
        4 => dialogue.handle_hangup(now),
        _ => dialogue.handle_begin(now),
    }
}

/// Everything that comes out, with likeness values answered as by a box without an encoder.
fn outputs(dialogue: &mut Dialogue, now: Timestamp) -> Vec<Output> {
    let mut outputs = Vec::new();
    while let Some(output) = dialogue.poll_output() {
        if matches!(output, Output::Weigh(_)) {
            dialogue.handle_evidence(&Evidence::default(), now);
        } else {
            outputs.push(output);
        }
    }
    outputs
}

/// The laws of one turn; gives back whether the conversation ended.
fn check_turn(outputs: &[Output], line: Line, after: &str) -> bool {
    let last = outputs.last();
    let ended = matches!(last, Some(Output::End(_)));
    assert!(
        ended || matches!(last, Some(Output::Expect(_))),
        "{after}: a turn ends with an expectation or the end, not {last:?}"
    );
    let saves = outputs
        .iter()
        .filter(|output| matches!(output, Output::Save(_)))
        .count();
    assert_eq!(saves, 1, "{after}: the state is saved once a turn");
    let said = |output: &&Output| matches!(output, Output::Say(_) | Output::Text(_));
    let first_said = outputs.iter().position(|output| said(&output));
    let saved = outputs
        .iter()
        .position(|output| matches!(output, Output::Save(_)));
    assert!(
        first_said.is_none_or(|at| Some(at) > saved),
        "{after}: said before saved"
    );
    assert!(ended || first_said.is_some(), "{after}: silent");
    for output in outputs {
        match output {
            Output::Say(prompt) => {
                assert_eq!(line.channel, Channel::Voice, "{after}");
                assert!(
                    !prompt.text.contains(['{', '}', '_']),
                    "{after}: {}",
                    prompt.text
                );
                if prompt.kind != PromptKind::Content {
                    for sentence in sentences(&prompt.text) {
                        let words = sentence.split_whitespace().count();
                        assert!(
                            words <= SENTENCE_WORDS_MAX,
                            "{after}: {words} in {sentence}"
                        );
                    }
                }
            }
            Output::Text(text) => {
                assert_ne!(line.channel, Channel::Voice, "{after}");
                assert!(
                    !text.is_empty() && text.chars().count() <= TEXT_SEPTETS_MAX,
                    "{after}"
                );
            }
            _ => {}
        }
    }
    ended
}

fn learners(count: u128) -> Vec<KnownLearner> {
    let names = ["Aline", "Eric", "Keza", "Mutoni", "Shema"];
    let learners = (1..=count).zip(names);
    learners
        .map(|(id, name)| KnownLearner {
            id: LearnerId(id),
            name: name.to_owned(),
            language: Language::ENGLISH,
            pace: Pace::Usual,
            model: LearnerModel::new(UtcOffset::KIGALI),
        })
        .collect()
}

fn begun(line: Line, count: u128) -> Dialogue {
    let mut dialogue = Dialogue::new(shared(), line, learners(count), None, 11);
    dialogue.handle_begin(Timestamp(0));
    check_turn(&outputs(&mut dialogue, Timestamp(0)), line, "begin");
    dialogue
}

/// What of a state decides what can happen next.
fn place(dialogue: &Dialogue) -> String {
    let state = dialogue.state();
    let sitting = state.sitting.as_ref();
    let item = sitting.and_then(|sitting| sitting.item.as_ref());
    let step = match &state.step {
        Step::NameCheck { tries, .. } => format!("name check {tries}"),
        Step::Consent { age, .. } => format!("consent {age:?}"),
        Step::Age { .. } => "age".to_owned(),
        step => format!("{step:?}"),
    };
    format!(
        "{step} misses {} repeats {} thinking {} {:?} {:?} {:?} {}",
        state.misses.min(3),
        state.repeats.min(4),
        state.thinking,
        item.map(|item| (item.phase, item.tries.min(3), item.hints)),
        sitting.map(|sitting| (sitting.paused, sitting.closed)),
        state.language,
        state.stopped,
    )
}

/// True if a try that was not right was recorded: never after a doubtful hearing or a cry for help.
fn is_scored(outputs: &[Output]) -> bool {
    let tried = |fact: &Fact| matches!(fact, Fact::AttemptMade(attempt) if attempt.outcome != Outcome::Right);
    outputs
        .iter()
        .any(|output| matches!(output, Output::Record(facts) if facts.iter().any(tried)))
}

/// Breadth first over all inputs; gives back the places seen, each with how far to a way on.
fn walk(line: Line, count: u128, places_max: usize) -> usize {
    let start = begun(line, count);
    let mut seen = BTreeMap::from([(place(&start), 0_usize)]);
    let mut open = VecDeque::from([(start, 0_usize)]);
    while let Some((dialogue, depth)) = open.pop_front() {
        for which in 0..INPUTS {
            let mut next = dialogue.clone();
            let now = Timestamp(i64::try_from(depth + 1).unwrap_or(0) * 5_000);
            input(&mut next, which, now);
            let after = format!("{} then input {which}", place(&dialogue));
            let came = outputs(&mut next, now);
            let doubt = WORDS.len() + KEYS.len();
            if which == doubt || WORDS.get(which) == Some(&"i want to die") {
                assert!(!is_scored(&came), "{after}: scored");
            }
            let ended = check_turn(&came, line, &after);
            assert_eq!(
                ended,
                next.state().step == Step::Over || which == hang_up(line, which),
                "{after}"
            );
            let here = place(&next);
            if !ended && !seen.contains_key(&here) && seen.len() < places_max {
                seen.insert(here, depth + 1);
                open.push_back((next, depth + 1));
            }
        }
    }
    seen.len()
}

/// The inputs after which there is nobody to say goodbye to: hang-up, and silence by message.
fn hang_up(line: Line, which: usize) -> usize {
    let hang_up = WORDS.len() + KEYS.len() + 4;
    let silence = WORDS.len() + KEYS.len() + 1;
    if which == silence && line.channel != Channel::Voice {
        silence
    } else {
        hang_up
    }
}

#[test]
fn every_input_in_every_state_is_answered_or_ends_saved() {
    for (line, count, places) in [
        (Line::of(Channel::Voice), 0, 60),
        (Line::of(Channel::Voice), 1, 120),
        (Line::of(Channel::Sms), 1, 60),
        (Line::of(Channel::Voice), 5, 40),
    ] {
        let seen = walk(line, count, places);
        assert!(seen >= 40, "{line:?}: only {seen} places");
    }
}

/// Left alone, or with nothing but noise, a call always comes to a saved goodbye by itself.
#[test]
fn a_call_that_cannot_be_heard_ends_by_itself() {
    let line = Line::of(Channel::Voice);
    for count in [0, 1, 3] {
        for mix in [[1, 1], [2, 2], [1, 2], [0, 2], [0, 1]] {
            let mut dialogue = begun(line, count);
            let mut ended = false;
            for turn in 0..40_usize {
                let now = Timestamp(i64::try_from(turn + 1).unwrap_or(0) * 9_000);
                input(&mut dialogue, WORDS.len() + KEYS.len() + mix[turn % 2], now);
                if check_turn(&outputs(&mut dialogue, now), line, "alone") {
                    ended = true;
                    break;
                }
            }
            assert!(
                ended,
                "{count} learners, {mix:?}: still in {:?}",
                dialogue.state().step
            );
        }
    }
}

/// Unasked, the same words are never said a third time in a row of useless inputs.
#[test]
fn the_same_request_is_never_given_more_than_twice() {
    let line = Line::of(Channel::Voice);
    for count in [0, 1, 3] {
        for which in [0, 1, 2] {
            let mut dialogue = begun(line, count);
            let mut given: BTreeMap<String, usize> = BTreeMap::new();
            for turn in 0..40_usize {
                let now = Timestamp(i64::try_from(turn + 1).unwrap_or(0) * 9_000);
                input(&mut dialogue, WORDS.len() + KEYS.len() + which, now);
                let outputs = outputs(&mut dialogue, now);
                for output in &outputs {
                    if let Output::Say(prompt) = output
                        && prompt.kind == PromptKind::Content
                    {
                        *given.entry(prompt.text.clone()).or_default() += 1;
                    }
                }
                if matches!(outputs.last(), Some(Output::End(_))) {
                    break;
                }
            }
            let worst = given.iter().max_by_key(|(_, times)| **times);
            assert!(worst.is_none_or(|(_, times)| *times <= 2), "{worst:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn no_conversation_panics_falls_silent_or_breaks_its_limits(
        steps in prop::collection::vec((0..INPUTS + 3, ".{0,60}", 0.0_f32..1.0, 0_i64..400_000), 1..50),
        learners_known in 0_u128..4,
        by_call: bool,
        seed: u128,
    ) {
        let line = Line::of(if by_call { Channel::Voice } else { Channel::Sms });
        let mut now = Timestamp(1_700_000_000_000);
        let mut dialogue = Dialogue::new(shared(), line, learners(learners_known), None, seed);
        for (which, noise, confidence, wait) in steps {
            now = Timestamp(now.0 + wait);
            if which < INPUTS {
                input(&mut dialogue, which, now);
            } else if by_call {
                dialogue.handle_answer(Heard::speech(&noise, confidence, None), now);
            } else {
                dialogue.handle_answer(Heard::text(&noise), now);
            }
            let outputs = outputs(&mut dialogue, now);
            let ended = check_turn(&outputs, line, "random");
            if ended {
                // The next call or message goes on from the bytes that were kept.
                let bytes = dialogue.state().to_bytes().expect("a state");
                let saved = crate::dialogue::DialogueState::from_bytes(&bytes);
                prop_assert!(saved.is_some());
                let known = dialogue.learners().to_vec();
                dialogue = Dialogue::new(Arc::clone(&dialogue.context), line, known, saved, seed ^ 1);
            }
        }
    }
}
