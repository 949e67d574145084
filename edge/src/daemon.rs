//! The daemon: puts the rooms together, opens for calls, and closes with a goodbye.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::Router;
use curriculum::Language;
use curriculum::time::UtcOffset;
use models::install::{FolderError, installed_file};
use models::piper::PiperVoice;
use models::pool::{CallKey, Limits};
use models::whisper::{Engine, Settings, WhisperTranscriber};
use prometheus_client::registry::Registry;
use sync::quic::Profile;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::conversation::{
    Admission, Desk, Happening, Lately, Meaning, Policy, Presence, Record, Strength, Teaching,
    TextCounts, TextDesk, Texting, Timings, holding, lines, packs_folder, stock,
};
use crate::dialogue::{Expected, Pace, Prompt, PromptKind};
use crate::hearing::{Ears, Listener, Utterance};
use crate::speaking::{Clips, Mouth, Voices};
use crate::status::{Status, router};
use crate::telephony::route::Route;
use crate::telephony::sms::{modem, smpp};
use crate::telephony::webhook::{self, DoorCounts};
use crate::telephony::{Counts, Lines, Trunk, audiosocket, sip};
use crate::uplink::{Uplink, UplinkCounts, identity_folder, keep_sending};

/// Most recognitions at once, unless the configuration says otherwise.
const WORKERS_MAX: usize = 4;
/// Recognitions of each worker that are measured when the box starts.
const MEASURED: u64 = 3;
/// Niceness of the threads that recognise and render.
const SPEECH_NICENESS: &str = "10";
/// Said and heard to measure the box.
const MEASURED_TEXT: &str = "Twenty five.";
/// How often the number of lines is looked at: some thirty replies of a full box.
const ADMISSION_WINDOW: Duration = Duration::from_secs(20);
/// How long trunks may take to say goodbye to their gateways.
const TRUNK_CLOSE_MAX: Duration = Duration::from_secs(5);

/// A box that takes calls.
pub struct Daemon {
    teaching: Arc<Teaching>,
    calls: TaskTracker,
    desks: Vec<tokio::task::JoinHandle<Trunk>>,
    text: Option<TextDesk>,
    goodbye_max: Duration,
    /// Cancelled when the pages are not served any more.
    gone: CancellationToken,
    /// Where SIP is listened to, and the pages are served.
    pub addresses: Vec<(&'static str, std::net::SocketAddr)>,
    pub lines: usize,
}

impl Daemon {
    /// Opens the box: when this returns, calls are taken.
    ///
    /// # Errors
    /// Whatever is missing or taken, with what to do.
    pub async fn open(config: &Config) -> anyhow::Result<Daemon> {
        let teaching = teaching(config).await?;
        let strength = measure(&teaching, workers(config)).await?;
        let bears = match config.calls.lines {
            0 => lines(strength).min(most_lines(config)),
            fixed => usize::from(fixed),
        };
        tracing::info!(
            lines = bears,
            recognition_ms = strength.recognition.as_millis(),
            rendering_ms = strength.rendering.as_millis(),
            workers = strength.workers,
            "measured what the box bears"
        );
        let (places, counts) = (Lines::new(bears), Counts::default());
        teaching.timings.lines.set(i64::try_from(bears)?);
        teaching.timings.measured(strength);
        if config.calls.lines == 0 {
            tokio::spawn(admit(Arc::clone(&teaching), places.clone()));
        }
        let calls = TaskTracker::new();
        let mut desk = Desk::new(&teaching, calls.clone(), config.calls.answer_after());
        let (mut trunks, mut announcing) = (Vec::new(), Router::new());
        let mut addresses = Vec::new();
        if let Some(sip) = &config.sip {
            let trunk = sip::open(sip, places.clone(), counts.clone()).await?;
            if config.missed_calls.call_back {
                desk.call_back(policy(config)?, trunk.dialler(), places.clone())?;
            }
            addresses.push(("sip", trunk.address));
            trunks.push(trunk);
        }
        if let Some(audiosocket) = &config.audiosocket {
            let (trunk, router) =
                audiosocket::open(audiosocket, places.clone(), counts.clone()).await?;
            announcing = router;
            addresses.push(("audiosocket", trunk.address));
            trunks.push(trunk);
        }
        let desks = trunks
            .into_iter()
            .map(|trunk| tokio::spawn(desk.clone().serve(trunk)));
        let desks = desks.collect();
        let texted = TextCounts::default();
        let door = DoorCounts::default();
        let mut desk_of_text = None;
        if let Some((desk, served)) = text(config, &teaching, (&texted, &door)).await? {
            addresses.extend(served.map(|address| ("webhooks", address)));
            desk_of_text = Some(desk);
        }
        let sending = UplinkCounts::default();
        uplink(config, &teaching, &sending)?;
        let pages =
            pages(&teaching, places, (&counts, &sending), (&texted, &door)).merge(announcing);
        let gone = CancellationToken::new();
        addresses.push(("status", serve(config, pages, &gone).await?));
        yield_to_audio();
        prepare(&teaching);
        Ok(Daemon {
            teaching,
            calls,
            desks,
            text: desk_of_text,
            goodbye_max: config.calls.goodbye_max(),
            gone,
            addresses,
            lines: bears,
        })
    }

    /// Takes no more calls, lets those under way end with a goodbye, and closes. Until then the
    /// pages say so.
    pub async fn close(self) {
        self.teaching.timings.closing.set(1);
        self.teaching.closing.cancel();
        self.calls.close();
        if tokio::time::timeout(self.goodbye_max, self.calls.wait())
            .await
            .is_err()
        {
            tracing::warn!("calls were cut off; what was learnt in them is kept");
        }
        for desk in self.desks {
            if let Ok(trunk) = desk.await
                && !trunk.close(TRUNK_CLOSE_MAX).await
            {
                tracing::warn!("a gateway did not confirm the end of its calls");
            }
        }
        if let Some(text) = self.text {
            text.closed().await;
        }
        self.gone.cancel();
    }
}

/// Takes fewer calls while replies are late, and more again when they are not.
async fn admit(teaching: Arc<Teaching>, lines: Lines) {
    let timings = &teaching.timings;
    let counted = || Lately {
        replies: timings.counted(Happening::Reply),
        late: timings.counted(Happening::LateReply),
        frames_late: timings.counted(Happening::Underrun),
        taken: lines.taken(),
    };
    let mut admission = Admission::new(lines.max());
    let mut before = counted();
    loop {
        tokio::select! {
            () = teaching.closing.cancelled() => return,
            () = tokio::time::sleep(ADMISSION_WINDOW) => {}
        }
        let now = counted();
        let most = admission.handle(Lately {
            replies: now.replies - before.replies,
            late: now.late - before.late,
            frames_late: now.frames_late - before.frames_late,
            taken: now.taken,
        });
        before = now;
        if most != lines.max() {
            tracing::info!(lines = most, "takes another number of calls");
            lines.limit(most);
            timings.lines.set(i64::try_from(most).unwrap_or(i64::MAX));
        }
    }
}

async fn teaching(config: &Config) -> anyhow::Result<Arc<Teaching>> {
    let offset = offset(config)?;
    let packs = config.place.packs.clone().unwrap_or_else(packs_folder);
    let mut context = stock(&packs, offset)?;
    let speaks = &config.speaking.languages;
    let offered = config
        .place
        .languages
        .iter()
        .filter(|language| speaks.contains(language));
    context.languages = offered.copied().collect();
    anyhow::ensure!(
        !context.languages.is_empty(),
        "use box.languages: none of them is in speaking.languages"
    );
    let data = &config.place.data;
    let record = Record::open(data, offset)?;
    let ears = Ears::new(listeners(config)?, limits())?;
    context.hears = ears.hears().to_vec();
    let cache_bytes = u64::from(config.speaking.cache_mb) * 1024 * 1024;
    let clips = Arc::new(Clips::open(data, cache_bytes)?);
    let (mouths, names) = mouths(config)?;
    let voices = Voices::new(mouths, names, clips, limits())?;
    context.speaks = voices.speaks();
    let context = Arc::new(context);
    let holding = holding(&voices, &context).await?;
    Ok(Arc::new(Teaching {
        record: Arc::new(record),
        meaning: Arc::new(Mutex::new(Meaning::open(data)?)),
        context,
        ears,
        voices: Arc::new(voices),
        holding,
        timings: Timings::new(),
        presence: Presence::default(),
        length_max: config.calls.length_max(),
        closing: CancellationToken::new(),
    }))
}

fn offset(config: &Config) -> anyhow::Result<UtcOffset> {
    UtcOffset::from_minutes(config.place.utc_offset_min)
        .context("use box.utc_offset_min: no such offset")
}

/// Enough for every line to wait at once: under pressure answers are late, never refused.
fn limits() -> Limits {
    Limits {
        waiting_max: 256,
        waiting_per_call_max: 4,
    }
}

fn workers(config: &Config) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    match config.hearing.workers {
        0 => cores.min(WORKERS_MAX),
        fixed => usize::from(fixed),
    }
}

fn most_lines(config: &Config) -> usize {
    let sip = config.sip.as_ref().map(|sip| usize::from(sip.lines_max));
    sip.unwrap_or(usize::MAX)
}

/// One listener for each worker; weights are loaded once and shared.
fn listeners(config: &Config) -> anyhow::Result<Vec<Listener>> {
    let mut engines: BTreeMap<&str, Arc<Engine>> = BTreeMap::new();
    let mut listeners: Vec<Listener> = Vec::new();
    listeners.resize_with(workers(config), Listener::new);
    for (language, model) in &config.hearing.models {
        let engine = match engines.get(model.as_str()) {
            Some(engine) => Arc::clone(engine),
            None => Arc::new(Engine::load(&weights(model)?)?),
        };
        engines.insert(model, Arc::clone(&engine));
        for listener in &mut listeners {
            let ear = WhisperTranscriber::new(Arc::clone(&engine), *language, Settings::default())?;
            listener.insert(*language, Box::new(ear));
        }
    }
    Ok(listeners)
}

fn weights(model: &str) -> Result<std::path::PathBuf, FolderError> {
    installed_file(model, "ggml-f16.bin").or_else(|error| {
        let small = installed_file(model, "ggml-q8_0.bin");
        small.map_err(|_| error)
    })
}

fn mouths(config: &Config) -> anyhow::Result<(Vec<Mouth>, BTreeMap<Language, String>)> {
    let mut mouths = Vec::new();
    let mut names = BTreeMap::new();
    for _ in 0..config.speaking.workers {
        let mut mouth = Mouth::new();
        for language in &config.speaking.languages {
            mouth.insert(*language, Box::new(PiperVoice::installed(*language)?));
            names.insert(*language, format!("piper-{language}"));
        }
        mouths.push(mouth);
    }
    Ok((mouths, names))
}

/// Renders a sentence and has every worker hear it a few times.
async fn measure(teaching: &Teaching, workers: usize) -> anyhow::Result<Strength> {
    let prompt = Prompt {
        text: MEASURED_TEXT.to_owned(),
        language: teaching.voices.speaks()[0],
        pace: Pace::Usual,
        kind: PromptKind::Filled,
    };
    let began = Instant::now();
    let mut frames = Vec::new();
    for sentence in teaching.voices.sentences(&prompt)? {
        let (clip, _) = teaching.voices.clip(CallKey(u64::MAX), &sentence).await?;
        frames.extend_from_slice(clip.frames());
    }
    let rendering = began.elapsed();
    let said = Utterance {
        frames,
        began,
        ended: Instant::now(),
        barged: false,
    };
    let Some(language) = teaching.ears.hears().first().copied() else {
        let recognition = Duration::ZERO;
        return Ok(Strength {
            recognition,
            rendering,
            workers,
        });
    };
    let expected = Expected::Number { digits: None };
    let deadline = Instant::now() + Duration::from_secs(60);
    let began = Instant::now();
    let mut hearings = Vec::new();
    // All at once, as on a full box: what one worker takes from another is measured too.
    for nth in 0..MEASURED * workers as u64 {
        let key = CallKey(u64::MAX - nth);
        let ears = &teaching.ears;
        hearings.push(ears.recognise(key, language, &expected, &said, deadline)?);
    }
    for hearing in hearings {
        hearing.await?;
    }
    Ok(Strength {
        recognition: began.elapsed() / MEASURED as u32,
        rendering,
        workers,
    })
}

fn policy(config: &Config) -> anyhow::Result<Policy> {
    let missed = &config.missed_calls;
    Ok(Policy {
        per_number_max: missed.per_number_max,
        per_day_max: missed.per_day_max,
        prefixes: missed.prefixes.clone(),
        quiet: missed.quiet()?,
        retry_after: Duration::from_secs(missed.retry_after_s.into()),
        offset: offset(config)?,
    })
}

/// Starts sending to the hub, if one is named. Nothing a learner waits for waits for it.
fn uplink(config: &Config, teaching: &Arc<Teaching>, counts: &UplinkCounts) -> anyhow::Result<()> {
    let Some(hub) = &config.hub else {
        return Ok(());
    };
    let uplink = Uplink {
        hub: hub.address.clone(),
        identity: identity_folder(&config.place.data),
        profile: if hub.wide {
            Profile::Wide
        } else {
            Profile::Narrow
        },
        plan: hub.plan()?,
        retry: hub.retry(),
    };
    let (record, closing) = (Arc::clone(&teaching.record), teaching.closing.clone());
    tokio::spawn(keep_sending(record, uplink, counts.clone(), closing));
    Ok(())
}

/// Messages by every route there is, answered as calls are; none if there is no route.
async fn text(
    config: &Config,
    teaching: &Arc<Teaching>,
    (counts, door): (&TextCounts, &DoorCounts),
) -> anyhow::Result<Option<(TextDesk, Option<std::net::SocketAddr>)>> {
    if !config.text.has_routes() {
        return Ok(None);
    }
    let (intake, brought) = TextDesk::counter();
    let closing = &teaching.closing;
    let mut routes: Vec<Arc<dyn Route>> = Vec::new();
    for centre in &config.text.smpp {
        routes.push(smpp::open(centre.clone(), intake.clone(), closing.clone()));
    }
    for stick in &config.text.modem {
        routes.push(modem::open(stick.clone(), intake.clone(), closing.clone()));
    }
    let mut served = None;
    if let Some(webhooks) = &config.text.webhooks {
        let (address, more) = webhook::open(webhooks, &intake, door, closing).await?;
        served = Some(address);
        routes.extend(more);
    }
    // Messages need no voice: they offer every language of the box.
    let mut context = teaching.context.as_ref().clone();
    context.languages.clone_from(&config.place.languages);
    let texting = Texting {
        record: Arc::clone(&teaching.record),
        meaning: Arc::clone(&teaching.meaning),
        context: Arc::new(context),
        presence: teaching.presence.clone(),
        counts: counts.clone(),
        post: Arc::default(),
    };
    let workers = usize::from(config.text.workers);
    let desk = TextDesk::open(&texting, routes, brought, workers, closing)?;
    Ok(Some((desk, served)))
}

fn pages(
    teaching: &Arc<Teaching>,
    lines: Lines,
    (counts, sending): (&Counts, &UplinkCounts),
    (texted, door): (&TextCounts, &DoorCounts),
) -> Router {
    let mut registry = Registry::with_prefix("ishuri");
    texted.register(&mut registry);
    door.register(&mut registry);
    teaching.timings.register(&mut registry);
    counts.register(&mut registry);
    sending.register(&mut registry);
    router(Status {
        teaching: Arc::clone(teaching),
        lines,
        registry,
        started: Instant::now(),
    })
}

async fn serve(
    config: &Config,
    pages: Router,
    gone: &CancellationToken,
) -> anyhow::Result<std::net::SocketAddr> {
    let bind = config.status.bind;
    let listener = tokio::net::TcpListener::bind(bind)
        .await
        .with_context(|| format!("serve the status page on {bind}"))?;
    let address = listener.local_addr()?;
    let closed = gone.clone().cancelled_owned();
    tokio::spawn(async move {
        let served = axum::serve(listener, pages).with_graceful_shutdown(closed);
        if let Err(error) = served.await {
            tracing::error!(%error, "the status page is gone");
        }
    });
    Ok(address)
}

/// Lets the threads that recognise and render give way to those that carry audio: a frame that is
/// 40 ms late is heard, an answer that is 40 ms late is not.
fn yield_to_audio() {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let speech = threads.flatten().filter(|thread| {
        let name = std::fs::read_to_string(thread.path().join("comm"));
        name.is_ok_and(|name| name.starts_with("speech-"))
    });
    let threads: Vec<_> = speech.map(|thread| thread.file_name()).collect();
    let mut renice = std::process::Command::new("renice");
    let renice = renice.args(["-n", SPEECH_NICENESS, "-p"]).args(&threads);
    match renice.output() {
        Ok(output) if output.status.success() => {}
        _ => tracing::warn!("speech threads run as urgently as audio: `renice` did not work"),
    }
}

/// Renders the fixed words in idle time, and makes the recogniser's and encoder's first use not a
/// learner's.
fn prepare(teaching: &Arc<Teaching>) {
    let teaching = Arc::clone(teaching);
    tokio::spawn(async move {
        let closing = teaching.closing.clone();
        let made = tokio::select! {
            () = closing.cancelled() => return,
            made = teaching.voices.prepare(&teaching.context.interface, || {
                teaching.timings.calls.get() > 0
            }) => made,
        };
        match made {
            Ok(made) => tracing::info!(made, "fixed words are rendered"),
            Err(error) => tracing::warn!(%error, "fixed words are not all rendered"),
        }
    });
}
