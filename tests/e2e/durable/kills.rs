//! The running box, killed in the middle of lessons, and called again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use curriculum::random::SplitMix64;
use rusqlite::Connection;
use sync::event::AttemptV1;
use tests::{BoxConfig, BoxProcess, type_to};

use crate::auditor::{attempts, audit, connect, dialogues};
use crate::ear::{in_words, installed};
use crate::{seed, times};

/// Learners who are taught at once.
const CALLS: u8 = 4;
/// Numbers begin so; the call's own two digits follow.
const NUMBERS: &str = "+2507880001";
/// Onboarding by typing, and two answers of the placement.
const ONBOARDED: [&str; 7] = ["1", "Aline", "1", "17", "1", "3", "3"];
/// A lesson is killed at most so long after its first reply.
const LESSON: Duration = Duration::from_secs(6);
/// Half of the kills come so soon after a key.
const AFTER_KEY_MAX_MS: u64 = 60;
/// A reply later than this may be "one moment", which promises nothing.
const REPLY_MAX: f64 = 1.1;
/// The box notes an answer at the time when its last key began to arrive; networks and clocks of two
/// processes add little.
const SAME_MS: i64 = 400;
/// Rounds between two in which a learner listens to where the box takes them up.
const LISTEN_EACH: u64 = 10;

#[test]
fn a_box_killed_at_any_moment_of_a_lesson_loses_no_answered_turn_and_doubles_none() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut random = SplitMix64::new(seed());
    let mut ledger = Ledger::begin(folder.path());
    let kills = times("ISHURI_KILLS", 3);
    for round in 1..=kills {
        let listen = round % LISTEN_EACH == 2;
        let box_process = BoxProcess::start(&BoxConfig::new(folder.path(), 16));
        let pupils = Pupils::call(
            &box_process.sip,
            random.below(1 << 30),
            folder.path(),
            listen,
        );
        let moment = Moment::draw(&mut random);
        ledger.follow(&pupils, moment, listen);
        box_process.kill();
        drop(pupils);
        if listen {
            taken_up(folder.path());
        }
        ledger.judge();
        println!("kill {round}, {moment:?}: {}", ledger.told());
    }
    assert!(ledger.answered >= kills, "{}", ledger.told());
}

/// When a box is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// So long after the first reply.
    Anywhere(Duration),
    /// So long after the key with this number was sent: around the write of an answer.
    AfterKey(u64, Duration),
}

impl Moment {
    fn draw(random: &mut SplitMix64) -> Moment {
        if random.below(2) == 0 {
            Moment::Anywhere(Duration::from_millis(
                random.below(LESSON.as_millis() as u64),
            ))
        } else {
            let wait = Duration::from_millis(random.below(AFTER_KEY_MAX_MS));
            Moment::AfterKey(2 + random.below(10), wait)
        }
    }
}

/// What a pupil's telephone tells.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Ready(u8),
    Pressed(u8, f64),
    Reply(u8, f64),
    Over(u8),
}

impl Event {
    fn read(line: &str) -> Option<Event> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let call = words.first()?.parse().ok()?;
        Some(match words[1..] {
            ["ready"] => Event::Ready(call),
            ["pressed", at, _] => Event::Pressed(call, at.parse().ok()?),
            ["reply", _, delay] => Event::Reply(call, delay.parse().ok()?),
            ["over"] => Event::Over(call),
            _ => return None,
        })
    }
}

/// `tests/peers/pupil.py`: calls that answer by keys; ended when dropped.
struct Pupils {
    child: Child,
    input: ChildStdin,
    events: Receiver<Event>,
}

impl Pupils {
    fn call(sip: &str, seed: u64, out: &Path, listen: bool) -> Pupils {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers/pupil.py");
        let mut command = Command::new("python3");
        command.args(["-W", "ignore"]).arg(script).arg(sip);
        command.args(["--calls", &CALLS.to_string(), "--from", NUMBERS]);
        command
            .args(["--seed", &seed.to_string(), "--out"])
            .arg(out);
        if listen {
            command.arg("--listen");
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, events) = channel();
        std::thread::spawn(move || {
            let events = lines.map_while(Result::ok);
            for event in events.filter_map(|line| Event::read(&line)) {
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
        Pupils {
            child,
            input,
            events,
        }
    }

    /// Lets a call press its key.
    fn permit(&self, call: u8) {
        let mut input = &self.input;
        // A telephone that has ended needs no permission.
        let _ended = writeln!(input, "{call}");
    }
}

impl Drop for Pupils {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// What the far end saw, beside what the box holds.
struct Ledger {
    database: Connection,
    /// The row of each call's telephone.
    telephones: BTreeMap<u8, Vec<u8>>,
    learners: BTreeMap<u8, u128>,
    /// Every attempt that was there when a reply was heard.
    seen: BTreeMap<u128, AttemptV1>,
    /// Every state of a dialogue that a reply has left behind.
    left: BTreeMap<u8, BTreeSet<Vec<u8>>>,
    /// The state before the key under way.
    before: BTreeMap<u8, Vec<u8>>,
    /// When keys were pressed, in milliseconds of the epoch.
    pressed: BTreeMap<u8, Vec<i64>>,
    answered: u64,
    doubtful: u64,
}

impl Ledger {
    /// Lets every learner begin, one by one, so that their rows are known.
    fn begin(data: &Path) -> Ledger {
        let mut rows: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        let (mut telephones, mut learners) = (BTreeMap::new(), BTreeMap::new());
        for call in 0..CALLS {
            type_to(data, &format!("{NUMBERS}{call:02}"), &ONBOARDED);
            let connection = connect(data).unwrap();
            let found: Vec<(Vec<u8>, Vec<u8>)> = connection
                .prepare("SELECT telephone_id, learner_id FROM telephone_learner")
                .unwrap()
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            let new = found.iter().find(|row| !rows.contains(row)).unwrap();
            telephones.insert(call, new.0.clone());
            let learner = new.1.as_slice().try_into().unwrap();
            learners.insert(call, u128::from_be_bytes(learner));
            rows = found;
        }
        let database = connect(data).unwrap();
        let seen = audit(&database).unwrap().attempts;
        Ledger {
            database,
            telephones,
            learners,
            seen,
            left: BTreeMap::new(),
            before: BTreeMap::new(),
            pressed: BTreeMap::new(),
            answered: 0,
            doubtful: 0,
        }
    }

    /// Listens to the pupils until the moment has come; it does not come before the first of them has
    /// heard where they are taken up, if they `listen`.
    fn follow(&mut self, pupils: &Pupils, moment: Moment, listen: bool) {
        let mut heard = !listen;
        let patience = Instant::now() + Duration::from_secs(120);
        let mut until = None;
        let mut keys = 0;
        let mut over = 0;
        self.before.clear();
        while over < CALLS {
            let due = until.unwrap_or(patience);
            let wait = due.saturating_duration_since(Instant::now());
            let event = match pupils.events.recv_timeout(wait) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => {
                    assert!(until.is_some(), "no lesson took place within two minutes");
                    return;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            self.note(pupils, event);
            heard |= event == Event::Ready(0);
            match (event, moment) {
                (Event::Pressed(..), Moment::AfterKey(number, wait)) => {
                    keys += 1;
                    if heard && until.is_none() && keys >= number {
                        until = Some(Instant::now() + wait);
                    }
                }
                (Event::Reply(..), Moment::Anywhere(wait)) if heard && until.is_none() => {
                    until = Some(Instant::now() + wait);
                }
                (Event::Over(_), _) => over += 1,
                _ => {}
            }
        }
    }

    fn note(&mut self, pupils: &Pupils, event: Event) {
        match event {
            Event::Ready(call) => {
                let state = self.state(call);
                self.before.insert(call, state);
                pupils.permit(call);
            }
            Event::Pressed(call, at) => {
                let at_ms = (at * 1000.0) as i64;
                self.pressed.entry(call).or_default().push(at_ms);
            }
            Event::Reply(call, delay) if delay < REPLY_MAX => {
                let Some(before) = self.before.remove(&call) else {
                    return;
                };
                assert_ne!(
                    self.state(call),
                    before,
                    "call {call} was answered before it was written"
                );
                self.left.entry(call).or_default().insert(before);
                self.answered += 1;
                self.seen.extend(attempts(&self.database).unwrap());
            }
            Event::Reply(..) => self.doubtful += 1,
            Event::Over(_) => {}
        }
    }

    fn state(&self, call: u8) -> Vec<u8> {
        let mut all = dialogues(&self.database).unwrap();
        all.remove(&self.telephones[&call]).unwrap().unwrap()
    }

    /// Nothing that was answered is lost, nothing is there twice.
    fn judge(&mut self) {
        let held = audit(&self.database).unwrap();
        for (id, attempt) in &self.seen {
            assert_eq!(
                held.attempts.get(id),
                Some(attempt),
                "an answered turn is lost"
            );
        }
        for (call, left) in &self.left {
            assert!(
                !left.contains(&self.state(*call)),
                "call {call} was set back"
            );
        }
        for (call, learner) in &self.learners {
            let keys = self.pressed.get(call).map_or(&[][..], Vec::as_slice);
            let mut free: Vec<i64> = keys.to_vec();
            let new = held
                .attempts
                .values()
                .filter(|attempt| attempt.learner == *learner);
            let mut new: Vec<i64> = new.map(|attempt| attempt.at_ms).collect();
            new.sort_unstable();
            // Those of the beginning were typed.
            for at_ms in new
                .into_iter()
                .filter(|at| keys.first().is_some_and(|key| at + SAME_MS >= *key))
            {
                let near = free.iter().position(|key| (at_ms - key).abs() <= SAME_MS);
                let near = near
                    .unwrap_or_else(|| panic!("call {call}: an attempt without a key of its own"));
                free.remove(near);
            }
        }
        self.seen = held.attempts;
    }

    fn told(&self) -> String {
        format!(
            "{} turns answered, {} replies too late to be sure of, {} attempts held",
            self.answered,
            self.doubtful,
            self.seen.len()
        )
    }
}

/// What the first call was told before it answered.
fn taken_up(out: &Path) {
    let heard = in_words(&out.join("first-0.wav"));
    println!("taken up with: {heard}");
    assert!(heard.split_whitespace().count() >= 3, "`{heard}`");
    assert!(
        !heard.contains("your name") && !heard.contains("do you agree"),
        "`{heard}`"
    );
}
