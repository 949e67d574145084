//! A whole call in one process: the real recogniser and the real voice, a learner who waits for the
//! tutor's silence and then speaks, presses keys or hangs up.
//!
//! Needs the installed speech models and packs, and `espeak-ng` for the learner's voice (never the
//! box's own); says so and passes where one is absent.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use curriculum::Language;
use curriculum::time::UtcOffset;
use edge::conversation::{
    Happening, Meaning, Presence, Record, Teaching, Timings, holding, packs_folder, stock, teach,
};
use edge::hearing::{Ears, Listener};
use edge::phone_number::PhoneNumber;
use edge::speaking::{Clips, Mouth, Voices};
use edge::telephony::{CallId, CallingParty, FarEnd, FromLearner, Line, ToLearner};
use models::audio::{AudioFrame, SampleRate, Samples};
use models::piper::PiperVoice;
use models::pool::Limits;
use models::resample::resample;
use models::transcribe::{Expectation, Stop};
use models::whisper::{Engine, Settings, WhisperTranscriber};

/// What the learner does when the tutor has been silent for `GAP`.
#[derive(Clone, Copy, Debug)]
enum Act {
    Say(&'static str),
    Key(char),
    HangUp,
}

/// A pause that ends what the tutor says; longer than any inside a prompt.
const GAP: Duration = Duration::from_millis(1_100);
/// "One moment" is shorter, and more comes after it; whatever asks for something is longer.
const WAITED: usize = 45;
/// As loud as the tutor is when it speaks at all.
const LOUD: f32 = 300.0;

#[test]
fn a_learner_is_welcomed_by_voice_cut_off_and_taken_up_at_the_same_step() {
    let Some(box_parts) = Parts::installed() else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().expect("threads can be had");
    runtime.block_on(async move {
        let folder = tempfile::tempdir().expect("a folder for the box");
        let teaching = box_parts.teaching(folder.path()).await;
        let first = [
            Act::Key('1'),
            Act::Say("Aline"),
            Act::Say("yes"),
            Act::HangUp,
        ];
        let heard = call(&teaching, &first).await;
        let said = heard.in_words();
        println!("first call: {said:#?}\n{:?}", heard.replies);
        // Two languages' names in one short sentence are not always heard back as they are written.
        expect(&said, 0, &["hello", "press"]);
        expect(&said, 1, &["your name"]);
        expect(&said, 2, &["is that right"]);
        expect(&said, 3, &["how old"]);

        let heard = call(&teaching, &[Act::HangUp]).await;
        let said = heard.in_words();
        println!("second call: {said:#?}");
        expect(&said, 0, &["how old"]);
        let failures = teaching.timings.counted(Happening::Failure);
        assert_eq!(failures, 0);
    });
}

#[track_caller]
fn expect(said: &[String], turn: usize, words: &[&str]) {
    let heard = said.get(turn).map_or("", String::as_str);
    for word in words {
        assert!(
            heard.contains(word),
            "turn {turn}: no `{word}` in `{heard}`"
        );
    }
}

/// What one call sounded like to the learner.
struct Heard {
    /// The tutor's audio, turn by turn.
    turns: Vec<Vec<AudioFrame>>,
    /// From the learner's last sound or key to the tutor's first.
    replies: Vec<Duration>,
}

impl Heard {
    /// What a recogniser makes of it, in small letters.
    fn in_words(&self) -> Vec<String> {
        let mut ear = listener().remove(&Language::ENGLISH).expect("English");
        let mut words = |frames: &[AudioFrame]| {
            let pieces = frames.chunks(50 * 20);
            let words = pieces.map(|piece| {
                let samples = Samples::from_frames(piece);
                let heard = ear.transcribe(&samples, &Expectation::Free, &Stop::never());
                heard.expect("a recording can be recognised").text
            });
            words.collect::<Vec<_>>().join(" ").to_lowercase()
        };
        self.turns.iter().map(|turn| words(turn)).collect()
    }
}

/// Calls, acts, and listens until either side hangs up.
async fn call(teaching: &Arc<Teaching>, acts: &[Act]) -> Heard {
    let number = PhoneNumber::parse("0788000111").expect("a number");
    let (line, far_end) = Line::open(CallId::fresh(), CallingParty::Number(number));
    let taught = tokio::spawn({
        let teaching = Arc::clone(teaching);
        async move { teach(&teaching, line).await }
    });
    let heard = learner(far_end, acts).await;
    let ended = taught.await.expect("the call does not panic");
    ended.expect("every turn is written");
    heard
}

async fn learner(mut line: FarEnd, acts: &[Act]) -> Heard {
    let mut heard = Heard {
        turns: vec![Vec::new()],
        replies: Vec::new(),
    };
    let mut acts = acts.iter();
    let mut saying = Vec::<AudioFrame>::new().into_iter();
    // Frames with the tutor's voice since the learner last did something.
    let (mut spoken, mut last_loud) = (0, Instant::now());
    let mut done_at = None;
    let mut clock = tokio::time::interval(AudioFrame::DURATION);
    loop {
        clock.tick().await;
        let frame = match line.to_learner.try_recv() {
            Ok(ToLearner::Audio(frame)) => frame,
            Ok(ToLearner::HangUp) => return heard,
            Err(tokio::sync::mpsc::error::TryRecvError::Empty) => AudioFrame::SILENCE,
            Err(_) => return heard,
        };
        heard.turns.last_mut().expect("never empty").push(frame);
        if rms(&frame) > LOUD {
            last_loud = Instant::now();
            if let Some(done) = done_at.take() {
                heard.replies.push(last_loud - done);
            }
            spoken += 1;
        }
        let next = saying.next();
        line.offer(FromLearner::Audio(next.unwrap_or(AudioFrame::SILENCE)));
        if saying.len() == 0 && next.is_some() {
            done_at = Some(Instant::now());
        }
        if spoken <= WAITED || last_loud.elapsed() < GAP || saying.len() > 0 {
            continue;
        }
        spoken = 0;
        heard.turns.push(Vec::new());
        match acts.next() {
            Some(Act::Say(text)) => saying = voice(text).into_iter(),
            Some(Act::Key(key)) => {
                line.offer(FromLearner::Key(*key));
                done_at = Some(Instant::now());
            }
            Some(Act::HangUp) | None => {
                line.offer(FromLearner::HungUp);
                return heard;
            }
        }
    }
}

fn rms(frame: &AudioFrame) -> f32 {
    let energy: f32 = frame.0.iter().map(|&v| f32::from(v) * f32::from(v)).sum();
    (energy / AudioFrame::LEN as f32).sqrt()
}

/// A learner's voice over a telephone, without the silence around it.
fn voice(text: &str) -> Vec<AudioFrame> {
    let output = Command::new("espeak-ng")
        .args(["-v", "en-us", "-s", "140", "--stdout", text])
        .output()
        .expect("espeak-ng was there before");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("said.wav");
    std::fs::write(&path, output.stdout).expect("a file");
    let samples = models::wav::read(&path).expect("espeak-ng writes wav");
    let narrow = resample(&samples, SampleRate::TELEPHONE);
    let frames = narrow.to_frames().expect("the line's rate");
    let loud = |frame: &AudioFrame| rms(frame) > 100.0;
    let first = frames.iter().position(loud).unwrap_or(0);
    let last = frames.iter().rposition(loud).unwrap_or(0);
    frames[first..=last].to_vec()
}

struct Parts;

impl Parts {
    fn installed() -> Option<Parts> {
        let missing = [
            (
                "espeak-ng",
                Command::new("espeak-ng").arg("--version").output().is_err(),
            ),
            ("packs", stock(&packs_folder(), UtcOffset::KIGALI).is_err()),
            (
                "a recogniser",
                models::install::installed_file("whisper-tiny.en", "ggml-f16.bin").is_err(),
            ),
            ("a voice", PiperVoice::installed(Language::ENGLISH).is_err()),
        ];
        for (what, is_missing) in missing {
            if is_missing {
                println!("skipped: {what} not installed");
                return None;
            }
        }
        Some(Parts)
    }

    async fn teaching(self, folder: &Path) -> Arc<Teaching> {
        let mut context = stock(&packs_folder(), UtcOffset::KIGALI).expect("checked");
        context.languages = vec![Language::ENGLISH];
        let context = Arc::new(context);
        let clips = Arc::new(Clips::open(folder, 64_000_000).expect("a cache"));
        let voice = PiperVoice::installed(Language::ENGLISH).expect("checked");
        let mouth: Mouth = [(Language::ENGLISH, Box::new(voice) as _)].into();
        let names = [(Language::ENGLISH, "joe".to_owned())].into();
        let voices = Voices::new(vec![mouth], names, clips, Limits::default()).expect("threads");
        let holding = holding(&voices, &context).await.expect("a voice");
        Arc::new(Teaching {
            record: Arc::new(Record::open(folder, UtcOffset::KIGALI).expect("a database")),
            meaning: Arc::new(Mutex::new(Meaning::open(folder).expect("a cache"))),
            context,
            ears: Ears::new(vec![listener()], Limits::default()).expect("threads"),
            voices: Arc::new(voices),
            holding,
            timings: Timings::new(),
            presence: Presence::default(),
            length_max: Duration::from_secs(600),
            closing: tokio_util::sync::CancellationToken::new(),
        })
    }
}

fn listener() -> Listener {
    let file = models::install::installed_file("whisper-tiny.en", "ggml-f16.bin");
    let engine = Arc::new(Engine::load(&file.expect("checked")).expect("weights"));
    let ear = WhisperTranscriber::new(engine, Language::ENGLISH, Settings::default());
    [(Language::ENGLISH, Box::new(ear.expect("English")) as _)].into()
}
