//! A box with nothing behind its telephone: it answers, plays tones, and notes what it hears.

use std::path::PathBuf;
use std::time::Duration;

use edge::telephony::config::SipConfig;
use edge::telephony::{Counts, FromLearner, Line, Lines, ToLearner, Trunk, sip};

use crate::tones;

pub struct Site {
    pub trunk: Trunk,
    pub lines: Lines,
    pub counts: Counts,
}

/// One call as the box had it.
#[derive(Debug, Default)]
pub struct Heard {
    pub keys: String,
    pub audio: Vec<i16>,
}

impl Heard {
    pub fn tones(&self) -> Vec<u32> {
        tones::heard(&self.audio, &tones::LEARNER)
    }
}

/// Opens a trunk on a free port; `extra` is added to its configuration.
pub async fn open(lines: usize, extra: &str) -> Site {
    let text = format!("bind = \"127.0.0.1:0\"\n{extra}");
    let mut config: SipConfig = toml::from_str(&text).unwrap();
    if config.gateways.is_empty() && config.registration.is_none() {
        let gateway = "[[gateways]]\naddress = \"127.0.0.0/8\"";
        config = toml::from_str(&format!("{text}\n{gateway}")).unwrap();
    }
    let (lines, counts) = (Lines::new(lines), Counts::default());
    let trunk = sip::open(&config, lines.clone(), counts.clone())
        .await
        .unwrap();
    Site {
        trunk,
        lines,
        counts,
    }
}

/// Answers the next call.
pub async fn answer(site: &mut Site) -> Line {
    let ring = soon(site.trunk.rings.recv()).await.unwrap();
    soon(ring.answer()).await.unwrap()
}

/// Plays the box's tones for ever, until the line ends.
pub fn play_tones(line: &Line) {
    let to_learner = line.to_learner.clone();
    tokio::spawn(async move {
        for frame in tones::frames(&tones::BOX).into_iter().cycle() {
            if to_learner.send(ToLearner::Audio(frame)).await.is_err() {
                return;
            }
        }
    });
}

/// Listens until something happens for which `until` is true.
pub async fn listen(
    line: &mut Line,
    heard: &mut Heard,
    mut until: impl FnMut(&Heard, &FromLearner) -> bool,
) {
    let listening = async {
        loop {
            let event = line
                .from_learner
                .recv()
                .await
                .unwrap_or(FromLearner::HungUp);
            match &event {
                FromLearner::Audio(frame) => heard.audio.extend_from_slice(&frame.0),
                FromLearner::Key(key) => heard.keys.push(*key),
                _ => {}
            }
            if until(heard, &event) {
                return;
            }
            assert_ne!(
                event,
                FromLearner::HungUp,
                "hung up too soon: {:?}",
                heard.keys
            );
        }
    };
    soon(listening).await;
}

/// What must happen within a minute.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), what)
        .await
        .expect("nothing happened for a minute")
}

/// Resolves when every line is free: a moment after the last answer of a call was sent.
pub async fn freed(site: &Site) {
    let freed = async {
        while site.lines.taken() > 0 {
            tokio::task::yield_now().await;
        }
    };
    soon(freed).await;
}

/// Whether a peer is installed; says so if not.
pub fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !found {
        eprintln!("skipped: {program} is not installed");
    }
    found
}

pub fn peers() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/peers")
}

/// An even port for a peer that must be told one, with some free above it.
///
/// Below the range that systems give out by themselves, so that no socket of another test takes it
/// before the peer does; from a place of this process's own, so that tests in others do not either.
pub fn free_port() -> u16 {
    use std::sync::atomic::{AtomicU16, Ordering};
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    const EACH: u16 = 24;
    let begin = 10_000 + (std::process::id() % 150) as u16 * 128;
    loop {
        let port = begin + TAKEN.fetch_add(1, Ordering::Relaxed) % 100 * EACH;
        let free = std::net::UdpSocket::bind(("127.0.0.1", port)).is_ok()
            && std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
        if free {
            return port;
        }
    }
}
