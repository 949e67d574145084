//! Many learners at once: how late replies become, whether audio keeps its pace, and what it costs.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tests::MeasuredBox;
use tests::telephone::{Call, Chance, Dial, Echo, Faults};

use tests::figures::{Reach, Times, per_cent};
use tests::learner::{Act, FIRST_CALL, Words, act, listen};

/// How long learners think before they answer.
const THINKING: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(4));
/// Calls come one after another.
const BETWEEN_CALLS: Duration = Duration::from_millis(700);
/// A pause between two packets that is heard.
const GAP: Duration = Duration::from_millis(60);

/// The box's own figures, by name.
type Figures = BTreeMap<String, f64>;

/// What one learner, or all together, met with.
#[derive(Default)]
struct Met {
    spoken: Times,
    keyed: Times,
    unanswered: usize,
    packets: usize,
    gaps: usize,
    calls: usize,
    refused: usize,
}

/// Learners at once, half of whose acts are spoken, for `length` after all have called.
///
/// # Errors
/// When the box cannot be called.
pub fn measure(
    daemon: &MeasuredBox,
    words: &Words,
    learners: usize,
    length: Duration,
) -> io::Result<()> {
    let stop = AtomicBool::new(false);
    let before = daemon.figures();
    let idle = daemon.burden();
    let (met, burden) = std::thread::scope(|scope| {
        let stop = &stop;
        let threads: Vec<_> = (0..learners)
            .map(|nth| scope.spawn(move || taught(daemon, words, nth, stop)))
            .collect();
        std::thread::sleep(BETWEEN_CALLS * learners as u32);
        let (begun, began) = (daemon.burden(), Instant::now());
        std::thread::sleep(length);
        let ended = daemon.burden();
        let worked = ended.zip(begun).map(|(ended, begun)| {
            (
                ended.0,
                (ended.1 - begun.1).as_secs_f64() / began.elapsed().as_secs_f64(),
            )
        });
        stop.store(true, Ordering::Relaxed);
        let met = threads.into_iter().map(|thread| {
            let met = thread.join();
            met.unwrap_or_else(|_| Err(io::Error::other("a learner broke down")))
        });
        (met.collect::<io::Result<Vec<Met>>>(), worked)
    });
    let all = Met::together(met?);
    all.print(learners, &before, &daemon.figures());
    if let Some((memory, cores)) = burden {
        let before = idle.map_or(0, |(memory, _)| memory);
        println!(
            "| {learners} lessons: {:.2} processors busy; memory {} MB, {} MB before the calls |",
            cores,
            memory / 1_000_000,
            before / 1_000_000
        );
    }
    Ok(())
}

fn taught(daemon: &MeasuredBox, words: &Words, nth: usize, stop: &AtomicBool) -> io::Result<Met> {
    let mut met = Met::default();
    let mut chance = Chance::new(1_000 + nth as u64);
    let number = format!("+25078820{nth:04}");
    std::thread::sleep(BETWEEN_CALLS * nth as u32);
    while !stop.load(Ordering::Relaxed) {
        let dial = Dial {
            to: daemon.sip,
            from: &number,
            faults: Faults::default(),
            echo: None,
            seed: chance.number(),
        };
        match dial.call() {
            Ok(call) => met.talk(&call, words, &mut chance, stop),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                met.refused += 1;
                std::thread::sleep(Duration::from_secs(2));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(met)
}

impl Met {
    fn talk(&mut self, call: &Call, words: &Words, chance: &mut Chance, stop: &AtomicBool) {
        let mut acts = FIRST_CALL.into_iter();
        // Who has been taught before is greeted, and asked how they are.
        let known = self.calls > 0;
        self.calls += 1;
        let mut since = call.answered;
        while !stop.load(Ordering::Relaxed) && listen(call, since) {
            std::thread::sleep(chance.between(THINKING.0, THINKING.1));
            let first = acts.next().filter(|_| !known);
            let next = first.unwrap_or_else(|| Act::by_chance(chance, 5, 8));
            let reply = act(call, words, next);
            since = reply.done;
            match reply.after {
                Some(after) if next.is_spoken() => self.spoken.push(after),
                Some(after) => self.keyed.push(after),
                None if call.is_over() => break,
                None => self.unanswered += 1,
            }
        }
        let (packets, gaps) = call.packets(GAP);
        self.packets += packets;
        self.gaps += gaps;
    }

    /// `before` and `after` are the box's own figures.
    fn print(&self, learners: usize, before: &Figures, after: &Figures) {
        let reach = Reach {
            median: None,
            p95: Some(3_000),
        };
        let at_once = |what| format!("{learners} lessons at once: reply to {what}");
        self.spoken.print(&at_once("words"), reach);
        self.keyed.print(&at_once("keys"), reach);
        let more = |name: &str| {
            let value = |figures: &Figures| figures.get(name).copied().unwrap_or(0.0);
            value(after) - value(before)
        };
        let event = |what: &str| more(&format!("conversation_events_total{{what=\"{what}\"}}"));
        println!(
            "| {learners} lessons: {} calls, {} refused; {} acts without a reply; {} of {} packets \
             after a gap over 60 ms; the box: {} frames late, {} unheard, {} replies announced as \
             late, {} of {} utterances dismissed |",
            self.calls,
            self.refused,
            self.unanswered,
            self.gaps,
            self.packets,
            event("underrun"),
            more("telephony_frames_unheard_total"),
            event("one_moment"),
            event("dismissed"),
            event("utterance"),
        );
    }

    fn together(all: Vec<Met>) -> Met {
        all.into_iter().fold(Met::default(), |mut sum, met| {
            sum.spoken.add(&met.spoken);
            sum.keyed.add(&met.keyed);
            sum.unanswered += met.unanswered;
            sum.packets += met.packets;
            sum.gaps += met.gaps;
            sum.calls += met.calls;
            sum.refused += met.refused;
            sum
        })
    }
}

/// Learners who only press keys, on lines that echo: whatever the box hears is itself.
///
/// # Errors
/// When the box cannot be called.
pub fn echo(
    daemon: &MeasuredBox,
    words: &Words,
    learners: usize,
    prompts_min: usize,
) -> io::Result<()> {
    let before = daemon.figures();
    let each = prompts_min.div_ceil(learners);
    let prompts = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..learners)
            .map(|nth| scope.spawn(move || echoed(daemon, words, nth, each)))
            .collect();
        let prompts = threads.into_iter().map(|thread| {
            let prompts = thread.join();
            prompts.unwrap_or_else(|_| Err(io::Error::other("a learner broke down")))
        });
        prompts.sum::<io::Result<usize>>()
    })?;
    let after = daemon.figures();
    let more = |what: &str| {
        let name = format!("conversation_events_total{{what=\"{what}\"}}");
        let value = |figures: &Figures| figures.get(&name).copied().unwrap_or(0.0);
        (value(&after) - value(&before)) as usize
    };
    let interrupted = more("barge_in");
    println!(
        "| own echo at -20 dB: {interrupted} of {prompts} prompts interrupted ({:.0} %), {} times taken for speech | {} |",
        per_cent(interrupted, prompts),
        more("utterance"),
        if interrupted == 0 && prompts >= prompts_min {
            "0 of 100: reached"
        } else {
            "0 of 100: MISSED"
        }
    );
    Ok(())
}

fn echoed(daemon: &MeasuredBox, words: &Words, nth: usize, prompts: usize) -> io::Result<usize> {
    let number = format!("+25078830{nth:04}");
    // From the echo of a handset to that of a call abroad.
    let echo = Echo {
        decibels: -20.0,
        frames_late: 2 + 3 * nth,
    };
    let keys = [
        Act::Keys("1"),
        Act::Keys("1"),
        Act::Keys("1"),
        Act::Keys("20"),
        Act::Keys("1"),
    ];
    let (mut heard, mut calls) = (0, 0);
    while heard < prompts && calls < 5 {
        calls += 1;
        let dial = Dial {
            to: daemon.sip,
            from: &number,
            faults: Faults::default(),
            echo: Some(echo),
            seed: 500 + (nth * 10 + calls) as u64,
        };
        let call = dial.call()?;
        let mut since = call.answered;
        let mut acts = keys.into_iter().filter(|_| calls == 1);
        while heard < prompts && listen(&call, since) {
            heard += 1;
            let next = acts
                .next()
                .unwrap_or(Act::Keys(["1", "2", "12"][heard % 3]));
            since = act(&call, words, next).done;
        }
    }
    Ok(heard)
}
