//! The real writes of a lesson, cut anywhere.

use std::path::Path;
use std::sync::{Arc, Mutex};

use curriculum::answer::Channel;
use curriculum::random::SplitMix64;
use curriculum::time::UtcOffset;
use edge::conversation::{Meaning, Record, Talk, packs_folder, stock};
use edge::dialogue::{Context, DialogueState, Heard, Line};
use edge::phone_number::PhoneNumber;
use sync::event::AttemptV1;
use tests::{Recorder, Recording};

use crate::auditor::{audit, connect};
use crate::{has_packs, seed, times};

/// Turns of the recorded lesson.
const TURNS: usize = 90;
/// First contact of a learner of seventeen who chose English.
const FIRST: [&str; 6] = ["hello", "English", "Aline", "yes", "17", "yes"];
/// What is answered then, drawn.
const LATER: [&str; 12] = [
    "7",
    "12",
    "1",
    "2",
    "3",
    "10",
    "20",
    "hint",
    "menu",
    "why?",
    "I don't know",
    "repeat",
];
/// Turns until the learner hangs up and calls again.
const CALL: usize = 15;

/// What a box holds between two turns.
#[derive(Clone, Debug, PartialEq)]
struct Kept {
    attempts: Vec<AttemptV1>,
    state: Option<DialogueState>,
}

struct Tutor {
    record: Arc<Record>,
    meaning: Arc<Mutex<Meaning>>,
    context: Arc<Context>,
    number: PhoneNumber,
}

impl Tutor {
    fn open(data: &Path, meaning: &Arc<Mutex<Meaning>>, context: &Arc<Context>) -> Tutor {
        Tutor {
            record: Arc::new(Record::open(data, UtcOffset::KIGALI).unwrap()),
            meaning: Arc::clone(meaning),
            context: Arc::clone(context),
            number: PhoneNumber::parse("0788123456").unwrap(),
        }
    }

    fn call(&self) -> Talk {
        let line = Line::of(Channel::Terminal);
        Talk::open(
            &self.record,
            &self.meaning,
            &self.context,
            &self.number,
            line,
        )
        .unwrap()
    }

    fn kept(&self, data: &Path) -> Kept {
        let telephone = self.record.meet(&self.number).unwrap();
        let held = audit(&connect(data).unwrap()).unwrap();
        Kept {
            attempts: held.attempts.into_values().collect(),
            state: self.record.known(telephone).unwrap().state,
        }
    }
}

/// Records a lesson. The mark `n` stands where the reply to turn `n` was given back; what was kept
/// then is the `n`th of the second.
fn lesson(
    data: &Path,
    meaning: &Arc<Mutex<Meaning>>,
    context: &Arc<Context>,
    seed: u64,
) -> (Recording, Vec<Kept>) {
    let recorder = Recorder::start(data);
    let mut random = SplitMix64::new(seed);
    let tutor = Tutor::open(data, meaning, context);
    let mut kept = Vec::new();
    let answered = |kept: &mut Vec<Kept>| {
        recorder.mark(kept.len() as u64);
        kept.push(tutor.kept(data));
    };
    answered(&mut kept);
    let mut talk = tutor.call();
    for turn in 1..=TURNS {
        if turn.is_multiple_of(CALL) {
            talk.hang_up().unwrap();
            answered(&mut kept);
            talk = tutor.call();
            talk.begin().unwrap();
        } else {
            let drawn = LATER[usize::try_from(random.below(LATER.len() as u64)).unwrap()];
            let words = FIRST.get(turn - 1).copied().unwrap_or(drawn);
            if talk.hear(Heard::text(words)).unwrap().end.is_some() {
                talk = tutor.call();
            }
        }
        answered(&mut kept);
    }
    drop((talk, tutor));
    (recorder.take(), kept)
}

#[test]
fn a_power_cut_at_any_write_loses_no_answered_turn_and_doubles_none() {
    if !has_packs() {
        return;
    }
    let context = Arc::new(stock(&packs_folder(), UtcOffset::KIGALI).unwrap());
    let (folder, vectors) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut random = SplitMix64::new(seed());
    // Vectors can be made again: they are no part of what is cut.
    let meaning = Arc::new(Mutex::new(Meaning::open(vectors.path()).unwrap()));
    let (recording, kept) = lesson(folder.path(), &meaning, &context, random.next_u64());
    let attempts = kept.last().unwrap().attempts.len();
    let operations = recording.len();
    println!("{operations} operations, {TURNS} turns, {attempts} attempts");
    assert!(attempts >= 20, "the lesson has too few answers");
    let cuts = times("ISHURI_CUTS", 200);
    let (mut first_start, mut under_way) = (0, 0);
    for _ in 0..cuts {
        let cut = tempfile::tempdir().unwrap();
        std::fs::copy(folder.path().join("secret"), cut.path().join("secret")).unwrap();
        let at = usize::try_from(random.below(operations as u64)).unwrap() + 1;
        let acknowledged = recording.cut(at, &mut |below| random.below(below), cut.path());
        // Switched on again: whole, with all that was answered, and at most the turn that was being
        // written.
        let tutor = Tutor::open(cut.path(), &meaning, &context);
        let found = tutor.kept(cut.path());
        match acknowledged.map(|number| usize::try_from(number).unwrap()) {
            None => first_start += 1,
            Some(last) if found == kept[last] => {}
            Some(last) => {
                under_way += 1;
                let (held, known) = (found.attempts.len(), kept[last].attempts.len());
                assert_eq!(
                    Some(&found),
                    kept.get(last + 1),
                    "cut at {at}, after turn {last}: {held} attempts, not {known}"
                );
            }
        }
        let turn = tutor.call().begin().unwrap();
        assert!(turn.expectation.is_some() || turn.end.is_some());
    }
    println!(
        "{cuts} cuts: {first_start} while the box started for the first time, {under_way} after the \
         turn under way was whole on the disk"
    );
}
