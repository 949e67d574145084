//! A lesson over a bad line, from the first call to its end.

use std::io;
use std::time::{Duration, Instant};

use tests::MeasuredBox;
use tests::telephone::{Chance, Dial, Faults};

use tests::figures::{Reach, Times};
use tests::learner::{Act, FIRST_CALL, Words, act, listen};

/// Answers that make a lesson.
const ACTS: usize = 24;
/// A lesson that takes longer does not go on.
const LENGTH_MAX: Duration = Duration::from_secs(280);

/// First contact and [`ACTS`] answers.
///
/// # Errors
/// When the box cannot be called.
pub fn measure(daemon: &MeasuredBox, words: &Words, faults: Faults) -> io::Result<()> {
    let dial = Dial {
        to: daemon.sip,
        from: "+250788500001",
        faults,
        echo: None,
        seed: 9,
    };
    let began = Instant::now();
    let call = dial.call()?;
    let (mut chance, mut times) = (Chance::new(3), Times::default());
    let mut since = call.answered;
    let mut acts = FIRST_CALL.into_iter();
    let (mut done, mut unanswered) = (0, 0);
    while done < ACTS && began.elapsed() < LENGTH_MAX && listen(&call, since) {
        let next = acts
            .next()
            .unwrap_or_else(|| Act::by_chance(&mut chance, 6, 9));
        let reply = act(&call, words, next);
        since = reply.done;
        done += 1;
        match reply.after {
            Some(after) => times.push(after),
            None => unanswered += 1,
        }
    }
    let figures = daemon.figures();
    let count = |name: &str| figures.get(name).copied().unwrap_or(0.0);
    times.print("replies over a bad line", Reach::default());
    println!(
        "| a lesson over a bad line: {done} of {ACTS} answers given, {unanswered} without a reply; \
         {} enrolled turns kept, {} frames made up, {} packets late, {} failures |",
        count("conversation_turn_stage_seconds_count{stage=\"judging\"}"),
        count("telephony_frames_concealed_total"),
        count("telephony_packets_late_total"),
        count("conversation_events_total{what=\"failure\"}"),
    );
    Ok(())
}
