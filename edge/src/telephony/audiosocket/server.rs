//! The server: connections from the exchange, and the route it announces calls by.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{FromRequest, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Form, Router};
use models::audio::AudioFrame;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::telephony::calling_party::{CallingParty, Country};
use crate::telephony::config::{AudioSocketConfig, ConfigError};
use crate::telephony::counts::Counts;
use crate::telephony::line::{
    CallId, Decision, FarEnd, FromLearner, Line, Refusal, Ring, Ringing, ToLearner,
};
use crate::telephony::lines::{Lines, Place};
use crate::telephony::trunk::{Dial, DialError, Exchange, Trunk, TurnedAway};

use super::announced::{Announced, uuid};
use super::frame::{Frame, FrameError, Frames, Said};

/// The exchange sends the call's name at once.
const NAME_MAX: Duration = Duration::from_secs(5);

/// Asterisk ends the application when neither side moves for 2 s; the box decides well before.
const RINGING_MAX: Duration = Duration::from_secs(30);

/// Connections that have not yet said which call they are.
const UNNAMED_MAX: usize = 32;

const WRITE_MAX: Duration = Duration::from_secs(2);

/// Frames read ahead of the call's clock.
const READ_AHEAD_MAX: usize = 16;

/// Audio that may wait for its turn: 200 ms.
const WAITING_MAX: usize = 10 * AudioFrame::LEN;

/// The body of an announcement: a UUID and a number.
const BODY_MAX: usize = 1_024;

#[derive(Debug, thiserror::Error)]
pub enum AudioSocketError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("listen for AudioSocket on {bind}")]
    Listen {
        bind: SocketAddr,
        source: std::io::Error,
    },
}

/// `POST /audiosocket/calls`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Announcement {
    uuid: String,
    /// Empty or absent where the network withheld it.
    #[serde(default)]
    from: String,
}

#[derive(Clone)]
struct Desk {
    announced: Announced,
    country: Country,
}

/// What every connection shares.
#[derive(Clone)]
struct Shared {
    announced: Announced,
    lines: Lines,
    counts: Counts,
    quiet_max: Duration,
    rings: mpsc::Sender<Ring>,
    turned_away: mpsc::Sender<TurnedAway>,
    closing: CancellationToken,
}

/// Opens the server. The router is for the box's local interface only: whoever reaches it may
/// announce calls in anybody's name.
///
/// # Errors
/// [`AudioSocketError`] when the configuration cannot work or its port is taken.
pub async fn open(
    config: &AudioSocketConfig,
    lines: Lines,
    counts: Counts,
) -> Result<(Trunk, Router), AudioSocketError> {
    config.check()?;
    let failed = |source| AudioSocketError::Listen {
        bind: config.bind,
        source,
    };
    let listener = TcpListener::bind(config.bind).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let announced = Announced::new(config.announced_max());
    let (trunk, exchange) = Trunk::open(address);
    let Exchange {
        rings,
        turned_away,
        dials,
        closing,
        calls,
    } = exchange;
    let shared = Shared {
        announced: announced.clone(),
        lines,
        counts,
        quiet_max: config.quiet_max(),
        rings,
        turned_away,
        closing,
    };
    tokio::spawn(serve(shared, listener, calls));
    tokio::spawn(dial_nobody(dials));
    let desk = Desk {
        announced,
        country: config.country.clone(),
    };
    let router = Router::new()
        .route("/audiosocket/calls", post(announce))
        .layer(axum::extract::DefaultBodyLimit::max(BODY_MAX))
        .with_state(desk);
    Ok((trunk, router))
}

async fn announce(State(desk): State<Desk>, body: Bytes) -> StatusCode {
    let announcement = read_announcement(body).await;
    let named = announcement.and_then(|found| Some((uuid(&found.uuid)?, found.from)));
    let Some((call, from)) = named else {
        return StatusCode::UNPROCESSABLE_ENTITY;
    };
    let caller = CallingParty::parse(&from, &desk.country);
    if desk.announced.announce(call, caller, Instant::now()) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

/// JSON, or a form: Asterisk's dialplan writes the one with difficulty and the other with ease,
/// and calls both a form.
async fn read_announcement(body: Bytes) -> Option<Announcement> {
    if body.first() == Some(&b'{') {
        return serde_json::from_slice(&body).ok();
    }
    let form = axum::http::Request::post("/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(axum::body::Body::from(body))
        .ok()?;
    let Form(announcement) = Form::from_request(form, &()).await.ok()?;
    Some(announcement)
}

/// AudioSocket only takes calls: the exchange connects to us.
async fn dial_nobody(mut dials: mpsc::Receiver<Dial>) {
    while let Some(order) = dials.recv().await {
        let _ = order.reply.send(Err(DialError::OnlyTakesCalls));
    }
}

async fn serve(shared: Shared, listener: TcpListener, calls: TaskTracker) {
    let unnamed = std::sync::Arc::new(tokio::sync::Semaphore::new(UNNAMED_MAX));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shared.closing.cancelled() => return,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely: others must end first.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(permit) = std::sync::Arc::clone(&unnamed).try_acquire_owned() else {
            shared.counts.uninvited.inc();
            continue;
        };
        calls.spawn(connection(shared.clone(), stream, permit));
    }
}

async fn connection(shared: Shared, stream: TcpStream, permit: tokio::sync::OwnedSemaphorePermit) {
    let _ = stream.set_nodelay(true);
    let (reader, mut writer) = stream.into_split();
    let (sender, mut frames) = mpsc::channel(READ_AHEAD_MAX);
    // Reading is a task of its own: a read cut short by the clock would lose what it had read.
    let reading = tokio::spawn(read(reader, sender, shared.counts.clone()));
    let first = tokio::time::timeout(NAME_MAX, frames.recv()).await;
    drop(permit);
    let caller = match first {
        Ok(Some(Frame::Name(call))) => shared.announced.take(call, Instant::now()),
        _ => None,
    };
    match caller {
        Some(caller) => take(&shared, caller, &mut frames, &mut writer).await,
        None => {
            shared.counts.uninvited.inc();
        }
    }
    let _ = write(&mut writer, Said::HangUp).await;
    reading.abort();
}

/// Passes on frames until the exchange closes, or sends what is none.
async fn read(mut reader: OwnedReadHalf, sender: mpsc::Sender<Frame>, counts: Counts) {
    // A frame is at most 65,538 octets, so the buffer never grows far beyond that.
    let mut buffer = BytesMut::with_capacity(4_096);
    loop {
        match Frames.decode(&mut buffer) {
            Ok(Some(frame)) => {
                if sender.send(frame).await.is_err() {
                    return;
                }
                continue;
            }
            Ok(None) => {}
            Err(_) => {
                counts.malformed.inc();
                return;
            }
        }
        match reader.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

async fn write(writer: &mut OwnedWriteHalf, said: Said) -> Result<(), FrameError> {
    let mut buffer = BytesMut::with_capacity(512);
    Frames.encode(said, &mut buffer)?;
    // An exchange that does not read for so long has given the call up.
    let written = tokio::time::timeout(WRITE_MAX, writer.write_all(&buffer)).await;
    written.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
    Ok(())
}

/// Rings, and carries the call if the box answers.
async fn take(
    shared: &Shared,
    caller: CallingParty,
    frames: &mut mpsc::Receiver<Frame>,
    writer: &mut OwnedWriteHalf,
) {
    let Some(place) = shared.lines.take() else {
        shared.counts.turned_away.inc();
        let at = Instant::now();
        // Nobody waits for it if the queue is full.
        let _ = shared.turned_away.try_send(TurnedAway { caller, at });
        return;
    };
    let call = CallId::fresh();
    let (ring, mut ringing) = Ring::new(call, caller.clone(), Instant::now());
    shared.counts.rings.inc();
    tracing::info!(%call, ?caller, "a call rings");
    if shared.rings.try_send(ring).is_err() {
        return;
    }
    match decide(shared, frames, &mut ringing).await {
        Some(Decision::Answer(reply)) => {
            shared.counts.answered.inc();
            let (line, far_end) = Line::open(call, caller);
            // A box that no longer wants the line drops it here, and so hangs up.
            let _ = reply.send(Ok(line));
            let talk = Talk::new(far_end, shared);
            talk.carry(frames, writer, &shared.closing, place).await;
            tracing::info!(%call, "a call ended");
        }
        Some(Decision::Refuse(_)) => {}
        None => {
            ringing.give_up();
            shared.counts.given_up.inc();
        }
    }
}

/// What the box decides; none if the caller gave up first.
async fn decide(
    shared: &Shared,
    frames: &mut mpsc::Receiver<Frame>,
    ringing: &mut Ringing,
) -> Option<Decision> {
    let too_long = tokio::time::sleep(RINGING_MAX);
    tokio::pin!(too_long);
    let unavailable = Decision::Refuse(Refusal::Unavailable);
    loop {
        tokio::select! {
            frame = frames.recv() => match frame {
                None | Some(Frame::HangUp | Frame::Fault) => return None,
                Some(_) => {}
            },
            decision = &mut ringing.decision => return Some(decision.unwrap_or(unavailable)),
            () = shared.closing.cancelled() => return Some(unavailable),
            () = &mut too_long => return Some(unavailable),
        }
    }
}

/// An answered call.
struct Talk {
    far_end: FarEnd,
    waiting: VecDeque<i16>,
    heard: Instant,
    quiet: bool,
    quiet_max: Duration,
    counts: Counts,
}

impl Talk {
    fn new(far_end: FarEnd, shared: &Shared) -> Talk {
        Talk {
            far_end,
            waiting: VecDeque::with_capacity(WAITING_MAX),
            heard: Instant::now(),
            quiet: false,
            quiet_max: shared.quiet_max,
            counts: shared.counts.clone(),
        }
    }

    /// Carries the call until one side ends it. Its place is free again before the farewell.
    async fn carry(
        mut self,
        frames: &mut mpsc::Receiver<Frame>,
        writer: &mut OwnedWriteHalf,
        closing: &CancellationToken,
        _place: Place,
    ) {
        let mut clock = tokio::time::interval(AudioFrame::DURATION);
        // A stall is caught up with: the exchange plays what it gets, when it gets it.
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            tokio::select! {
                frame = frames.recv() => match frame {
                    None | Some(Frame::HangUp | Frame::Fault) => {
                        self.far_end.offer(FromLearner::HungUp);
                        return;
                    }
                    Some(frame) => self.take(frame),
                },
                _ = clock.tick() => {
                    self.hear();
                    let Some(frame) = self.speak() else {
                        return;
                    };
                    if write(writer, Said::Audio(frame)).await.is_err() {
                        self.far_end.offer(FromLearner::HungUp);
                        return;
                    }
                }
                () = closing.cancelled() => {
                    self.far_end.offer(FromLearner::HungUp);
                    return;
                }
            }
        }
    }

    fn take(&mut self, frame: Frame) {
        match frame {
            Frame::Audio(samples) => {
                self.heard = Instant::now();
                self.waiting.extend(samples);
                // The exchange's clock is faster than ours, or it stalled: the newest counts.
                let excess = self.waiting.len().saturating_sub(WAITING_MAX);
                self.waiting.drain(..excess);
                if excess > 0 {
                    self.counts.packets_late.inc();
                }
            }
            Frame::Key(key) => {
                self.counts.keys.inc();
                self.far_end.offer(FromLearner::Key(key));
            }
            _ => {}
        }
    }

    /// Passes on the next 20 ms of the learner, silence where nothing came: the exchange sends
    /// no comfort noise.
    fn hear(&mut self) {
        let mut frame = AudioFrame::SILENCE;
        if self.waiting.len() >= AudioFrame::LEN {
            for (sample, heard) in frame
                .0
                .iter_mut()
                .zip(self.waiting.drain(..AudioFrame::LEN))
            {
                *sample = heard;
            }
        }
        if !self.far_end.offer(FromLearner::Audio(frame)) {
            self.counts.frames_unheard.inc();
        }
        let quiet = self.heard.elapsed() >= self.quiet_max;
        if quiet && !self.quiet {
            self.counts.quiet.inc();
            self.far_end.offer(FromLearner::Quiet);
        }
        self.quiet = quiet;
    }

    /// The next 20 ms to the learner; none when the box hangs up.
    fn speak(&mut self) -> Option<AudioFrame> {
        use tokio::sync::mpsc::error::TryRecvError;
        match self.far_end.to_learner.try_recv() {
            Ok(ToLearner::Audio(frame)) => Some(frame),
            Ok(ToLearner::HangUp) | Err(TryRecvError::Disconnected) => None,
            Err(TryRecvError::Empty) => Some(AudioFrame::SILENCE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telephony::line::AnswerError;

    const CALL: &str = "40325ec2-5efd-4bd3-805f-53576e581d13";
    const NAMED: [u8; 19] = [
        0x01, 0x00, 0x10, 0x40, 0x32, 0x5e, 0xc2, 0x5e, 0xfd, 0x4b, 0xd3, 0x80, 0x5f, 0x53, 0x57,
        0x6e, 0x58, 0x1d, 0x13,
    ];

    async fn server(lines: usize) -> (Trunk, SocketAddr, Counts) {
        let config = AudioSocketConfig {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            ..AudioSocketConfig::default()
        };
        let counts = Counts::default();
        let opened = open(&config, Lines::new(lines), counts.clone()).await;
        let (trunk, router) = opened.unwrap();
        let desk = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = desk.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(desk, router).await });
        (trunk, address, counts)
    }

    /// Posts an announcement as an exchange does; returns the status line.
    async fn announce(desk: SocketAddr, body: &str) -> String {
        let mut stream = TcpStream::connect(desk).await.unwrap();
        let request = format!(
            "POST /audiosocket/calls HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    }

    fn announcement(from: &str) -> String {
        format!("{{\"uuid\":\"{CALL}\",\"from\":\"{from}\"}}")
    }

    #[tokio::test]
    async fn an_announced_call_is_a_line_in_split_frames_too() {
        let (mut trunk, desk, counts) = server(1).await;
        let status = announce(desk, &announcement("0788000001")).await;
        assert_eq!(status, "HTTP/1.1 204 No Content");
        let mut exchange = TcpStream::connect(trunk.address).await.unwrap();
        exchange.set_nodelay(true).unwrap();
        for octet in NAMED {
            exchange.write_all(&[octet]).await.unwrap();
        }
        let ring = trunk.rings.recv().await.unwrap();
        let CallingParty::Number(number) = &ring.caller else {
            panic!("the number was announced");
        };
        assert_eq!(number.e164(), "+250788000001");
        let mut line = ring.answer().await.unwrap();
        let loud: Vec<u8> = [&[0x10, 1, 64][..], &[0x10; 320]].concat();
        for piece in loud.chunks(100) {
            exchange.write_all(piece).await.unwrap();
        }
        exchange
            .write_all(&[0x03, 0, 1, b'5', 0x77, 0, 1, 0])
            .await
            .unwrap();
        let (mut key, mut heard) = (None, 0);
        while key.is_none() || heard == 0 {
            match line.from_learner.recv().await.unwrap() {
                FromLearner::Key(pressed) => key = Some(pressed),
                FromLearner::Audio(frame) if frame.0 == [0x1010; 160] => heard += 1,
                _ => {}
            }
        }
        assert_eq!((key, heard), (Some('5'), 1));
        let said = AudioFrame([0x0102; AudioFrame::LEN]);
        line.to_learner.send(ToLearner::Audio(said)).await.unwrap();
        let mut frame = [0; 323];
        loop {
            exchange.read_exact(&mut frame).await.unwrap();
            assert_eq!(frame[..3], [0x10, 1, 64]);
            if frame[3..5] == [0x02, 0x01] {
                break;
            }
        }
        drop(line);
        let mut rest = Vec::new();
        exchange.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest[rest.len() - 3..], [0, 0, 0]);
        assert_eq!(counts.answered.get(), 1);
    }

    #[tokio::test]
    async fn an_unannounced_call_is_closed_unheard() {
        let (mut trunk, _, counts) = server(1).await;
        let mut exchange = TcpStream::connect(trunk.address).await.unwrap();
        exchange.write_all(&NAMED).await.unwrap();
        let mut answer = Vec::new();
        exchange.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, [0, 0, 0]);
        assert_eq!(counts.uninvited.get(), 1);
        assert!(trunk.rings.try_recv().is_err());
    }

    #[tokio::test]
    async fn announcements_that_make_no_sense_are_refused() {
        let (_trunk, desk, _) = server(1).await;
        let status = announce(desk, "{\"uuid\":\"x\"}").await;
        assert!(status.contains("422"), "{status}");
        let status = announce(desk, "{\"uuid\":\"x\",\"who\":\"y\"}").await;
        assert!(status.contains("422"), "{status}");
        assert!(announce(desk, "from=0788000001").await.contains("422"));
        let long = format!("uuid={CALL}&from={}", "0".repeat(2_000));
        assert!(announce(desk, &long).await.contains("413"));
    }

    #[tokio::test]
    async fn an_announcement_may_be_a_form() {
        let (mut trunk, desk, _) = server(1).await;
        let status = announce(desk, &format!("uuid={CALL}&from=%2B250788000003")).await;
        assert!(status.contains("204"), "{status}");
        let mut exchange = TcpStream::connect(trunk.address).await.unwrap();
        exchange.write_all(&NAMED).await.unwrap();
        let ring = trunk.rings.recv().await.unwrap();
        assert_eq!(format!("{:?}", ring.caller), "Number(+250…03)");
    }

    #[tokio::test]
    async fn a_caller_who_gives_up_is_a_beep_and_a_full_box_turns_away() {
        let (mut trunk, desk, counts) = server(1).await;
        announce(desk, &announcement("anonymous")).await;
        let mut exchange = TcpStream::connect(trunk.address).await.unwrap();
        exchange.write_all(&NAMED).await.unwrap();
        let mut ring = trunk.rings.recv().await.unwrap();
        announce(desk, &announcement("0788000002")).await;
        let mut second = TcpStream::connect(trunk.address).await.unwrap();
        second.write_all(&NAMED).await.unwrap();
        assert!(trunk.turned_away.recv().await.is_some());
        drop(exchange);
        ring.cancelled().await;
        assert_eq!(ring.answer().await.unwrap_err(), AnswerError::GivenUp);
        assert_eq!(counts.given_up.get(), 1);
    }

    #[tokio::test]
    async fn a_closing_server_ends_its_calls() {
        let (mut trunk, desk, _) = server(1).await;
        announce(desk, &announcement("")).await;
        let mut exchange = TcpStream::connect(trunk.address).await.unwrap();
        exchange.write_all(&NAMED).await.unwrap();
        let ring = trunk.rings.recv().await.unwrap();
        assert_eq!(ring.caller, CallingParty::Anonymous);
        let mut line = ring.answer().await.unwrap();
        assert!(trunk.close(Duration::from_secs(20)).await);
        let mut last = None;
        while let Some(event) = line.from_learner.recv().await {
            last = Some(event);
        }
        assert_eq!(last, Some(FromLearner::HungUp));
    }
}
