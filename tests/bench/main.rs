//! `cargo bench -p tests --bench calls [-- FIGURE…]`: what a learner meets with in a call, measured at
//! the far end's RTP by a telephone that shares no code with the box.
//!
//! Figures: `solo` (replies to words and keys, interruptions), `echo`, `lessons=4,8,16,24`, `short`
//! (short answers), `lossy` (a bad line), `few` (a handful of turns, to see that all this works).
//! Without a name: all but `few`. `--minutes N` is how long `solo` talks; `--keep FOLDER` keeps what
//! was heard and said.

mod crowd;
mod hearing;
mod lossy;

use std::path::PathBuf;
use std::time::Duration;

use edge::dialogue::Expected;
use tests::telephone::Faults;
use tests::{MeasuredBox, figures, learner, solo};

/// How long a number of lessons at once is watched.
const WATCHED: Duration = Duration::from_secs(75);
/// Short recordings that are said.
const DIGITS: usize = 150;
/// A line that loses one packet in twenty and delays the others by up to 60 ms, each by its own time.
const BAD: Faults = Faults {
    loss: 0.05,
    jitter: Duration::from_millis(60),
};

struct Wanted {
    figures: Vec<String>,
    minutes: f32,
    keep: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let wanted = Wanted::read(std::env::args().skip(1))?;
    let words = learner::Words::new()?;
    for figure in &wanted.figures {
        println!("== {figure}");
        let (name, of) = figure.split_once('=').unwrap_or((figure, ""));
        match name {
            "solo" | "few" => {
                let length = match name {
                    "few" => Duration::from_secs(40),
                    _ => Duration::from_secs_f32(60.0 * wanted.minutes),
                };
                let (folder, daemon) = installed(0)?;
                let solo = solo::measure(&daemon, &words, length, wanted.keep.as_deref())?;
                solo.print();
                daemon.close();
                drop(folder);
            }
            "echo" => {
                let (_folder, daemon) = installed(8)?;
                crowd::echo(&daemon, &words, 8, 100)?;
            }
            "lessons" => {
                let (_folder, daemon) = installed(48)?;
                for learners in of.split(',') {
                    crowd::measure(&daemon, &words, learners.parse()?, WATCHED)?;
                }
            }
            "short" => short()?,
            "lossy" => {
                let (_folder, daemon) = installed(0)?;
                lossy::measure(&daemon, &words, BAD)?;
                lossy_digits()?;
            }
            other => anyhow::bail!("unknown figure `{other}`; see the head of tests/bench/main.rs"),
        }
    }
    Ok(())
}

impl Wanted {
    fn read(arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut wanted = Self {
            figures: Vec::new(),
            minutes: 4.0,
            keep: None,
        };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let mut value = || {
                let none = || anyhow::anyhow!("{argument} needs a value");
                arguments.next().ok_or_else(none)
            };
            match argument.as_str() {
                // What cargo itself gives to every bench.
                "--bench" => {}
                "--help" => {
                    let head = include_str!("main.rs").lines();
                    let head = head.map_while(|line| line.strip_prefix("//!"));
                    head.for_each(|line| println!("{}", line.trim_start()));
                    std::process::exit(0);
                }
                "--minutes" => wanted.minutes = value()?.parse()?,
                "--keep" => wanted.keep = Some(value()?.into()),
                _ => wanted.figures.push(argument),
            }
        }
        if wanted.figures.is_empty() {
            let all = ["solo", "echo", "lessons=4,8,16,24", "short", "lossy"];
            wanted.figures = all.map(str::to_owned).to_vec();
        }
        Ok(wanted)
    }
}

/// A box of its own in an empty folder: no clip is kept yet but what it renders when it starts.
fn installed(lines: u16) -> anyhow::Result<(tempfile::TempDir, MeasuredBox)> {
    let folder = tempfile::tempdir()?;
    let daemon = MeasuredBox::start(folder.path(), lines);
    println!("  the box takes {} calls", daemon.lines);
    Ok((folder, daemon))
}

fn short() -> anyhow::Result<()> {
    let one_digit = Expected::Number { digits: Some(1) };
    let line = Faults::default();
    match hearing::digits(DIGITS)? {
        Some(digits) => drop(hearing::measure(
            "recorded digits under 500 ms",
            &digits,
            &one_digit,
            line,
        )?),
        None => println!("  no recordings: set ISHURI_DATA"),
    }
    hearing::measure(
        "\"yes\" in ten voices",
        &hearing::word("yes", "yes")?,
        &Expected::YesNo,
        line,
    )?;
    let choice = Expected::Choice {
        options: 4,
        words: Vec::new(),
    };
    hearing::measure(
        "\"B\" in ten voices",
        &hearing::word("B", "b")?,
        &choice,
        line,
    )?;
    Ok(())
}

fn lossy_digits() -> anyhow::Result<()> {
    let one_digit = Expected::Number { digits: Some(1) };
    let Some(digits) = hearing::digits(DIGITS)? else {
        println!("  no recordings: set ISHURI_DATA");
        return Ok(());
    };
    let bad = hearing::measure("recorded digits, bad line", &digits, &one_digit, BAD)?;
    let good = hearing::measure(
        "recorded digits, good line",
        &digits,
        &one_digit,
        Faults::default(),
    )?;
    let points = figures::per_cent(good, digits.len()) - figures::per_cent(bad, digits.len());
    println!(
        "| digits lost to the bad line: {points:.1} points of {DIGITS} | 5: {} |",
        if points <= 5.0 { "reached" } else { "MISSED" }
    );
    Ok(())
}
