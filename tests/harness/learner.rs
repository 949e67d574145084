//! A learner who answers whatever is asked as soon as the tutor is silent, and never waits for a
//! tutor who waits for the learner.

use std::io;
use std::time::{Duration, Instant};

use crate::telephone::{Call, Chance, Frame, espeak, trimmed};

/// Silence after which the tutor has done: longer than the pause between two sentences.
const GAP: Duration = Duration::from_millis(700);
/// The tutor does not speak longer than this, nor begin later; then the learner acts all the same.
const TUTOR_MAX: Duration = Duration::from_secs(25);
/// A reply that has not come by then does not come.
const REPLY_MAX: Duration = Duration::from_secs(8);
/// A key that answers a choice is answered by then; a number needs its `#`.
const CHOICE_MAX: Duration = Duration::from_millis(450);

/// What a learner can say, rendered once.
pub struct Words {
    pub name: Vec<Frame>,
    pub yes: Vec<Frame>,
    /// Answers to a number of one digit or two.
    pub numbers: Vec<Vec<Frame>>,
    /// Answers that are none of what was asked for.
    pub others: Vec<Vec<Frame>>,
}

/// What a learner does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Name,
    Yes,
    Number(usize),
    Other(usize),
    /// Keys, and `#` where that is needed.
    Keys(&'static str),
}

/// What came of an act: when the learner had done, and how long after it the tutor began.
#[derive(Clone, Copy, Debug)]
pub struct Reply {
    pub done: Instant,
    pub after: Option<Duration>,
}

/// A first call: language, name, whether it was heard, age, consent. All of it spoken but the
/// first and the age.
pub const FIRST_CALL: [Act; 5] = [
    Act::Keys("1"),
    Act::Name,
    Act::Yes,
    Act::Keys("20"),
    Act::Yes,
];

impl Words {
    /// # Errors
    /// When there is no voice to say them with.
    pub fn new() -> io::Result<Self> {
        let say = |text: &&str| Ok::<_, io::Error>(trimmed(&espeak(text, "en-us", 140)?));
        let all = |texts: &[&str]| texts.iter().map(say).collect::<io::Result<Vec<_>>>();
        Ok(Self {
            name: say(&"Aline")?,
            yes: say(&"yes")?,
            numbers: all(&["twenty five", "twelve", "seventeen", "thirty one"])?,
            others: all(&["I don't know", "can you repeat that", "I need help please"])?,
        })
    }

    fn of(&self, act: Act) -> &[Frame] {
        match act {
            Act::Name => &self.name,
            Act::Yes => &self.yes,
            Act::Number(nth) => &self.numbers[nth % self.numbers.len()],
            Act::Other(nth) => &self.others[nth % self.others.len()],
            Act::Keys(_) => &[],
        }
    }
}

impl Act {
    /// What is done in a lesson, evenly by chance: of ten acts so many are spoken, and of those so
    /// many are an answer to a number.
    pub fn by_chance(chance: &mut Chance, spoken_of_ten: u64, numbers_of_ten: u64) -> Act {
        let nth = chance.number() as usize % 12;
        if chance.number() % 10 >= spoken_of_ten {
            return Act::Keys(["1", "2", "3", "12", "7", "25"][nth % 6]);
        }
        match chance.number() % 10 {
            n if n < numbers_of_ten => Act::Number(nth),
            _ => Act::Other(nth),
        }
    }

    pub fn is_spoken(self) -> bool {
        !matches!(self, Act::Keys(_))
    }
}

/// Waits until the tutor has done; false once the call is over.
pub fn listen(call: &Call, since: Instant) -> bool {
    call.end_of_sound(since, GAP, TUTOR_MAX);
    !call.is_over()
}

/// Does it, and waits for the reply.
pub fn act(call: &Call, words: &Words, act: Act) -> Reply {
    let done = match act {
        Act::Keys(keys) => press(call, keys),
        spoken => call.say(words.of(spoken)).map(|(_, ended)| ended),
    };
    let done = done.unwrap_or_else(Instant::now);
    let first = call.first_sound(done, REPLY_MAX);
    Reply {
        done,
        after: first.map(|first| first - done),
    }
}

fn press(call: &Call, keys: &str) -> Option<Instant> {
    let mut last = None;
    for key in keys.chars() {
        last = call.press(key);
        // One key may have been all: the tutor speaks already.
        if call.first_sound(last?, CHOICE_MAX / 3).is_some() {
            return last;
        }
    }
    if call.first_sound(last?, CHOICE_MAX).is_none() {
        last = call.press('#');
    }
    last
}

/// Interrupts the tutor, who is speaking, with a number; gives how long the tutor went on, if it
/// fell silent.
pub fn interrupt(call: &Call, words: &Words, nth: usize) -> Option<Duration> {
    // Long enough for a box that must first know how loud its own echo is.
    let speech: Vec<Frame> = words.of(Act::Number(nth)).to_vec();
    let told = call.begin_to_say(&speech);
    let (began, ended) = told.recv_timeout(Duration::from_secs(5)).ok()?;
    let stopped = call.last_sound()?;
    // It must still be silent when the learner has done, and have spoken when the learner began.
    let silent = ended.saturating_duration_since(stopped) > Duration::from_millis(150);
    (silent && stopped > began).then(|| stopped - began)
}
