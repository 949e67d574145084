//! One call, from the learner's side.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::dialog::{Answered, Dialog};
use super::faults::{Chance, Faults};
use super::sound::{Frame, write_wav};
use super::stream::{Job, Line, Mouth, What, listen, lock};

/// Longest that anything said takes to be sent.
const SENT_MAX: Duration = Duration::from_secs(30);

/// Whom to call, and over what line.
#[derive(Clone, Debug)]
pub struct Dial<'a> {
    pub to: SocketAddr,
    /// The learner's number.
    pub from: &'a str,
    pub faults: Faults,
    pub echo: Option<Echo>,
    pub seed: u64,
}

/// What the tutor says comes back from the learner's side.
#[derive(Clone, Copy, Debug)]
pub struct Echo {
    /// 0 is as loud as it came.
    pub decibels: f32,
    /// 20 ms each.
    pub frames_late: usize,
}

/// A call that was answered. Hung up when dropped.
#[derive(Debug)]
pub struct Call {
    line: Arc<Line>,
    jobs: Sender<Job>,
    threads: Vec<JoinHandle<()>>,
    /// When the box answered.
    pub answered: Instant,
}

impl Dial<'_> {
    /// Calls.
    ///
    /// # Errors
    /// When nobody answers, or the box is busy: then `ConnectionRefused`.
    pub fn call(&self) -> io::Result<Call> {
        let mut chance = Chance::new(self.seed);
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(Duration::from_millis(200)))?;
        let port = socket.local_addr()?.port();
        let (dialog, answered) = Dialog::open(self.to, self.from, port, &mut chance)?;
        let target = match answered {
            Answered::Taken(target) => target,
            Answered::Refused(status) => {
                let why = format!("the box answers {status}");
                return Err(io::Error::new(io::ErrorKind::ConnectionRefused, why));
            }
        };
        let answered = Instant::now();
        let line = Arc::new(Line::default());
        let (jobs, waiting) = channel();
        let echo = self
            .echo
            .map(|echo| (10_f32.powf(echo.decibels / 20.0), echo.frames_late));
        let mouth = Mouth {
            line: Arc::clone(&line),
            socket: socket.try_clone()?,
            target,
            faults: self.faults,
            chance: Chance::new(chance.number()),
            echo,
            jobs: waiting,
        };
        let (faults, heard) = (self.faults, Arc::clone(&line));
        let ear = move || listen(&heard, &socket, faults, chance, echo.is_some());
        let signals = Arc::clone(&line);
        let threads = vec![
            std::thread::spawn(move || mouth.run()),
            std::thread::spawn(ear),
            std::thread::spawn(move || mind(&signals, &dialog)),
        ];
        Ok(Call {
            line,
            jobs,
            threads,
            answered,
        })
    }
}

impl Call {
    /// Says it; returns when it is said, with the times of its first and its last packet.
    pub fn say(&self, frames: &[Frame]) -> Option<(Instant, Instant)> {
        self.send(What::Speech(frames.to_vec()))
    }

    /// Presses a key; gives when its first packet was sent.
    pub fn press(&self, key: char) -> Option<Instant> {
        self.send(What::Key(key)).map(|(began, _)| began)
    }

    /// Begins to say it; the times come later.
    pub fn begin_to_say(&self, frames: &[Frame]) -> std::sync::mpsc::Receiver<(Instant, Instant)> {
        let (sent, told) = channel();
        let what = What::Speech(frames.to_vec());
        // A call that is over never tells.
        let _over = self.jobs.send(Job { what, sent });
        told
    }

    /// The tutor's first sound after a time, if it comes within so long of it.
    pub fn first_sound(&self, since: Instant, within: Duration) -> Option<Instant> {
        self.line.ear.first_sound(since, within)
    }

    /// Waits, so long at most, until the tutor has spoken after `since` and been silent for `gap`;
    /// gives the time of the last sound.
    pub fn end_of_sound(&self, since: Instant, gap: Duration, within: Duration) -> Option<Instant> {
        self.line.ear.end_of_sound(since, gap, within)
    }

    pub fn last_sound(&self) -> Option<Instant> {
        self.line.ear.last_loud()
    }

    /// Packets that came, and pauses between two of them longer than `most`.
    pub fn packets(&self, most: Duration) -> (usize, usize) {
        (self.line.ear.packets(), self.line.ear.gaps(most))
    }

    /// The box has hung up.
    pub fn is_over(&self) -> bool {
        self.line.ear.is_over()
    }

    /// Both sides as they were heard here: the tutor left, the learner right.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, path: &Path) -> io::Result<()> {
        write_wav(path, &self.line.ear.sound(), &lock(&self.line.said))
    }

    fn send(&self, what: What) -> Option<(Instant, Instant)> {
        let (sent, told) = channel();
        self.jobs.send(Job { what, sent }).ok()?;
        told.recv_timeout(SENT_MAX).ok()
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.line.closed.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A thread that broke down has said so.
            let _broken = thread.join();
        }
    }
}

fn mind(line: &Line, dialog: &Dialog) {
    while !line.closed.load(Ordering::Relaxed) {
        // An error is an ICMP message: the box is gone, as if it had hung up.
        if dialog.mind().unwrap_or(true) {
            line.ear.note_over();
            line.closed.store(true, Ordering::Relaxed);
            return;
        }
    }
    if dialog.hang_up().is_ok() {
        // The box's answer; whatever it is, the call is over.
        let _answer = dialog.mind();
    }
}
