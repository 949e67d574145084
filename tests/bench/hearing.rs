//! Short answers in a live call, beside what the recogniser makes of the same recordings: over a
//! good line and over a bad one.
//!
//! The box's own telephony, endpointer and recogniser take the call; only the dialogue is left out,
//! so that what was heard can be compared word by word.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use curriculum::Language;
use edge::dialogue::{Expected, Heard};
use edge::hearing::{Ears, Endpointer, Hearing, HearingEvent, Listener, Utterance, expectation};
use edge::telephony::config::SipConfig;
use edge::telephony::{Counts, FromLearner, Line, Lines, sip};
use models::audio::{SampleRate, Samples};
use models::install::installed_file;
use models::pool::{CallKey, Limits};
use models::transcribe::{SpokenAnswer, Stop, Transcriber as _};
use models::whisper::{Engine, Settings, WhisperTranscriber};
use tests::telephone::{Chance, Dial, Faults, Frame, espeak, recording, trimmed};
use tokio::sync::mpsc;

use tests::figures::per_cent;

/// Recordings no longer than this are short.
const SHORT_FRAMES: usize = 25;
/// Calls at once: as many as there are recognisers.
const CALLS: usize = 2;
/// Silence after an answer: the pause that ends it, its recognition, and a breath.
const PAUSE: (Duration, Duration) = (Duration::from_millis(1_300), Duration::from_millis(1_700));

/// A short answer, and what is right.
#[derive(Clone)]
pub struct Clip {
    frames: Vec<Frame>,
    right: String,
}

/// What was heard, and when its voice began.
type Log = Arc<Mutex<Vec<(Instant, String)>>>;

/// Recorded digits under half a second, evenly from the whole set; `None` where it is absent.
///
/// # Errors
/// When a recording cannot be read.
pub fn digits(count: usize) -> io::Result<Option<Vec<Clip>>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let data = std::env::var_os("ISHURI_DATA").map_or_else(beside, PathBuf::from);
    let Ok(folder) = std::fs::read_dir(data.join("speech/spoken-digits-8k")) else {
        return Ok(None);
    };
    let mut paths: Vec<PathBuf> = folder.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut clips = Vec::new();
    for path in paths {
        let frames = trimmed(&recording(&path)?);
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        if let Some(digit) = name.filter(|_| frames.len() <= SHORT_FRAMES) {
            clips.push(Clip {
                frames,
                right: digit[..1].to_owned(),
            });
        }
    }
    let step = (clips.len() / count.max(1)).max(1);
    // A step that shares no factor with the files' order meets all speakers and all digits.
    Ok(Some(clips.into_iter().step_by(step).take(count).collect()))
}

/// One word in ten voices.
///
/// # Errors
/// When there is no `espeak-ng` or `sox`.
pub fn word(text: &str, right: &str) -> io::Result<Vec<Clip>> {
    let voices = ["en-us", "en-us+f2", "en-us+f4", "en-us+m3", "en-gb"];
    let mut clips = Vec::new();
    for voice in voices {
        for speed in [130, 160] {
            clips.push(Clip {
                frames: trimmed(&espeak(text, voice, speed)?),
                right: right.to_owned(),
            });
        }
    }
    Ok(clips)
}

/// How many of the clips are right as files, and of those how many in a call.
///
/// # Errors
/// When the box's parts cannot be had.
pub fn measure(
    what: &str,
    clips: &[Clip],
    expected: &Expected,
    faults: Faults,
) -> anyhow::Result<usize> {
    let file = installed_file("whisper-tiny.en", "ggml-f16.bin")?;
    let engine = Arc::new(Engine::load(&file)?);
    let listener = || {
        let ear =
            WhisperTranscriber::new(Arc::clone(&engine), Language::ENGLISH, Settings::default())?;
        anyhow::Ok(ear)
    };
    let mut ear = listener()?;
    let mut as_files = Vec::new();
    for clip in clips {
        let samples: Vec<i16> = clip.frames.iter().flatten().copied().collect();
        let samples = Samples::from_pcm16(SampleRate::TELEPHONE, &samples);
        let asked = expectation(expected).expect("a spoken answer is expected");
        let transcript = ear.transcribe(&samples, &asked, &Stop::never())?;
        let text = match transcript.answer.as_ref().filter(|_| transcript.accepted()) {
            Some(SpokenAnswer::Number(digits)) => digits.clone(),
            _ if transcript.accepted() => transcript.text.clone(),
            _ => String::new(),
        };
        as_files.push(plain(&text) == clip.right);
    }
    let mut listeners: Vec<Listener> = Vec::new();
    for _ in 0..CALLS {
        listeners.push([(Language::ENGLISH, Box::new(listener()?) as Box<_>)].into());
    }
    let ears = Arc::new(Ears::new(listeners, Limits::default())?);
    let as_calls = calls(clips, expected, faults, &ears)?;
    let right = as_files.iter().filter(|right| **right).count();
    let live = as_calls.iter().filter(|right| **right).count();
    let both = as_files
        .iter()
        .zip(&as_calls)
        .filter(|(file, call)| **file && **call)
        .count();
    println!(
        "| {what} | n={} | right as files {right} ({:.0} %) | right in a call {live} ({:.0} %) | \
         of those right as files {:.1} % |",
        clips.len(),
        per_cent(right, clips.len()),
        per_cent(live, clips.len()),
        per_cent(both, right),
    );
    Ok(live)
}

/// Says each clip in one of several calls at once; whether it was heard right.
fn calls(
    clips: &[Clip],
    expected: &Expected,
    faults: Faults,
    ears: &Arc<Ears>,
) -> anyhow::Result<Vec<bool>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mut right = Vec::new();
    let results = std::thread::scope(|scope| {
        let parts = clips.chunks(clips.len().div_ceil(CALLS)).enumerate();
        let calls: Vec<_> = parts
            .map(|(nth, clips)| {
                let log = Log::default();
                let opened = runtime.block_on(open(ears, expected, &log));
                scope.spawn(move || {
                    let dial = Dial {
                        to: opened?,
                        from: "+250788400001",
                        faults,
                        echo: None,
                        seed: 40 + nth as u64,
                    };
                    let times = say(&dial, clips)?;
                    let log = log.lock().unwrap_or_else(PoisonError::into_inner);
                    anyhow::Ok(compare(clips, &times, &log))
                })
            })
            .collect();
        let calls = calls.into_iter().map(|call| {
            let broken = |_| anyhow::anyhow!("a learner broke down");
            call.join().map_err(broken).flatten()
        });
        calls.collect::<anyhow::Result<Vec<_>>>()
    })?;
    results.into_iter().for_each(|part| right.extend(part));
    Ok(right)
}

/// Says every clip with a pause after it; gives when each began and ended.
fn say(dial: &Dial<'_>, clips: &[Clip]) -> io::Result<Vec<(Instant, Instant)>> {
    let call = dial.call()?;
    let mut chance = Chance::new(dial.seed);
    let mut times = Vec::new();
    std::thread::sleep(PAUSE.1);
    for clip in clips {
        let ended = io::Error::other("the call ended early");
        times.push(call.say(&clip.frames).ok_or(ended)?);
        std::thread::sleep(chance.between(PAUSE.0, PAUSE.1));
    }
    // The last one is recognised too.
    std::thread::sleep(PAUSE.1);
    Ok(times)
}

/// A clip is right if exactly one utterance was heard while it was said, and that is right.
fn compare(clips: &[Clip], times: &[(Instant, Instant)], log: &[(Instant, String)]) -> Vec<bool> {
    let before = Duration::from_millis(400);
    let after = Duration::from_millis(600);
    let pairs = clips.iter().zip(times);
    let right = pairs.map(|(clip, &(began, ended))| {
        let during = log
            .iter()
            .filter(|(at, _)| *at + before > began && *at < ended + after);
        let texts: Vec<&String> = during.map(|(_, text)| text).collect();
        matches!(texts[..], [text] if plain(text) == clip.right)
    });
    right.collect()
}

/// Opens a trunk whose calls are heard and not answered; gives its address.
async fn open(
    ears: &Arc<Ears>,
    expected: &Expected,
    log: &Log,
) -> anyhow::Result<std::net::SocketAddr> {
    let config = "bind = \"127.0.0.1:0\"\n[[gateways]]\naddress = \"127.0.0.1\"";
    let config: SipConfig = toml::from_str(config)?;
    let mut trunk = sip::open(&config, Lines::new(1), Counts::default()).await?;
    let address = trunk.address;
    let (ears, expected, log) = (Arc::clone(ears), expected.clone(), Arc::clone(log));
    tokio::spawn(async move {
        while let Some(ring) = trunk.rings.recv().await {
            if let Ok(line) = ring.answer().await {
                hear(line, &ears, &expected, &log).await;
            }
        }
    });
    Ok(address)
}

/// As a conversation does: recognition begins in the pause and is thrown away if speech goes on.
async fn hear(mut line: Line, ears: &Ears, expected: &Expected, log: &Log) {
    let key = CallKey(line.call.number());
    let mut endpointer = Endpointer::new();
    let mut running: Option<(u32, Utterance)> = None;
    let (done, mut results) = mpsc::unbounded_channel::<(u32, Hearing)>();
    let mut hearing: Option<Hearing> = None;
    loop {
        tokio::select! {
            came = line.from_learner.recv() => match came {
                Some(FromLearner::Audio(frame)) => endpointer.handle_frame(&frame, Instant::now()),
                Some(FromLearner::HungUp) | None => return,
                Some(_) => {}
            },
            Some((number, result)) = results.recv() => {
                if running.as_ref().is_some_and(|(running, _)| *running == number) {
                    endpointer.handle_verdict(number, result.verdict, Instant::now());
                    hearing = Some(result);
                }
            }
        }
        while let Some(event) = endpointer.poll_event() {
            match event {
                HearingEvent::Recognise(number, utterance) => {
                    let deadline = Instant::now() + Duration::from_secs(10);
                    let asked =
                        ears.recognise(key, Language::ENGLISH, expected, &utterance, deadline);
                    let done = done.clone();
                    if let Ok(ticket) = asked {
                        tokio::spawn(async move {
                            if let Ok(result) = ticket.await {
                                // Nobody listens once the call is over.
                                let _over = done.send((number, result));
                            }
                        });
                    }
                    running = Some((number, utterance));
                }
                HearingEvent::WentOn(_) => (running, hearing) = (None, None),
                HearingEvent::Ended(_) | HearingEvent::Dismissed(_) => {
                    if let (Some((_, utterance)), Some(hearing)) = (&running, hearing.take()) {
                        note(log, utterance, &hearing);
                    }
                }
                _ => {}
            }
        }
    }
}

fn note(log: &Log, utterance: &Utterance, hearing: &Hearing) {
    let text = match &hearing.heard {
        Ok(Heard::Speech { text, .. }) => text.clone(),
        _ => String::new(),
    };
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    log.push((utterance.began, text));
}

fn plain(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}
