//! The audio port of one call: sockets and the clock around the streams.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant, SystemTime};

use models::audio::AudioFrame;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use crate::telephony::config::PortRange;
use crate::telephony::counts::Counts;
use crate::telephony::line::{FarEnd, FromLearner, ToLearner};

use super::coding::Coding;
use super::control;
use super::inbound::Inbound;
use super::outbound::Outbound;

/// No telephone sends more at once: 1,500 octets are a whole Ethernet frame.
const DATAGRAM_MAX: usize = 2_048;

/// Tries to find two free ports side by side.
const TRIES_MAX: usize = 200;

/// How long a held call may stay without any audio; then it is as dead as any.
const HELD_MAX: Duration = Duration::from_secs(300);

/// How long one press may be told of twice, by RTP and by SIP INFO.
const SAME_PRESS: Duration = Duration::from_millis(500);

/// Two ports side by side: audio on the even one, control on the odd (RFC 3550, 11).
#[derive(Debug)]
pub(crate) struct Port {
    audio: UdpSocket,
    control: UdpSocket,
    pub(crate) number: u16,
}

#[derive(Debug, thiserror::Error)]
#[error("find two free ports for audio")]
pub(crate) struct PortError;

/// What both sides agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Media {
    pub(crate) coding: Coding,
    pub(crate) keys_type: Option<u8>,
    /// Where the peer says it listens; none while it does not.
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) remote_control: Option<SocketAddr>,
    /// Addresses audio may come from.
    pub(crate) announced: Vec<IpAddr>,
    /// The peer listens: not so on hold.
    pub(crate) listens: bool,
    /// The peer says it sends.
    pub(crate) speaks: bool,
}

/// What signalling tells a running port.
#[derive(Debug)]
pub(crate) enum Order {
    Agree(Media),
    /// A key that came by SIP INFO.
    Key(char),
    /// The peer ended the call.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The box hung up or dropped the line.
    ByBox,
    /// Signalling said so.
    BySignal,
}

impl Port {
    /// Takes two free ports of `range` on `address`.
    pub(crate) async fn open(address: IpAddr, range: PortRange) -> Result<Port, PortError> {
        for number in candidates(range) {
            let Ok(audio) = UdpSocket::bind((address, number)).await else {
                continue;
            };
            let Ok(number) = audio.local_addr().map(|address| address.port()) else {
                continue;
            };
            if number % 2 == 1 {
                continue;
            }
            if let Ok(control) = UdpSocket::bind((address, number + 1)).await {
                return Ok(Port {
                    audio,
                    control,
                    number,
                });
            }
        }
        Err(PortError)
    }
}

/// Even ports of the range, each once, from a random one on; or port 0, many times.
fn candidates(range: PortRange) -> impl Iterator<Item = u16> {
    let first = u32::from(range.first).next_multiple_of(2);
    let pairs = (u32::from(range.last) + 1).saturating_sub(first) / 2;
    let begin = random() as u32;
    let any = range.first == 0;
    let count = if any { TRIES_MAX as u32 } else { pairs };
    (0..count).map(move |n| {
        if any {
            0
        } else {
            (first + (begin.wrapping_add(n) % pairs) * 2) as u16
        }
    })
}

fn random() -> u64 {
    // Without a source of randomness the time must do: the numbers need only differ.
    getrandom::u64().unwrap_or_else(|_| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(1, |since| since.as_nanos() as u64)
    })
}

/// Carries a call's audio until either side ends it.
pub(crate) async fn run(
    port: Port,
    media: Media,
    far_end: FarEnd,
    mut orders: mpsc::Receiver<Order>,
    quiet_max: Duration,
    counts: Counts,
) -> Ended {
    let mut call = Call::new(media, far_end, quiet_max, counts);
    let mut frames = tokio::time::interval(AudioFrame::DURATION);
    // A stall is caught up with, so that the stream keeps its pace.
    frames.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut reports = tokio::time::interval(control::INTERVAL);
    reports.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut audio, mut control) = ([0; DATAGRAM_MAX], [0; DATAGRAM_MAX]);
    loop {
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Order::Agree(media)) => call.agree(media),
                Some(Order::Key(key)) => call.press_by_signal(key),
                Some(Order::End) | None => {
                    call.far_end.offer(FromLearner::HungUp);
                    return Ended::BySignal;
                }
            },
            // The clock comes before the network: a flood must not stop it.
            _ = frames.tick() => {
                call.hear();
                match call.speak() {
                    Spoken::Packet(packet, target) => {
                        let _ = port.audio.send_to(&packet, target).await;
                    }
                    Spoken::Nothing => {}
                    Spoken::HangUp => return Ended::ByBox,
                }
            }
            _ = reports.tick() => {
                if let Some((report, target)) = call.report() {
                    let _ = port.control.send_to(&report, target).await;
                }
            }
            received = port.audio.recv_from(&mut audio) => {
                // An error here is an ICMP message about what we sent: the peer's port is closed.
                if let Ok((size, source)) = received {
                    call.receive(source, &audio[..size]);
                }
            }
            received = port.control.recv_from(&mut control) => {
                if let Ok((size, source)) = received {
                    call.inbound.handle_control(source, &control[..size], Instant::now());
                }
            }
        }
    }
}

struct Call {
    media: Media,
    far_end: FarEnd,
    inbound: Inbound,
    outbound: Outbound,
    quiet_max: Duration,
    quiet: bool,
    last_key: Option<(char, Way, Instant)>,
    counts: Counts,
}

/// How a key came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Audio,
    Signal,
}

enum Spoken {
    Packet(Vec<u8>, SocketAddr),
    Nothing,
    HangUp,
}

impl Call {
    fn new(media: Media, far_end: FarEnd, quiet_max: Duration, counts: Counts) -> Call {
        let now = Instant::now();
        Call {
            inbound: Inbound::new(&media.announced, media.keys_type, now, counts.clone()),
            outbound: Outbound::new(random()),
            media,
            far_end,
            quiet_max,
            quiet: false,
            last_key: None,
            counts,
        }
    }

    fn agree(&mut self, media: Media) {
        match (self.media.listens, media.listens) {
            (true, false) => {
                self.far_end.offer(FromLearner::Held);
            }
            (false, true) => {
                self.far_end.offer(FromLearner::Resumed);
            }
            _ => {}
        }
        let moved = media.announced != self.media.announced || media.remote != self.media.remote;
        if moved || media.keys_type != self.media.keys_type {
            self.inbound
                .move_to(&media.announced, media.keys_type, Instant::now());
        }
        self.media = media;
    }

    fn receive(&mut self, source: SocketAddr, datagram: &[u8]) {
        let now = Instant::now();
        if let Some(key) = self.inbound.handle_datagram(source, datagram, now) {
            self.press(key, Way::Audio, now);
        }
    }

    fn press_by_signal(&mut self, key: char) {
        self.press(key, Way::Signal, Instant::now());
    }

    /// Some gateways tell of each press both ways.
    fn press(&mut self, key: char, way: Way, now: Instant) {
        let told = self.last_key.is_some_and(|(last, by, at)| {
            last == key && by != way && now.duration_since(at) < SAME_PRESS
        });
        if told {
            self.last_key = None;
            return;
        }
        self.last_key = Some((key, way, now));
        self.counts.keys.inc();
        self.far_end.offer(FromLearner::Key(key));
    }

    /// Passes on the next 20 ms of the learner.
    fn hear(&mut self) {
        let frame = self.inbound.poll_frame();
        if !self.far_end.offer(FromLearner::Audio(frame)) {
            self.counts.frames_unheard.inc();
        }
        let borne = if self.media.speaks && self.media.listens {
            self.quiet_max
        } else {
            self.quiet_max.max(HELD_MAX)
        };
        let quiet = self.inbound.quiet_for(Instant::now()) >= borne;
        if quiet && !self.quiet {
            self.counts.quiet.inc();
            self.far_end.offer(FromLearner::Quiet);
        }
        self.quiet = quiet;
    }

    /// The next 20 ms to the learner: what the box says, else silence.
    fn speak(&mut self) -> Spoken {
        use tokio::sync::mpsc::error::TryRecvError;
        let frame = match self.far_end.to_learner.try_recv() {
            Ok(ToLearner::Audio(frame)) => frame,
            Ok(ToLearner::HangUp) | Err(TryRecvError::Disconnected) => return Spoken::HangUp,
            Err(TryRecvError::Empty) => AudioFrame::SILENCE,
        };
        let target = self.inbound.source().or(self.media.remote);
        match target.filter(|_| self.media.listens) {
            Some(target) => {
                let packet = self.outbound.packet(self.media.coding, &frame);
                Spoken::Packet(packet, target)
            }
            None => {
                self.outbound.skip();
                Spoken::Nothing
            }
        }
    }

    fn report(&mut self) -> Option<(Vec<u8>, SocketAddr)> {
        let announced = self.media.remote_control?;
        // Behind address translation control goes where audio goes, one port up.
        let target = match self.inbound.source() {
            Some(source) if self.media.remote != Some(source) => {
                SocketAddr::new(source.ip(), source.port().checked_add(1)?)
            }
            _ => announced,
        };
        let sent = self.outbound.sent();
        let ssrc = self.outbound.ssrc();
        let (now, wall) = (Instant::now(), SystemTime::now());
        let report = control::report(ssrc, sent, self.inbound.reception(), now, wall);
        Some((report, target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telephony::calling_party::CallingParty;
    use crate::telephony::line::{CallId, Line};
    use crate::telephony::rtp::packet::Packet;

    fn range(first: u16, last: u16) -> Vec<u16> {
        let mut ports: Vec<u16> = candidates(PortRange { first, last }).collect();
        ports.sort_unstable();
        ports
    }

    #[test]
    fn a_range_of_ports_is_used_to_its_last_pair() {
        assert_eq!(range(20_000, 20_005), [20_000, 20_002, 20_004]);
        assert_eq!(range(20_001, 20_004), [20_002]);
        assert_eq!(range(65_532, 65_535), [65_532, 65_534]);
    }

    struct Peer {
        socket: UdpSocket,
        port: SocketAddr,
        line: Line,
        orders: mpsc::Sender<Order>,
        counts: Counts,
        task: tokio::task::JoinHandle<Ended>,
        media: Media,
    }

    async fn peer(quiet_max: Duration) -> Peer {
        let localhost = IpAddr::from([127, 0, 0, 1]);
        let socket = UdpSocket::bind((localhost, 0)).await.unwrap();
        let port = Port::open(localhost, PortRange::default()).await.unwrap();
        let address = SocketAddr::new(localhost, port.number);
        let media = Media {
            coding: Coding::Alaw,
            keys_type: Some(101),
            remote: Some(socket.local_addr().unwrap()),
            remote_control: None,
            announced: vec![localhost],
            listens: true,
            speaks: true,
        };
        let (line, far_end) = Line::open(CallId::fresh(), CallingParty::Anonymous);
        let (orders, ordered) = mpsc::channel(4);
        let counts = Counts::default();
        let running = run(
            port,
            media.clone(),
            far_end,
            ordered,
            quiet_max,
            counts.clone(),
        );
        Peer {
            socket,
            port: address,
            line,
            orders,
            counts,
            task: tokio::spawn(running),
            media,
        }
    }

    impl Peer {
        /// The next of what the learner does that is no audio.
        async fn event(&mut self) -> Option<FromLearner> {
            loop {
                match self.line.from_learner.recv().await {
                    Some(FromLearner::Audio(_)) => {}
                    event => return event,
                }
            }
        }

        async fn press(&self, sequence: u16, event: u8) {
            let packet = Packet {
                payload_type: 101,
                marker: true,
                sequence,
                timestamp: u32::from(sequence) * 160,
                ssrc: 5,
                payload: &[event, 10, 0, 160],
            };
            let packet = packet.write().unwrap();
            self.socket.send_to(&packet, self.port).await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_the_box_says_is_sent_in_the_agreed_coding() {
        let peer = peer(Duration::from_secs(60)).await;
        let loud = AudioFrame([8_000; AudioFrame::LEN]);
        peer.line
            .to_learner
            .send(ToLearner::Audio(loud))
            .await
            .unwrap();
        let mut datagram = [0; DATAGRAM_MAX];
        loop {
            let size = peer.socket.recv(&mut datagram).await.unwrap();
            let packet = Packet::parse(&datagram[..size]).unwrap();
            assert_eq!((packet.payload_type, packet.payload.len()), (8, 160));
            let sample = Coding::Alaw.decode(packet.payload)[0];
            if i32::from(sample).abs() > 100 {
                assert!((7_500..8_500).contains(&sample));
                break;
            }
        }
    }

    #[tokio::test]
    async fn a_key_told_of_both_ways_is_one_key() {
        let mut peer = peer(Duration::from_secs(60)).await;
        peer.press(1, 4).await;
        assert_eq!(peer.event().await, Some(FromLearner::Key('4')));
        peer.orders.send(Order::Key('4')).await.unwrap();
        peer.orders.send(Order::Key('6')).await.unwrap();
        assert_eq!(peer.event().await, Some(FromLearner::Key('6')));
        assert_eq!(peer.counts.keys.get(), 2);
    }

    #[tokio::test]
    async fn hold_and_resume_are_told() {
        let mut peer = peer(Duration::from_secs(60)).await;
        let held = Media {
            listens: false,
            ..peer.media.clone()
        };
        peer.orders.send(Order::Agree(held)).await.unwrap();
        assert_eq!(peer.event().await, Some(FromLearner::Held));
        peer.orders
            .send(Order::Agree(peer.media.clone()))
            .await
            .unwrap();
        assert_eq!(peer.event().await, Some(FromLearner::Resumed));
    }

    #[tokio::test]
    async fn a_line_without_any_audio_is_quiet_once() {
        let mut peer = peer(Duration::from_millis(100)).await;
        assert_eq!(peer.event().await, Some(FromLearner::Quiet));
        peer.orders.send(Order::End).await.unwrap();
        assert_eq!(peer.event().await, Some(FromLearner::HungUp));
        assert_eq!(peer.event().await, None);
        assert_eq!(peer.task.await.unwrap(), Ended::BySignal);
        assert_eq!(peer.counts.quiet.get(), 1);
    }

    #[tokio::test]
    async fn a_dropped_line_ends_the_call() {
        let peer = peer(Duration::from_secs(60)).await;
        drop(peer.line);
        assert_eq!(peer.task.await.unwrap(), Ended::ByBox);
    }
}
