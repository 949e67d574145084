//! Traces of boxes: what a progress lane holds after some days, drawn from a seed.
//!
//! Exercises are those of the courses in this repository. Everything a learner or a clock decides is
//! drawn to the millisecond, so that nothing is smaller here than in the field.

use std::path::Path;

use curriculum::random::SplitMix64;
use sync::batch::Item;
use sync::event::{AttemptV1, Event, FeelingV1, HomeworkV1, SessionV1};
use sync::hlc::{Hlc, Stamp};

/// An exercise and what it fixes.
struct Exercise {
    code: String,
    skill: String,
    difficulty: u8,
    luck_percent: u8,
    numbers: u64,
    largest: u64,
}

/// Which exercises a trace may use.
#[derive(Clone, Copy, PartialEq)]
pub enum Pool {
    /// Every second one: what a dictionary is trained on.
    Half,
    /// All: a held-out trace meets exercises that the dictionary never saw.
    All,
}

/// A learner's talk in progress.
struct Talk {
    learner: u128,
    session: u128,
    channel: u8,
    high: SplitMix64,
    low: SplitMix64,
    at_ms: u64,
    left: u64,
    skills: Vec<usize>,
    item: Option<(usize, Vec<i64>, u8)>,
}

/// `count` entries of the progress lane of one box.
pub fn trace(seed: u64, pool: Pool, count: usize) -> Vec<Item> {
    let mut random = SplitMix64::new(seed);
    let exercises = exercises(pool);
    let learners: Vec<u128> = (0..60).map(|_| wide(&mut random)).collect();
    let booted_ms = 1_793_500_000_000 + random.below(8_000_000_000);
    let mut facts: Vec<(u64, Event)> = Vec::new();
    let (mut at_ms, boot) = (booted_ms + 40_000, 1 + random.below(30) as u32);
    while facts.len() < count + 200 {
        let learner = learners[random.below(60) as usize];
        let mut talk = begin(&mut random, learner, at_ms, exercises.len() as u64);
        while talk.left > 0 {
            turn(&mut random, &mut talk, &exercises, &mut facts);
        }
        // Two lines: the next talk may begin before this one ends.
        let length_ms = talk.at_ms - at_ms;
        at_ms += length_ms / 2 + random.below(length_ms + 600_000);
    }
    facts.sort_by_key(|(at_ms, _)| *at_ms);
    facts.truncate(count);
    let mut last = Hlc::default();
    facts
        .into_iter()
        .map(|(at_ms, event)| {
            let written_ms = at_ms + random.below(3);
            let hlc = Hlc::new(written_ms, 0).max(Hlc(last.0 + 1));
            last = hlc;
            let frame = event.to_frame().and_then(|frame| frame.to_bytes());
            Item {
                stamp: Stamp {
                    hlc,
                    boot,
                    monotonic_ms: written_ms - booted_ms,
                },
                frame: frame.expect("short texts make short frames"),
            }
        })
        .collect()
}

fn begin(random: &mut SplitMix64, learner: u128, at_ms: u64, exercises: u64) -> Talk {
    let (mut high, mut low) = (
        SplitMix64::new(random.next_u64()),
        SplitMix64::new(random.next_u64()),
    );
    let session = u128::from(high.next_u64()) << 64 | u128::from(low.next_u64());
    let near = random.below(exercises);
    let skills = (0..6).map(|step| ((near + step) % exercises) as usize);
    Talk {
        learner,
        session,
        channel: u8::from(random.below(3) == 0),
        high,
        low,
        at_ms,
        left: 9 + random.below(12),
        skills: skills.collect(),
        item: None,
    }
}

fn turn(
    random: &mut SplitMix64,
    talk: &mut Talk,
    exercises: &[Exercise],
    facts: &mut Vec<(u64, Event)>,
) {
    let (learner, session) = (talk.learner, talk.session);
    let first = talk.item.is_none();
    if first {
        facts.push((talk.at_ms, moved(talk, 0)));
    }
    let (index, numbers, tries) = talk.item.take().unwrap_or_else(|| {
        let index = talk.skills[random.below(6) as usize];
        let exercise = &exercises[index];
        let drawn = (0..exercise.numbers).map(|_| 1 + random.below(exercise.largest) as i64);
        (index, drawn.collect(), 0)
    });
    let exercise = &exercises[index];
    // Sum of three even draws: most near the middle, some slow.
    let latency_ms = 900 + (0..3).map(|_| random.below(3_000)).sum::<u64>();
    talk.at_ms += 4_000 + random.below(5_000) + latency_ms;
    let steps = if tries == 0 { 2 } else { 1 };
    let mut attempt = 0;
    for _ in 0..steps {
        attempt = u128::from(talk.high.next_u64()) << 64 | u128::from(talk.low.next_u64());
    }
    let right = random.below(100) < 76;
    facts.push((
        talk.at_ms,
        Event::Attempt(AttemptV1 {
            attempt,
            learner,
            session,
            exercise: exercise.code.clone(),
            skill: exercise.skill.clone(),
            numbers: numbers.clone(),
            at_ms: talk.at_ms.cast_signed(),
            channel: talk.channel,
            outcome: u8::from(!right),
            difficulty: exercise.difficulty,
            attempt_number: tries + 1,
            hints: tries,
            latency_ms: latency_ms as u32,
            misconception: (!right && random.below(3) == 0).then(|| random.below(3) as u8),
            review: random.below(5) == 0,
            luck_percent: exercise.luck_percent,
        }),
    ));
    talk.left -= 1;
    if !right && tries < 2 {
        talk.item = Some((index, numbers, tries + 1));
    } else {
        let index = talk.skills[random.below(6) as usize];
        let exercise = &exercises[index];
        let drawn = (0..exercise.numbers).map(|_| 1 + random.below(exercise.largest) as i64);
        talk.item = Some((index, drawn.collect(), 0));
    }
    if talk.left == 0 {
        finish(random, talk, &exercise.code, facts);
    }
}

fn finish(random: &mut SplitMix64, talk: &mut Talk, code: &str, facts: &mut Vec<(u64, Event)>) {
    let (learner, session) = (talk.learner, talk.session);
    talk.at_ms += 5_000 + random.below(4_000);
    let at_ms = talk.at_ms.cast_signed();
    if random.below(2) == 0 {
        facts.push((
            talk.at_ms,
            Event::Feeling(FeelingV1 {
                learner,
                session: Some(session),
                feeling: random.below(5) as u8,
                moment: 2,
                at_ms,
            }),
        ));
    }
    if random.below(4) == 0 {
        let lesson = code.to_owned();
        facts.push((
            talk.at_ms,
            Event::Homework(HomeworkV1 {
                learner,
                lesson,
                at_ms,
            }),
        ));
    }
    facts.push((talk.at_ms, moved(talk, 3)));
}

fn moved(talk: &Talk, to: u8) -> Event {
    Event::Session(SessionV1 {
        learner: talk.learner,
        session: talk.session,
        module: 0,
        to,
        at_ms: talk.at_ms.cast_signed(),
    })
}

fn wide(random: &mut SplitMix64) -> u128 {
    u128::from(random.next_u64()) << 64 | u128::from(random.next_u64())
}

/// The codes of exercises in the courses of this repository, each with what is fixed about it.
fn exercises(pool: Pool) -> Vec<Exercise> {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../curriculum/packs");
    let mut files: Vec<_> = ["mathematics", "english", "comprehension"]
        .into_iter()
        .flat_map(|course| std::fs::read_dir(packs.join(course)).into_iter().flatten())
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let texts = files
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok());
    let mut codes: Vec<String> = texts
        .flat_map(|text| text.lines().filter_map(code).collect::<Vec<_>>())
        .collect();
    codes.sort();
    codes.dedup();
    let codes = codes.into_iter().enumerate();
    codes
        .filter(|(index, _)| pool == Pool::All || index % 2 == 0)
        .map(|(index, code)| Exercise {
            skill: code
                .rsplit_once('.')
                .map_or("", |(skill, _)| skill)
                .to_owned(),
            code,
            difficulty: 10 + (index * 7 % 80) as u8,
            luck_percent: [0, 0, 33, 50][index % 4],
            numbers: [2, 2, 0, 3][index % 4],
            largest: [9, 20, 50, 100][index / 4 % 4],
        })
        .collect()
}

/// An exercise's code has a skill's code before its last dot.
fn code(line: &str) -> Option<String> {
    let code = line.strip_prefix("id = \"")?.strip_suffix('"')?;
    (code.matches('.').count() == 2).then(|| code.to_owned())
}
