//! One learner on one line: how long after the learner the tutor begins, told apart by what the box
//! says the answer was and whether it had to render what it says.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::MeasuredBox;
use crate::figures::{Reach, Times};
use crate::learner::{Act, FIRST_CALL, Words, act, interrupt, listen};
use crate::telephone::{Call, Chance, Dial, Faults};

/// An interruption begins when the tutor has spoken so long: the box must know its own echo.
const SPOKEN_MIN: Duration = Duration::from_millis(1_700);
/// After so long a pause the tutor has done.
const SENTENCE_PAUSE_MAX: Duration = Duration::from_millis(600);
/// Silence after "one moment".
const ANNOUNCED_GAP: Duration = Duration::from_millis(100);
/// A prompt that has not come by then will not come.
const PROMPT_MAX: Duration = Duration::from_secs(8);

/// Everything that was measured.
#[derive(Default)]
pub struct Solo {
    /// By what the box says the answer was, and whether it had to render what it says first.
    replies: BTreeMap<(&'static str, bool), Times>,
    stops: Times,
    not_stopped: u32,
    unanswered: u32,
    announced: u32,
}

/// Calls, again and again, for `length`.
///
/// # Errors
/// When the box cannot be called.
pub fn measure(
    daemon: &MeasuredBox,
    words: &Words,
    length: Duration,
    keep: Option<&Path>,
) -> io::Result<Solo> {
    let (mut solo, mut chance) = (Solo::default(), Chance::new(7));
    let end = Instant::now() + length;
    let mut acts: Vec<Act> = FIRST_CALL.into_iter().rev().collect();
    let mut calls = 0;
    while Instant::now() < end {
        let dial = Dial {
            to: daemon.sip,
            from: "+250788100001",
            faults: Faults::default(),
            echo: None,
            seed: 100 + calls,
        };
        let call = dial.call()?;
        solo.talk(daemon, &call, words, end, &mut acts, &mut chance);
        if let Some(folder) = keep {
            call.keep(&folder.join(format!("solo-{calls}.wav")))?;
        }
        calls += 1;
    }
    Ok(solo)
}

impl Solo {
    fn talk(
        &mut self,
        daemon: &MeasuredBox,
        call: &Call,
        words: &Words,
        end: Instant,
        acts: &mut Vec<Act>,
        chance: &mut Chance,
    ) {
        let mut since = call.answered;
        let mut turn = 0;
        while Instant::now() < end {
            turn += 1;
            let first_call = !acts.is_empty();
            if turn % 2 == 0 && !first_call {
                since = self.interrupted(call, words, since, turn);
            }
            if !listen(call, since) {
                return;
            }
            let next = acts.pop().unwrap_or_else(|| Act::by_chance(chance, 7, 7));
            let before = Counted::of(daemon);
            let reply = act(call, words, next);
            since = reply.done;
            let now = Counted::of(daemon);
            let Some(mut after) = reply.after else {
                self.unanswered += 1;
                println!("  {next:?}: no reply");
                continue;
            };
            let mut what = now.since(&before);
            if what.announced && what.kind.is_none() {
                // That was "one moment". The reply is what comes after it.
                call.end_of_sound(since, ANNOUNCED_GAP, PROMPT_MAX);
                since = call.last_sound().unwrap_or(since);
                let real = call.first_sound(since, PROMPT_MAX);
                after = real.map_or(PROMPT_MAX, |real| real - reply.done);
                let announced = what.announced;
                what = Counted::of(daemon).since(&before);
                what.announced = announced;
            }
            self.announced += u32::from(what.announced);
            println!(
                "  {next:?}: {} ms, {}{}{}",
                after.as_millis(),
                what.kind.unwrap_or("no answer to the box"),
                if what.rendered { ", new words" } else { "" },
                if what.announced {
                    ", announced as late"
                } else {
                    ""
                },
            );
            if let Some(kind) = what.kind {
                let times = self.replies.entry((kind, what.rendered)).or_default();
                times.push(after);
            }
        }
    }

    /// Interrupts the tutor, if it speaks long enough.
    fn interrupted(&mut self, call: &Call, words: &Words, since: Instant, turn: usize) -> Instant {
        let Some(first) = call.first_sound(since, PROMPT_MAX) else {
            return since;
        };
        std::thread::sleep((first + SPOKEN_MIN).saturating_duration_since(Instant::now()));
        let silence = || call.last_sound().map_or(PROMPT_MAX, |at| at.elapsed());
        // Not in a pause: then it would be silent of itself.
        while silence() > Duration::from_millis(45) {
            if silence() > SENTENCE_PAUSE_MAX || call.is_over() {
                return since;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        match interrupt(call, words, turn) {
            Some(stop) => {
                println!("  interrupted: silent after {} ms", stop.as_millis());
                self.stops.push(stop);
            }
            None => {
                println!("  interrupted: it went on");
                self.not_stopped += 1;
            }
        }
        Instant::now()
    }

    /// Replies to answers of one kind: `complete`, `open` or `key`.
    pub fn replies(&self, kind: &'static str) -> usize {
        let both = [false, true].into_iter();
        both.filter_map(|rendered| self.replies.get(&(kind, rendered)))
            .map(Times::count)
            .sum()
    }

    /// Prints the table.
    pub fn print(&self) {
        let times = |kind, rendered| {
            self.replies
                .get(&(kind, rendered))
                .cloned()
                .unwrap_or_default()
        };
        let reach = |median, p95| Reach {
            median: Some(median),
            p95: Some(p95),
        };
        times("complete", false).print("reply to a whole answer, known words", reach(800, 1_500));
        times("complete", true).print(
            "reply to a whole answer, words never spoken before",
            Reach::default(),
        );
        times("open", false).print("reply to an open answer, known words", reach(1_700, 2_200));
        times("open", true).print(
            "reply to an open answer, words never spoken before",
            Reach::default(),
        );
        let keys = Reach {
            median: None,
            p95: Some(300),
        };
        times("key", false).print("reply to a key, known words", keys);
        times("key", true).print(
            "reply to a key, words never spoken before",
            Reach::default(),
        );
        let stop = Reach {
            median: None,
            p95: Some(250),
        };
        self.stops.print("interruption to silence", stop);
        println!(
            "| interruptions that did not stop the tutor: {}; acts without a reply: {}; replies announced as late: {} |",
            self.not_stopped, self.unanswered, self.announced
        );
    }
}

/// What the box has counted.
struct Counted(BTreeMap<String, f64>);

/// What it counted of one reply.
struct What {
    kind: Option<&'static str>,
    rendered: bool,
    announced: bool,
}

impl Counted {
    fn of(daemon: &MeasuredBox) -> Self {
        Self(daemon.figures())
    }

    fn since(&self, before: &Counted) -> What {
        let more = |name: &str| {
            let value = |of: &Counted| of.0.get(name).copied().unwrap_or(0.0);
            value(self) > value(before)
        };
        let kind = ["complete", "open", "key"].into_iter().find(|kind| {
            more(&format!(
                "conversation_reply_seconds_count{{to=\"{kind}\"}}"
            ))
        });
        What {
            kind,
            rendered: more("conversation_turn_stage_seconds_count{stage=\"rendering\"}"),
            announced: more("conversation_events_total{what=\"one_moment\"}"),
        }
    }
}
