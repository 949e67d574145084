//! Showing a fetch: a bar on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use models::install::Event;

/// Where there is no terminal, a running download gets one line this often.
const LINE_EVERY: Duration = Duration::from_secs(10);

pub(crate) struct Progress {
    terminal: bool,
    running: Option<Running>,
}

struct Running {
    what: String,
    bar: ProgressBar,
    began: Instant,
    told: Instant,
    /// Bytes that an earlier run had brought; they do not count for the rate.
    at_first: u64,
    done: u64,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            terminal: io::stderr().is_terminal(),
            running: None,
        }
    }

    pub(crate) fn show(&mut self, event: Event) {
        match event {
            Event::Download { what, done, total } => self.download(what, done, total),
            Event::Downloaded { what } => {
                self.clear_to(|running| {
                    let seconds = running.began.elapsed().as_secs_f64().max(0.001);
                    let come = running.done.saturating_sub(running.at_first);
                    format!(
                        "downloaded {what}: {} in {seconds:.0} s, {}/s",
                        megabytes(running.done),
                        megabytes((come as f64 / seconds) as u64)
                    )
                });
            }
            Event::Step { verb, what } => self.line(&format!("{verb} {what}")),
            Event::Waiting {
                process: Some(process),
            } => {
                self.line(&format!("waiting: process {process} is installing models"));
            }
            Event::Waiting { process: None } => {
                self.line("waiting: another process is installing models");
            }
            Event::Current { id } => self.line(&format!("{id}: installed")),
            Event::Installed { id } => self.line(&format!("{id}: now installed")),
            Event::Pinned { path, sha256 } => self.line(&format!(
                "{}: no hash was known for it; {sha256} is expected from now on",
                path.display()
            )),
        }
    }

    /// Takes the bar off the screen.
    pub(crate) fn clear(&mut self) {
        if let Some(running) = self.running.take() {
            running.bar.finish_and_clear();
        }
    }

    fn clear_to(&mut self, text: impl FnOnce(&Running) -> String) {
        if let Some(running) = self.running.take() {
            running.bar.finish_and_clear();
            eprintln!("{}", text(&running));
        }
    }

    fn line(&mut self, text: &str) {
        self.clear();
        eprintln!("{text}");
    }

    fn download(&mut self, what: String, done: u64, total: Option<u64>) {
        if self
            .running
            .as_ref()
            .is_none_or(|running| running.what != what)
        {
            self.clear();
            self.running = Some(self.begin(what, done, total));
        }
        let Some(running) = &mut self.running else {
            return;
        };
        running.done = done;
        running.bar.set_position(done);
        if !self.terminal && running.told.elapsed() >= LINE_EVERY {
            running.told = Instant::now();
            let seconds = running.began.elapsed().as_secs_f64();
            let rate = (done.saturating_sub(running.at_first)) as f64 / seconds;
            let of = total.map_or_else(String::new, |total| format!(" of {}", megabytes(total)));
            let what = &running.what;
            eprintln!(
                "downloading {what}: {}{of}, {}/s",
                megabytes(done),
                megabytes(rate as u64)
            );
        }
    }

    fn begin(&self, what: String, done: u64, total: Option<u64>) -> Running {
        let bar = if self.terminal {
            bar(&what, total)
        } else {
            ProgressBar::hidden()
        };
        if !self.terminal {
            eprintln!("downloading {what}");
        }
        let now = Instant::now();
        Running {
            what,
            bar,
            began: now,
            told: now,
            at_first: done,
            done,
        }
    }
}

fn bar(what: &str, total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        ),
        None => (
            ProgressBar::new_spinner(),
            "{msg} {spinner} {bytes} {bytes_per_sec}",
        ),
    };
    let style = ProgressStyle::with_template(template);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_message(what.to_owned())
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
