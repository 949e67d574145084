//! A typed lesson whose program is killed as soon as it has replied, or while it writes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use curriculum::random::SplitMix64;
use tests::{binary, type_to};

use crate::auditor::{audit, connect};
use crate::{has_packs, seed, times};

const NUMBER: &str = "+250788000777";
const ONBOARDED: [&str; 5] = ["1", "Aline", "1", "17", "1"];
const ANSWERS: [&str; 6] = ["1", "2", "3", "7", "12", "hint"];
/// Answers to one program before it is killed, at most.
const ANSWERS_MAX: u64 = 6;
/// A turn takes a few milliseconds: half of the kills come within so long after an answer.
const TURN_MAX_US: u64 = 20_000;
/// A reply that is over is followed by nothing for so long.
const REPLY_END: Duration = Duration::from_millis(300);

/// `ishuri-edge chat`, in the form of a call.
struct Chat {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Chat {
    fn open(data: &Path) -> Chat {
        let mut child = Command::new(binary("ishuri-edge"))
            .args([
                "chat",
                "--voice-form",
                "--language",
                "en",
                "--phone",
                NUMBER,
                "--data",
            ])
            .arg(data)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, received) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Chat {
            child,
            input,
            lines: received,
        }
    }

    /// What the tutor says next, to its end.
    fn reply(&self) -> Vec<String> {
        let mut said = Vec::new();
        let mut wait = Duration::from_secs(60);
        while let Ok(line) = self.lines.recv_timeout(wait) {
            if let Some(words) = line.strip_prefix("Tutor: ") {
                said.push(words.to_owned());
                wait = REPLY_END;
            }
        }
        assert!(!said.is_empty(), "the tutor says nothing");
        said
    }

    fn answer(&mut self, words: &str) {
        writeln!(self.input, "{words}").unwrap();
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn a_typed_turn_that_was_printed_is_there_after_a_kill_and_goes_on_at_the_same_question() {
    if !has_packs() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut random = SplitMix64::new(seed());
    type_to(folder.path(), NUMBER, &ONBOARDED);
    let kills = times("ISHURI_TYPED_KILLS", 6);
    let (mut held, mut answered) = (0, 0);
    let mut printed: Vec<String> = Vec::new();
    let (mut taken_up, mut idle) = (0, 0);
    for kill in 1..=kills {
        let mut chat = Chat::open(folder.path());
        let mut said = chat.reply();
        // Taken up at the question that was put last, which hints may have followed; a question that
        // had just been settled is followed by a new one.
        taken_up += u64::from(said.last().is_some_and(|asked| printed.contains(asked)));
        printed.clear();
        for _ in 0..=random.below(ANSWERS_MAX) {
            let place = usize::try_from(random.below(ANSWERS.len() as u64)).unwrap();
            printed.append(&mut said);
            chat.answer(ANSWERS[place]);
            said = chat.reply();
            answered += 1;
        }
        printed.append(&mut said);
        let before = audit(&connect(folder.path()).unwrap()).unwrap();
        let in_flight = random.below(2) == 0;
        idle += u64::from(!in_flight);
        if in_flight {
            chat.answer(ANSWERS[0]);
            std::thread::sleep(Duration::from_micros(random.below(TURN_MAX_US)));
        }
        chat.kill();
        let after = audit(&connect(folder.path()).unwrap()).unwrap();
        if !in_flight {
            assert_eq!(
                after, before,
                "kill {kill}: what was printed is not what is kept"
            );
        }
        for (id, attempt) in &before.attempts {
            let kept = after.attempts.get(id);
            assert_eq!(kept, Some(attempt), "kill {kill}: a turn is lost");
        }
        let new = after.attempts.len() - before.attempts.len();
        assert!(
            new <= usize::from(in_flight),
            "kill {kill}: a turn is doubled"
        );
        held = after.attempts.len();
    }
    assert!(taken_up * 2 >= idle, "taken up {taken_up} times of {idle}");
    println!("{kills} kills, {answered} printed replies, {held} attempts");
}
